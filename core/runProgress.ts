import type { Progressed, RunEvent } from "./runEvent.ts";

/** How far a run has come, by the clock on the wall and by its plan; pauses are no work and predict nothing. */
export class RunProgress {
  readonly #now_ms: () => number;
  readonly #started_ms: number;
  #latest: Progressed | undefined;
  #pausedAt_ms: number | undefined;
  #paused_ms = 0;

  /** @param now_ms a monotonic clock */
  constructor(now_ms: () => number) {
    this.#now_ms = now_ms;
    this.#started_ms = now_ms();
  }

  take(event: RunEvent): void {
    if (event.kind === "progressed") this.#latest = event;
    if (event.kind === "paused") this.#pausedAt_ms ??= this.#now_ms();
    if (event.kind === "resumed" && this.#pausedAt_ms !== undefined) {
      this.#paused_ms += this.#now_ms() - this.#pausedAt_ms;
      this.#pausedAt_ms = undefined;
    }
  }

  get latest(): Progressed | undefined {
    return this.#latest;
  }

  get paused(): boolean {
    return this.#pausedAt_ms !== undefined;
  }

  /** Seconds since the start without pauses. */
  worked_s(): number {
    return ((this.#pausedAt_ms ?? this.#now_ms()) - this.#started_ms - this.#paused_ms) / 1000;
  }
}

/** After so long a prediction is shown also below 1 %. */
const KNOWN_AFTER_s = 3;

/** Share of the planned time, 0 to 1. */
export function shareOf(progress: Pick<Progressed, "elapsed_s" | "plannedDuration_s">): number {
  return progress.plannedDuration_s > 0 ? Math.min(1, progress.elapsed_s / progress.plannedDuration_s) : 1;
}

/** Seconds left when the rest takes as long per share as what is done; NaN in the first moments, which say little. */
export function predictLeft_s(share: number, worked_s: number): number {
  const known = share > 0.01 || (share > 0 && worked_s >= KNOWN_AFTER_s);
  return known ? (worked_s * (1 - share)) / share : Number.NaN;
}
