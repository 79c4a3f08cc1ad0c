import { performance } from "node:perf_hooks";
import type { Clock } from "../clock.ts";

/** Waiting, injected: drivers and emulated instruments never call setTimeout themselves. */
export interface Timer extends Clock {
  /** Calls `act` once after so many seconds; the answer cancels it. */
  after(delay_s: number, act: () => void): () => void;
  /** The same for a wait that ends in a time-out: what the host itself loses meanwhile does not count. Absent: `after`. */
  patience?(delay_s: number, act: () => void): () => void;
}

/** A busy host loses at most so much more than it counts, s. */
const SLICE_S = 0.05;

/**
 * Waits in slices: one that ends late, because the host was busy, counts as what it should have been, and what arrived meanwhile is heard
 * before the next one begins.
 */
export function waitInSlices(after: Timer["after"], delay_s: number, act: () => void): () => void {
  let left_s = delay_s;
  let cancel = () => {};
  const wait = () => {
    const slice_s = Math.min(left_s, SLICE_S);
    left_s -= slice_s;
    cancel = after(slice_s, left_s > 1e-9 ? wait : act);
  };
  wait();
  return () => {
    cancel();
  };
}

const afterWall: Timer["after"] = (delay_s, act) => {
  const handle = setTimeout(act, Math.max(0, delay_s * 1000));
  return () => {
    clearTimeout(handle);
  };
};

/** The machine's monotonic clock. */
export const wallTimer: Timer = {
  now_s: () => performance.now() / 1000,
  after: afterWall,
  patience: (delay_s, act) => waitInSlices(afterWall, delay_s, act),
};

/** Waits, or less when `signal` aborts; never rejects. */
export function sleep(timer: Timer, delay_s: number, signal?: AbortSignal): Promise<void> {
  return delay_s > 0 ? until((done) => timer.after(delay_s, done), signal) : Promise.resolve();
}

/**
 * Resolves when what `begin` starts has called `done`, later than `begin`, or when `signal` aborts; never rejects.
 * @param begin its answer is called in either case and ends what it started
 */
export function until(begin: (done: () => void) => () => void, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      end();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const end = begin(done);
    signal?.addEventListener("abort", done);
  });
}

/**
 * A timer for tests and for `--speed max`: it jumps to the next appointment as soon as nothing else is left to do in the
 * present turn of the event loop, so that an hour of waiting costs nothing and the order of appointments is kept.
 */
export class JumpingTimer implements Timer {
  #now_s = 0;
  #next = 0;
  #jumping = false;
  readonly #appointments = new Map<number, Appointment>();

  now_s(): number {
    return this.#now_s;
  }

  after(delay_s: number, act: () => void): () => void {
    const key = this.#next++;
    this.#appointments.set(key, { at_s: this.#now_s + Math.max(0, delay_s), act });
    this.#jumpLater();
    return () => {
      this.#appointments.delete(key);
    };
  }

  #jumpLater(): void {
    if (this.#jumping || this.#appointments.size === 0) return;
    this.#jumping = true;
    setImmediate(() => {
      this.#jumping = false;
      this.#keepNext();
    });
  }

  #keepNext(): void {
    let first: readonly [number, Appointment] | undefined;
    for (const entry of this.#appointments) if (!first || entry[1].at_s < first[1].at_s) first = entry;
    if (!first) return;
    const [key, { at_s, act }] = first;
    this.#appointments.delete(key);
    this.#now_s = Math.max(this.#now_s, at_s);
    this.#jumpLater();
    act();
  }
}

interface Appointment {
  readonly at_s: number;
  readonly act: () => void;
}
