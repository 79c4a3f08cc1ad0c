/** Numbers as files hold them: row-major, rows x columns. A vector is one row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** @throws RangeError when there are not rows * columns values */
export function makeMatrix(rows: number, columns: number, values: Float64Array): Matrix {
  if (values.length !== rows * columns)
    throw new RangeError(`A ${rows} x ${columns} matrix has ${values.length} values, expected ${rows * columns}`);
  return { rows, columns, values };
}
