import { mean } from "../statistics.ts";

/** Change of a conductance by reads or half-selected writes, over their number. */
export interface DisturbCurve {
  /** (G_n - G_0) / G_0 after each counted number of events. */
  readonly relative: readonly number[];
  /** Change per decade of events, least squares over log10 of the numbers from 1 on. */
  readonly perDecade: number;
  /** Change per event at the beginning, from the first number above 0. */
  readonly perEvent: number;
  /** Largest |change|. */
  readonly worst: number;
}

/**
 * @param events number of events before each read, ascending, the first 0
 * @throws RangeError when the first read has events before it, or lengths differ
 */
export function analyseDisturb(events: ArrayLike<number>, conductance_S: ArrayLike<number>): DisturbCurve {
  if (events.length !== conductance_S.length)
    throw new RangeError(
      `there are ${events.length} counts and ${conductance_S.length} conductances, they must be equal`,
    );
  if (events[0] !== 0) throw new RangeError(`the first count is ${events[0]}, it must be 0: the read before any event`);
  const g0 = conductance_S[0]!;
  const relative = Array.from(conductance_S, (g) => (g - g0) / g0);
  const x: number[] = [];
  const y: number[] = [];
  relative.forEach((change, k) => {
    if (!(events[k]! >= 1) || !Number.isFinite(change)) return;
    x.push(Math.log10(events[k]!));
    y.push(change);
  });
  const [mx, my] = [mean(x), mean(y)];
  let [sxx, sxy] = [0, 0];
  x.forEach((value, k) => {
    sxx += (value - mx) ** 2;
    sxy += (value - mx) * (y[k]! - my);
  });
  return {
    relative,
    perDecade: sxy / sxx,
    perEvent: (y[0] ?? Number.NaN) / 10 ** (x[0] ?? Number.NaN),
    worst: Math.max(0, ...y.map(Math.abs)),
  };
}

/**
 * The voltage at which the change reaches a limit (1 % for a read), by interpolation of ln|change| over the voltage;
 * null where no tested voltage reaches it. Voltages ascend in magnitude.
 */
export function voltageAtShift(voltage_V: ArrayLike<number>, change: ArrayLike<number>, limit = 0.01): number | null {
  if (!(limit > 0)) throw new RangeError(`limit is ${limit}, allowed are positive numbers`);
  for (let k = 0; k < change.length; k++) {
    const size = Math.abs(change[k]!);
    if (!(size >= limit)) continue;
    if (k === 0) return voltage_V[0]!;
    const before = Math.abs(change[k - 1]!);
    // a change of exactly zero has no logarithm: the step lies somewhere between, its middle is as good as any
    const part = before > 0 ? Math.log(limit / before) / Math.log(size / before) : 0.5;
    return voltage_V[k - 1]! + part * (voltage_V[k]! - voltage_V[k - 1]!);
  }
  return null;
}

export type VictimClass = "same row" | "same column" | "unselected";

/** Changes of all other junctions by writes to one, by how much of the write each saw. */
export interface DisturbMap {
  readonly byClass: Readonly<
    Record<VictimClass, { readonly n: number; readonly mean: number; readonly worst: number }>
  >;
  readonly worst: { readonly row: number; readonly column: number; readonly change: number } | null;
}

/**
 * @param before_S, after_S rows x columns, row-major
 * @throws RangeError when a map does not fit the grid or the aggressor lies outside
 */
export function analyseHalfSelect(
  grid: { readonly rows: number; readonly columns: number },
  aggressor: { readonly row: number; readonly column: number },
  before_S: ArrayLike<number>,
  after_S: ArrayLike<number>,
): DisturbMap {
  const { rows, columns } = grid;
  if (before_S.length !== rows * columns || after_S.length !== rows * columns)
    throw new RangeError(
      `maps have ${before_S.length} and ${after_S.length} junctions, the grid has ${rows} x ${columns}`,
    );
  if (!(aggressor.row >= 0 && aggressor.row < rows && aggressor.column >= 0 && aggressor.column < columns))
    throw new RangeError(
      `aggressor is row ${aggressor.row}, column ${aggressor.column}, the grid is ${rows} x ${columns}`,
    );
  const found: Record<VictimClass, number[]> = { "same row": [], "same column": [], unselected: [] };
  let worst: DisturbMap["worst"] = null;
  for (let k = 0; k < rows * columns; k++) {
    const [row, column] = [Math.floor(k / columns), k % columns];
    if (row === aggressor.row && column === aggressor.column) continue;
    const change = (after_S[k]! - before_S[k]!) / before_S[k]!;
    if (!Number.isFinite(change)) continue;
    found[row === aggressor.row ? "same row" : column === aggressor.column ? "same column" : "unselected"].push(change);
    if (!worst || Math.abs(change) > Math.abs(worst.change)) worst = { row, column, change };
  }
  const describe = (changes: readonly number[]) => ({
    n: changes.length,
    mean: mean(changes),
    worst: changes.reduce((most, change) => (Math.abs(change) > Math.abs(most) ? change : most), 0),
  });
  return {
    byClass: {
      "same row": describe(found["same row"]),
      "same column": describe(found["same column"]),
      unselected: describe(found.unselected),
    },
    worst,
  };
}
