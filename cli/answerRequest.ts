import { resolve } from "node:path";
import { buildNetwork } from "../core/crossbar/solve/buildNetwork.ts";
import { LineError } from "../core/crossbar/solve/connectedEnds.ts";
import type { LawRequest } from "../core/crossbar/solve/law.ts";
import type { ArrayNetwork, LineDrives } from "../core/crossbar/solve/network.ts";
import { inFile, readConductances, readPotentials } from "./matrixInput.ts";
import { Misplaced } from "./misplaced.ts";
import { type Answer, solveBatch } from "./solveBatch.ts";
import type { Matrix, Potentials, SolveRequest } from "./solveFields.ts";
import { reportViews } from "./solveViews.ts";

/** A list per line, or a list of such lists for a batch. */
type PerLine = number[] | number[][];
/** The same with a matrix in place of a list. */
type PerJunction = number[][] | number[][][];

export interface SolveAnswer {
  columnCurrent_A: PerLine;
  /** Absent with the effective matrix, which knows column currents alone; so is the residual. */
  rowCurrent_A?: PerLine;
  relativeResidual?: number | number[];
  method: string;
  elapsed_s: number;
  /** Where junctions have dI/dv < 0: which operating point this is. */
  branch?: Answer["branch"] | Answer["branch"][];
  stats?: SolveStats;
  rowNode_V?: PerJunction;
  columnNode_V?: PerJunction;
  junctionVoltage_V?: PerJunction;
  junctionCurrent_A?: PerJunction;
  junctionPower_W?: PerJunction;
  rowDrop_V?: PerLine;
  columnDrop_V?: PerLine;
  junctionFactor?: PerJunction;
  columnFactor?: PerLine;
  power_W?: object | object[];
}

export interface SolveStats {
  method: string;
  /** Of the iterative solver, summed over the steps of a nonlinear solve; 0 where it was direct. */
  iterations: number | number[];
  /** Newton or transient steps; absent for ohmic junctions. */
  steps?: number | number[];
  rows: number;
  columns: number;
  elapsed_s: { read: number; solve: number; report: number };
}

/** Where matrices are beside the request. */
export interface InputFiles {
  /** Folder of the request: names in it are relative to that. */
  readonly folder: string;
  /** Files that options name; they win over the request. */
  readonly conductance?: string | undefined;
  readonly inputs?: string | undefined;
}

/** The answer, and what exports are made of. */
export interface Solved {
  readonly answer: SolveAnswer;
  readonly network: ArrayNetwork;
  readonly law: LawRequest;
  readonly drives: readonly LineDrives[];
  readonly batch: boolean;
  readonly answers: readonly Answer[];
}

/**
 * @param begin when reading began, milliseconds of `performance.now`
 * @throws Misplaced at the field that is wrong, ProtocolError in a file of numbers that is wrong
 */
export function answerRequest(request: SolveRequest, files: InputFiles, begin: number): Solved {
  const conductances = openConductances(request, files);
  const network = makeNetwork(request, conductances);
  const { drives, batch } = makeDrives(request, conductances, files);
  const law = request.law ?? { kind: "ohmic" };
  const read = performance.now();
  let asked = 0;
  let answers: Answer[];
  try {
    answers = solveBatch(network, drives, { method: request.method ?? "auto", law }, (drive) => (asked = drive));
  } catch (error) {
    if (error instanceof LineError) {
      const path = error.side === "row" ? "row_V" : "column_V";
      const given = request[path];
      const place =
        given && !("file" in given) ? (given.batch ? [path, asked, error.index] : [path, error.index]) : [path];
      throw new Misplaced(given ? place : [], error.message);
    }
    throw error instanceof RangeError ? new Misplaced([], error.message) : error;
  }
  const solved = performance.now();
  const shape = <T>(view: (answer: Answer, drive: LineDrives) => T): T | T[] => {
    const all = answers.map((answer, p) => view(answer, drives[p] as LineDrives));
    return batch ? all : (all[0] as T);
  };
  const methods = [...new Set(answers.map(({ method }) => method))].join(" and ");
  const answer: SolveAnswer = {
    columnCurrent_A: shape(({ columnCurrent_A }) => Array.from(columnCurrent_A)),
    ...(answers.every(({ rowCurrent_A }) => rowCurrent_A) && {
      rowCurrent_A: shape(({ rowCurrent_A = [] }) => Array.from(rowCurrent_A)),
      relativeResidual: shape(({ relativeResidual = Number.NaN }) => relativeResidual),
    }),
    method: methods,
    elapsed_s: (solved - read) / 1000,
    ...(answers.some(({ branch }) => branch) && { branch: shape(({ branch }) => branch) }),
    ...reportViews(request, network, shape),
  };
  const whole = { network, drives, batch, answers, law };
  if (!request.report?.includes("stats")) return { ...whole, answer };
  const reported = performance.now();
  const seconds = (from: number, to: number): number => (to - from) / 1000;
  const stats: SolveStats = {
    method: methods,
    iterations: shape(({ iterations }) => iterations),
    ...(answers.some(({ steps }) => steps !== undefined) && { steps: shape(({ steps = 0 }) => steps) }),
    rows: network.rows,
    columns: network.columns,
    elapsed_s: { read: seconds(begin, read), solve: seconds(read, solved), report: seconds(solved, reported) },
  };
  return { ...whole, answer: { ...answer, stats } };
}

/** The matrix of the request, or of the file that it or an option names. */
function openConductances({ conductance_S: given }: SolveRequest, { folder, conductance }: InputFiles): Matrix {
  if (conductance !== undefined) return readConductances(conductance, "--conductance");
  if (given === undefined)
    throw new Misplaced(
      ["conductance_S"],
      "is missing, expected a list of rows, each a list of siemens, the name of a .npy or .csv file, or --conductance FILE",
    );
  return "file" in given ? readConductances(resolve(folder, given.file), "conductance_S") : given;
}

function makeNetwork(request: SolveRequest, { rows, columns, values }: Matrix): ArrayNetwork {
  const perLine = (
    name: "rowSegment_ohm" | "rowSource_ohm" | "columnSegment_ohm" | "columnSense_ohm",
    lines: number,
  ) => {
    const value = request[name] ?? 0;
    if (typeof value !== "number" && value.length !== lines)
      throw new Misplaced(
        [name],
        `has ${value.length} values, expected ${lines} (one per ${name.startsWith("row") ? "row" : "column"})`,
      );
    return value;
  };
  return buildNetwork({
    grid: { rows, columns },
    conductance_S: values,
    rowSegment_ohm: perLine("rowSegment_ohm", rows),
    rowSource_ohm: perLine("rowSource_ohm", rows),
    columnSegment_ohm: perLine("columnSegment_ohm", columns),
    columnSense_ohm: perLine("columnSense_ohm", columns),
  });
}

/** Single lists are shared by a whole batch; batches must be of equal length. */
function makeDrives(
  request: SolveRequest,
  { rows, columns }: Matrix,
  files: InputFiles,
): { drives: LineDrives[]; batch: boolean } {
  let length: number | undefined;
  const checked = (
    name: "row_V" | "column_V" | "rightRow_V" | "topColumn_V",
    lines: number,
  ): Potentials | undefined => {
    const fromOption = name === "row_V" && files.inputs !== undefined;
    const given = fromOption ? readPotentials(files.inputs ?? "", "--inputs") : request[name];
    if (given === undefined || given === null) {
      if (name === "row_V")
        throw new Misplaced(
          [name],
          "is missing, expected a list of volts (null = open), one per line, or --inputs FILE",
        );
      return undefined;
    }
    const potentials = "file" in given ? readPotentials(resolve(files.folder, given.file), name) : given;
    potentials.vectors.forEach((vector, p) => {
      if (vector.length === lines) return;
      const reason = `has ${vector.length} values, expected ${lines} (one per ${/row/i.test(name) ? "row" : "column"})`;
      if (fromOption) throw inFile(files.inputs ?? "", `each line ${reason}`);
      if ("file" in given) throw new Misplaced([name], `each line of ${given.file} ${reason}`);
      throw new Misplaced(potentials.batch ? [name, p] : [name], reason);
    });
    if (!potentials.batch) return potentials;
    length ??= potentials.vectors.length;
    if (potentials.vectors.length !== length)
      throw new Misplaced([name], `is a batch of ${potentials.vectors.length}, expected ${length} or a single list`);
    return potentials;
  };
  const row = checked("row_V", rows);
  const column = checked("column_V", columns);
  const right = checked("rightRow_V", rows);
  const top = checked("topColumn_V", columns);
  const pick = (potentials: Potentials, p: number): Float64Array =>
    potentials.vectors[potentials.batch ? p : 0] as Float64Array;
  const grounded = new Float64Array(columns);
  const drives = Array.from(
    { length: length ?? 1 },
    (_, p): LineDrives => ({
      row_V: row ? pick(row, p) : new Float64Array(rows).fill(Number.NaN),
      column_V: column ? pick(column, p) : grounded,
      ...(right && { rightRow_V: pick(right, p) }),
      ...(top && { topColumn_V: pick(top, p) }),
    }),
  );
  return { drives, batch: length !== undefined };
}
