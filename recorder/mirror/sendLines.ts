import type { Answer } from "./answer.ts";
import { MirrorError } from "./mirrorError.ts";
import type { Post } from "./postLines.ts";

/** Time and chance, injected. */
export interface SendClock {
  /** Resolves after `delay_s`. @throws AbortedError when `signal` aborts */
  sleep(delay_s: number, signal: AbortSignal): Promise<void>;
  /** 0 to 1. */
  random(): number;
  /** Monotonic. */
  elapsed_s(): number;
}

export interface SendOptions {
  readonly post: Post;
  readonly clock: SendClock;
  /** How long the server may be away before this gives up; Infinity to wait for ever. */
  readonly patience_s: number;
  /** A line that the server will never take. */
  readonly onRefused: (line: string, reason: string) => void;
  /** The server is away, and when it is tried again; undefined when it is back. */
  readonly onWaiting: (waiting: { readonly reason: string; readonly delay_s: number } | undefined) => void;
}

/** First wait after a failure; doubles each time, and half of it is left to chance so that many mirrors do not march in step. */
const FIRST_DELAY_s = 0.25;
const LONGEST_DELAY_s = 30;

/**
 * Sends lines until the server has each of them or has refused it for ever: waits while it is away, splits what is too
 * large, and finds the lines it refuses by halving. What is sent twice on the way is the same twice.
 * @returns how many lines were taken
 * @throws MirrorError when the server refuses us, or stays away for `patience_s`; AbortedError
 */
export async function sendLines(lines: readonly string[], options: SendOptions, signal: AbortSignal): Promise<number> {
  // a stack and no recursion: halves are sent in the order of their lines
  const parts: (readonly string[])[] = [lines];
  let taken = 0;
  for (let part = parts.pop(); part; part = parts.pop()) {
    if (part.length === 0) continue;
    const answer = await postPatiently(part, options, signal);
    if (answer.kind === "taken") {
      taken += part.length;
      continue;
    }
    const reason = answer.kind === "too-large" ? "HTTP 413: too large for the server" : answer.reason;
    const noneTaken = answer.kind === "refused" && answer.dropped === part.length;
    if (part.length === 1 || noneTaken) {
      for (const line of part) options.onRefused(line, reason);
      continue;
    }
    const middle = part.length >> 1;
    parts.push(part.slice(middle), part.slice(0, middle));
  }
  return taken;
}

type Settled = Exclude<Answer, { kind: "later" | "never" }>;

async function postPatiently(lines: readonly string[], options: SendOptions, signal: AbortSignal): Promise<Settled> {
  const { post, clock, patience_s, onWaiting } = options;
  const begin_s = clock.elapsed_s();
  for (let failures = 0; ; failures++) {
    const answer = await post(lines, signal);
    if (answer.kind === "never") throw new MirrorError(answer.reason);
    if (answer.kind !== "later") {
      if (failures > 0) onWaiting(undefined);
      return answer;
    }
    const longest_s = Math.min(LONGEST_DELAY_s, FIRST_DELAY_s * 2 ** Math.min(failures, 16));
    const delay_s = Math.max(answer.wait_s ?? 0, longest_s * (0.5 + 0.5 * clock.random()));
    if (clock.elapsed_s() - begin_s + delay_s > patience_s)
      throw new MirrorError(`${answer.reason}; given up after ${patience_s} s, the cursor is kept`);
    onWaiting({ reason: answer.reason, delay_s });
    await clock.sleep(delay_s, signal);
  }
}
