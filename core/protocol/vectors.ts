import type { Grid } from "../crossbar/grid.ts";
import { streamOf, uniform } from "../crossbar/random.ts";
import type { Mistake } from "./parameters.ts";

/** Read vectors and the products they should give. */

/** Uniform in +-amplitude_V, count x rows, row-major; the same for one seed and name. */
export function drawVectors(
  count: number,
  amplitude_V: number,
  rows: number,
  seed: number,
  name: string,
): Float64Array {
  const stream = streamOf(name);
  return Float64Array.from({ length: count * rows }, (_, k) => amplitude_V * (2 * uniform(seed, stream, k) - 1));
}

/** I_j = sum_i V_i G_ij for some columns; batch x columns, row-major. */
export function idealProducts(
  inputs_V: Float64Array,
  conductances_S: readonly (readonly number[])[],
  columns: readonly number[],
): Float64Array {
  const rows = conductances_S.length;
  const products_A = new Float64Array((inputs_V.length / rows) * columns.length);
  for (let vector = 0; vector < inputs_V.length / rows; vector++)
    columns.forEach((column, k) => {
      let current_A = 0;
      for (let row = 0; row < rows; row++)
        current_A += (inputs_V[vector * rows + row] ?? 0) * (conductances_S[row]?.[column] ?? 0);
      products_A[vector * columns.length + k] = current_A;
    });
  return products_A;
}

export function findWidth(
  lists: readonly (readonly number[])[],
  width: number,
  field: string,
  of: string,
): Mistake | undefined {
  const k = lists.findIndex((list) => list.length !== width);
  if (k < 0) return undefined;
  return { path: [field, k], reason: `${lists[k]?.length} values, the array has ${width} ${of}` };
}

/** Whether `conductances_S` is one list per row with one value per column; says so where rows and columns are mixed up. */
export function findShape(
  matrix: readonly (readonly number[])[] | undefined,
  { rows, columns }: Grid,
): Mistake | undefined {
  if (!matrix) return undefined;
  const transposed = matrix.length === columns && matrix.every((row) => row.length === rows);
  if (matrix.length !== rows)
    return {
      path: ["conductances_S"],
      reason: `${matrix.length} rows, the array has ${rows} rows${transposed ? "; it fits transposed: one list per row is wanted" : ""}`,
    };
  return findWidth(matrix, columns, "conductances_S", "columns");
}
