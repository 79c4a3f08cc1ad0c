/**
 * A smooth function of one variable as cubics between equidistant points (Lagrange's through the four nearest), four
 * coefficients side by side; outside the table the function itself. The error is at most (3/128) h^4 max|f''''|.
 * @param from_x, to_x the range of the table; 0 becomes a point when the range is symmetric, so that f(0) is exact
 * @param intervals even
 */
export function makeCubicTable(
  of: (x: number) => number,
  from_x: number,
  to_x: number,
  intervals: number,
): (x: number) => number {
  const spacing = (to_x - from_x) / intervals;
  const values = new Float64Array(intervals + 1);
  // counted from the middle, where 0 is met exactly
  const middle = intervals / 2;
  const centre = 0.5 * (from_x + to_x);
  for (let k = 0; k <= intervals; k++) values[k] = of(centre + (k - middle) * spacing);
  const table = new Float64Array(4 * intervals);
  for (let k = 1; k < intervals - 1; k++) {
    const a = values[k - 1];
    const b = values[k];
    const c = values[k + 1];
    const d = values[k + 2];
    table[4 * k] = b;
    table[4 * k + 1] = c - a / 3 - b / 2 - d / 6;
    table[4 * k + 2] = (a + c) / 2 - b;
    table[4 * k + 3] = (b - c) / 2 + (d - a) / 6;
  }
  const last = intervals - 2;
  const scale = 1 / spacing;
  return (x) => {
    const position = (x - centre) * scale + middle;
    // NaN fails both comparisons and is passed on
    if (!(position >= 1 && position < last)) return of(x);
    const k = position | 0;
    const t = position - k;
    const at = 4 * k;
    return table[at] + t * (table[at + 1] + t * (table[at + 2] + t * table[at + 3]));
  };
}
