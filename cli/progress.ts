import type { Progressed, RunEvent } from "../core/runEvent.ts";

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
  /** Since when the run is paused, and how long it was before. */
  #pausedAt_ms: number | undefined;
  #paused_ms = 0;
  #latest: Progressed | undefined;

  constructor(stream: NodeJS.WriteStream = process.stderr, now_ms: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now_ms = now_ms;
    this.#started_ms = now_ms();
  }

  update(event: RunEvent): void {
    const now_ms = this.#now_ms();
    if (event.kind === "progressed") this.#latest = event;
    else if (event.kind === "paused") this.#pausedAt_ms ??= now_ms;
    else if (event.kind === "resumed" && this.#pausedAt_ms !== undefined) {
      this.#paused_ms += now_ms - this.#pausedAt_ms;
      this.#pausedAt_ms = undefined;
    } else return;
    if (!this.#stream.isTTY || (event.kind === "progressed" && now_ms - this.#drawn_ms < REDRAW_ms)) return;
    this.#drawn_ms = now_ms;
    this.#shown = true;
    const paused = this.#pausedAt_ms === undefined ? "" : ", paused (crosspore resume)";
    const line = this.#latest ? formatProgress(this.#latest, this.worked_s()) : "";
    this.#stream.write(`\r\u001b[2K${line}${paused}`);
  }

  /** Seconds since the start without pauses: what a time left is predicted from. */
  worked_s(): number {
    return ((this.#pausedAt_ms ?? this.#now_ms()) - this.#started_ms - this.#paused_ms) / 1000;
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
  const left_s = known ? predictLeft_s(share, wall_s) : Number.NaN;
  const left = Number.isFinite(left_s) ? `, ${formatClock(left_s)} left` : "";
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${bar} ${percent} %  step ${event.step + 1} of ${event.plannedSteps}${left}`;
}

/** The time left when the rest takes as long per share as what is done. */
export function predictLeft_s(share: number, worked_s: number): number {
  return (worked_s * (1 - share)) / share;
}

function formatClock(seconds: number): string {
  const whole = Math.round(seconds);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = String(whole % 60).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}
