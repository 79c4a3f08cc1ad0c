/**
 * One loop for everything that is painted. Data that arrive in between only mark what must be drawn again; a painter
 * runs at most once per frame, and not at all while its window is hidden (the browser stops the loop by itself).
 */
const waiting = new Set<() => void>();
let scheduled = false;

export function paintSoon(painter: () => void): void {
  waiting.add(painter);
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(run);
}

export function forgetPainter(painter: () => void): void {
  waiting.delete(painter);
}

function run(): void {
  scheduled = false;
  const painters = [...waiting];
  waiting.clear();
  for (const painter of painters) painter();
}
