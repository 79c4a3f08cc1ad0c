import { cleanText as clean } from "../core/cleanText.ts";
import { CrossporeError } from "../core/errors.ts";

export { clean };

/** Exit codes are part of the command contract. */
export const EXIT = { ok: 0, error: 1, usage: 2, limit: 3, instrument: 4, aborted: 130 } as const;

const BY_CODE: Readonly<Record<string, number>> = {
  PROTOCOL: EXIT.usage,
  LIMIT: EXIT.limit,
  ARM: EXIT.limit,
  TRANSPORT: EXIT.instrument,
  FRAME: EXIT.instrument,
  INSTRUMENT: EXIT.instrument,
  UNSUPPORTED: EXIT.error,
  RECORD: EXIT.error,
  ABORTED: EXIT.aborted,
};

/** The exit code of an error that reached the top. Unknown errors are bugs of ours: 1, with their stack. */
export function exitCodeOf(error: unknown): number {
  return error instanceof CrossporeError ? (BY_CODE[error.code] ?? EXIT.error) : EXIT.error;
}

/** One line for the user. Control characters of file names and instrument strings never reach the terminal. */
export function describeError(error: unknown): string {
  if (error instanceof CrossporeError) return clean(error.message);
  if (error instanceof Error && process.env.CROSSPORE_DEBUG) return error.stack ?? error.message;
  return error instanceof Error ? clean(error.message) : clean(String(error));
}
