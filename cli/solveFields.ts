import type { LawRequest } from "../core/crossbar/solve/law.ts";
import { shown } from "../core/shown.ts";

/**
 * The fields of what `crosspore solve` reads, each checked by a plain function. Large arrays are plain loops (65,536
 * conductances in about a millisecond; a nested array schema takes a hundred times longer) and still complain at the
 * element. A request without a fault is read by these alone (`readSolveRequest`): the schema, which places complaints in
 * the file, takes longer to load than a 256 x 256 array to solve.
 */

/** Laws and their parameters, with what is allowed. */
const LAWS: Readonly<Record<LawRequest["kind"], readonly LawParameter[]>> = {
  ohmic: [],
  sinh: [{ name: "scale_V", allowed: "finite numbers above 0 V", isAllowed: isScale }],
  rectifying: [
    {
      name: "slope",
      allowed: "numbers above -1 and below 1 (passive)",
      isAllowed: (value) => Math.abs(value) < 1,
    },
    { name: "scale_V", allowed: "finite numbers above 0 V", isAllowed: isScale },
  ],
};

interface LawParameter {
  readonly name: "scale_V" | "slope";
  readonly allowed: string;
  readonly isAllowed: (value: number) => boolean;
}

function isScale(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}

export const METHODS = ["auto", "elimination", "iterative", "effective"] as const;
export type Method = (typeof METHODS)[number];

export const REPORTS = ["node_V", "stats", "junctions", "lineDrop_V", "dropFactors", "power"] as const;
export type Report = (typeof REPORTS)[number];

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

/** A .npy or .csv file, relative to the request. */
export interface MatrixFile {
  readonly file: string;
}

/** Says what is wrong at `path` below the field. */
export type Complain = (path: readonly (string | number)[], message: string) => void;

/** A field of the request; `undefined` after a complaint. */
type Reader<T> = (input: unknown, complain: Complain) => T | undefined;

export interface SolveRequest {
  /** A matrix, or the name of a .npy or .csv file that holds it, relative to the request; absent where an option names one. */
  readonly conductance_S?: Matrix | MatrixFile | undefined;
  readonly rowSegment_ohm?: number | Float64Array | undefined;
  readonly columnSegment_ohm?: number | Float64Array | undefined;
  readonly rowSource_ohm?: number | Float64Array | undefined;
  readonly columnSense_ohm?: number | Float64Array | undefined;
  /** Potentials, or the name of a file with one vector per line; absent where an option names one. */
  readonly row_V?: Potentials | MatrixFile | undefined;
  readonly column_V?: Potentials | MatrixFile | undefined;
  readonly rightRow_V?: Potentials | MatrixFile | null | undefined;
  readonly topColumn_V?: Potentials | MatrixFile | null | undefined;
  readonly law?: LawRequest | undefined;
  readonly method?: Method | undefined;
  readonly report?: readonly Report[] | undefined;
}

export const SOLVE_FIELDS = {
  conductance_S: readMatrixOrFile,
  rowSegment_ohm: readResistance,
  columnSegment_ohm: readResistance,
  rowSource_ohm: readResistance,
  columnSense_ohm: readResistance,
  row_V: readPotentialsOrFile,
  column_V: readPotentialsOrFile,
  rightRow_V: readFarPotentials,
  topColumn_V: readFarPotentials,
  law: readLaw,
  method: readMethod,
  report: readReports,
} as const satisfies { readonly [Name in keyof SolveRequest]-?: Reader<NonNullable<SolveRequest[Name]> | null> };

/** The request, or undefined when anything about it is wrong: the schema (solveRequest.ts) then finds out what. */
export function readSolveRequest(input: unknown): SolveRequest | undefined {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return undefined;
  const request: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    if (!Object.hasOwn(SOLVE_FIELDS, name)) return undefined;
    const read: Reader<unknown> = SOLVE_FIELDS[name as keyof typeof SOLVE_FIELDS];
    let fine = true;
    request[name] = read(value, () => (fine = false));
    if (!fine) return undefined;
  }
  return request;
}

function readMethod(input: unknown, complain: Complain): Method | undefined {
  const method = METHODS.find((name) => name === input);
  if (method === undefined) complain([], `allowed are ${quoted(METHODS)}`);
  return method;
}

function readReports(input: unknown, complain: Complain): readonly Report[] | undefined {
  if (!Array.isArray(input)) {
    complain([], `${shown(input)} is refused, allowed is a list`);
    return undefined;
  }
  const reports: Report[] = [];
  for (const [k, entry] of input.entries()) {
    const report = REPORTS.find((name) => name === entry);
    if (report === undefined) {
      complain([k], `allowed are ${quoted(REPORTS)}`);
      return undefined;
    }
    reports.push(report);
  }
  return reports;
}

function readMatrixOrFile(input: unknown, complain: Complain): Matrix | MatrixFile | undefined {
  return typeof input === "string" ? readName(input, "a list of rows", complain) : readMatrix(input, complain);
}

function readName(input: string, instead: string, complain: Complain): MatrixFile | undefined {
  if (/\.(npy|csv)$/i.test(input)) return { file: input };
  complain([], `is ${show(input)}, expected ${instead}, or the name of a file that ends in .npy or .csv`);
  return undefined;
}

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

function readPotentialsOrFile(input: unknown, complain: Complain): Potentials | MatrixFile | undefined {
  return typeof input === "string" ? readName(input, "a list of volts", complain) : readPotentials(input, complain);
}

/** The far ends may be null as a whole: open. */
function readFarPotentials(input: unknown, complain: Complain): Potentials | MatrixFile | null | undefined {
  return input === null ? null : readPotentialsOrFile(input, complain);
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

function readLaw(input: unknown, complain: Complain): LawRequest | undefined {
  const kinds = Object.keys(LAWS);
  if (typeof input !== "object" || input === null || !("kind" in input)) {
    complain([], `is ${show(input)}, expected {"kind": ...} with one of ${quoted(kinds)}`);
    return undefined;
  }
  const kind = (["ohmic", "sinh", "rectifying"] as const).find((law) => law === input.kind);
  if (kind === undefined) {
    complain(["kind"], `is ${show(input.kind)}, this version solves ${quoted(kinds)}`);
    return undefined;
  }
  const given: Readonly<Record<string, unknown>> = { ...input };
  const parameters = LAWS[kind];
  const unknown = Object.keys(given).find((key) => key !== "kind" && !parameters.some(({ name }) => name === key));
  if (unknown !== undefined) {
    const known = parameters.map(({ name }) => name);
    const has = known.length === 0 ? "has no parameters" : `has ${quoted(known)}`;
    complain([unknown], `unknown key "${unknown}", the law "${kind}" ${has}`);
    return undefined;
  }
  const numbers = { scale_V: 0, slope: 0 };
  for (const { name, allowed, isAllowed } of parameters) {
    const value = given[name];
    if (typeof value !== "number" || !isAllowed(value)) {
      complain(
        name in given ? [name] : [],
        `${name in given ? "" : `${name} `}is ${show(value)}, allowed are ${allowed}`,
      );
      return undefined;
    }
    numbers[name] = value;
  }
  const { scale_V, slope } = numbers;
  return kind === "ohmic" ? { kind } : kind === "sinh" ? { kind, scale_V } : { kind, slope, scale_V };
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
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
