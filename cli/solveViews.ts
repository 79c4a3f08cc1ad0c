import type { ArrayNetwork, LineDrives } from "../core/crossbar/solve/network.ts";
import { makeLaw } from "../core/crossbar/solve/law.ts";
import { viewDropFactors, viewJunctions, viewLineDrops, viewPower } from "../core/crossbar/views.ts";
import type { SolveAnswer } from "./answerRequest.ts";
import { Misplaced } from "./misplaced.ts";
import type { Answer } from "./solveBatch.ts";
import type { SolveRequest } from "./solveFields.ts";

/** One answer for a single drive, a list for a batch. */
export type Shape = <T>(view: (answer: Answer, drive: LineDrives) => T) => T | T[];

/** What `report` asks for. */
export function reportViews(request: SolveRequest, network: ArrayNetwork, shape: Shape): Partial<SolveAnswer> {
  const wanted = new Set(request.report);
  wanted.delete("stats");
  const { columns } = network;
  const matrix = (values: Float64Array): number[][] => toRows(values, columns);
  /** The array as it was solved, junctions as chords. */
  const arrayOf = ({ chord_S }: Answer): ArrayNetwork => (chord_S ? { ...network, conductance_S: chord_S } : network);
  const whole = (answer: Answer) => {
    const { rowNode_V, columnNode_V, rowCurrent_A, relativeResidual } = answer;
    if (!rowNode_V || !columnNode_V || !rowCurrent_A || relativeResidual === undefined)
      throw new Misplaced(
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

function toRows(values: Float64Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, i) =>
    Array.from(values.subarray(i * columns, (i + 1) * columns)),
  );
}
