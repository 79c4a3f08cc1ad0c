// Whole-array passes over contiguous doubles. Addresses are byte offsets, multiples of 16; counts are multiples of 2.

/** y <- y + a x */
export function addScaled(count: usize, a: f64, x: usize, y: usize): void {
  const factor = f64x2.splat(a);
  const end = x + (count << 3);
  for (; x < end; x += 16, y += 16) v128.store(y, f64x2.add(v128.load(y), f64x2.mul(factor, v128.load(x))));
}

/** x <- 0 */
export function fillZero(count: usize, x: usize): void {
  memory.fill(x, 0, count << 3);
}
