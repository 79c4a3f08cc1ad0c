import { ProtocolError } from "../errors.ts";
import { makeMatrix, type Matrix } from "./matrix.ts";

/** A matrix from text, and the names over its columns where the file has them. */
export interface CsvMatrix extends Matrix {
  readonly names: readonly string[];
}

/** A decimal number as programs write it; nan and inf as numpy.savetxt does. */
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|nan|inf|infinity)$/i;

interface Cell {
  readonly text: string;
  /** 1-based. */
  readonly column: number;
}

/**
 * Numbers in base SI, one row per line, separated by `;`, tab, `,` or blanks (the first of these that the first line has).
 * Empty lines and what follows # or % is ignored; a first line without any number gives the names of the columns.
 * @param file name for the complaints
 * @throws ProtocolError with line and column of the cell that is no number, or of a row with too few or too many
 */
export function readCsv(text: string, file: string): CsvMatrix {
  const refuse = (line: number, column: number, reason: string): ProtocolError =>
    new ProtocolError({ file, line, column, path: "" }, reason);
  let split: ((line: string) => Cell[]) | undefined;
  let names: readonly string[] | undefined;
  let firstLine = 0;
  let columns = 0;
  let rows = 0;
  let values = new Float64Array(1024);
  let number = 0;
  for (const whole of lines(text)) {
    number++;
    const line = whole.replace(/[#%].*$/, "");
    if (line.trim() === "") continue;
    split ??= splitterFor(line);
    const cells = split(line);
    if (names === undefined && cells.every((cell) => cell.text !== "" && !NUMBER.test(cell.text))) {
      names = cells.map((cell) => cell.text.replace(/^"(.*)"$/, "$1"));
      columns = cells.length;
      firstLine = number;
      continue;
    }
    names ??= [];
    if (columns === 0) [columns, firstLine] = [cells.length, number];
    if (cells.length !== columns)
      throw refuse(
        number,
        cells[Math.min(columns, cells.length - 1)]?.column ?? 1,
        `this row has ${cells.length} values, expected ${columns} as in line ${firstLine}`,
      );
    if ((rows + 1) * columns > values.length) values = enlarge(values, (rows + 1) * columns);
    cells.forEach((cell, j) => {
      if (!NUMBER.test(cell.text)) throw refuse(number, cell.column, complaint(cell.text));
      values[rows * columns + j] = toNumber(cell.text);
    });
    rows++;
  }
  if (rows === 0) throw refuse(Math.max(1, number), 1, "holds no numbers");
  return { ...makeMatrix(rows, columns, values.slice(0, rows * columns)), names: names ?? [] };
}

/** Line and column, 1-based, of element [row][column] of a text that `readCsv` has read. */
export function locateCell(
  text: string,
  row: number,
  column: number,
): { readonly line: number; readonly column: number } {
  let split: ((line: string) => Cell[]) | undefined;
  let number = 0;
  let next = 0;
  let first = true;
  for (const whole of lines(text)) {
    number++;
    const line = whole.replace(/[#%].*$/, "");
    if (line.trim() === "") continue;
    split ??= splitterFor(line);
    const cells = split(line);
    const isNames = first && cells.every((cell) => cell.text !== "" && !NUMBER.test(cell.text));
    first = false;
    if (!isNames && next++ === row) return { line: number, column: cells[column]?.column ?? 1 };
  }
  return { line: Math.max(1, number), column: 1 };
}

/** One line per row, each ending in a line feed; shortest decimals that read back to the same doubles. */
export function* csvLines({ rows, columns, values }: Matrix, comment = ""): Generator<string, void, undefined> {
  for (const line of comment === "" ? [] : comment.split("\n")) yield `# ${line}\n`;
  for (let i = 0; i < rows; i++)
    yield `${Array.from(values.subarray(i * columns, (i + 1) * columns), (value) => cellOf(value)).join(",")}\n`;
}

export function writeCsv(matrix: Matrix, comment = ""): string {
  return [...csvLines(matrix, comment)].join("");
}

function cellOf(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

function toNumber(text: string): number {
  const value = Number(text);
  if (!Number.isNaN(value)) return value;
  if (/nan$/i.test(text)) return Number.NaN;
  return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function complaint(text: string): string {
  if (text === "") return "there is no number between two separators";
  const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  const hint = /^[+-]?\d+,\d+$/.test(text) ? "; write decimals with a point" : "";
  return `"${shown}" is not a number${hint}`;
}

/** Without holding a second copy of the text. */
function* lines(text: string): Generator<string, void, undefined> {
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const end = text.indexOf("\n", at);
    const stop = end < 0 ? text.length : end;
    yield text.slice(at, text[stop - 1] === "\r" && stop > at ? stop - 1 : stop);
    at = stop + 1;
  }
}

function splitterFor(firstLine: string): (line: string) => Cell[] {
  const separator = [";", "\t", ","].find((candidate) => firstLine.trim().includes(candidate));
  return separator === undefined ? splitBlanks : (line) => splitAt(line, separator);
}

function splitBlanks(line: string): Cell[] {
  return Array.from(line.matchAll(/\S+/g), (match) => ({ text: match[0], column: match.index + 1 }));
}

function splitAt(line: string, separator: string): Cell[] {
  let at = 0;
  return line.split(separator).map((part) => {
    const text = part.trim();
    const column = at + (text === "" ? 0 : part.indexOf(text)) + 1;
    at += part.length + 1;
    return { text, column };
  });
}

function enlarge(values: Float64Array, needed: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(needed, 2 * values.length));
  larger.set(values);
  return larger;
}
