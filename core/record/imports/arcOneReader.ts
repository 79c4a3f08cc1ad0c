import { type ArcRow, arcSteps } from "./arcSteps.ts";
import type { ImportedRun } from "./importedRun.ts";
import {
  type ImportOptions,
  type ImportReader,
  type ImportSource,
  looksLikeText,
  quote,
  refuse,
} from "./importReader.ts";
import { columnOf, readNumber, splitFields } from "./tableLayout.ts";

/**
 * Sessions of ArC ONE (arc1_pyqt): a line with the session's name, a line with the date, names of columns, then one line
 * per event of a device: resistance after a pulse of this amplitude and width, and the tag of the module that made it.
 * Addresses count from 1. Device by device, so that the order between devices is not in the file, and no times at all.
 */
export const arcOneReader: ImportReader = {
  name: "arc-one",
  title: "session of ArC ONE (csv, csv.gz)",
  version: 1,
  recognise: (source) => (looksLikeText(source.head) && findNames(source) ? "certain" : "no"),
  read: readSession,
};

const NAMES = [
  "Wordline",
  "Bitline",
  "Resistance",
  "Amplitude (V)",
  "Pulse width (s)",
  "Tag",
  "ReadTag",
  "ReadVoltage",
];
/** ArC ONE drives 32 x 32. */
const LARGEST_ADDRESS = 32;
/** Lines that may stand above the names. */
const HEAD = 10;

function findNames(source: ImportSource): { line: number; names: string[]; above: string[] } | undefined {
  if (source.head.includes(0)) return undefined;
  const above: string[] = [];
  for (const text of source.lines()) {
    const names = splitFields(text, "comma").map((name) => name.trim());
    if (NAMES.slice(0, 6).every((name, k) => names[k] === name)) return { line: above.length + 1, names, above };
    above.push(text);
    if (above.length >= HEAD) return undefined;
  }
  return undefined;
}

function readSession(source: ImportSource, options: ImportOptions): ImportedRun {
  const { file } = source;
  const found = findNames(source);
  if (!found) throw refuse(file, 1, 1, `no session of ArC ONE: no line ${quote(NAMES.join(","))} in the first ${HEAD}`);
  const { names } = found;
  const notes: string[] = [];
  const rows: ArcRow[] = [];
  let number = 0;
  let pending: string | undefined;
  for (const line of source.lines()) {
    number++;
    if (number <= found.line || line.trim() === "") continue;
    if (pending !== undefined) throw refuse(file, number - 1, 1, pending);
    const fields = splitFields(line, "comma");
    if (fields.length !== names.length) {
      pending = `has ${fields.length} fields, expected ${names.length}`;
      continue;
    }
    const readCell = (k: number, allowed: (value: number) => boolean, what: string): number => {
      const value =
        readNumber(fields[k] ?? "", ".") ?? (/^[+-]?inf$/iu.test(fields[k]?.trim() ?? "") ? Infinity : undefined);
      if (value === undefined || !allowed(value))
        throw refuse(
          file,
          number,
          columnOf(line, "comma", k),
          `${names[k] ?? ""}: ${quote(fields[k] ?? "")}, allowed is ${what}`,
        );
      return value;
    };
    const address = (k: number) =>
      readCell(
        k,
        (value) => Number.isInteger(value) && value >= 1 && value <= LARGEST_ADDRESS,
        `a whole number from 1 to ${LARGEST_ADDRESS}`,
      ) - 1;
    const readTag = fields[6] ?? "";
    // older sessions hold the read voltage in the tag: "R2 V=0.5"
    const tagged = /V=\s*([+-]?[\d.]+(?:e[+-]?\d+)?)/iu.exec(readTag)?.[1];
    const read_V =
      names[7] === "ReadVoltage" && (fields[7] ?? "").trim() !== ""
        ? readCell(7, Number.isFinite, "a voltage in V")
        : Number(tagged ?? Number.NaN);
    const resistance = readCell(2, (value) => !Number.isNaN(value), "a resistance in ohm");
    rows.push({
      line: number,
      row: address(0),
      column: address(1),
      resistance_ohm: resistance,
      amplitude_V: readCell(3, Number.isFinite, "a voltage in V"),
      width_s: readCell(4, (value) => Number.isFinite(value) && value >= 0, "a width in s"),
      tag: (fields[5] ?? "").trim(),
      read_V,
    });
  }
  const cut = pending !== undefined;
  if (pending !== undefined) {
    if (!options.partial)
      throw refuse(file, number, 1, `the file was cut: its last line ${pending}; --partial takes the lines before it`);
    notes.push(`the file was cut in line ${number}, which is left out`);
  }
  if (rows.length === 0) throw refuse(file, number, 1, "holds no reading");
  const { steps, protocols } = arcSteps(rows, file, options, notes);
  const [session = "", date = ""] = found.above.map((line) => splitFields(line, "comma").join(", ").slice(0, 200));
  const side = (which: "row" | "column") => rows.reduce((most, row) => Math.max(most, row[which] + 1), 1);
  return {
    grid: { rows: side("row"), columns: side("column") },
    instrument: "ArC ONE",
    protocols,
    facts: { session, date, readings: rows.length },
    notes,
    cut,
    steps,
  };
}
