/** A list of numbers at an instant. */
export interface Instant {
  readonly time_s: number;
  readonly values: Float64Array;
}

/**
 * Lagrange's parabola through three instants, the straight line through two, read at `time_s`.
 * @param past newest first; those behind the third are ignored
 * @param into overwritten, unless there are fewer than two instants
 * @returns largest |value - newest| / largest |value|, NaN when there are fewer than two instants
 */
export function foresee(past: readonly Instant[], time_s: number, into: Float64Array): number {
  const [a, b, c] = past;
  if (!a || !b) return Number.NaN;
  const x = time_s - a.time_s;
  const y = time_s - b.time_s;
  const z = c ? time_s - c.time_s : 0;
  const first = c ? (y * z) / ((y - x) * (z - x)) : y / (y - x);
  const second = c ? (x * z) / ((x - y) * (z - y)) : x / (x - y);
  const third = c ? (x * y) / ((x - z) * (y - z)) : 0;
  const p = a.values;
  const q = b.values;
  const r = (c ?? b).values;
  let moved = 0;
  let largest = 0;
  for (let k = 0; k < into.length; k++) {
    const value = first * p[k] + second * q[k] + third * r[k];
    into[k] = value;
    const move = Math.abs(value - p[k]);
    if (move > moved) moved = move;
    const size = Math.abs(value);
    if (size > largest) largest = size;
  }
  return largest === 0 ? 0 : moved / largest;
}

/** Largest |b - a| / b of non-negative lists; a value that appears or vanishes counts as a change of 1 or more. */
export function largestChange(a: Float64Array, b: Float64Array): number {
  let largest = 0;
  for (let k = 0; k < a.length; k++) {
    const now = b[k];
    const change = Math.abs(now - a[k]);
    if (change > largest * now) largest = now > 0 ? change / now : 1;
  }
  return largest;
}
