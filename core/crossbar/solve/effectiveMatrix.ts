import type { Grid } from "../grid.ts";
import { checkLength } from "./checkNetwork.ts";
import type { Factorisation } from "./factorNetwork.ts";
import { solveNodes } from "./solveNodes.ts";

/**
 * The array as one matrix: W_ij = current out of column j per volt on row i (on every driven end of it), all other
 * lines at 0 V, siemens, row-major rows x columns. With ideal wires it is the conductance matrix itself.
 *
 * The nodal matrix is symmetric, so column currents for a row at 1 V equal row currents for a column at 1 V; the
 * smaller side is driven: min(rows, columns) solves of 3 slices width^2 multiply-adds. Only non-negative numbers
 * occur, so every element has full relative accuracy, however strongly the wires attenuate it.
 * A floating line has zeros.
 */
export function effectiveMatrix(factorisation: Factorisation): Float64Array {
  if (factorisation.method === "ideal") return factorisation.network.conductance_S.slice();
  const { rows, columns } = factorisation.network;
  const { left_S, right_S, bottom_S } = factorisation.lines;
  const effective_S = new Float64Array(rows * columns);
  const bottom = (rows - 1) * columns;
  const row = new Float64Array(rows * columns);
  const column = new Float64Array(rows * columns);
  for (let line = 0; line < Math.min(rows, columns); line++) {
    row.fill(0);
    column.fill(0);
    if (rows <= columns) {
      row[line * columns] += left_S[line];
      row[(line + 1) * columns - 1] += right_S[line];
      solveNodes(factorisation, row, column);
      for (let j = 0; j < columns; j++) effective_S[line * columns + j] = bottom_S[j] * column[bottom + j];
    } else {
      column[bottom + line] = bottom_S[line];
      solveNodes(factorisation, row, column);
      for (let i = 0; i < rows; i++)
        effective_S[i * columns + line] = left_S[i] * row[i * columns] + right_S[i] * row[(i + 1) * columns - 1];
    }
  }
  return effective_S;
}

/**
 * Column currents of a batch of row potentials, clamps at 0 V: I = V W.
 * @param row_V batch x rows, volt
 * @returns batch x columns, ampere, positive out of the array
 * @throws RangeError when the lengths do not fit the grid
 */
export function multiplyEffective(grid: Grid, effective_S: Float64Array, row_V: Float64Array): Float64Array {
  const { rows, columns } = grid;
  checkLength("effective_S", effective_S.length, rows * columns, `${rows} rows x ${columns} columns`);
  const batch = row_V.length / rows;
  if (!Number.isInteger(batch))
    throw new RangeError(`row_V has ${row_V.length} values, allowed are multiples of ${rows} (one per row)`);
  const current_A = new Float64Array(batch * columns);
  for (let p = 0; p < batch; p++) {
    for (let i = 0; i < rows; i++) {
      const v = row_V[p * rows + i];
      const from = i * columns;
      const to = p * columns;
      for (let j = 0; j < columns; j++) current_A[to + j] += v * effective_S[from + j];
    }
  }
  return current_A;
}
