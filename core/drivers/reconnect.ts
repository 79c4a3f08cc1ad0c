import { AbortedError, InstrumentError, TransportError } from "../errors.ts";
import { sleep, type Timer } from "./timer.ts";

/** Shortest and longest wait between two attempts, s. */
const SHORTEST_S = 0.05;
const LONGEST_S = 2;

export interface ReconnectOptions {
  readonly timer: Timer;
  /** Uniform in [0, 1): spreads the attempts of several programs that lost the same hub. */
  readonly random?: () => number;
  readonly signal: AbortSignal;
  /** How long it is tried. */
  readonly patience_s: number;
}

/**
 * Opens something that went away, again and again: waits 50 ms at first, then up to twice as long each time, at most 2 s. A port that
 * is there before its instrument has booted counts as not there yet.
 * @throws the last TransportError | InstrumentError when patience is over, AbortedError
 */
export async function reconnect<T>(open: () => Promise<T>, options: ReconnectOptions): Promise<T> {
  const { timer, random = Math.random, signal, patience_s } = options;
  const end_s = timer.now_s() + patience_s;
  for (let attempt = 0; ; attempt++) {
    const longest_s = Math.min(LONGEST_S, SHORTEST_S * 2 ** attempt);
    await sleep(timer, SHORTEST_S + random() * (longest_s - SHORTEST_S), signal);
    if (signal.aborted) throw new AbortedError("Reconnecting was stopped");
    try {
      return await open();
    } catch (error) {
      const passing = error instanceof TransportError || error instanceof InstrumentError;
      if (!passing || timer.now_s() >= end_s) throw error;
    }
  }
}
