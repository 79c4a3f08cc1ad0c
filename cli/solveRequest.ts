import { z } from "zod";
import { strictObject } from "../core/document.ts";

/**
 * What `crosspore solve` reads. The large arrays are checked by plain loops (65,536 conductances in about a millisecond;
 * a nested array schema takes a hundred times longer) and still complain at the element.
 */

const LAWS = ["ohmic"] as const;

/** One vector or a batch of them; NaN marks an open end. */
export interface Potentials {
  readonly batch: boolean;
  readonly vectors: readonly Float64Array[];
}

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** Says what is wrong at `path` below the field. */
type Complain = (path: readonly (string | number)[], message: string) => void;

/** A field read by a plain function, which complains at most once and then returns undefined. */
function field<T>(read: (input: unknown, complain: Complain) => T | undefined) {
  return z.unknown().transform((input, context): T => {
    const value = read(input, (path, message) => context.addIssue({ code: "custom", path: [...path], message }));
    return value === undefined ? z.NEVER : value;
  });
}

/** Absent stays absent; the same reader otherwise. */
function optionalField<T>(read: (input: unknown, complain: Complain) => T | undefined) {
  return field(read).optional();
}

export const solveRequest = strictObject({
  conductance_S: field(readMatrix),
  rowSegment_ohm: optionalField(readResistance),
  columnSegment_ohm: optionalField(readResistance),
  rowSource_ohm: optionalField(readResistance),
  columnSense_ohm: optionalField(readResistance),
  row_V: field(readPotentials),
  column_V: optionalField(readPotentials),
  rightRow_V: optionalField(readFarPotentials),
  topColumn_V: optionalField(readFarPotentials),
  law: optionalField(readLaw),
  report: z.array(z.enum(["node_V"], { error: 'allowed is "node_V"' })).optional(),
});

export type SolveRequest = z.infer<typeof solveRequest>;

function readMatrix(input: unknown, complain: Complain): Matrix | undefined {
  if (!isFilledList(input)) {
    complain([], `is ${show(input)}, expected a list of rows, each a list of siemens`);
    return undefined;
  }
  const first = input[0];
  const columns = Array.isArray(first) ? first.length : 0;
  const values = new Float64Array(input.length * columns);
  for (let i = 0; i < input.length; i++) {
    const row: unknown = input[i];
    if (!isFilledList(row)) {
      complain([i], `is ${show(row)}, expected a list of siemens, one per column`);
      return undefined;
    }
    if (row.length !== columns) {
      complain([i], `has ${row.length} values, expected ${columns} as in row 0`);
      return undefined;
    }
    for (let j = 0; j < columns; j++) {
      const value: unknown = row[j];
      if (typeof value !== "number" || !(value >= 0) || value === Number.POSITIVE_INFINITY) {
        complain([i, j], `is ${show(value)}, allowed are finite numbers of 0 S or more`);
        return undefined;
      }
      values[i * columns + j] = value;
    }
  }
  return { rows: input.length, columns, values };
}

function readResistance(input: unknown, complain: Complain): number | Float64Array | undefined {
  const isGood = (value: unknown): value is number => typeof value === "number" && value >= 0 && Number.isFinite(value);
  if (isGood(input)) return input;
  if (!isFilledList(input)) {
    complain([], `is ${show(input)}, allowed are finite numbers of 0 ohm or more, or a list of them, one per line`);
    return undefined;
  }
  const bad = input.findIndex((value) => !isGood(value));
  if (bad < 0) return Float64Array.from(input.filter(isGood));
  complain([bad], `is ${show(input[bad])}, allowed are finite numbers of 0 ohm or more`);
  return undefined;
}

function readPotentials(input: unknown, complain: Complain): Potentials | undefined {
  if (!isFilledList(input)) {
    complain([], `is ${show(input)}, expected a list of volts (null = open), one per line, or a list of such lists`);
    return undefined;
  }
  if (!Array.isArray(input[0])) {
    const vector = readVector(input, complain);
    return vector && { batch: false, vectors: [vector] };
  }
  const vectors: Float64Array[] = [];
  for (let p = 0; p < input.length; p++) {
    const entry: unknown = input[p];
    if (!isFilledList(entry)) {
      complain([p], `is ${show(entry)}, expected a list of volts like the first of the batch`);
      return undefined;
    }
    const vector = readVector(entry, (path, message) => complain([p, ...path], message));
    if (!vector) return undefined;
    vectors.push(vector);
  }
  return { batch: true, vectors };
}

/** The far ends may be null as a whole: open. */
function readFarPotentials(input: unknown, complain: Complain): Potentials | null | undefined {
  return input === null ? null : readPotentials(input, complain);
}

function readVector(input: readonly unknown[], complain: Complain): Float64Array | undefined {
  const vector = new Float64Array(input.length);
  for (let k = 0; k < input.length; k++) {
    const value = input[k];
    if (value === null) vector[k] = Number.NaN;
    else if (typeof value === "number" && Number.isFinite(value)) vector[k] = value;
    else {
      complain([k], `is ${show(value)}, allowed are finite numbers in volt, or null for an open end`);
      return undefined;
    }
  }
  return vector;
}

function readLaw(input: unknown, complain: Complain): { kind: (typeof LAWS)[number] } | undefined {
  if (typeof input !== "object" || input === null || !("kind" in input)) {
    complain([], `is ${show(input)}, expected {"kind": "ohmic"}`);
    return undefined;
  }
  const kind = LAWS.find((law) => law === input.kind);
  if (kind === undefined) {
    complain(["kind"], `is ${show(input.kind)}, this version solves ${LAWS.map((law) => `"${law}"`).join(", ")}`);
    return undefined;
  }
  const unknown = Object.keys(input).find((key) => key !== "kind");
  if (unknown === undefined) return { kind };
  complain([unknown], `unknown key "${unknown}", the law "${kind}" has no parameters`);
  return undefined;
}

function isFilledList(input: unknown): input is readonly unknown[] {
  return Array.isArray(input) && input.length > 0;
}

/** A value as it stands in the file, cut to a length that fits a message. */
function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
