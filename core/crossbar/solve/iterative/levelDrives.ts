import type { ConnectedEnds } from "../connectedEnds.ts";
import type { LineDrives } from "../network.ts";
import type { Workspace } from "./workspace.ts";

/** Drives relative to one common level, so that small differences between large potentials keep their digits. */
export interface LevelledDrives {
  /** Median of the clamps, volt; all other potentials are relative to it. */
  readonly level: number;
  /** Open ends count as 0: their conductance is 0 too. */
  readonly row_V: Float64Array;
  readonly rightRow_V: Float64Array;
  readonly column_V: Float64Array;
  readonly topColumn_V: Float64Array;
  /** Whether any column is held away from the level. */
  readonly columnSources: boolean;
}

export function levelDrives(drives: LineDrives, ends: ConnectedEnds): LevelledDrives {
  const level = commonLevel(drives);
  // plain loops here and below: a small array is solved in the time that a callback per line takes
  const relative = (values: Float64Array | undefined, connected: Uint8Array): Float64Array => {
    const list = new Float64Array(connected.length);
    if (values) for (let line = 0; line < list.length; line++) if (connected[line]) list[line] = values[line] - level;
    return list;
  };
  const column_V = relative(drives.column_V, ends.bottom);
  const topColumn_V = relative(drives.topColumn_V, ends.top);
  return {
    level,
    row_V: relative(drives.row_V, ends.left),
    rightRow_V: relative(drives.rightRow_V, ends.right),
    column_V,
    topColumn_V,
    columnSources: hasSources(column_V) || hasSources(topColumn_V),
  };
}

/** Sources and levels of all lines into the lists of the kernels: s_b of the columns, and what the residual needs. */
export function writeSources({ layout, pool, at }: Workspace, drives: LevelledDrives): void {
  const { memory } = pool.kernels;
  const { rows, columns } = layout;
  const top = memory.doubles(at.top, columns);
  const bottom = memory.doubles(at.bottom, columns);
  const first = memory.doubles(at.first, columns);
  const last = memory.doubles(at.last, columns);
  const shiftedFirst = memory.doubles(at.shiftedFirst, columns);
  const { column_V, topColumn_V } = drives;
  for (let j = 0; j < columns; j++) {
    first[j] = top[j] * topColumn_V[j];
    last[j] = bottom[j] * column_V[j];
    shiftedFirst[j] = top[j] * (topColumn_V[j] - column_V[j]);
  }
  memory.doubles(at.shift, columns).set(column_V);
  memory.doubles(at.bottomLevel, columns).set(column_V);
  memory.doubles(at.topLevel, columns).set(topColumn_V);
  memory.doubles(at.leftLevel, rows).set(drives.row_V);
  memory.doubles(at.rightLevel, rows).set(drives.rightRow_V);
}

/**
 * r += s_w, the currents of the sources into the first and last node of every row.
 * @param shifted the row nodes are deviations from row_V: only the difference of the two ends drives them
 */
export function addRowSources({ layout, pool, at }: Workspace, drives: LevelledDrives, shifted: boolean): void {
  const { f64 } = pool.kernels.memory;
  const { rows, columns, stride } = layout;
  const lastNode = (at.r + ((columns - 1) >> 4) * stride) / 8 + ((columns - 1) & 15);
  for (let i = 0; i < rows; i++) {
    const level = shifted ? drives.row_V[i] : 0;
    f64[at.r / 8 + 16 * i] += f64[at.left / 8 + i] * (drives.row_V[i] - level);
    f64[lastNode + 16 * i] += f64[at.right / 8 + i] * (drives.rightRow_V[i] - level);
  }
}

/** Currents out of the bottom ends; 0 for open ones. */
export function readColumns({ layout, pool, at }: Workspace, ends: ConnectedEnds): Float64Array {
  const list = pool.kernels.memory.doubles(at.currents, layout.columns).slice();
  for (let j = 0; j < list.length; j++) if (!ends.bottom[j]) list[j] = 0;
  return list;
}

/** Currents into the left ends, from the deviations of the row nodes in z; 0 for open ones. */
export function readRows({ layout, pool, at }: Workspace, ends: ConnectedEnds): Float64Array {
  const { f64 } = pool.kernels.memory;
  return Float64Array.from({ length: layout.rows }, (_, i) =>
    ends.left[i] ? 0 - f64[at.left / 8 + i] * f64[at.z / 8 + 16 * i] : 0,
  );
}

/** 2-norm of what the driven ends would send into nodes at 0 V, ampere. */
export function sourceNorm({ layout, pool, at }: Workspace, drives: LineDrives): number {
  const { memory } = pool.kernels;
  const lists: readonly [conductances: Float64Array, potentials: Float64Array | undefined][] = [
    [memory.doubles(at.left, layout.rows), drives.row_V],
    [memory.doubles(at.right, layout.rows), drives.rightRow_V],
    [memory.doubles(at.top, layout.columns), drives.topColumn_V],
    [memory.doubles(at.bottom, layout.columns), drives.column_V],
  ];
  const sourceOf = (conductances: Float64Array, potentials: Float64Array, line: number): number => {
    const value = Math.abs(conductances[line] * potentials[line]);
    return value > 0 ? value : 0;
  };
  let largest = 0;
  for (const [conductances, potentials] of lists)
    if (potentials)
      for (let line = 0; line < potentials.length; line++)
        largest = Math.max(largest, sourceOf(conductances, potentials, line));
  if (largest === 0) return 0;
  let squares = 0;
  for (const [conductances, potentials] of lists)
    if (potentials)
      for (let line = 0; line < potentials.length; line++)
        squares += (sourceOf(conductances, potentials, line) / largest) ** 2;
  return largest * Math.sqrt(squares);
}

/** Median of the connected clamps; without any, of everything that is driven. */
function commonLevel(drives: LineDrives): number {
  const connected = (list: Float64Array | undefined): Float64Array =>
    list?.filter((v) => !Number.isNaN(v)) ?? new Float64Array(0);
  let values = connected(drives.column_V);
  if (values.length === 0)
    values = Float64Array.of(
      ...connected(drives.topColumn_V),
      ...connected(drives.row_V),
      ...connected(drives.rightRow_V),
    );
  // most arrays hold all columns at one potential: nothing to sort
  const first = values[0];
  for (let line = 1; line < values.length; line++) if (values[line] !== first) return values.sort()[values.length >> 1];
  return first;
}

function hasSources(potentials: Float64Array): boolean {
  for (let line = 0; line < potentials.length; line++) if (potentials[line] !== 0) return true;
  return false;
}
