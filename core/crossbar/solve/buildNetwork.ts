import type { Grid } from "../grid.ts";
import { checkNetwork } from "./checkNetwork.ts";
import type { ArrayNetwork } from "./network.ts";

/** What most callers know: one resistance for all lines, or a list with one value per line. Absent means ideal, 0 ohm. */
export interface NetworkDescription {
  readonly grid: Grid;
  /** rows * columns junction conductances, row-major, siemens. Copied. */
  readonly conductance_S: ArrayLike<number>;
  readonly rowSegment_ohm?: number | ArrayLike<number>;
  readonly rowSource_ohm?: number | ArrayLike<number>;
  readonly columnSegment_ohm?: number | ArrayLike<number>;
  readonly columnSense_ohm?: number | ArrayLike<number>;
}

/** @throws RangeError naming the element that is not finite and >= 0, or the list with the wrong length */
export function buildNetwork(description: NetworkDescription): ArrayNetwork {
  const { rows, columns } = description.grid;
  const network: ArrayNetwork = {
    rows,
    columns,
    conductance_S: Float64Array.from(description.conductance_S),
    rowSegment_ohm: perLine(description.rowSegment_ohm, rows),
    rowSource_ohm: perLine(description.rowSource_ohm, rows),
    columnSegment_ohm: perLine(description.columnSegment_ohm, columns),
    columnSense_ohm: perLine(description.columnSense_ohm, columns),
  };
  checkNetwork(network);
  return network;
}

function perLine(value: number | ArrayLike<number> = 0, lines: number): Float64Array {
  return typeof value === "number" ? new Float64Array(lines).fill(value) : Float64Array.from(value);
}
