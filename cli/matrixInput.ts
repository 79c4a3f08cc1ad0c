import { readFileSync } from "node:fs";
import { ProtocolError } from "../core/errors.ts";
import { locateCell, readCsv } from "../core/matrixFiles/csv.ts";
import { readNpy } from "../core/matrixFiles/npy.ts";
import { describeSystemError } from "../runtime/systemError.ts";
import { Misplaced } from "./misplaced.ts";
import type { Matrix, Potentials } from "./solveFields.ts";

/** A complaint about a file of numbers as a whole. */
export function inFile(path: string, reason: string): ProtocolError {
  return new ProtocolError({ file: path, line: 0, column: 0, path: "" }, reason);
}

/**
 * Conductances from a .npy or .csv file.
 * @param asked the field of the request or the option that names it
 * @throws Misplaced at that field where the file cannot be read, ProtocolError in the file, with line and column of text
 */
export function readConductances(path: string, asked: string): Matrix {
  const isGood = (value: number): boolean => value >= 0 && value < Number.POSITIVE_INFINITY;
  return readMatrixFile(path, asked, isGood, "finite numbers of 0 S or more");
}

/** One vector per line; nan is an open end. A file of one line is a single vector, not a batch. */
export function readPotentials(path: string, asked: string): Potentials {
  const isGood = (value: number): boolean => Math.abs(value) !== Number.POSITIVE_INFINITY;
  const allowed = "finite numbers in volt, or nan for an open end";
  const { rows, columns, values } = readMatrixFile(path, asked, isGood, allowed);
  return {
    batch: rows > 1,
    vectors: Array.from({ length: rows }, (_, p) => values.slice(p * columns, (p + 1) * columns)),
  };
}

function readMatrixFile(path: string, asked: string, isGood: (value: number) => boolean, allowed: string): Matrix {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const reason = describeSystemError(error);
    throw asked.startsWith("--") ? inFile(path, reason) : new Misplaced([asked], `${path}: ${reason}`);
  }
  const text = /\.npy$/i.test(path) ? undefined : new TextDecoder().decode(bytes);
  const matrix = text === undefined ? readNpy(bytes, path) : readCsv(text, path);
  const bad = matrix.values.findIndex((value) => !isGood(value));
  if (bad < 0) return matrix;
  const row = Math.floor(bad / matrix.columns);
  const column = bad % matrix.columns;
  const at = text === undefined ? { line: 0, column: 0 } : locateCell(text, row, column);
  const reason = `[${row}][${column}] is ${matrix.values[bad]}, allowed are ${allowed}`;
  throw new ProtocolError({ file: path, ...at, path: "" }, reason);
}
