import type { Grid } from "../grid.ts";
import { checkLength } from "./checkNetwork.ts";
import type { ArrayNetwork, LineDrives } from "./network.ts";

/** Which line ends meet a source or a clamp: 1 connected, 0 open. A factorisation holds for one such pattern. */
export interface ConnectedEnds {
  /** One value per row. */
  readonly left: Uint8Array;
  readonly right: Uint8Array;
  /** One value per column. */
  readonly bottom: Uint8Array;
  readonly top: Uint8Array;
}

/** A line that cannot be what was asked of it; says which, so that a caller can point at it. */
export class LineError extends RangeError {
  readonly side: "row" | "column";
  readonly index: number;

  constructor(side: "row" | "column", index: number, message: string) {
    super(message);
    this.name = "LineError";
    this.side = side;
    this.index = index;
  }
}

/** Every row driven at its left end, every column clamped at its bottom end, far ends open. */
export function nearEnds({ rows, columns }: Grid): ConnectedEnds {
  return {
    left: new Uint8Array(rows).fill(1),
    right: new Uint8Array(rows),
    bottom: new Uint8Array(columns).fill(1),
    top: new Uint8Array(columns),
  };
}

/** @throws RangeError when a list has the wrong length or a potential is infinite (NaN is an open end) */
export function connectedEnds(grid: Grid, drives: LineDrives): ConnectedEnds {
  const { rows, columns } = grid;
  return {
    left: markConnected("row_V", drives.row_V, rows, "one per row"),
    right: markConnected("rightRow_V", drives.rightRow_V, rows, "one per row"),
    bottom: markConnected("column_V", drives.column_V, columns, "one per column"),
    top: markConnected("topColumn_V", drives.topColumn_V, columns, "one per column"),
  };
}

export function sameEnds(a: ConnectedEnds, b: ConnectedEnds): boolean {
  return same(a.left, b.left) && same(a.right, b.right) && same(a.bottom, b.bottom) && same(a.top, b.top);
}

/**
 * Refuses networks with a line that hangs in the air: the wires of a line always conduct, so it is enough to walk
 * the bipartite graph of lines along junctions that conduct, starting at the lines with a connected end.
 * @throws LineError naming the first line without a path to a driven end
 */
export function checkGrounded(network: ArrayNetwork, ends: ConnectedEnds): void {
  const { rows, columns, conductance_S } = network;
  const reached = new Uint8Array(rows + columns);
  const queue: number[] = [];
  const reach = (line: number): void => {
    if (reached[line]) return;
    reached[line] = 1;
    queue.push(line);
  };
  for (let i = 0; i < rows; i++) if (ends.left[i] || ends.right[i]) reach(i);
  for (let j = 0; j < columns; j++) if (ends.bottom[j] || ends.top[j]) reach(rows + j);
  for (let line = queue.pop(); line !== undefined; line = queue.pop()) {
    if (line < rows) {
      for (let j = 0; j < columns; j++) if (conductance_S[line * columns + j] > 0) reach(rows + j);
    } else {
      for (let i = 0; i < rows; i++) if (conductance_S[i * columns + line - rows] > 0) reach(i);
    }
  }
  const lost = reached.indexOf(0);
  if (lost < 0) return;
  const side = lost < rows ? "row" : "column";
  const index = lost < rows ? lost : lost - rows;
  throw new LineError(
    side,
    index,
    `${side} ${index} floats and no conducting junction joins it to a driven line: its potential is undefined; drive it or give it a junction above 0 S`,
  );
}

/**
 * Two ideal sources on one ideal line would carry an infinite current.
 * @throws LineError naming the line
 */
export function checkLoops(network: ArrayNetwork, drives: LineDrives): void {
  for (let i = 0; i < network.rows; i++)
    if (network.rowSegment_ohm[i] === 0 && network.rowSource_ohm[i] === 0)
      refuseLoop("row", i, drives.row_V[i], drives.rightRow_V?.[i]);
  for (let j = 0; j < network.columns; j++)
    if (network.columnSegment_ohm[j] === 0 && network.columnSense_ohm[j] === 0)
      refuseLoop("column", j, drives.column_V[j], drives.topColumn_V?.[j]);
}

function refuseLoop(side: "row" | "column", index: number, near_V: number, far_V = Number.NaN): void {
  if (Number.isNaN(near_V) || Number.isNaN(far_V) || near_V === far_V) return;
  throw new LineError(
    side,
    index,
    `${side} ${index} has no resistance and is driven at ${near_V} V and ${far_V} V: a loop of ideal sources; allowed are equal potentials or a resistance above 0 ohm`,
  );
}

function markConnected(name: string, values: Float64Array | undefined, length: number, meaning: string): Uint8Array {
  if (values === undefined) return new Uint8Array(length);
  checkLength(name, values.length, length, meaning);
  // plain loops: a small array is solved in the time that a callback per line takes
  const marks = new Uint8Array(length);
  for (let line = 0; line < length; line++) {
    const value = values[line];
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
      throw new RangeError(`${name}[${line}] is ${value}, allowed are finite potentials (NaN is an open end)`);
    marks[line] = Number.isNaN(value) ? 0 : 1;
  }
  return marks;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let line = 0; line < a.length; line++) if (a[line] !== b[line]) return false;
  return true;
}
