import { ProtocolError } from "../../errors.ts";
import type { ByteSource } from "../../recordings/byteSource.ts";
import type { Feedback } from "../../recordings/feedback.ts";
import type { ClampChoice } from "../../recordings/clamp.ts";
import type { ImportedRun } from "./importedRun.ts";

/** A file of somebody else's, opened; compressed files are unpacked. */
export interface ImportSource {
  /** As the user wrote it, for messages. */
  readonly file: string;
  /** The first bytes, 4096 at most, to recognise a format by. */
  readonly head: Uint8Array;
  /** All of it in memory, when asked for; a file that is too large for that is refused then. */
  readonly bytes: Uint8Array;
  /** All of it where it is. */
  readonly source: ByteSource;
  /** The bytes as text in UTF-8, without byte order mark, split at the ends of lines. */
  lines(): Iterable<string>;
  /** The last line has no end: the file may have been cut there. */
  readonly unended: boolean;
}

/** What a user may say about a file; nothing of it is guessed in silence. */
export interface ImportOptions {
  /** One entry per column of the file: "t/s", "voltage_V", "I (nA)", "row", or "-" for a column that is left out. */
  readonly columns?: readonly string[];
  readonly delimiter?: Delimiter;
  readonly decimal?: "." | ",";
  /** What the samples are; "auto" takes whole cycles as a sweep and everything else as a trace, and says so. */
  readonly as: "auto" | "sweep" | "trace" | "reads";
  /** Time between samples, where the file has no times. */
  readonly period_s?: number;
  /** Puts samples at uneven times on an even grid of this period, by straight lines between them. */
  readonly resample_s?: number;
  /** The junction, 0-based, where the file names none. */
  readonly row: number;
  readonly column: number;
  /** Which channels of a recording are current and voltage. */
  readonly clamp?: ClampChoice;
  /** Turns the volts of an integrating amplifier into current. */
  readonly feedback?: Feedback;
  /** Takes what is whole of a file that was cut. */
  readonly partial: boolean;
}

export const DELIMITERS = { comma: ",", semicolon: ";", tab: "\t", space: " " } as const;
export type Delimiter = keyof typeof DELIMITERS;

/** One foreign format. A new one is a file with such a record, and a line in the list of readers. */
export interface ImportReader {
  /** Kebab-case, as in `--reader` and in run.json. */
  readonly name: string;
  /** For people: whose files these are. */
  readonly title: string;
  /** Raised when what a reader makes of a file changes. */
  readonly version: number;
  /** Whether the file is certainly, or may be, of this format; looks at the beginning only. */
  recognise(source: ImportSource): "certain" | "possible" | "no";
  /** @throws ProtocolError with file:line:column */
  read(source: ImportSource, options: ImportOptions): ImportedRun | Promise<ImportedRun>;
}

/** Line and column count from 1; line 0 is the file as a whole. */
export function refuse(file: string, line: number, column: number, reason: string): ProtocolError {
  return new ProtocolError({ file, line, column, path: "" }, reason);
}

/** What a message may show of a file: short, in quotes, without characters that steer a terminal. */
export function quote(text: string): string {
  // oxlint-disable-next-line no-control-regex -- taking them out is the purpose
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
  return `"${plain.length > 40 ? `${plain.slice(0, 40)}…` : plain}"`;
}

/** Whether a file begins like text: no control character but tabs and ends of lines, or the mark of UTF-16. */
export function looksLikeText(head: Uint8Array): boolean {
  const wide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return wide || head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
}
