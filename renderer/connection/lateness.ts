const PERIOD_ms = 250;
const MEMORY = 8;

/** How long this page's event loop was lately held up, milliseconds: the longest delay of a timer in the last two seconds. */
export function watchLateness(): () => number {
  const delays: number[] = [];
  let due = performance.now() + PERIOD_ms;
  setInterval(() => {
    const now = performance.now();
    delays.push(Math.max(0, now - due));
    if (delays.length > MEMORY) delays.shift();
    due = now + PERIOD_ms;
  }, PERIOD_ms);
  return () => Math.round(Math.max(0, ...delays));
}
