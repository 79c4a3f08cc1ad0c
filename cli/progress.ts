import type { RunEvent } from "../core/runEvent.ts";

const WIDTH = 28;
/** Ten redraws per second are enough for an eye. */
const REDRAW_ms = 100;
/** A time left is shown from 1 % on, or after this long. */
const KNOWN_AFTER_s = 3;

/**
 * A one-line progress bar on a terminal: share of the planned time, steps, and the time left as the clock on the wall
 * predicts it. Silent where stderr is no terminal.
 */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  readonly #now_ms: () => number;
  readonly #started_ms: number;
  #drawn_ms = -Infinity;
  #shown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr, now_ms: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now_ms = now_ms;
    this.#started_ms = now_ms();
  }

  update(event: RunEvent): void {
    if (event.kind !== "progressed" || !this.#stream.isTTY) return;
    const now_ms = this.#now_ms();
    if (now_ms - this.#drawn_ms < REDRAW_ms) return;
    this.#drawn_ms = now_ms;
    this.#shown = true;
    this.#stream.write(`\r\u001b[2K${formatProgress(event, (now_ms - this.#started_ms) / 1000)}`);
  }

  clear(): void {
    if (this.#shown) this.#stream.write("\r\u001b[2K");
  }
}

/** "████████▌···················  31 %  step 12 of 40, 0:07 left" */
export function formatProgress(
  event: { step: number; plannedSteps: number; elapsed_s: number; plannedDuration_s: number },
  wall_s: number,
): string {
  const share = event.plannedDuration_s > 0 ? Math.min(1, event.elapsed_s / event.plannedDuration_s) : 1;
  const full = Math.floor(share * WIDTH);
  const bar = `${"█".repeat(full)}${"·".repeat(WIDTH - full)}`;
  // the first moments say little
  const known = share > 0.01 || (share > 0 && wall_s >= KNOWN_AFTER_s);
  const left_s = known ? (wall_s * (1 - share)) / share : Number.NaN;
  const left = Number.isFinite(left_s) ? `, ${formatClock(left_s)} left` : "";
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${bar} ${percent} %  step ${event.step + 1} of ${event.plannedSteps}${left}`;
}

function formatClock(seconds: number): string {
  const whole = Math.round(seconds);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = String(whole % 60).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}
