import { type ImportOptions, quote, refuse } from "../record/imports/importReader.ts";
import { isComment, readHeader } from "../record/imports/tableHeader.ts";
import { columnOf, readNumber, splitFields } from "../record/imports/tableLayout.ts";

/** A command voltage over the time of a sweep, as corners of straight lines; two corners at one time are an edge. */
export interface CommandTable {
  /** As the user wrote it, for messages. */
  readonly file: string;
  /** Seconds from the start of a sweep, not falling. */
  readonly time_s: Float64Array;
  readonly voltage_V: Float64Array;
}

/** Lines that tell how the table is written. */
const HEAD = 400;
/** A command of an hour at 2 kHz; longer ones are recordings. */
const MOST_ROWS = 8_000_000;

/**
 * A table (csv, tsv, txt) with a column of times and one of voltages, named with their units as for `crosspore import`:
 * "t/s,V/mV". Other columns are passed over.
 * @throws ProtocolError with file:line:column
 */
export function readCommandTable(file: string, lines: () => Iterable<string>): CommandTable {
  const options: ImportOptions = { as: "auto", row: 0, column: 0, partial: false };
  const head: string[] = [];
  for (const line of lines()) {
    if (head.length >= HEAD) break;
    head.push(line);
  }
  const { layout, columns, names, lines: above } = readHeader(head, file, options);
  const place = (kind: "time" | "voltage") => {
    const found = columns.flatMap((meaning, k) => (meaning?.kind === kind ? [k] : []));
    const [only] = found;
    if (only === undefined || found.length > 1)
      throw refuse(
        file,
        Math.max(1, above),
        1,
        `${found.length === 0 ? "no column" : `${found.length} columns`} of ${kind} among ${names.map(quote).join(", ")}, a command has one, e.g. "t/s,V/mV"`,
      );
    return { at: only, factor: columns[only]?.factor ?? 1 };
  };
  const [time, voltage] = [place("time"), place("voltage")];
  const time_s: number[] = [];
  const voltage_V: number[] = [];
  let number = 0;
  for (const line of lines()) {
    number++;
    if (number <= above || isComment(line)) continue;
    const fields = splitFields(line, layout.delimiter);
    if (fields.length !== columns.length)
      throw refuse(file, number, 1, `has ${fields.length} fields, expected ${columns.length}`);
    const read = ({ at, factor }: typeof time): number => {
      const value = readNumber(fields[at] ?? "", layout.decimal);
      if (value === undefined || !Number.isFinite(value))
        throw refuse(
          file,
          number,
          columnOf(line, layout.delimiter, at),
          `expected a number, found ${quote(fields[at] ?? "")}`,
        );
      return value * factor;
    };
    const [t, v] = [read(time), read(voltage)];
    const before = time_s.at(-1) ?? t;
    if (t < before)
      throw refuse(
        file,
        number,
        columnOf(line, layout.delimiter, time.at),
        `the time ${t} s is before ${before} s of the line above`,
      );
    if (time_s.length >= MOST_ROWS) throw refuse(file, number, 1, `has more than ${MOST_ROWS} lines of a command`);
    time_s.push(t);
    voltage_V.push(v);
  }
  return { file, time_s: Float64Array.from(time_s), voltage_V: Float64Array.from(voltage_V) };
}

/**
 * Fills `voltage_V` with the command at samples from `from` on. At an edge a sample has the level after it. Within half a
 * sample of the table's ends its end values count; `checkCovers` said before that no sample is further out.
 */
export function playTable(table: CommandTable, samplePeriod_s: number, from: number, voltage_V: Float64Array): void {
  const { time_s, voltage_V: level_V } = table;
  // times such as 0.3 are no multiples of a period in binary: what is a millionth of a sample away is there
  const near_s = 1e-6 * samplePeriod_s;
  let next = firstAfter(time_s, from * samplePeriod_s + near_s);
  for (let n = 0; n < voltage_V.length; n++) {
    const t = (from + n) * samplePeriod_s;
    while (next < time_s.length && time_s[next]! <= t + near_s) next++;
    const [before, after] = [Math.max(0, next - 1), Math.min(next, time_s.length - 1)];
    const width_s = time_s[after]! - time_s[before]!;
    const part = width_s > 0 ? Math.max(0, (t - time_s[before]!) / width_s) : 0;
    voltage_V[n] = level_V[before]! + part * (level_V[after]! - level_V[before]!);
  }
}

/** @throws RangeError when a sweep of so many samples has some that the table says nothing about */
export function checkCovers(
  { file, time_s }: CommandTable,
  samplePeriod_s: number,
  points: number,
  what: string,
): void {
  const [first, last] = [time_s[0] ?? Number.NaN, time_s.at(-1) ?? Number.NaN];
  const end_s = (points - 1) * samplePeriod_s;
  if (first <= samplePeriod_s / 2 && last >= end_s - samplePeriod_s / 2) return;
  const tidy = (value: number) => Number(value.toPrecision(6));
  throw new RangeError(
    `${file} has a command from ${tidy(first)} to ${tidy(last)} s, ${what} has samples from 0 to ${tidy(end_s)} s`,
  );
}

/** Index of the first time beyond `t`. */
function firstAfter(time_s: Float64Array, t: number): number {
  let [low, high] = [0, time_s.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time_s[middle]! <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
