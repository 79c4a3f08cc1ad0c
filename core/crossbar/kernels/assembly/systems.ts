// The product S p of the conjugate gradients, column by column; layout, ladder and arguments as in columns.ts.

import { sweepForward } from "./columnLadder";
import { mulAdd, sumLanes } from "./simd";

/**
 * product <- carried - G K_b G p, and p . product per panel into `dots`: the system S p where carried = A_w p is kept by
 * recurrence. Nothing is lost to the stiff wires, so this is the form for arrays of small line resistance.
 */
export function applyCarried(
  from: u32,
  to: u32,
  rows: u32,
  stride: usize,
  conductance: usize,
  factor: usize,
  inverse: usize,
  resistance: usize,
  zeros: usize,
  p: usize,
  carried: usize,
  product: usize,
  ladder: usize,
  dots: usize,
): void {
  for (let q = from; q < to; q++) {
    const at: usize = q * stride;
    const line: usize = q * 128;
    sweepForward(rows, conductance + at, factor + at, p + at, resistance + line, zeros, zeros, inverse + line, ladder);
    let drop = ladder + 128 + rows * 128;
    let y0 = v128.load(drop);
    let y1 = v128.load(drop, 16);
    let y2 = v128.load(drop, 32);
    let y3 = v128.load(drop, 48);
    let y4 = v128.load(drop, 64);
    let y5 = v128.load(drop, 80);
    let y6 = v128.load(drop, 96);
    let y7 = v128.load(drop, 112);
    drop -= 128;
    const start = conductance + at;
    let g = start + rows * 128;
    let c = factor + at + rows * 128;
    let x = p + at + rows * 128;
    let u = carried + at + rows * 128;
    let out = product + at + rows * 128;
    let even = f64x2.splat(0);
    let odd = f64x2.splat(0);
    let t: v128;
    while (g > start) {
      g -= 128;
      c -= 128;
      x -= 128;
      u -= 128;
      out -= 128;
      drop -= 128;
      t = f64x2.sub(v128.load(u), f64x2.mul(v128.load(g), y0));
      v128.store(out, t);
      even = mulAdd(v128.load(x), t, even);
      t = f64x2.sub(v128.load(u, 16), f64x2.mul(v128.load(g, 16), y1));
      v128.store(out, t, 16);
      odd = mulAdd(v128.load(x, 16), t, odd);
      t = f64x2.sub(v128.load(u, 32), f64x2.mul(v128.load(g, 32), y2));
      v128.store(out, t, 32);
      even = mulAdd(v128.load(x, 32), t, even);
      t = f64x2.sub(v128.load(u, 48), f64x2.mul(v128.load(g, 48), y3));
      v128.store(out, t, 48);
      odd = mulAdd(v128.load(x, 48), t, odd);
      t = f64x2.sub(v128.load(u, 64), f64x2.mul(v128.load(g, 64), y4));
      v128.store(out, t, 64);
      even = mulAdd(v128.load(x, 64), t, even);
      t = f64x2.sub(v128.load(u, 80), f64x2.mul(v128.load(g, 80), y5));
      v128.store(out, t, 80);
      odd = mulAdd(v128.load(x, 80), t, odd);
      t = f64x2.sub(v128.load(u, 96), f64x2.mul(v128.load(g, 96), y6));
      v128.store(out, t, 96);
      even = mulAdd(v128.load(x, 96), t, even);
      t = f64x2.sub(v128.load(u, 112), f64x2.mul(v128.load(g, 112), y7));
      v128.store(out, t, 112);
      odd = mulAdd(v128.load(x, 112), t, odd);
      y0 = f64x2.mul(v128.load(c), f64x2.add(y0, v128.load(drop)));
      y1 = f64x2.mul(v128.load(c, 16), f64x2.add(y1, v128.load(drop, 16)));
      y2 = f64x2.mul(v128.load(c, 32), f64x2.add(y2, v128.load(drop, 32)));
      y3 = f64x2.mul(v128.load(c, 48), f64x2.add(y3, v128.load(drop, 48)));
      y4 = f64x2.mul(v128.load(c, 64), f64x2.add(y4, v128.load(drop, 64)));
      y5 = f64x2.mul(v128.load(c, 80), f64x2.add(y5, v128.load(drop, 80)));
      y6 = f64x2.mul(v128.load(c, 96), f64x2.add(y6, v128.load(drop, 96)));
      y7 = f64x2.mul(v128.load(c, 112), f64x2.add(y7, v128.load(drop, 112)));
    }
    f64.store(dots + (q << 3), sumLanes(f64x2.add(even, odd)));
  }
}

/**
 * product <- S p = L_w p + G (p - K_b G p), and p . product per panel into `dots`.
 * `segment` holds 1 / r and `left`, `right` the end conductances of every row; `lastColumn` is where `right` acts.
 */
export function applySystem(
  from: u32,
  to: u32,
  rows: u32,
  stride: usize,
  conductance: usize,
  factor: usize,
  inverse: usize,
  resistance: usize,
  zeros: usize,
  p: usize,
  product: usize,
  ladder: usize,
  dots: usize,
  panels: u32,
  segment: usize,
  left: usize,
  right: usize,
  lastColumn: u32,
): void {
  for (let q = from; q < to; q++) {
    const at: usize = q * stride;
    const line: usize = q * 128;
    sweepForward(rows, conductance + at, factor + at, p + at, resistance + line, zeros, zeros, inverse + line, ladder);
    let drop = ladder + 128 + rows * 128;
    let y0 = v128.load(drop);
    let y1 = v128.load(drop, 16);
    let y2 = v128.load(drop, 32);
    let y3 = v128.load(drop, 48);
    let y4 = v128.load(drop, 64);
    let y5 = v128.load(drop, 80);
    let y6 = v128.load(drop, 96);
    let y7 = v128.load(drop, 112);
    drop -= 128;
    const start = conductance + at;
    let g = start + rows * 128;
    let c = factor + at + rows * 128;
    let x = p + at + rows * 128;
    let out = product + at + rows * 128;
    // nodes beside the panel; at the ends of the array the node itself, so that no current flows
    let before = q == 0 ? x : x - stride + 120;
    let after = q == panels - 1 ? x + 120 : x + stride;
    let wire = segment + (rows << 3);
    let even = f64x2.splat(0);
    let odd = f64x2.splat(0);
    let t: v128;
    while (g > start) {
      g -= 128;
      c -= 128;
      x -= 128;
      out -= 128;
      before -= 128;
      after -= 128;
      wire -= 8;
      drop -= 128;
      const s = v128.load64_splat(wire);
      const x0 = v128.load(x);
      const x1 = v128.load(x, 16);
      const x2 = v128.load(x, 32);
      const x3 = v128.load(x, 48);
      const x4 = v128.load(x, 64);
      const x5 = v128.load(x, 80);
      const x6 = v128.load(x, 96);
      const x7 = v128.load(x, 112);
      t = wires(s, x0, v128.load64_lane(before, v128.shuffle<f64>(x0, x0, 0, 0), 0), v128.load(x, 8));
      t = mulAdd(v128.load(g), f64x2.sub(x0, y0), t);
      v128.store(out, t);
      even = mulAdd(x0, t, even);
      t = wires(s, x1, v128.load(x, 8), v128.load(x, 24));
      t = mulAdd(v128.load(g, 16), f64x2.sub(x1, y1), t);
      v128.store(out, t, 16);
      odd = mulAdd(x1, t, odd);
      t = wires(s, x2, v128.load(x, 24), v128.load(x, 40));
      t = mulAdd(v128.load(g, 32), f64x2.sub(x2, y2), t);
      v128.store(out, t, 32);
      even = mulAdd(x2, t, even);
      t = wires(s, x3, v128.load(x, 40), v128.load(x, 56));
      t = mulAdd(v128.load(g, 48), f64x2.sub(x3, y3), t);
      v128.store(out, t, 48);
      odd = mulAdd(x3, t, odd);
      t = wires(s, x4, v128.load(x, 56), v128.load(x, 72));
      t = mulAdd(v128.load(g, 64), f64x2.sub(x4, y4), t);
      v128.store(out, t, 64);
      even = mulAdd(x4, t, even);
      t = wires(s, x5, v128.load(x, 72), v128.load(x, 88));
      t = mulAdd(v128.load(g, 80), f64x2.sub(x5, y5), t);
      v128.store(out, t, 80);
      odd = mulAdd(x5, t, odd);
      t = wires(s, x6, v128.load(x, 88), v128.load(x, 104));
      t = mulAdd(v128.load(g, 96), f64x2.sub(x6, y6), t);
      v128.store(out, t, 96);
      even = mulAdd(x6, t, even);
      t = wires(s, x7, v128.load(x, 104), v128.load64_lane(after, v128.shuffle<f64>(x7, x7, 1, 1), 1));
      t = mulAdd(v128.load(g, 112), f64x2.sub(x7, y7), t);
      v128.store(out, t, 112);
      odd = mulAdd(x7, t, odd);
      y0 = f64x2.mul(v128.load(c), f64x2.add(y0, v128.load(drop)));
      y1 = f64x2.mul(v128.load(c, 16), f64x2.add(y1, v128.load(drop, 16)));
      y2 = f64x2.mul(v128.load(c, 32), f64x2.add(y2, v128.load(drop, 32)));
      y3 = f64x2.mul(v128.load(c, 48), f64x2.add(y3, v128.load(drop, 48)));
      y4 = f64x2.mul(v128.load(c, 64), f64x2.add(y4, v128.load(drop, 64)));
      y5 = f64x2.mul(v128.load(c, 80), f64x2.add(y5, v128.load(drop, 80)));
      y6 = f64x2.mul(v128.load(c, 96), f64x2.add(y6, v128.load(drop, 96)));
      y7 = f64x2.mul(v128.load(c, 112), f64x2.add(y7, v128.load(drop, 112)));
    }
    let dot = sumLanes(f64x2.add(even, odd));
    if (q == 0) dot += addEnds(rows, left, p, product);
    if (q == lastColumn >> 4) {
      const column: usize = at + ((lastColumn & 15) << 3);
      dot += addEnds(rows, right, p + column, product + column);
    }
    f64.store(dots + (q << 3), dot);
  }
}

/** Current out of two nodes into their neighbours, in units of the segment conductance times volt. */
function wires(s: v128, x: v128, before: v128, after: v128): v128 {
  return f64x2.mul(s, f64x2.add(f64x2.sub(x, before), f64x2.sub(x, after)));
}

/** product += end x along one column; returns its part of x . product. */
function addEnds(rows: u32, end: usize, x: usize, product: usize): f64 {
  let dot: f64 = 0;
  for (let i: u32 = 0; i < rows; i++, end += 8, x += 128, product += 128) {
    const value = f64.load(x);
    const current = f64.load(end) * value;
    f64.store(product, f64.load(product) + current);
    dot += current * value;
  }
  return dot;
}
