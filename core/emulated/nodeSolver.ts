/** Where a solver of node potentials finds the last solution and puts the new one: row-major, and one current per column. */
export interface NodePotentials {
  readonly rowNode_V: Float64Array;
  readonly columnNode_V: Float64Array;
  readonly columnCurrent_A: Float64Array;
}

/** Node potentials of an array whose lines resist, one instant after another. */
export interface NodeSolver extends Disposable {
  /** How often the network was factored, and solved with factors (sweeps or iterations). */
  readonly factorings: number;
  readonly sweeps: number;
  /**
   * @param effective_S conductances with access resistance
   * @throws RangeError when a floating line has no conducting path to a driven one
   */
  solve(nodes: NodePotentials, effective_S: Float64Array, row_V: Float64Array, column_V: Float64Array): void;
}

export function hasFloating(line_V: Float64Array): boolean {
  for (let k = 0; k < line_V.length; k++) if (Number.isNaN(line_V[k])) return true;
  return false;
}

/** Equal including NaN = NaN, which marks the same floating line. */
export function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  for (let k = 0; k < a.length; k++) if (!Object.is(a[k], b[k])) return false;
  return true;
}

/** The first connected clamp, which most clamps share; else the first driven row. */
export function commonLevel(column_V: Float64Array, row_V: Float64Array): number {
  return column_V.find((u) => !Number.isNaN(u)) ?? row_V.find((v) => !Number.isNaN(v)) ?? 0;
}

export function span(line_V: Float64Array, level: number): number {
  let largest = 0;
  for (const v of line_V) if (!Number.isNaN(v)) largest = Math.max(largest, Math.abs(v - level));
  return largest;
}
