import type { Factorisation } from "./factorNetwork.ts";
import type { LineDrives, NetworkSolution } from "./network.ts";
import { solveNetwork } from "./solveNetwork.ts";
import { solveNodes } from "./solveNodes.ts";

/**
 * The same network with a battery in series with every junction, i = G (w - b - battery): by superposition the solution
 * without, plus what the currents G battery into the row nodes and out of the column nodes do alone.
 * @param battery_V rows * columns, volt, row-major; absent = none
 */
export function solveWithBatteries(
  factors: Factorisation,
  drives: LineDrives,
  battery_V: Float64Array | undefined,
): NetworkSolution {
  const solution = solveNetwork(factors, drives);
  if (!battery_V) return solution;
  const { rows, columns, conductance_S } = factors.network;
  const row = new Float64Array(rows * columns);
  const column = new Float64Array(rows * columns);
  for (let k = 0; k < row.length; k++) {
    const current = conductance_S[k] * battery_V[k];
    row[k] = current;
    column[k] = 0 - current;
  }
  const { rowNode_V, columnNode_V, columnCurrent_A, rowCurrent_A } = solution;
  if (factors.method === "ideal") {
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) rowCurrent_A[i] -= row[i * columns + j];
    for (let k = 0; k < row.length; k++) columnCurrent_A[k % columns] -= row[k];
    return { ...solution, relativeResidual: Number.NaN };
  }
  solveNodes(factors, row, column);
  const { left_S, bottom_S } = factors.lines;
  for (let i = 0; i < rows; i++) rowCurrent_A[i] -= left_S[i] * row[i * columns];
  for (let j = 0; j < columns; j++) columnCurrent_A[j] += bottom_S[j] * column[(rows - 1) * columns + j];
  for (let k = 0; k < row.length; k++) {
    rowNode_V[k] += row[k];
    columnNode_V[k] += column[k];
  }
  return { ...solution, relativeResidual: Number.NaN };
}
