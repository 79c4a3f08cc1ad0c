/**
 * The shape of a crossbar: word lines (rows, driven) by bit lines (columns, sensed).
 * One law for every array, file and buffer: junction k = row * columns + column (row-major), both 0-based.
 */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/** Largest side we accept; above it the state alone passes 2^31 junctions and no buffer can hold it. */
export const LARGEST_SIDE = 32768;

/**
 * @param rows number of word lines, integer >= 1
 * @param columns number of bit lines, integer >= 1
 * @throws RangeError naming the side that does not fit
 */
export function makeGrid(rows: number, columns: number): Grid {
  if (!Number.isInteger(rows) || rows < 1 || rows > LARGEST_SIDE)
    throw new RangeError(
      `Grid has ${rows} rows, allowed are integers from 1 to ${LARGEST_SIDE}${bytesNeeded(rows, columns)}`,
    );
  if (!Number.isInteger(columns) || columns < 1 || columns > LARGEST_SIDE)
    throw new RangeError(
      `Grid has ${columns} columns, allowed are integers from 1 to ${LARGEST_SIDE}${bytesNeeded(rows, columns)}`,
    );
  return { rows, columns };
}

/** One double per junction is the least that anybody keeps. */
function bytesNeeded(rows: number, columns: number): string {
  const bytes = 8 * rows * columns;
  return bytes > 2 ** 31 ? `; its conductances alone would need ${bytes} bytes` : "";
}

export function junctionCount(grid: Grid): number {
  return grid.rows * grid.columns;
}

/** Index of a junction in every row-major buffer. Throws when the address is outside the grid. */
export function junctionIndex(grid: Grid, row: number, column: number): number {
  if (!Number.isInteger(row) || row < 0 || row >= grid.rows)
    throw new RangeError(`Row ${row} is outside the grid, allowed are 0 to ${grid.rows - 1}`);
  if (!Number.isInteger(column) || column < 0 || column >= grid.columns)
    throw new RangeError(`Column ${column} is outside the grid, allowed are 0 to ${grid.columns - 1}`);
  return row * grid.columns + column;
}
