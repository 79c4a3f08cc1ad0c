import { CrossporeError } from "../core/errors.ts";

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

/** Without control characters and marks that turn the direction of writing. */
export function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: stripping them is the purpose
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu, "");
}
