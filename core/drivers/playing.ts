/** The plan under way and the way to stop it: what `play` and `makeSafe` of every driver share. One plan at a time. */
export class Playing {
  #now: { readonly stop: AbortController; readonly done: Promise<unknown> } | undefined;

  /** Runs `play`, whose signal aborts when the caller's does or when somebody calls `stop`. */
  async run<T>(signal: AbortSignal, play: (stop: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const onAbort = () => {
      stop.abort();
    };
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    const done = play(stop.signal);
    this.#now = { stop, done };
    try {
      return await done;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#now = undefined;
    }
  }

  /** Ends the plan under way and waits until its output is safe. @returns whether there was one */
  async stop(): Promise<boolean> {
    const now = this.#now;
    if (!now) return false;
    now.stop.abort();
    await now.done.catch(() => {});
    return true;
  }
}
