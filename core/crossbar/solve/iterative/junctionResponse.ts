import type { ConnectedEnds } from "../connectedEnds.ts";
import { factorNetwork } from "../factorNetwork.ts";
import { lineConductances } from "../lineConductances.ts";
import type { ArrayNetwork, LineDrives } from "../network.ts";
import { solveNodes } from "../solveNodes.ts";

/**
 * A current of 1 A from B(i,j) to W(i,j). Eliminating the columns, S w = e_k - D y and b = K_b D w - y with y = K_b e_k,
 * which lives on column j alone: the iteration is that of any other right-hand side.
 */

/**
 * y: potentials of the nodes of one column, ohm, for 1 A into its node i, with all rows and its driven ends at 0 V.
 * The conductances seen from each node upwards and downwards are sums and quotients of positive numbers.
 */
export function columnResponse(network: ArrayNetwork, ends: ConnectedEnds, i: number, j: number): Float64Array {
  const { rows, columns, conductance_S } = network;
  const { columnSegment_S, top_S, bottom_S } = lineConductances(network, ends);
  const segment_ohm = 1 / columnSegment_S[j];
  const at = (m: number): number => conductance_S[m * columns + j];
  const through = (value_S: number): number => value_S / (1 + segment_ohm * value_S);
  // up[m]: node m and all above it; down[m]: node m and all below it
  const up = new Float64Array(rows);
  const down = new Float64Array(rows);
  for (let m = 0; m < rows; m++) up[m] = at(m) + (m > 0 ? through(up[m - 1]) : top_S[j]);
  for (let m = rows - 1; m >= 0; m--) down[m] = at(m) + (m < rows - 1 ? through(down[m + 1]) : bottom_S[j]);
  const above = i > 0 ? through(up[i - 1]) : top_S[j];
  const y = new Float64Array(rows);
  y[i] = 1 / (above + down[i]);
  for (let m = i - 1; m >= 0; m--) y[m] = y[m + 1] / (1 + segment_ohm * up[m]);
  for (let m = i + 1; m < rows; m++) y[m] = y[m - 1] / (1 + segment_ohm * down[m]);
  return y;
}

/** The same response by elimination, for arrays on which the iteration gives up. */
export function eliminatedResponse(network: ArrayNetwork, ends: ConnectedEnds, k: number) {
  const rowNode_V = new Float64Array(network.conductance_S.length);
  const columnNode_V = new Float64Array(network.conductance_S.length);
  rowNode_V[k] = 1;
  columnNode_V[k] = -1;
  const factors = factorNetwork(network, ends);
  if (factors.method === "elimination") solveNodes(factors, rowNode_V, columnNode_V);
  else {
    rowNode_V.fill(0);
    columnNode_V.fill(0);
  }
  return { rowNode_V, columnNode_V };
}

/** Every driven end at 0 V. */
export function quietDrives({ left, right, top, bottom }: ConnectedEnds): LineDrives {
  const quiet = (marks: Uint8Array): Float64Array => Float64Array.from(marks, (mark) => (mark ? 0 : Number.NaN));
  return { row_V: quiet(left), rightRow_V: quiet(right), topColumn_V: quiet(top), column_V: quiet(bottom) };
}
