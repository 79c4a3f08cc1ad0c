import type { ColumnKind } from "./columnName.ts";
import { evenTimes, type EvenSamples, resample } from "./evenTimes.ts";
import { findCycles } from "./findCycles.ts";
import type { ImportedRun, ImportedStep } from "./importedRun.ts";
import {
  type ImportOptions,
  type ImportReader,
  type ImportSource,
  looksLikeText,
  quote,
  refuse,
} from "./importReader.ts";
import { isComment, readHeader, type TableHeader } from "./tableHeader.ts";
import { columnOf, readNumber, splitFields } from "./tableLayout.ts";

/** Lines that are looked at to find out how a table is written. */
const HEAD = 400;
/** Junctions on a side that an address of a table may ask for. */
const LARGEST_ADDRESS = 4095;
const MOST_STEPS = 1_000_000;

/** Any table of voltage and current, with times or without: what every instrument and every spreadsheet writes. */
export const tableReader: ImportReader = {
  name: "table",
  title: "table of time, voltage and current (csv, tsv, txt)",
  version: 1,
  recognise: ({ head }) => (head.length > 0 && looksLikeText(head) ? "possible" : "no"),
  read: readTable,
};

/** Samples of one junction, one after the other. */
interface Stretch {
  readonly row: number;
  readonly column: number;
  readonly time_s: number[];
  readonly voltage_V: number[];
  readonly current_A: number[];
  /** Line of the first sample. */
  readonly line: number;
}

function readTable(source: ImportSource, options: ImportOptions): ImportedRun {
  const { file } = source;
  const head: string[] = [];
  for (const line of source.lines()) {
    head.push(line);
    if (head.length >= HEAD) break;
  }
  const header = readHeader(head, file, options);
  const at = findColumns(header, file);
  if (at.time === undefined && options.period_s === undefined && options.as !== "reads")
    throw refuse(
      file,
      header.lines + 1,
      1,
      "no column of times; say how far samples are apart by --period, e.g. --period 10ms",
    );
  const notes: string[] = [describeLayout(header)];
  const { stretches, cut } = gather(source, header, at, options, notes);
  const steps = stretches.flatMap((stretch) => makeSteps(stretch, file, options, notes));
  if (steps.length > MOST_STEPS) throw refuse(file, 0, 0, `holds ${steps.length} steps, allowed are ${MOST_STEPS}`);
  const side = (which: "row" | "column") => stretches.reduce((most, stretch) => Math.max(most, stretch[which] + 1), 1);
  return {
    grid: { rows: side("row"), columns: side("column") },
    instrument: "unknown instrument",
    protocols: ["table"],
    facts: { columns: header.names.join(", "), ...preambleFacts(header.preamble) },
    notes: [...new Set(notes)],
    cut,
    steps,
  };
}

type Places = Readonly<Partial<Record<ColumnKind, number>>>;

function findColumns({ columns, names, lines }: TableHeader, file: string): Places {
  const at: Partial<Record<ColumnKind, number>> = {};
  columns.forEach((meaning, k) => {
    if (!meaning) return;
    const other = at[meaning.kind];
    if (other !== undefined)
      throw refuse(
        file,
        Math.max(1, lines),
        1,
        `columns ${other + 1} (${quote(names[other] ?? "")}) and ${k + 1} (${quote(names[k] ?? "")}) are both a ${meaning.kind}; leave one out by --columns, e.g. ${columns.map((_, n) => (n === k ? "-" : names[n]?.replaceAll(",", ""))).join(",")}`,
      );
    at[meaning.kind] = k;
  });
  for (const kind of ["voltage", "current"] as const)
    if (at[kind] === undefined)
      throw refuse(
        file,
        Math.max(1, lines),
        1,
        `no column of ${kind} among ${names.map(quote).join(", ")}; say which it is, e.g. --columns t/s,V/V,I/nA`,
      );
  return at;
}

function describeLayout({ layout, names, columns, lines }: TableHeader): string {
  const taken = columns.flatMap((meaning, k) => (meaning ? [`${meaning.kind} from ${quote(names[k] ?? "")}`] : []));
  return `${taken.join(", ")}; ${layout.delimiter}-separated, decimal ${layout.decimal === "," ? "comma" : "point"}, data from line ${lines + 1}`;
}

function preambleFacts(preamble: readonly string[]): Record<string, string> {
  const text = preamble
    .filter((line) => line.trim() !== "")
    .slice(0, 50)
    .map((line) => line.slice(0, 200));
  return text.length === 0 ? {} : { preamble: text.join("\n") };
}

function gather(source: ImportSource, header: TableHeader, at: Places, options: ImportOptions, notes: string[]) {
  const { file } = source;
  const { layout, columns } = header;
  const { delimiter, decimal } = layout;
  const stretches: Stretch[] = [];
  let stretch: Stretch | undefined;
  let lastStep = Number.NaN;
  let number = 0;
  let pending: { line: number; reason: string } | undefined;
  const read = (fields: readonly string[], line: string, kind: ColumnKind): number | undefined => {
    const k = at[kind];
    if (k === undefined) return undefined;
    const value = readNumber(fields[k] ?? "", decimal);
    if (value === undefined)
      throw refuse(file, number, columnOf(line, delimiter, k), `${kind}: ${quote(fields[k] ?? "")} is no number`);
    return value * (columns[k]?.factor ?? 1);
  };
  for (const line of source.lines()) {
    number++;
    if (number <= header.lines || isComment(line)) continue;
    // a line that is too short is an end if nothing follows it, and damage if something does
    if (pending) throw refuse(file, pending.line, 1, pending.reason);
    const fields = splitFields(line, delimiter);
    if (fields.length !== columns.length) {
      pending = { line: number, reason: `has ${fields.length} fields, expected ${columns.length}` };
      continue;
    }
    const address = (kind: "row" | "column") => {
      const value = read(fields, line, kind) ?? options[kind];
      if (!Number.isInteger(value) || value < 0 || value > LARGEST_ADDRESS)
        throw refuse(
          file,
          number,
          columnOf(line, delimiter, at[kind] ?? 0),
          `${kind} is ${value}, allowed are whole numbers from 0 to ${LARGEST_ADDRESS}`,
        );
      return value;
    };
    const [row, column, step] = [address("row"), address("column"), read(fields, line, "step") ?? 0];
    const [time, voltage_V, current_A] = [
      read(fields, line, "time"),
      read(fields, line, "voltage") ?? Number.NaN,
      read(fields, line, "current") ?? Number.NaN,
    ];
    if (time !== undefined && !Number.isFinite(time))
      throw refuse(file, number, columnOf(line, delimiter, at.time ?? 0), "a sample has no time");
    if (!stretch || stretch.row !== row || stretch.column !== column || step !== lastStep) {
      stretch = { row, column, time_s: [], voltage_V: [], current_A: [], line: number };
      stretches.push(stretch);
      lastStep = step;
    }
    stretch.time_s.push(time ?? stretch.time_s.length * (options.period_s ?? 1));
    stretch.voltage_V.push(voltage_V);
    stretch.current_A.push(current_A);
  }
  const cut = pending !== undefined;
  if (pending) {
    if (!options.partial)
      throw refuse(
        file,
        pending.line,
        1,
        `the file was cut: its last line ${pending.reason}; --partial takes the lines before it`,
      );
    notes.push(`the file was cut in line ${pending.line}, which is left out`);
  }
  if (stretches.length === 0) throw refuse(file, header.lines + 1, 1, "holds no line of data");
  return { stretches, cut };
}

function makeSteps(stretch: Stretch, file: string, options: ImportOptions, notes: string[]): ImportedStep[] {
  const { row, column, time_s, voltage_V, current_A, line } = stretch;
  if (options.as === "reads") {
    if (time_s.some((t, k) => k > 0 && t < (time_s[k - 1] ?? t))) throw refuse(file, line, 1, "the times go back");
    notes.push("every line is one read at its time");
    return time_s.map((startTime_s, k) => ({
      protocol: 0,
      role: "read",
      label: `read ${k + 1}`,
      row,
      column,
      startTime_s,
      duration_s: 0,
      largest_V: Math.abs(voltage_V[k] ?? 0) || 0,
      tags: { voltage_V: voltage_V[k] ?? Number.NaN, time_s: startTime_s - (time_s[0] ?? 0) },
      read: { voltage_V: voltage_V[k] ?? Number.NaN, current_A: current_A[k] ?? Number.NaN },
    }));
  }
  const even = putOnGrid(stretch, file, options, notes);
  const { startTime_s, samplePeriod_s } = even;
  const step = (role: string, label: string, from: number, end: number, tags: ImportedStep["tags"]): ImportedStep => ({
    protocol: 0,
    role,
    label,
    row,
    column,
    startTime_s: startTime_s + from * samplePeriod_s,
    duration_s: (end - from) * samplePeriod_s,
    largest_V: even.voltage_V.subarray(from, end).reduce((most, v) => Math.max(most, Math.abs(v) || 0), 0),
    tags,
    samples: { samplePeriod_s, voltage_V: even.voltage_V.slice(from, end), current_A: even.current_A.slice(from, end) },
  });
  const count = even.voltage_V.length;
  const cycles = options.as === "trace" ? undefined : findCycles(even.voltage_V);
  if (!cycles) {
    if (options.as === "sweep")
      throw refuse(
        file,
        line,
        1,
        "the voltage does not run through whole cycles; --as trace takes the samples as they are",
      );
    if (options.as === "auto") notes.push("no whole cycles of the voltage: the samples are a trace");
    return [step("trace", "trace", 0, count, {})];
  }
  const { first, length } = cycles;
  const frequency_Hz = 1 / (length * samplePeriod_s);
  notes.push(
    `the voltage runs through ${cycles.cycles} whole ${cycles.cycles === 1 ? "cycle" : "cycles"}: the samples are a sweep (--as trace keeps them as they are)`,
  );
  return [
    ...(first > 0 ? [step("hold", "hold before the sweep", 0, first, {})] : []),
    step("sweep", "sweep", first, count, { frequency_Hz, cycles: cycles.cycles, samplesPerCycle: length }),
  ];
}

function putOnGrid(
  { time_s, voltage_V, current_A, line }: Stretch,
  file: string,
  options: ImportOptions,
  notes: string[],
): EvenSamples {
  const even = evenTimes(time_s, voltage_V, current_A);
  if ("kind" in even && even.kind === "backwards")
    throw refuse(
      file,
      line + even.at,
      1,
      `the time does not rise: ${time_s[even.at]} s after ${time_s[even.at - 1]} s`,
    );
  if (options.resample_s !== undefined) {
    const span = (time_s.at(-1) ?? 0) - (time_s[0] ?? 0);
    if (span / options.resample_s > 100 * time_s.length + 1000)
      throw refuse(
        file,
        line,
        1,
        `--resample would make more than 100 samples of each, allowed are periods from ${span / (100 * time_s.length)} s`,
      );
    notes.push(`put on an even grid of ${options.resample_s} s by straight lines between the samples`);
    return resample(time_s, voltage_V, current_A, options.resample_s);
  }
  if ("kind" in even)
    throw refuse(
      file,
      line,
      1,
      `samples are ${even.least_s} s to ${even.most_s} s apart; --resample PERIOD puts them on an even grid, --as reads takes each as a read`,
    );
  if (even.missing > 0) notes.push(`${even.missing} samples are missing in the file; they are gaps, not zeros`);
  return even;
}
