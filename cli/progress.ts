import type { RunEvent } from "../core/runEvent.ts";
import { predictLeft_s, RunProgress, shareOf } from "../core/runProgress.ts";

const WIDTH = 28;
/** Ten redraws per second are enough for an eye. */
const REDRAW_ms = 100;

/**
 * A one-line progress bar on a terminal: share of the planned time, steps, and the time left as the clock on the wall
 * predicts it, pauses excluded. Silent where stderr is no terminal.
 */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  readonly #now_ms: () => number;
  readonly #progress: RunProgress;
  #drawn_ms = -Infinity;
  #shown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr, now_ms: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now_ms = now_ms;
    this.#progress = new RunProgress(now_ms);
  }

  update(event: RunEvent): void {
    this.#progress.take(event);
    if (!this.#stream.isTTY || !["progressed", "paused", "resumed"].includes(event.kind)) return;
    const now_ms = this.#now_ms();
    if (event.kind === "progressed" && now_ms - this.#drawn_ms < REDRAW_ms) return;
    this.#drawn_ms = now_ms;
    this.#shown = true;
    const { latest, paused } = this.#progress;
    const parts = [
      ...(latest ? [formatProgress(latest, this.#progress.worked_s())] : []),
      ...(paused ? ["paused, crosspore resume goes on"] : []),
    ];
    this.#stream.write(`\r\u001b[2K${parts.join(", ")}`);
  }

  clear(): void {
    if (this.#shown) this.#stream.write("\r\u001b[2K");
  }
}

/** "████████▌···················  31 %  step 12 of 40, 0:07 left"; `worked_s` is the time on the wall, pauses excluded. */
export function formatProgress(
  event: { step: number; plannedSteps: number; elapsed_s: number; plannedDuration_s: number },
  worked_s: number,
): string {
  const share = shareOf(event);
  const full = Math.floor(share * WIDTH);
  const bar = `${"█".repeat(full)}${"·".repeat(WIDTH - full)}`;
  const left_s = predictLeft_s(share, worked_s);
  const left = Number.isFinite(left_s) ? `, ${formatClock(left_s)} left` : "";
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${bar} ${percent} %  step ${event.step + 1} of ${event.plannedSteps}${left}`;
}

export function formatClock(seconds: number): string {
  const whole = Math.round(seconds);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = String(whole % 60).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}
