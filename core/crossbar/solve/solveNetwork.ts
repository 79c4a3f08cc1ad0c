import { checkLoops, connectedEnds, sameEnds } from "./connectedEnds.ts";
import { type Elimination, type Factorisation, factorNetwork, type IdealArray } from "./factorNetwork.ts";
import type { ArrayNetwork, LineDrives, NetworkSolution } from "./network.ts";
import { relativeResidual } from "./relativeResidual.ts";
import { solveNodes } from "./solveNodes.ts";

/**
 * Node potentials and end currents of a resistive crossbar.
 *
 * Solved are deviations d from one reference per line, so that an end current g (x_end - reference) is g d, without
 * cancellation however small the resistances. With references p_i of the rows and q_j of the columns the injections are
 *     into W(i,j)  G (q_j - p_i) + end terms g (V - p_i),    into B(i,j)  G (p_i - q_j) + end terms g (U - q_j)
 * Two choices are solved for every drive, because no single one is accurate in both limits:
 *   columns at their clamps, rows at the common level: column currents and node potentials, exact from r -> 0 (ideal)
 *     to r -> infinity (attenuated by any factor; with a common clamp potential only products of positive numbers occur)
 *   rows at their sources, columns at the mean potential that the first solution found: row currents
 * The common level is the median clamp, which is the clamp for nearly all lines of every usual scheme.
 * What stays is the cancellation of a difference: a line whose current is far below sum_j G_ij |V_i - U_j|, because its
 * neighbours follow it, keeps an absolute error of a few eps of that sum.
 * Cost: 6 slices width^2 multiply-adds per drive (factorNetwork.ts).
 *
 * @throws RangeError when the connected ends are not those of the factorisation or a potential is infinite;
 *   LineError when a line without resistance is driven at two potentials
 */
export function solveNetwork(factorisation: Factorisation, drives: LineDrives): NetworkSolution {
  const { network, ends } = factorisation;
  if (!sameEnds(connectedEnds(network, drives), ends))
    throw new RangeError(
      "The drives connect other line ends than the factorisation; factor the network for these ends",
    );
  checkLoops(network, drives);
  return factorisation.method === "ideal" ? solveIdeal(factorisation, drives) : solveEliminated(factorisation, drives);
}

/** Factor and solve one drive. */
export function solveOnce(network: ArrayNetwork, drives: LineDrives): NetworkSolution {
  return solveNetwork(factorNetwork(network, connectedEnds(network, drives)), drives);
}

/** I_j = sum_i G_ij (V_i - U_j): every node sits at the potential of its line. */
function solveIdeal({ network }: IdealArray, { row_V, column_V }: LineDrives): NetworkSolution {
  const { rows, columns, conductance_S } = network;
  const rowCurrent_A = new Float64Array(rows);
  const columnCurrent_A = new Float64Array(columns);
  const rowNode_V = new Float64Array(rows * columns);
  const columnNode_V = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const k = i * columns + j;
      const current = conductance_S[k] * (row_V[i] - column_V[j]);
      rowCurrent_A[i] += current;
      columnCurrent_A[j] += current;
      rowNode_V[k] = row_V[i];
      columnNode_V[k] = column_V[j];
    }
  }
  return { rowCurrent_A, columnCurrent_A, rowNode_V, columnNode_V, relativeResidual: 0 };
}

function solveEliminated(factors: Elimination, drives: LineDrives): NetworkSolution {
  const { network, ends, lines } = factors;
  const { rows, columns } = network;
  const level = commonLevel(drives);
  const rowLevel = new Float64Array(rows).fill(level);

  const clamps = drives.column_V.map((clamp_V, j) => (ends.bottom[j] ? clamp_V : level));
  const { row: rowNode_V, column: columnNode_V } = injections(factors, drives, rowLevel, clamps);
  solveNodes(factors, rowNode_V, columnNode_V);
  const bottom = (rows - 1) * columns;
  const columnCurrent_A = lines.bottom_S.map((g, j) => (ends.bottom[j] ? g * columnNode_V[bottom + j] : 0));

  const residual = relativeResidual(network, drives, {
    rowNode_V,
    columnNode_V,
    rowReference_V: rowLevel,
    columnReference_V: clamps,
  });
  for (let k = 0; k < rowNode_V.length; k++) {
    rowNode_V[k] += level;
    columnNode_V[k] += clamps[k % columns];
  }

  const means = lineMeans(network, rowNode_V, columnNode_V);
  const sources = means.row_V.map((mean_V, i) => (ends.left[i] ? drives.row_V[i] : mean_V));
  const { row, column } = injections(factors, drives, sources, means.column_V);
  solveNodes(factors, row, column);
  const rowCurrent_A = lines.left_S.map((g, i) => (ends.left[i] ? 0 - g * row[i * columns] : 0));
  return { rowCurrent_A, columnCurrent_A, rowNode_V, columnNode_V, relativeResidual: residual };
}

function lineMeans({ rows, columns }: ArrayNetwork, rowNode_V: Float64Array, columnNode_V: Float64Array) {
  const row_V = new Float64Array(rows);
  const column_V = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      row_V[i] += rowNode_V[i * columns + j] / columns;
      column_V[j] += columnNode_V[i * columns + j] / rows;
    }
  }
  return { row_V, column_V };
}

/** Median of the connected clamps; without any, of everything that is driven. */
function commonLevel(drives: LineDrives): number {
  const connected = (values: Float64Array | undefined): number[] => [...(values ?? [])].filter((v) => !Number.isNaN(v));
  let values = connected(drives.column_V);
  if (values.length === 0)
    values = [...connected(drives.topColumn_V), ...connected(drives.row_V), ...connected(drives.rightRow_V)];
  values.sort((a, b) => a - b);
  return values[values.length >> 1];
}

/** Net current into every node when all nodes sit at the reference of their line, ampere. */
function injections(
  { network, ends, lines }: Elimination,
  drives: LineDrives,
  rowReference_V: Float64Array,
  columnReference_V: Float64Array,
): { row: Float64Array; column: Float64Array } {
  const { rows, columns, conductance_S } = network;
  const row = new Float64Array(rows * columns);
  const column = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const k = i * columns + j;
      const current = conductance_S[k] * (columnReference_V[j] - rowReference_V[i]);
      row[k] = current;
      column[k] = 0 - current;
    }
    const last = (i + 1) * columns - 1;
    if (ends.left[i]) row[i * columns] += lines.left_S[i] * (drives.row_V[i] - rowReference_V[i]);
    if (ends.right[i] && drives.rightRow_V) row[last] += lines.right_S[i] * (drives.rightRow_V[i] - rowReference_V[i]);
  }
  for (let j = 0; j < columns; j++) {
    const last = (rows - 1) * columns + j;
    if (ends.top[j] && drives.topColumn_V) column[j] += lines.top_S[j] * (drives.topColumn_V[j] - columnReference_V[j]);
    if (ends.bottom[j]) column[last] += lines.bottom_S[j] * (drives.column_V[j] - columnReference_V[j]);
  }
  return { row, column };
}
