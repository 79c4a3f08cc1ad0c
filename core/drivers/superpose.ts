import type { Grid } from "../crossbar/grid.ts";
import { AbortedError } from "../errors.ts";
import { type Cell, type CellPlanner, type CellReadings, planCell } from "./readCells.ts";

/** What an instrument with few channels makes products of: junctions that are read alone, one after the other. */
export interface Superposition {
  readonly current_A: Float64Array;
  readonly overloads: number;
  /** When each junction was read, on the array's clock. */
  readonly times_s: Float64Array;
}

/** The junctions that one product, or one column of it, is made of. */
interface Product {
  /** Which read vector, 0-based. */
  readonly vector: number;
  readonly cells: readonly Cell[];
}

/**
 * I_j = sum over rows of the current that the row's voltage alone gives: one junction after the other.
 * @param inputs_V read vectors, one behind the other
 * @param together whether the columns of a row are read at once
 * @throws LimitError | UnsupportedError naming the junction, before anything moves
 */
export function planProducts(
  inputs_V: Float64Array,
  { rows }: Grid,
  columns: readonly number[],
  together: boolean,
  planner: CellPlanner,
): readonly Product[] {
  // columns that are read at once make one pass over the rows
  const passes = together ? [columns] : columns.map((column) => [column]);
  const cellsOf = (vector: number, pass: readonly number[]): readonly Cell[] =>
    Array.from(inputs_V.subarray(vector * rows, (vector + 1) * rows), (voltage_V, row) =>
      voltage_V === 0 ? [] : pass.map((column) => planCell(planner, { row, column }, voltage_V, `vector ${vector}`)),
    ).flat();
  return Array.from({ length: inputs_V.length / rows }, (_, vector) =>
    passes.map((pass) => ({ vector, cells: cellsOf(vector, pass) })),
  ).flat();
}

export interface SuperposeOptions {
  readonly columns: readonly number[];
  /** Number of read vectors. */
  readonly batch: number;
  /** Whether all are read in one go, as an instrument that reads many junctions by itself is asked. */
  readonly atOnce: boolean;
  read(cells: readonly Cell[]): Promise<CellReadings>;
  /** After each go. */
  rest(): void;
}

/** Reads the products and sums what belongs together. @throws as `read` does */
export async function superpose(
  products: readonly Product[],
  { columns, batch, atOnce, read, rest }: SuperposeOptions,
): Promise<Superposition> {
  const current_A = new Float64Array(batch * columns.length);
  const times_s: number[] = [];
  let overloads = 0;
  for (const round of atOnce ? [products] : products.map((product) => [product])) {
    const found = await read(round.flatMap((product) => product.cells));
    let next = 0;
    for (const { vector, cells } of round)
      for (const { column } of cells)
        current_A[vector * columns.length + columns.indexOf(column)]! += found.current_A[next++] ?? Number.NaN;
    overloads += found.overloads;
    times_s.push(...found.times_s);
    rest();
  }
  return { current_A, overloads, times_s: Float64Array.from(times_s) };
}

/**
 * Every junction of the array alone at one voltage, row by row, as instruments number them.
 * @param plannerOf what plans the junctions of a column, when it has been told the products that the limiter may judge them as: of
 *   as many vectors as there are rows, each with one row
 */
export function planWhole(
  { rows, columns }: Grid,
  voltage_V: number,
  plannerOf: (column: number, inputs_V: Float64Array) => CellPlanner,
  stop: AbortSignal,
): readonly Cell[] {
  const ofColumns = Array.from({ length: columns }, (_, column) => {
    if (stop.aborted) throw new AbortedError("Aborted before anything moved");
    const inputs_V = new Float64Array(rows * rows);
    for (let row = 0; row < rows; row++) inputs_V[row * rows + row] = voltage_V;
    const planner = plannerOf(column, inputs_V);
    return Array.from({ length: rows }, (__, row) =>
      planCell(planner, { row, column }, voltage_V, "read of the array"),
    );
  });
  return Array.from({ length: rows }, (_, row) => ofColumns.flatMap((cells) => cells[row] ?? [])).flat();
}
