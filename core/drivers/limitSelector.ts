import type { Grid } from "../crossbar/grid.ts";
import { UnsupportedError } from "../errors.ts";
import type { Address } from "../stimulus.ts";
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
  const check = ({ row, column }: Address) => {
    if (!(row < grid.rows && column < grid.columns))
      throw new RangeError(`row ${row}, column ${column} is outside ${grid.rows} x ${grid.columns}`);
  };
  const readJunctions = selector.readJunctions?.bind(selector);
  return {
    grid,
    unselectedLines: selector.unselectedLines,
    select: (address) => {
      check(address);
      return selector.select(address);
    },
    open: () => selector.open(),
    ...(selector.trigger && { trigger: selector.trigger.bind(selector) }),
    ...(selector.confirm && { confirm: selector.confirm.bind(selector) }),
    ...(readJunctions && {
      readJunctions: (...[cells, signal]: Parameters<typeof readJunctions>) => {
        cells.forEach(check);
        return readJunctions(cells, signal);
      },
    }),
    [Symbol.asyncDispose]: () => selector[Symbol.asyncDispose](),
  };
}
