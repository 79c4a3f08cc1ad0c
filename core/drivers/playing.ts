import { AbortedError } from "../errors.ts";

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

/**
 * Drives an output and leaves it at 0 V however that ends. `goToZero` does nothing where the line is closed: what happened
 * stays the error then.
 * @throws AbortedError when `stop` ended it, else what `drive` threw, once the output is at 0 V
 */
export async function leaveAtZero(
  stop: AbortSignal,
  drive: () => Promise<unknown>,
  goToZero: () => Promise<void>,
): Promise<void> {
  try {
    await drive();
  } catch (error) {
    await goToZero();
    if (stop.aborted) throw new AbortedError("The plan was stopped, the output is at 0 V");
    throw error;
  }
  await goToZero();
}
