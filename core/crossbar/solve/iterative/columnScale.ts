import type { ConnectedEnds } from "../connectedEnds.ts";
import type { Workspace } from "./workspace.ts";

/** Relative error that every sensed current is to keep below. */
const ACCURACY = 1e-9;
/**
 * The bound takes the whole error for each column. It is shared by all of them: measured errors of 64 and more columns are
 * 40 to 300 times below the bound, those of five columns 4 times. So it may be passed by sqrt(columns) / 2, at most 8.
 */
const LARGEST_EXCESS = 8;
/** Currents this much below the largest keep the absolute accuracy of one at the limit: they may be zero by cancellation. */
const SMALLEST_CURRENT = 1e-6;

/**
 * The energy norm of the error of the nodes that leaves every column current right to 1e-9: from
 * min_j |I_j| / sqrt(Y_j) over the sensed columns: an error of energy norm e of the nodes changes current j by at most
 * sqrt(Y_j) e (Cauchy and Schwarz in the S inner product), with Y_j the input conductance of the array at end j. It is
 * taken from above: the column with all its rows grounded, at most all its junctions in parallel.
 * 0 when no column is sensed: no bound then.
 * @param sums_S sum of the junction conductances of each column
 * @param accuracy, smallestCurrent instead of 1e-9 and 1e-6
 */
export function columnScale(
  { layout, pool, at }: Workspace,
  ends: ConnectedEnds,
  sums_S: Float64Array,
  accuracy = ACCURACY,
  smallestCurrent = SMALLEST_CURRENT,
): number {
  const { memory } = pool.kernels;
  const { columns } = layout;
  const currents = memory.doubles(at.currents, columns);
  const bottom = memory.doubles(at.bottom, columns);
  const top = memory.doubles(at.top, columns);
  const inverse = memory.doubles(at.columnInverse, columns);
  let largest = 0;
  for (let j = 0; j < columns; j++) if (ends.bottom[j]) largest = Math.max(largest, Math.abs(currents[j]));
  let scale = Number.POSITIVE_INFINITY;
  for (let j = 0; j < columns; j++) {
    if (!ends.bottom[j] || sums_S[j] + top[j] === 0) continue;
    const ladder_S = Math.max(1 / inverse[j] - bottom[j], 0);
    const input_S = Math.min(sums_S[j] + top[j], (bottom[j] * ladder_S) / (bottom[j] + ladder_S) || Infinity);
    scale = Math.min(scale, Math.max(Math.abs(currents[j]), smallestCurrent * largest) / Math.sqrt(input_S));
  }
  if (scale === Number.POSITIVE_INFINITY) return 0;
  return scale * accuracy * Math.min(Math.max(Math.sqrt(columns) / 2, 1), LARGEST_EXCESS);
}

/**
 * The same for the currents into the left ends of the rows, |I_i| / sqrt(Y_i), with Y_i the input conductance of the row
 * with all columns grounded: Y <- G_k + 1 / (r + 1 / Y) from the far end, behind the source. 0 when no row is driven there.
 */
export function rowScale(
  { layout, pool, at }: Workspace,
  ends: ConnectedEnds,
  rowCurrent_A: Float64Array,
  accuracy = ACCURACY,
  smallestCurrent = SMALLEST_CURRENT,
): number {
  const { memory } = pool.kernels;
  const { rows, columns, stride } = layout;
  const list = memory.doubles(at.conductance, layout.nodes);
  const left = memory.doubles(at.left, rows);
  const resistance = memory.doubles(at.rowResistance, rows);
  const input_S = memory.doubles(at.right, rows).slice();
  // all rows side by side: their divisions do not wait for each other
  for (let j = columns - 1; j >= 0; j--) {
    let k = ((j >> 4) * stride) / 8 + (j & 15);
    const beyond = j === columns - 1 ? 0 : 1;
    for (let i = 0; i < rows; i++, k += 16)
      input_S[i] = input_S[i] / (1 + beyond * resistance[i] * input_S[i]) + list[k];
  }
  let largest = 0;
  for (let i = 0; i < rows; i++) largest = Math.max(largest, Math.abs(rowCurrent_A[i]));
  let scale = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rows; i++) {
    if (!ends.left[i] || input_S[i] === 0) continue;
    const behind_S = (left[i] * input_S[i]) / (left[i] + input_S[i]);
    scale = Math.min(scale, Math.max(Math.abs(rowCurrent_A[i]), smallestCurrent * largest) / Math.sqrt(behind_S));
  }
  if (scale === Number.POSITIVE_INFINITY) return 0;
  return scale * accuracy * Math.min(Math.max(Math.sqrt(rows) / 2, 1), LARGEST_EXCESS);
}
