// The forward half of a column solve, used by columns.ts and systems.ts; the ladder is told there.

import { mulAdd } from "./simd";

/** Forward sweep of one panel with sources G x, `first` into row 0 and `last` into the last row. */
export function sweepForward(
  rows: u32,
  g: usize,
  c: usize,
  x: usize,
  resistance: usize,
  first: usize,
  last: usize,
  inverse: usize,
  ladder: usize,
): void {
  const r0 = v128.load(resistance);
  const r1 = v128.load(resistance, 16);
  const r2 = v128.load(resistance, 32);
  const r3 = v128.load(resistance, 48);
  const r4 = v128.load(resistance, 64);
  const r5 = v128.load(resistance, 80);
  const r6 = v128.load(resistance, 96);
  const r7 = v128.load(resistance, 112);
  let j0 = v128.load(first);
  let j1 = v128.load(first, 16);
  let j2 = v128.load(first, 32);
  let j3 = v128.load(first, 48);
  let j4 = v128.load(first, 64);
  let j5 = v128.load(first, 80);
  let j6 = v128.load(first, 96);
  let j7 = v128.load(first, 112);
  let drop = ladder + 128;
  const end = g + rows * 128;
  for (; g < end; g += 128, c += 128, x += 128, drop += 128) {
    j0 = mulAdd(v128.load(c), j0, f64x2.mul(v128.load(g), v128.load(x)));
    j1 = mulAdd(v128.load(c, 16), j1, f64x2.mul(v128.load(g, 16), v128.load(x, 16)));
    j2 = mulAdd(v128.load(c, 32), j2, f64x2.mul(v128.load(g, 32), v128.load(x, 32)));
    j3 = mulAdd(v128.load(c, 48), j3, f64x2.mul(v128.load(g, 48), v128.load(x, 48)));
    j4 = mulAdd(v128.load(c, 64), j4, f64x2.mul(v128.load(g, 64), v128.load(x, 64)));
    j5 = mulAdd(v128.load(c, 80), j5, f64x2.mul(v128.load(g, 80), v128.load(x, 80)));
    j6 = mulAdd(v128.load(c, 96), j6, f64x2.mul(v128.load(g, 96), v128.load(x, 96)));
    j7 = mulAdd(v128.load(c, 112), j7, f64x2.mul(v128.load(g, 112), v128.load(x, 112)));
    v128.store(drop, f64x2.mul(r0, j0));
    v128.store(drop, f64x2.mul(r1, j1), 16);
    v128.store(drop, f64x2.mul(r2, j2), 32);
    v128.store(drop, f64x2.mul(r3, j3), 48);
    v128.store(drop, f64x2.mul(r4, j4), 64);
    v128.store(drop, f64x2.mul(r5, j5), 80);
    v128.store(drop, f64x2.mul(r6, j6), 96);
    v128.store(drop, f64x2.mul(r7, j7), 112);
  }
  v128.store(drop, f64x2.mul(f64x2.add(j0, v128.load(last)), v128.load(inverse)));
  v128.store(drop, f64x2.mul(f64x2.add(j1, v128.load(last, 16)), v128.load(inverse, 16)), 16);
  v128.store(drop, f64x2.mul(f64x2.add(j2, v128.load(last, 32)), v128.load(inverse, 32)), 32);
  v128.store(drop, f64x2.mul(f64x2.add(j3, v128.load(last, 48)), v128.load(inverse, 48)), 48);
  v128.store(drop, f64x2.mul(f64x2.add(j4, v128.load(last, 64)), v128.load(inverse, 64)), 64);
  v128.store(drop, f64x2.mul(f64x2.add(j5, v128.load(last, 80)), v128.load(inverse, 80)), 80);
  v128.store(drop, f64x2.mul(f64x2.add(j6, v128.load(last, 96)), v128.load(inverse, 96)), 96);
  v128.store(drop, f64x2.mul(f64x2.add(j7, v128.load(last, 112)), v128.load(inverse, 112)), 112);
}
