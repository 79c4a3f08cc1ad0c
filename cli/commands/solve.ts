import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { buildNetwork } from "../../core/crossbar/solve/buildNetwork.ts";
import { LineError } from "../../core/crossbar/solve/connectedEnds.ts";
import type { ArrayNetwork, LineDrives } from "../../core/crossbar/solve/network.ts";
import { makeLaw } from "../../core/crossbar/solve/law.ts";
import { viewDropFactors, viewJunctions, viewLineDrops, viewPower } from "../../core/crossbar/views.ts";
import { errorAt, readDocument } from "../../core/document.ts";
import { readCsv } from "../../core/matrixFiles/csv.ts";
import { readNpy } from "../../core/matrixFiles/npy.ts";
import { describeSystemError } from "../../runtime/systemError.ts";
import { readText } from "../files.ts";
import { type Answer, solveBatch } from "../solveBatch.ts";
import { type Matrix, type Potentials, type SolveRequest, solveRequest } from "../solveRequest.ts";
import { printJson } from "../terminal.ts";

/** `crosspore solve FILE.json`: node voltages and end currents of a crossbar, JSON in and out. */
export function add(program: Command): void {
  program
    .command("solve")
    .summary("solve a resistive crossbar")
    .description(
      "Solve a crossbar of ohmic, sinh or rectifying junctions; prints line currents (and more on request) as JSON.",
    )
    .argument("<file>", "JSON or YAML: conductance_S (or a .npy, .csv file), wire resistances, row_V, column_V, law")
    .action((file: string) => printJson(solveFile(readText(file), file)));
}

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

/** @throws ProtocolError at the element that is wrong, RangeError when the array is too large */
export function solveFile(text: string, file: string): SolveAnswer {
  const begin = performance.now();
  const request = readDocument(text, file, solveRequest);
  const refuse: Refuse = (path, reason) => errorAt(text, file, path, reason);
  const conductances = readConductances(request.conductance_S, file, refuse);
  const network = makeNetwork(request, conductances, refuse);
  const { drives, batch } = makeDrives(request, conductances, refuse);
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
      throw refuse(
        given === undefined ? [] : given.batch ? [path, asked, error.index] : [path, error.index],
        error.message,
      );
    }
    throw error instanceof RangeError ? refuse([], error.message) : error;
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
    ...reportViews(request, network, shape, refuse),
  };
  if (!request.report?.includes("stats")) return answer;
  const reported = performance.now();
  const seconds = (from: number, to: number): number => (to - from) / 1000;
  return {
    ...answer,
    stats: {
      method: methods,
      iterations: shape(({ iterations }) => iterations),
      ...(answers.some(({ steps }) => steps !== undefined) && { steps: shape(({ steps = 0 }) => steps) }),
      rows: network.rows,
      columns: network.columns,
      elapsed_s: { read: seconds(begin, read), solve: seconds(read, solved), report: seconds(solved, reported) },
    },
  };
}

type Refuse = (path: readonly PropertyKey[], reason: string) => Error;
type Shape = <T>(view: (answer: Answer, drive: LineDrives) => T) => T | T[];

function reportViews(request: SolveRequest, network: ArrayNetwork, shape: Shape, refuse: Refuse): Partial<SolveAnswer> {
  const wanted = new Set(request.report);
  wanted.delete("stats");
  const { columns } = network;
  const matrix = (values: Float64Array): number[][] => toRows(values, columns);
  /** The array as it was solved, junctions as chords. */
  const arrayOf = ({ chord_S }: Answer): ArrayNetwork => (chord_S ? { ...network, conductance_S: chord_S } : network);
  const whole = (answer: Answer) => {
    const { rowNode_V, columnNode_V, rowCurrent_A, relativeResidual } = answer;
    if (!rowNode_V || !columnNode_V || !rowCurrent_A || relativeResidual === undefined)
      throw refuse(
        ["report"],
        `asks for ${[...wanted].join(", ")}, the method "effective" gives column currents and stats; allowed are "auto", "iterative" and "elimination"`,
      );
    return { ...answer, rowNode_V, columnNode_V, rowCurrent_A, relativeResidual };
  };
  const lawOf = (asked: SolveRequest["law"]) =>
    asked && asked.kind !== "ohmic" ? makeLaw(asked, network.conductance_S) : undefined;
  const factors = (answer: Answer, drive: LineDrives) =>
    viewDropFactors(network, drive, whole(answer), lawOf(request.law));
  return {
    ...(wanted.has("node_V") && {
      rowNode_V: shape((answer) => matrix(whole(answer).rowNode_V)),
      columnNode_V: shape((answer) => matrix(whole(answer).columnNode_V)),
    }),
    ...(wanted.has("junctions") && {
      junctionVoltage_V: shape((answer) => matrix(viewJunctions(arrayOf(answer), whole(answer)).voltage_V)),
      junctionCurrent_A: shape((answer) => matrix(viewJunctions(arrayOf(answer), whole(answer)).current_A)),
      junctionPower_W: shape((answer) => matrix(viewJunctions(arrayOf(answer), whole(answer)).power_W)),
    }),
    ...(wanted.has("lineDrop_V") && {
      rowDrop_V: shape((answer, drive) => Array.from(viewLineDrops(network, drive, whole(answer)).row_V)),
      columnDrop_V: shape((answer, drive) => Array.from(viewLineDrops(network, drive, whole(answer)).column_V)),
    }),
    ...(wanted.has("dropFactors") && {
      junctionFactor: shape((answer, drive) => matrix(factors(answer, drive).junction)),
      columnFactor: shape((answer, drive) => Array.from(factors(answer, drive).column)),
    }),
    ...(wanted.has("power") && {
      power_W: shape((answer, drive) => viewPower(arrayOf(answer), drive, whole(answer))),
    }),
  };
}

/** The matrix of the request, or of the file that it names. */
function readConductances(given: SolveRequest["conductance_S"], file: string, refuse: Refuse): Matrix {
  if (!("file" in given)) return given;
  const path = resolve(dirname(file), given.file);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw refuse(["conductance_S"], describeSystemError(error));
  }
  const matrix = /\.npy$/i.test(path) ? readNpy(bytes, path) : readCsv(new TextDecoder().decode(bytes), path);
  const bad = matrix.values.findIndex((value) => !(value >= 0 && value < Number.POSITIVE_INFINITY));
  if (bad < 0) return matrix;
  const place = `[${Math.floor(bad / matrix.columns)}][${bad % matrix.columns}]`;
  throw refuse(
    ["conductance_S"],
    `${given.file}${place} is ${matrix.values[bad]}, allowed are finite numbers of 0 S or more`,
  );
}

function makeNetwork(request: SolveRequest, { rows, columns, values }: Matrix, refuse: Refuse): ArrayNetwork {
  const perLine = (
    name: "rowSegment_ohm" | "rowSource_ohm" | "columnSegment_ohm" | "columnSense_ohm",
    lines: number,
  ) => {
    const value = request[name] ?? 0;
    if (typeof value !== "number" && value.length !== lines)
      throw refuse(
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
  refuse: Refuse,
): { drives: LineDrives[]; batch: boolean } {
  let length: number | undefined;
  const checked = (
    name: "row_V" | "column_V" | "rightRow_V" | "topColumn_V",
    lines: number,
  ): Potentials | undefined => {
    const potentials = request[name];
    if (potentials === undefined || potentials === null) return undefined;
    potentials.vectors.forEach((vector, p) => {
      if (vector.length !== lines)
        throw refuse(
          potentials.batch ? [name, p] : [name],
          `has ${vector.length} values, expected ${lines} (one per ${/row/i.test(name) ? "row" : "column"})`,
        );
    });
    if (!potentials.batch) return potentials;
    length ??= potentials.vectors.length;
    if (potentials.vectors.length !== length)
      throw refuse([name], `is a batch of ${potentials.vectors.length}, expected ${length} or a single list`);
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

function toRows(values: Float64Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, i) =>
    Array.from(values.subarray(i * columns, (i + 1) * columns)),
  );
}
