// Columns of the array: ladders along the bit lines, sixteen at a time.
//
// Layout "panel": column j of row i is double (j / 16) * stride + 16 i + j % 16; a panel is sixteen columns of all rows.
// The subtraction-free ladder of a line with conductances G_k to ground and segments r:
//   factor   Y_0 = top + G_0,  c_k = 1 / (1 + r Y_(k-1)),  Y_k = G_k + c_k Y_(k-1),  1 / (Y_last + bottom)
//   forward  J_0 = s_0,  J_k = s_k + c_k J_(k-1);   back  v_last = J_last / Y_last,  v_(k-1) = c_k (v_k + r J_(k-1))
// Only sums, products and quotients of non-negative numbers: right to the last digits from r -> 0 to r -> infinity.
// c_0 is 1. `ladder` is scratch for (rows + 2) * 16 doubles: a free row, then the drops r J_k, then v_last.
// Addresses and `stride` are bytes; `from` and `to` count panels.

import { sweepForward } from "./columnLadder";
import { mulAdd } from "./simd";

/** c and 1 / Y_last of every column. Eight columns at a time: four chains hide the latency of the division. */
export function factorColumns(
  from: u32,
  to: u32,
  rows: u32,
  stride: usize,
  conductance: usize,
  resistance: usize,
  top: usize,
  bottom: usize,
  factor: usize,
  inverse: usize,
): void {
  const one = f64x2.splat(1);
  for (let half: u32 = from << 1; half < to << 1; half++) {
    const first: usize = (half >> 1) * stride + (half & 1) * 64;
    const line: usize = half * 64;
    let g = conductance + first;
    let c = factor + first;
    const end = g + rows * 128;
    const r0 = v128.load(resistance + line);
    const r1 = v128.load(resistance + line, 16);
    const r2 = v128.load(resistance + line, 32);
    const r3 = v128.load(resistance + line, 48);
    let y0 = f64x2.add(v128.load(top + line), v128.load(g));
    let y1 = f64x2.add(v128.load(top + line, 16), v128.load(g, 16));
    let y2 = f64x2.add(v128.load(top + line, 32), v128.load(g, 32));
    let y3 = f64x2.add(v128.load(top + line, 48), v128.load(g, 48));
    v128.store(c, one);
    v128.store(c, one, 16);
    v128.store(c, one, 32);
    v128.store(c, one, 48);
    for (g += 128, c += 128; g < end; g += 128, c += 128) {
      const c0 = f64x2.div(one, mulAdd(r0, y0, one));
      const c1 = f64x2.div(one, mulAdd(r1, y1, one));
      const c2 = f64x2.div(one, mulAdd(r2, y2, one));
      const c3 = f64x2.div(one, mulAdd(r3, y3, one));
      v128.store(c, c0);
      v128.store(c, c1, 16);
      v128.store(c, c2, 32);
      v128.store(c, c3, 48);
      y0 = mulAdd(c0, y0, v128.load(g));
      y1 = mulAdd(c1, y1, v128.load(g, 16));
      y2 = mulAdd(c2, y2, v128.load(g, 32));
      y3 = mulAdd(c3, y3, v128.load(g, 48));
    }
    v128.store(inverse + line, f64x2.div(one, f64x2.add(y0, v128.load(bottom + line))));
    v128.store(inverse + line, f64x2.div(one, f64x2.add(y1, v128.load(bottom + line, 16))), 16);
    v128.store(inverse + line, f64x2.div(one, f64x2.add(y2, v128.load(bottom + line, 32))), 32);
    v128.store(inverse + line, f64x2.div(one, f64x2.add(y3, v128.load(bottom + line, 48))), 48);
  }
}

/**
 * into <- G K_b (G x + sources): what the columns give back to the rows whose nodes are at x; and the currents that flow
 * out of the bottom ends when the sources are zero.
 */
export function coupleColumns(
  from: u32,
  to: u32,
  rows: u32,
  stride: usize,
  conductance: usize,
  factor: usize,
  inverse: usize,
  resistance: usize,
  first: usize,
  last: usize,
  x: usize,
  into: usize,
  ladder: usize,
  bottom: usize,
  currents: usize,
): void {
  for (let q = from; q < to; q++) {
    const at: usize = q * stride;
    const line: usize = q * 128;
    sweepForward(
      rows,
      conductance + at,
      factor + at,
      x + at,
      resistance + line,
      first + line,
      last + line,
      inverse + line,
      ladder,
    );
    let drop = ladder + 128 + rows * 128;
    let y0 = v128.load(drop);
    let y1 = v128.load(drop, 16);
    let y2 = v128.load(drop, 32);
    let y3 = v128.load(drop, 48);
    let y4 = v128.load(drop, 64);
    let y5 = v128.load(drop, 80);
    let y6 = v128.load(drop, 96);
    let y7 = v128.load(drop, 112);
    v128.store(currents + line, f64x2.mul(v128.load(bottom + line), y0));
    v128.store(currents + line, f64x2.mul(v128.load(bottom + line, 16), y1), 16);
    v128.store(currents + line, f64x2.mul(v128.load(bottom + line, 32), y2), 32);
    v128.store(currents + line, f64x2.mul(v128.load(bottom + line, 48), y3), 48);
    v128.store(currents + line, f64x2.mul(v128.load(bottom + line, 64), y4), 64);
    v128.store(currents + line, f64x2.mul(v128.load(bottom + line, 80), y5), 80);
    v128.store(currents + line, f64x2.mul(v128.load(bottom + line, 96), y6), 96);
    v128.store(currents + line, f64x2.mul(v128.load(bottom + line, 112), y7), 112);
    drop -= 128;
    const start = conductance + at;
    let g = start + rows * 128;
    let c = factor + at + rows * 128;
    let out = into + at + rows * 128;
    while (g > start) {
      g -= 128;
      c -= 128;
      out -= 128;
      drop -= 128;
      v128.store(out, f64x2.mul(v128.load(g), y0));
      v128.store(out, f64x2.mul(v128.load(g, 16), y1), 16);
      v128.store(out, f64x2.mul(v128.load(g, 32), y2), 32);
      v128.store(out, f64x2.mul(v128.load(g, 48), y3), 48);
      v128.store(out, f64x2.mul(v128.load(g, 64), y4), 64);
      v128.store(out, f64x2.mul(v128.load(g, 80), y5), 80);
      v128.store(out, f64x2.mul(v128.load(g, 96), y6), 96);
      v128.store(out, f64x2.mul(v128.load(g, 112), y7), 112);
      y0 = f64x2.mul(v128.load(c), f64x2.add(y0, v128.load(drop)));
      y1 = f64x2.mul(v128.load(c, 16), f64x2.add(y1, v128.load(drop, 16)));
      y2 = f64x2.mul(v128.load(c, 32), f64x2.add(y2, v128.load(drop, 32)));
      y3 = f64x2.mul(v128.load(c, 48), f64x2.add(y3, v128.load(drop, 48)));
      y4 = f64x2.mul(v128.load(c, 64), f64x2.add(y4, v128.load(drop, 64)));
      y5 = f64x2.mul(v128.load(c, 80), f64x2.add(y5, v128.load(drop, 80)));
      y6 = f64x2.mul(v128.load(c, 96), f64x2.add(y6, v128.load(drop, 96)));
      y7 = f64x2.mul(v128.load(c, 112), f64x2.add(y7, v128.load(drop, 112)));
    }
  }
}

/**
 * w <- w + a p, then the column nodes b = shift + K_b (G (w - shift) + sources) into `nodes` and the currents out of the
 * bottom ends. Deviations from the clamp of each column (`shift`) keep the digits of a current through a small resistance.
 */
export function finishColumns(
  from: u32,
  to: u32,
  rows: u32,
  stride: usize,
  conductance: usize,
  factor: usize,
  inverse: usize,
  resistance: usize,
  first: usize,
  last: usize,
  bottom: usize,
  shift: usize,
  a: f64,
  p: usize,
  w: usize,
  nodes: usize,
  currents: usize,
  ladder: usize,
): void {
  const step = f64x2.splat(a);
  for (let q = from; q < to; q++) {
    const at: usize = q * stride;
    const line: usize = q * 128;
    const height: usize = rows * 128;
    for (let half: usize = 0; half < 128; half += 64) {
      const level0 = v128.load(shift + line + half);
      const level1 = v128.load(shift + line + half, 16);
      const level2 = v128.load(shift + line + half, 32);
      const level3 = v128.load(shift + line + half, 48);
      for (let k = at + half; k < at + half + height; k += 128) {
        const value0 = mulAdd(step, v128.load(p + k), v128.load(w + k));
        v128.store(w + k, value0);
        v128.store(nodes + k, f64x2.sub(value0, level0));
        const value1 = mulAdd(step, v128.load(p + k, 16), v128.load(w + k, 16));
        v128.store(w + k, value1, 16);
        v128.store(nodes + k, f64x2.sub(value1, level1), 16);
        const value2 = mulAdd(step, v128.load(p + k, 32), v128.load(w + k, 32));
        v128.store(w + k, value2, 32);
        v128.store(nodes + k, f64x2.sub(value2, level2), 32);
        const value3 = mulAdd(step, v128.load(p + k, 48), v128.load(w + k, 48));
        v128.store(w + k, value3, 48);
        v128.store(nodes + k, f64x2.sub(value3, level3), 48);
      }
    }
    sweepForward(
      rows,
      conductance + at,
      factor + at,
      nodes + at,
      resistance + line,
      first + line,
      last + line,
      inverse + line,
      ladder,
    );
    for (let half: usize = 0; half < 128; half += 64) {
      const level0 = v128.load(shift + line + half);
      const level1 = v128.load(shift + line + half, 16);
      const level2 = v128.load(shift + line + half, 32);
      const level3 = v128.load(shift + line + half, 48);
      let drop = ladder + height + half;
      let y0 = v128.load(drop, 128);
      let y1 = v128.load(drop, 144);
      let y2 = v128.load(drop, 160);
      let y3 = v128.load(drop, 176);
      const ends = bottom + line + half;
      v128.store(currents + line + half, f64x2.mul(v128.load(ends), y0));
      v128.store(currents + line + half, f64x2.mul(v128.load(ends, 16), y1), 16);
      v128.store(currents + line + half, f64x2.mul(v128.load(ends, 32), y2), 32);
      v128.store(currents + line + half, f64x2.mul(v128.load(ends, 48), y3), 48);
      let c = factor + at + height + half;
      for (let k = nodes + at + height + half; k > nodes + at + half; ) {
        k -= 128;
        c -= 128;
        drop -= 128;
        v128.store(k, f64x2.add(level0, y0));
        y0 = f64x2.mul(v128.load(c), f64x2.add(y0, v128.load(drop)));
        v128.store(k, f64x2.add(level1, y1), 16);
        y1 = f64x2.mul(v128.load(c, 16), f64x2.add(y1, v128.load(drop, 16)));
        v128.store(k, f64x2.add(level2, y2), 32);
        y2 = f64x2.mul(v128.load(c, 32), f64x2.add(y2, v128.load(drop, 32)));
        v128.store(k, f64x2.add(level3, y3), 48);
        y3 = f64x2.mul(v128.load(c, 48), f64x2.add(y3, v128.load(drop, 48)));
      }
    }
  }
}
