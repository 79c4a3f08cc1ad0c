import { type ColumnKind, type ColumnMeaning, readColumnName, readUnit } from "./columnName.ts";
import { DELIMITERS, type Delimiter, type ImportOptions, quote, refuse } from "./importReader.ts";
import { columnOf, findLayouts, splitFields, type TableLayout } from "./tableLayout.ts";

/** How a table is read: where its data begin and what its columns are. */
export interface TableHeader {
  readonly layout: TableLayout;
  /** One per column of the file; undefined where a column is left out. */
  readonly columns: readonly (ColumnMeaning | undefined)[];
  /** Names in the file, or as the user gave them. */
  readonly names: readonly string[];
  /** Lines before the data, counted from 1: the first line of data is `lines` + 1. */
  readonly lines: number;
  /** What stands above the names. */
  readonly preamble: readonly string[];
}

/** Lines above the data that may be words. */
const LONGEST_PREAMBLE = 200;
/** Lines of data that decide how the table is written. */
const LOOKED_AT = 20;

export function isComment(line: string): boolean {
  return line.trim() === "" || /^\s*[#%]/u.test(line);
}

/**
 * @param head the first lines of the file
 * @throws ProtocolError with file:line:column
 */
export function readHeader(head: readonly string[], file: string, options: ImportOptions): TableHeader {
  const first = head.findIndex((line, k) => !isComment(line) && isData(head, k, options));
  if (first < 0 || first > LONGEST_PREAMBLE)
    throw refuse(file, 1, 1, `no table of numbers in the first ${Math.min(head.length, LONGEST_PREAMBLE)} lines`);
  const data = head
    .slice(first)
    .filter((line) => !isComment(line))
    .slice(0, LOOKED_AT);
  const above = head.slice(0, first);
  const layouts = findLayouts(data, { ...options, ...(options.columns && { fields: options.columns.length }) });
  if (options.columns) {
    const layout = onlyOne(layouts, file, first + 1, data, options);
    return { layout, columns: readGiven(options.columns, file), names: options.columns, lines: first, preamble: above };
  }
  if (layouts.length === 0) onlyOne(layouts, file, first + 1, data, options);
  // names decide between layouts: they stand on the nearest line above that has as many fields
  const named = layouts.flatMap((layout) => {
    const found = findNames(head, first, layout, splitFields(data[0] ?? "", layout.delimiter).length);
    return found ? [{ layout, ...found }] : [];
  });
  const [only] = named;
  if (only) {
    const layout = onlyOne(
      named.map((one) => one.layout),
      file,
      first + 1,
      data,
      options,
    );
    const columns = only.names.map((text, k) =>
      meaningOf(text, only.units[k], {
        file,
        line: only.at + 1,
        column: columnOf(head[only.at] ?? "", layout.delimiter, k),
      }),
    );
    return { layout, columns, names: only.names, lines: first, preamble: head.slice(0, only.at) };
  }
  const nearest = head[first - 1] ?? head[first] ?? "";
  throw refuse(
    file,
    first + 1,
    1,
    `the columns have no names that are known here (${quote(nearest)}); say what they are, e.g. --columns t/s,V/V,I/nA, - leaves one out`,
  );
}

/** Names one line above the data, or two where units stand between. */
function findNames(head: readonly string[], first: number, { delimiter }: TableLayout, fields: number) {
  const textsAt = (at: number) => splitNames(head[at]?.replace(/^\s*[#%]\s*/u, "") ?? "", delimiter);
  for (const up of [2, 1]) {
    const at = first - up;
    const names = textsAt(at);
    if (names.length !== fields || names.every((text) => readColumnName(text) === undefined)) continue;
    const units = up === 2 ? textsAt(first - 1) : [];
    if (up === 1 || areUnits(names, units)) return { at, names, units };
  }
  return undefined;
}

/** Names are parted as the data are; in a file parted by blanks they may also be parted by tabs or commas. */
function splitNames(line: string, delimiter: Delimiter): string[] {
  if (delimiter !== "space") return splitFields(line, delimiter);
  for (const mark of ["tab", "comma"] as const) if (line.includes(DELIMITERS[mark])) return splitFields(line, mark);
  return splitFields(line.replace(/\s+([([])/gu, "$1"), delimiter);
}

function isData(head: readonly string[], k: number, options: ImportOptions): boolean {
  const line = head[k] ?? "";
  // one line decides whether it is data; how it is written is decided by several
  return findLayouts([line], { ...options, ...(options.columns && { fields: options.columns.length }) }).length > 0;
}

/** A line of units below names: every quantity that is known has one that fits. */
function areUnits(names: readonly string[], units: readonly string[]): boolean {
  return names.every((name, k) => {
    const kind = kindOf(name);
    return kind === undefined || readUnit(kind, units[k] ?? "?") !== undefined;
  });
}

function kindOf(name: string): ColumnKind | undefined {
  for (const text of [name, `${name} (s)`, `${name} (V)`, `${name} (A)`]) {
    const meaning = readColumnName(text);
    if (meaning !== undefined && meaning !== "no unit") return meaning.kind;
  }
  return undefined;
}

function onlyOne(
  layouts: readonly TableLayout[],
  file: string,
  line: number,
  data: readonly string[],
  options: ImportOptions,
): TableLayout {
  const [layout] = layouts;
  if (!layout) {
    const wanted = { ...options, ...(options.columns && { fields: options.columns.length }) };
    // the first line that is not written as those before it
    const odd = data.findIndex((_, k) => findLayouts(data.slice(0, k + 1), wanted).length === 0);
    const text = quote(data[odd] ?? "");
    throw refuse(
      file,
      line + odd,
      1,
      odd === 0
        ? `${text} is no line of ${options.columns?.length ?? "two or more"} numbers${options.columns ? ", as --columns says" : ""}`
        : `${text} is not written as the lines before it, e.g. ${quote(data[0] ?? "")}`,
    );
  }
  if (layouts.length > 1) {
    const ways = layouts.map(
      ({ delimiter, decimal }) => `${delimiter} with decimal ${decimal === "," ? "comma" : "point"}`,
    );
    throw refuse(
      file,
      line,
      1,
      `can be read in several ways (${ways.join(", ")}); say which by --delimiter and --decimal`,
    );
  }
  return layout;
}

function meaningOf(
  text: string,
  unit: string | undefined,
  at: { file: string; line: number; column: number },
): ColumnMeaning | undefined {
  const meaning = readColumnName(text);
  if (meaning !== "no unit") return meaning;
  const kind = kindOf(text);
  if (kind === undefined) return undefined;
  const factor = unit === undefined ? undefined : readUnit(kind, unit);
  if (factor === undefined)
    throw refuse(at.file, at.line, at.column, `column ${quote(text)} has no unit; say it, e.g. --columns t/s,V/V,I/nA`);
  return { kind, factor };
}

function readGiven(columns: readonly string[], file: string): (ColumnMeaning | undefined)[] {
  return columns.map((text, k) => {
    if (text === "-") return undefined;
    const meaning = readColumnName(text);
    if (meaning === undefined || meaning === "no unit")
      throw refuse(
        file,
        0,
        0,
        `--columns, entry ${k + 1}: ${quote(text)} ${meaning === "no unit" ? "has no unit" : "is not known"}, allowed are time, voltage and current with a unit (t/s, voltage_mV, I/nA), row, column, step, and -`,
      );
    return meaning;
  });
}
