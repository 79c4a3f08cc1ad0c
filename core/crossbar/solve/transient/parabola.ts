/**
 * Lagrange's weights of the parabola through three instants, of the straight line through two, read at `time`.
 * @param past_s newest first, all different, at least two; those behind the third are ignored
 */
export function parabolaWeights(
  past_s: readonly number[],
  time_s: number,
): readonly [newest: number, older: number, oldest: number] {
  const [a, b, c] = past_s;
  const x = time_s - a;
  const y = time_s - b;
  if (c === undefined) return [y / (y - x), x / (x - y), 0];
  const z = time_s - c;
  return [
    (y * z) / ((y - x) * (z - x)),
    (x * z) / ((x - y) * (z - y)),
    (x * y) / ((x - z) * (y - z)),
  ];
}
