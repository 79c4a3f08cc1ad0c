import { checkRange } from "./abfSamples.ts";
import { type ByteReader, latin1 } from "./byteSource.ts";
import { type Channel, readUnit, type Recording, type Series } from "./recording.ts";
import { quote, refuse } from "../record/imports/importReader.ts";

/** A line beyond this is no line of a table. */
const LONGEST_LINE = 1 << 22;
const PIECE_BYTES = 1 << 16;
/** Rows whose places are not kept; reading goes back to the last one that is. */
const ROWS_PER_MARK = 1024;
const MOST_RECORDS = 10_000;
/** Times are written with few digits: they may be off by this part of a period. */
const EVEN = 0.1;

/**
 * Axon Text File 1.0: optional records, titles of columns, rows of numbers; first column the time, then signal after signal
 * of sweep after sweep. The rows stay in the file: one place in a thousand is kept in memory.
 */
export function readAtf(reader: ByteReader): Recording {
  const { file } = reader;
  const lines = new Lines(reader);
  const first = lines.next()?.split(/\t/u) ?? [];
  const version = first[1]?.trim() ?? "";
  if (first[0]?.trim() !== "ATF") throw refuse(file, 1, 1, 'expected "ATF" and a version');
  if (!/^1\.\d+$/u.test(version)) throw refuse(file, 1, 5, `version ${quote(version)}, expected 1.0`);
  const [records = Number.NaN, columns = Number.NaN] = (lines.next() ?? "").trim().split(/\s+/u).map(Number);
  if (
    !(Number.isInteger(records) && records >= 0 && records <= MOST_RECORDS && Number.isInteger(columns) && columns >= 2)
  )
    throw refuse(file, 2, 1, "expected the number of optional records and of columns, at least 2");
  const facts = new Map<string, string>();
  for (let k = 0; k < records; k++) {
    const line = lines.next();
    if (line === undefined)
      throw refuse(file, lines.number + 1, 1, `expected ${records} optional records; the file was cut`);
    const match = /^"?([A-Za-z]+)=(.*)$/su.exec(line);
    if (match) facts.set(match[1]!, match[2]!.replace(/"$/u, ""));
  }
  const titleLine = lines.next();
  const titles = splitQuoted(titleLine ?? "");
  if (titles.length !== columns)
    throw refuse(file, lines.number, 1, `${titles.length} titles of columns, expected ${columns}`);
  const names = namesOf(facts.get("Signals"), facts.get("SignalsExported"));
  const shape = shapeOf(titles, names, file, lines.number);
  const rows = indexRows(reader, lines, columns);
  const samplePeriod_s = periodOf(rows, titles[0]!, file);
  const width = shape.channels.length;
  const sweeps = (columns - 1) / width;
  const starts = startsOf(facts.get("SweepStartTimesMS"), sweeps, rows.count * samplePeriod_s);
  const mode = /gap free/iu.test(facts.get("AcquisitionMode") ?? "") ? "gap-free" : "episodic";
  const series: Series = {
    name: "",
    protocol: "",
    mode: sweeps === 1 ? mode : "episodic",
    samplePeriod_s,
    channels: shape.channels,
    commands: [],
    sweeps,
    sweep: (k) => ({ startTime_s: starts[k]!, points: rows.count }),
    read: (k, channel, from, into) => {
      checkRange(series, k, from, into.length);
      rows.read(1 + k * width + channel, from, into);
    },
    command: (_sweep, output) => {
      throw new RangeError(`output ${output}, there is none`);
    },
  };
  return {
    format: "atf",
    version,
    file,
    program: "",
    started: "",
    comment: facts.get("Comment") ?? "",
    tags: [],
    series: [series],
    notes: [
      ...shape.notes,
      ...(lines.ended || reader.losses.length > 0
        ? []
        : ["the last line has no end: it may have lost digits, or the file lines behind it"]),
    ],
  };
}

/** Lines of a file, a piece in memory at a time, each with its place. */
class Lines {
  readonly #reader: ByteReader;
  #at: number;
  /** Of the line that `next` gave last, from 1; its first byte; whether it had an end. */
  number: number;
  byte = 0;
  ended = true;

  constructor(reader: ByteReader, at = 0, number = 0) {
    this.#reader = reader;
    this.#at = at;
    this.number = number;
  }

  next(): string | undefined {
    const { size, file } = this.#reader;
    if (this.#at >= size) return undefined;
    this.byte = this.#at;
    this.number++;
    let text = "";
    for (;;) {
      const piece = this.#piece();
      const end = piece.indexOf(10);
      text += latin1(end < 0 ? piece : piece.subarray(0, end));
      this.#at += end < 0 ? piece.length : end + 1;
      if (text.length > LONGEST_LINE)
        throw refuse(file, this.number, 1, `a line has more than ${LONGEST_LINE} characters`);
      if (end >= 0 || this.#at >= size) {
        this.ended = end >= 0;
        return text.replace(/\r$/u, "");
      }
    }
  }

  #held: Uint8Array = new Uint8Array(0);
  #heldFrom = 0;

  #piece(): Uint8Array {
    const at = this.#at - this.#heldFrom;
    if (at >= 0 && at < this.#held.length) return this.#held.subarray(at);
    this.#heldFrom = this.#at;
    this.#held = this.#reader.bytes(this.#at, Math.min(PIECE_BYTES, this.#reader.size - this.#at), "text");
    return this.#held;
  }
}

/** "a"<tab>"b (c)": fields in quotes may hold anything but quotes. */
function splitQuoted(line: string): string[] {
  return line
    .replace(/\s+$/u, "")
    .split("\t")
    .map((field) => field.trim().replace(/^"(.*)"$/u, "$1"));
}

function namesOf(signals: string | undefined, exported: string | undefined): string[] {
  if (exported !== undefined) return exported.split(",").map((name) => name.trim());
  const list = (signals ?? "")
    .split("\t")
    .map((name) => name.trim().replace(/^"|"$/gu, ""))
    .filter((name) => name !== "");
  return [...new Set(list)];
}

/** How many signals a sweep has: as many columns as carry the same "Trace #n". */
function shapeOf(titles: readonly string[], names: readonly string[], file: string, line: number) {
  const columns = titles.slice(1).map((title) => {
    const match = /^(.*?)\s*(?:\(([^()]*)\))?$/su.exec(title);
    return { label: match?.[1] ?? title, unit: match?.[2] ?? "" };
  });
  const numbers = columns.map(({ label }) => /^Trace #(\d+)$/u.exec(label)?.[1]);
  const traced = numbers.every((number) => number !== undefined);
  const width = traced ? numbers.filter((number) => number === numbers[0]).length : columns.length;
  const fits = !traced || numbers.every((number, k) => number === numbers[Math.floor(k / width) * width]);
  if (!fits || columns.length % width !== 0)
    throw refuse(file, line, 1, `the titles do not repeat ${width} signals per trace, expected sweep after sweep`);
  const channels: Channel[] = columns.slice(0, width).map(({ label, unit }, k) => ({
    name: names.length === width ? names[k]! : traced ? `signal ${k}` : label,
    unit,
    ...readUnit(unit),
    gain: {},
  }));
  columns.forEach(({ unit }, k) => {
    if (unit !== channels[k % width]!.unit)
      throw refuse(
        file,
        line,
        1,
        `column ${k + 2} has the unit ${quote(unit)}, expected ${quote(channels[k % width]!.unit)}`,
      );
  });
  return { channels, notes: traced ? [] : ["columns are not named by trace: each is a signal of one sweep"] };
}

interface Rows {
  readonly count: number;
  /** Line of the first row. */
  readonly line: number;
  read(column: number, from: number, into: Float64Array): void;
}

function indexRows(reader: ByteReader, lines: Lines, columns: number): Rows {
  const { file } = reader;
  const marks: number[] = [];
  const firstLine = lines.number + 1;
  let count = 0;
  for (;;) {
    const line = lines.next();
    if (line === undefined || (line.trim() === "" && lines.byte + line.length + 2 >= reader.size)) break;
    const fields = countFields(line);
    if (reader.partial && fields < columns && !lines.ended) {
      reader.losses.push(
        `line ${lines.number} has ${fields} of ${columns} fields and is left out, the file was cut there`,
      );
      break;
    }
    if (fields !== columns)
      throw refuse(
        file,
        lines.number,
        1,
        `has ${fields} fields, expected ${columns}${lines.ended ? "" : "; the file was cut (--partial takes the lines before it)"}`,
      );
    if (count % ROWS_PER_MARK === 0) marks.push(lines.byte);
    count++;
  }
  if (count === 0) throw refuse(file, firstLine, 1, "holds no row of numbers");
  // the rows between two marks, as numbers
  let held: { mark: number; values: Float64Array } | undefined;
  const load = (mark: number): Float64Array => {
    if (held?.mark === mark) return held.values;
    const first = mark * ROWS_PER_MARK;
    const rows = Math.min(ROWS_PER_MARK, count - first);
    const values = new Float64Array(rows * columns);
    const part = new Lines(reader, marks[mark] ?? 0, firstLine - 1 + first);
    for (let k = 0; k < rows; k++) readRow(part, values.subarray(k * columns, (k + 1) * columns), file);
    held = { mark, values };
    return values;
  };
  return {
    count,
    line: firstLine,
    read: (column, from, into) => {
      for (let k = 0; k < into.length; k++) {
        const row = from + k;
        const mark = Math.floor(row / ROWS_PER_MARK);
        into[k] = load(mark)[(row - mark * ROWS_PER_MARK) * columns + column]!;
      }
    },
  };
}

function countFields(line: string): number {
  let fields = 1;
  for (let at = line.indexOf("\t"); at >= 0; at = line.indexOf("\t", at + 1)) fields++;
  return fields;
}

function readRow(lines: Lines, into: Float64Array, file: string): void {
  const fields = (lines.next() ?? "").split("\t");
  for (let k = 0; k < into.length; k++) {
    const text = (fields[k] ?? "").trim();
    const value = text === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(value) && !/^(?:-?nan|-?inf)$/iu.test(text))
      throw refuse(file, lines.number, fieldStart(fields, k), `expected a number, found ${quote(text)}`);
    into[k] = value;
  }
}

function fieldStart(fields: readonly string[], k: number): number {
  return fields.slice(0, k).reduce((sum, field) => sum + field.length + 1, 1);
}

/** The time between rows from the first and the last, checked on those beside them. */
function periodOf(rows: Rows, title: string, file: string): number {
  const factor = /\(ms\)/u.test(title) ? 1e-3 : /\((?:us|µs)\)/u.test(title) ? 1e-6 : 1;
  if (rows.count < 2) throw refuse(file, rows.line, 1, "one row alone has no sampling rate, expected two or more");
  const ends = new Float64Array(1);
  const at = (row: number): number => {
    rows.read(0, row, ends);
    return ends[0]! * factor;
  };
  const [start, end] = [at(0), at(rows.count - 1)];
  const period = (end - start) / (rows.count - 1);
  if (!(period > 0 && Number.isFinite(period)))
    throw refuse(file, rows.line, 1, `times from ${start} to ${end} s do not rise`);
  for (const part of [0.25, 0.5, 0.75]) {
    const row = Math.floor((rows.count - 1) * part);
    // digits of the file: six significant ones of the time itself
    const allowed = Math.max(EVEN * period, 1e-5 * Math.max(Math.abs(start), Math.abs(end)));
    if (Math.abs(at(row) - start - row * period) > allowed)
      throw refuse(file, rows.line + row, 1, `the time ${at(row)} s is off the even grid of ${period} s`);
  }
  return period;
}

/** Milliseconds, one per sweep; without them sweeps follow each other. */
function startsOf(text: string | undefined, sweeps: number, length_s: number): number[] {
  const given = (text ?? "").split(",").map((part) => Number(part) * 1e-3);
  if (text !== undefined && given.length === sweeps && given.every((value) => Number.isFinite(value))) return given;
  return Array.from({ length: sweeps }, (_, k) => k * length_s);
}
