import { AbortedError } from "./errors.ts";
import { RunControl, type SafeState } from "./runControl.ts";

/** Everything by which somebody stops one run: the stops table of the architecture. Pass its parts to `runProtocols`. */
export class RunStops {
  readonly control = new RunControl();
  readonly #aborting = new AbortController();
  readonly #panicking = new AbortController();
  readonly #tell: (how: "abort" | "panic", by: string) => void;

  /** @param tell hears of the first abort and of the first panic, before anything moves */
  constructor(tell: (how: "abort" | "panic", by: string) => void = () => undefined) {
    this.#tell = tell;
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  get panic(): AbortSignal {
    return this.#panicking.signal;
  }

  /** Outputs ramp to 0 V; resolves when they are safe, or when nobody knows. */
  abort(by: string): Promise<SafeState> {
    if (!this.signal.aborted) {
      this.#tell("abort", by);
      this.#aborting.abort(new AbortedError(`stopped by ${by}`));
    }
    return this.control.whenSafe("ramp");
  }

  /** Outputs idle at once; resolves when they are safe, or when nobody knows. */
  panicNow(by: string): Promise<SafeState> {
    if (!this.panic.aborted) {
      this.#tell("panic", by);
      this.#panicking.abort(new AbortedError(`outputs idled at once by ${by}`));
    }
    return this.control.whenSafe("immediate");
  }
}
