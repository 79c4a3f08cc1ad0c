/** What is asked of a run between its steps: go on, hold at the next checkpoint, or end after the current cell. */
export type RunWish = "run" | "pause" | "stop";

/** How the outputs came to rest, or why nobody knows whether they did. */
export interface SafeState {
  readonly how: "ramp" | "immediate";
  /** Absent when the outputs are safe for certain. */
  readonly failure?: unknown;
}

/**
 * The handle by which terminals, sockets and pages pause, resume and stop one run (abort and panic are signals of
 * `RunOptions`), and learn when its outputs are safe. A stop cannot be taken back; a pause and a resume can.
 */
export class RunControl {
  #wish: RunWish = "run";
  #by = "";
  #over = false;
  #latest: SafeState | undefined;
  readonly #listeners = new Set<(change: ControlChange) => void>();
  readonly #waiting = new Set<{ how: SafeState["how"]; settle: (state: SafeState) => void }>();

  get wish(): RunWish {
    return this.#wish;
  }

  /** Who asked for the present wish, e.g. "crosspore pause". */
  get by(): string {
    return this.#by;
  }

  /** How the latest attempt to make the outputs safe has ended; absent while they may be driven. */
  get safe(): SafeState | undefined {
    return this.#latest;
  }

  /** @returns false when the run is stopping or over already */
  pause(by: string): boolean {
    return this.#ask("pause", by);
  }

  /** @returns false when the run is stopping or over already */
  resume(by: string): boolean {
    return this.#ask("run", by);
  }

  /** Ends the run after its current cell, as a success; a paused run goes on to the end of that cell. */
  stop(by: string): boolean {
    return this.#ask("stop", by);
  }

  /** The machine or the process stood still for so long: nobody watched the outputs. */
  reportSuspension(duration_s: number): void {
    this.#tell({ kind: "suspended", duration_s });
  }

  /** For the engine: every change from now on; the answer ends the subscription. */
  listen(listener: (change: ControlChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when the wish is no longer `pause`, or when the signal aborts. */
  async untilGoOn(signal: AbortSignal): Promise<void> {
    if (this.#wish !== "pause" || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        if (this.#wish === "pause" && !signal.aborted) return;
        forget();
        signal.removeEventListener("abort", settle);
        resolve();
      };
      const forget = this.listen(settle);
      signal.addEventListener("abort", settle);
    });
  }

  /**
   * Resolves when the outputs have come to rest: by a ramp or faster for "ramp", without one for "immediate"; or, when
   * the run is over, as it left them.
   */
  whenSafe(how: SafeState["how"]): Promise<SafeState> {
    const { failure } = this.#latest ?? {};
    if (this.#latest && failure === undefined && (this.#over || how === "ramp" || this.#latest.how === how))
      return Promise.resolve(this.#latest);
    if (this.#over) return Promise.resolve(this.#latest ?? { how: "ramp" });
    return new Promise((settle) => this.#waiting.add({ how, settle }));
  }

  /** For the engine: an attempt at the safe state has ended. */
  noteSafe(state: SafeState): void {
    if (this.#latest?.how === "immediate" && state.how === "ramp" && this.#latest.failure === undefined) return;
    this.#latest = state;
    for (const waiting of this.#waiting) {
      if (waiting.how === "immediate" && state.how === "ramp") continue;
      this.#waiting.delete(waiting);
      waiting.settle(state);
    }
  }

  /** For the engine: the run has come to its end, nothing will be driven any more. */
  noteOver(): void {
    this.#over = true;
    for (const { settle } of this.#waiting) settle(this.#latest ?? { how: "ramp" });
    this.#waiting.clear();
  }

  #ask(wish: RunWish, by: string): boolean {
    if (this.#over || (this.#wish === "stop" && wish !== "stop")) return false;
    if (wish === this.#wish) return true;
    this.#wish = wish;
    this.#by = by;
    this.#tell({ kind: "wish", wish, by });
    return true;
  }

  #tell(change: ControlChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

export type ControlChange =
  | { readonly kind: "wish"; readonly wish: RunWish; readonly by: string }
  | { readonly kind: "suspended"; readonly duration_s: number };
