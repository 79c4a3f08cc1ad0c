import type { Command } from "commander";
import { buildNetwork } from "../../core/crossbar/solve/buildNetwork.ts";
import { type ConnectedEnds, connectedEnds, LineError } from "../../core/crossbar/solve/connectedEnds.ts";
import { factorNetwork } from "../../core/crossbar/solve/factorNetwork.ts";
import type { ArrayNetwork, LineDrives, NetworkSolution } from "../../core/crossbar/solve/network.ts";
import { solveNetwork } from "../../core/crossbar/solve/solveNetwork.ts";
import { errorAt, readDocument } from "../../core/document.ts";
import { readText } from "../files.ts";
import { type Potentials, type SolveRequest, solveRequest } from "../solveRequest.ts";
import { printJson } from "../terminal.ts";

/** `crosspore solve FILE.json`: node voltages and end currents of a resistive crossbar, JSON in and out. */
export function add(program: Command): void {
  program
    .command("solve")
    .summary("solve a resistive crossbar")
    .description("Solve a resistive crossbar exactly; prints line currents (and node voltages on request) as JSON.")
    .argument("<file>", "JSON or YAML: conductance_S, wire resistances, row_V, column_V")
    .action((file: string) => printJson(solveFile(readText(file), file)));
}

/** A list per line, or a list of such lists for a batch. */
type PerLine = number[] | number[][];

export interface SolveAnswer {
  columnCurrent_A: PerLine;
  rowCurrent_A: PerLine;
  relativeResidual: number | number[];
  method: string;
  elapsed_s: number;
  rowNode_V?: number[][] | number[][][];
  columnNode_V?: number[][] | number[][][];
}

/** @throws ProtocolError at the element that is wrong, RangeError when the array is too large to factor */
export function solveFile(text: string, file: string): SolveAnswer {
  const request = readDocument(text, file, solveRequest);
  const refuse = (path: readonly PropertyKey[], reason: string) => errorAt(text, file, path, reason);
  const network = makeNetwork(request, refuse);
  const { drives, batch } = makeDrives(request, refuse);
  const start = performance.now();
  const { solutions, method } = solveBatch(network, drives, (error, drive) => {
    const path = error.side === "row" ? "row_V" : "column_V";
    const given = request[path];
    return refuse(
      given === undefined ? [] : given.batch ? [path, drive, error.index] : [path, error.index],
      error.message,
    );
  });
  const elapsed_s = (performance.now() - start) / 1000;
  const shape = <T>(read: (solution: NetworkSolution) => T): T | T[] => {
    const all = solutions.map(read);
    return batch ? all : (all[0] as T);
  };
  const answer: SolveAnswer = {
    columnCurrent_A: shape(({ columnCurrent_A }) => Array.from(columnCurrent_A)),
    rowCurrent_A: shape(({ rowCurrent_A }) => Array.from(rowCurrent_A)),
    relativeResidual: shape(({ relativeResidual }) => relativeResidual),
    method,
    elapsed_s,
  };
  if (!request.report?.includes("node_V")) return answer;
  const { columns } = network;
  return {
    ...answer,
    rowNode_V: shape(({ rowNode_V }) => toRows(rowNode_V, columns)),
    columnNode_V: shape(({ columnNode_V }) => toRows(columnNode_V, columns)),
  };
}

type Refuse = (path: readonly PropertyKey[], reason: string) => Error;

function makeNetwork(request: SolveRequest, refuse: Refuse): ArrayNetwork {
  const { rows, columns, values } = request.conductance_S;
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
function makeDrives(request: SolveRequest, refuse: Refuse): { drives: LineDrives[]; batch: boolean } {
  const { rows, columns } = request.conductance_S;
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

/** Drives that leave the same ends open share one factorisation. */
function solveBatch(
  network: ArrayNetwork,
  drives: readonly LineDrives[],
  explain: (error: LineError, drive: number) => Error,
): { solutions: NetworkSolution[]; method: string } {
  const groups = new Map<string, { ends: ConnectedEnds; members: number[] }>();
  drives.forEach((drive, p) => {
    const ends = connectedEnds(network, drive);
    const key = [ends.left, ends.right, ends.bottom, ends.top].map((marks) => marks.join("")).join("|");
    const group = groups.get(key);
    if (group) group.members.push(p);
    else groups.set(key, { ends, members: [p] });
  });
  const solutions: NetworkSolution[] = [];
  const methods = new Set<string>();
  for (const { ends, members } of groups.values()) {
    let current = members[0] ?? 0;
    try {
      const factors = factorNetwork(network, ends);
      methods.add(factors.method);
      for (const p of members) {
        current = p;
        solutions[p] = solveNetwork(factors, drives[p] as LineDrives);
      }
    } catch (error) {
      throw error instanceof LineError ? explain(error, current) : error;
    }
  }
  return { solutions, method: [...methods].join(" and ") };
}

function toRows(values: Float64Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, i) =>
    Array.from(values.subarray(i * columns, (i + 1) * columns)),
  );
}
