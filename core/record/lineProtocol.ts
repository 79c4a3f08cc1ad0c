/**
 * Points as line protocol of InfluxDB 1.x, for texts that nobody has looked at (labels, serial numbers, file names).
 * Pure and total: whatever comes in, the line that goes out is one line, is taken by the server, and writes into the
 * measurement and the tags that were asked for.
 * Grammar: https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/
 *
 * | in the text                                  | becomes                                            |
 * |----------------------------------------------|----------------------------------------------------|
 * | newline, return, NUL, other C0 controls, DEL | its picture (U+2400 ...), so that it stays visible |
 * | C1 controls, marks that turn the direction of writing, line separators, lone surrogates | U+FFFD  |
 * | comma, space, = in a key or tag              | escaped by a backslash                             |
 * | backslash in a key or tag                    | U+29F5, because the server has no escape for it    |
 * | # that begins a measurement (a comment)      | U+FF03                                             |
 * | backslash and " in a field                   | escaped by a backslash                             |
 * | empty tag or key                             | left out                                           |
 * | NaN, infinity, undefined, integers beyond 64 bit | left out: the server has no way to say them    |
 * | keys `time` and those that begin with `_`    | a letter in front: the server keeps these for itself |
 * | more than 256 characters in a key or tag, 16384 in a field | cut, with an ellipsis                |
 */

/** A number is a float field, a bigint an integer field. */
export type FieldValue = number | bigint | string | boolean | undefined;

export interface Point {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string | undefined>>;
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** Nanoseconds since 1970. */
  readonly time_ns: bigint;
}

const LONGEST_KEY = 256;
const LONGEST_TEXT = 16_384;
/** The server takes 65,535 bytes of measurement and tags. */
const LONGEST_SERIES = 60_000;
const LARGEST_INTEGER = 2n ** 63n - 1n;
/** The server keeps the outermost values for itself. */
const FIRST_TIME_ns = -(2n ** 63n) + 2n;
export const LAST_TIME_ns = 2n ** 63n - 2n;

/** One line without its newline; undefined when nothing of the point can be written. */
export function encodePoint({ measurement, tags, fields, time_ns }: Point): string | undefined {
  const pairs = new Map<string, string>();
  for (const [name, value] of Object.entries(fields)) {
    const key = encodeKey(name);
    const text = encodeFieldValue(value);
    if (key !== "" && text !== undefined && !pairs.has(key)) pairs.set(key, `${key}=${text}`);
  }
  return joinLine(encodeSeries(measurement, tags), [...pairs.values()], time_ns);
}

/** @param pairs "key=value", encoded */
export function joinLine(series: string, pairs: readonly string[], time_ns: bigint): string | undefined {
  if (pairs.length === 0 || time_ns < FIRST_TIME_ns || time_ns > LAST_TIME_ns) return undefined;
  return `${series} ${pairs.join(",")} ${time_ns}`;
}

/** Measurement and tags, the part of a line that is the same for all points of a series. */
export function encodeSeries(measurement: string, tags: Point["tags"]): string {
  const name = cleanText(measurement, LONGEST_KEY).replace(/^#/, "＃").replaceAll("\\", "⧵");
  let series = name === "" ? "unnamed" : name.replace(/[, ]/g, "\\$&");
  const seen = new Set<string>();
  // sorted, as the server keeps them
  for (const [tag, value] of Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const key = encodeKey(tag);
    const text = escapeWord(value ?? "");
    if (key === "" || text === "" || seen.has(key)) continue;
    seen.add(key);
    const pair = `,${key}=${text}`;
    // three bytes of UTF-8 per unit of UTF-16 at most
    if (3 * (series.length + pair.length) <= LONGEST_SERIES) series += pair;
  }
  return series;
}

/** Name of a tag or field; empty where there is none to write. */
export function encodeKey(key: string): string {
  const word = escapeWord(key);
  if (word === "time") return "a_time";
  return word.startsWith("_") ? `a${word}` : word;
}

/** Undefined for what the server cannot hold. */
export function encodeFieldValue(value: FieldValue): string | undefined {
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value)) return undefined;
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return value > LARGEST_INTEGER || value < -LARGEST_INTEGER ? undefined : `${value}i`;
    case "boolean":
      return String(value);
    case "string":
      return `"${cleanText(value, LONGEST_TEXT).replace(/["\\]/g, "\\$&")}"`;
    default:
      return undefined;
  }
}

function escapeWord(text: string): string {
  return cleanText(text, LONGEST_KEY).replaceAll("\\", "⧵").replace(/[,= ]/g, "\\$&");
}

/** One visible line of well-formed text, at most `longest` UTF-16 units. */
export function cleanText(text: string, longest: number): string {
  let cut = text;
  if (text.length > longest) {
    // never between the two halves of a character
    const end = longest - (isHighSurrogate(text.charCodeAt(longest - 2)) ? 2 : 1);
    cut = `${text.slice(0, end)}…`;
  }
  return cut
    .replace(/[\u0000-\u001f]/g, (control) => String.fromCharCode(0x2400 + control.charCodeAt(0)))
    .replaceAll("\u007f", "␡")
    .replace(/[\u0080-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu, "\ufffd");
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
