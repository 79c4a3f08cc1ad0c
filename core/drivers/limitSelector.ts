import type { Grid } from "../crossbar/grid.ts";
import { UnsupportedError } from "../errors.ts";
import type { Selector } from "./instrument.ts";

/**
 * The corner of a selector that an array is wired to.
 * @throws UnsupportedError when the array is larger than the selector
 */
export function limitSelector(selector: Selector, grid: Grid): Selector {
  const { rows, columns } = selector.grid;
  if (grid.rows > rows || grid.columns > columns)
    throw new UnsupportedError(
      "grid",
      `the array has ${grid.rows} x ${grid.columns} junctions, the selector addresses ${rows} x ${columns}`,
    );
  return {
    grid,
    unselectedLines: selector.unselectedLines,
    select: (address) => {
      if (!(address.row < grid.rows && address.column < grid.columns))
        throw new RangeError(`row ${address.row}, column ${address.column} is outside ${grid.rows} x ${grid.columns}`);
      return selector.select(address);
    },
    open: () => selector.open(),
    [Symbol.asyncDispose]: () => selector[Symbol.asyncDispose](),
  };
}
