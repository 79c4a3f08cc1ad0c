// Rows of the array: ladders along the word lines, eight at a time, by transposing 2 x 2 blocks in registers.
//
// Layout and ladder as in columns.ts. `packed` factors stand as [group of 8 rows][column][8 rows]; `ladder` is scratch for
// (columns + 2) * 8 doubles; `from` and `to` count groups of eight rows; `panels` counts panels.

import { mulAdd, sumLanes } from "./simd";

/** c (packed) and 1 / Y_last of every row; the end conductance `right` acts at `lastColumn`, the columns beyond it hang free. */
export function factorRows(
  from: u32,
  to: u32,
  panels: u32,
  stride: usize,
  conductance: usize,
  resistance: usize,
  left: usize,
  right: usize,
  lastColumn: u32,
  packed: usize,
  inverse: usize,
): void {
  const one = f64x2.splat(1);
  for (let group = from; group < to; group++) {
    const line: usize = group * 64;
    let c = packed + group * panels * 1024;
    const r0 = v128.load(resistance + line);
    const r1 = v128.load(resistance + line, 16);
    const r2 = v128.load(resistance + line, 32);
    const r3 = v128.load(resistance + line, 48);
    let y0 = v128.load(left + line);
    let y1 = v128.load(left + line, 16);
    let y2 = v128.load(left + line, 32);
    let y3 = v128.load(left + line, 48);
    let column: u32 = 0;
    for (let q: u32 = 0; q < panels; q++) {
      let g: usize = conductance + q * stride + group * 1024;
      for (const end = g + 128; g < end; g += 8, c += 64, column++) {
        const first = column == 0;
        const c0 = first ? one : f64x2.div(one, mulAdd(r0, y0, one));
        const c1 = first ? one : f64x2.div(one, mulAdd(r1, y1, one));
        const c2 = first ? one : f64x2.div(one, mulAdd(r2, y2, one));
        const c3 = first ? one : f64x2.div(one, mulAdd(r3, y3, one));
        v128.store(c, c0);
        v128.store(c, c1, 16);
        v128.store(c, c2, 32);
        v128.store(c, c3, 48);
        y0 = mulAdd(c0, y0, v128.load64_lane(g, v128.load64_zero(g), 1, 128));
        y1 = mulAdd(c1, y1, v128.load64_lane(g, v128.load64_zero(g, 256), 1, 384));
        y2 = mulAdd(c2, y2, v128.load64_lane(g, v128.load64_zero(g, 512), 1, 640));
        y3 = mulAdd(c3, y3, v128.load64_lane(g, v128.load64_zero(g, 768), 1, 896));
        if (column == lastColumn) {
          y0 = f64x2.add(y0, v128.load(right + line));
          y1 = f64x2.add(y1, v128.load(right + line, 16));
          y2 = f64x2.add(y2, v128.load(right + line, 32));
          y3 = f64x2.add(y3, v128.load(right + line, 48));
        }
      }
    }
    v128.store(inverse + line, f64x2.div(one, y0));
    v128.store(inverse + line, f64x2.div(one, y1), 16);
    v128.store(inverse + line, f64x2.div(one, y2), 32);
    v128.store(inverse + line, f64x2.div(one, y3), 48);
  }
}

/**
 * r <- r - a product, z <- A_w^-1 r, r . z per group into `dots`.
 * With `shift` > 0 (log2 of the coarse spacing H) also the restriction of r along x: `coarse` holds one line of
 * `coarseStride` bytes per row; the hat functions of the `nodes` coarse points have their weights at places 1 .. nodes.
 */
export function solveRows(
  from: u32,
  to: u32,
  panels: u32,
  stride: usize,
  packed: usize,
  inverse: usize,
  resistance: usize,
  a: f64,
  product: usize,
  r: usize,
  z: usize,
  ladder: usize,
  dots: usize,
  shift: u32,
  weights: usize,
  coarse: usize,
  coarseStride: usize,
  nodes: u32,
): void {
  const step = f64x2.splat(a);
  for (let group = from; group < to; group++) {
    const line: usize = group * 64;
    const block: usize = group * 1024;
    const lines = coarse + group * 8 * coarseStride;
    if (shift > 0) memory.fill(lines, 0, 8 * coarseStride);
    const r0 = v128.load(resistance + line);
    const r1 = v128.load(resistance + line, 16);
    const r2 = v128.load(resistance + line, 32);
    const r3 = v128.load(resistance + line, 48);
    let j0 = f64x2.splat(0);
    let j1 = j0;
    let j2 = j0;
    let j3 = j0;
    let c: usize = packed + group * panels * 1024;
    let drop: usize = ladder + 64;
    for (let q: u32 = 0; q < panels; q++) {
      const top: usize = q * stride + block;
      let x = r + top;
      for (let k = product + top; x < r + top + 1024; x += 64, k += 64) {
        v128.store(x, f64x2.sub(v128.load(x), f64x2.mul(step, v128.load(k))));
        v128.store(x, f64x2.sub(v128.load(x, 16), f64x2.mul(step, v128.load(k, 16))), 16);
        v128.store(x, f64x2.sub(v128.load(x, 32), f64x2.mul(step, v128.load(k, 32))), 32);
        v128.store(x, f64x2.sub(v128.load(x, 48), f64x2.mul(step, v128.load(k, 48))), 48);
      }
      if (shift > 0) restrictBlock(r + top, q << 4, shift, weights, lines, coarseStride);
      x = r + top;
      for (const end = x + 128; x < end; x += 16, c += 128, drop += 128) {
        const a0 = v128.load(x);
        const b0 = v128.load(x, 128);
        j0 = mulAdd(v128.load(c), j0, v128.shuffle<f64>(a0, b0, 0, 2));
        v128.store(drop, f64x2.mul(r0, j0));
        j0 = mulAdd(v128.load(c, 64), j0, v128.shuffle<f64>(a0, b0, 1, 3));
        v128.store(drop, f64x2.mul(r0, j0), 64);
        const a1 = v128.load(x, 256);
        const b1 = v128.load(x, 384);
        j1 = mulAdd(v128.load(c, 16), j1, v128.shuffle<f64>(a1, b1, 0, 2));
        v128.store(drop, f64x2.mul(r1, j1), 16);
        j1 = mulAdd(v128.load(c, 80), j1, v128.shuffle<f64>(a1, b1, 1, 3));
        v128.store(drop, f64x2.mul(r1, j1), 80);
        const a2 = v128.load(x, 512);
        const b2 = v128.load(x, 640);
        j2 = mulAdd(v128.load(c, 32), j2, v128.shuffle<f64>(a2, b2, 0, 2));
        v128.store(drop, f64x2.mul(r2, j2), 32);
        j2 = mulAdd(v128.load(c, 96), j2, v128.shuffle<f64>(a2, b2, 1, 3));
        v128.store(drop, f64x2.mul(r2, j2), 96);
        const a3 = v128.load(x, 768);
        const b3 = v128.load(x, 896);
        j3 = mulAdd(v128.load(c, 48), j3, v128.shuffle<f64>(a3, b3, 0, 2));
        v128.store(drop, f64x2.mul(r3, j3), 48);
        j3 = mulAdd(v128.load(c, 112), j3, v128.shuffle<f64>(a3, b3, 1, 3));
        v128.store(drop, f64x2.mul(r3, j3), 112);
      }
    }
    if (shift > 0) foldEnds(lines, coarseStride, nodes);
    drop -= 64;
    let v0 = f64x2.mul(j0, v128.load(inverse + line));
    let v1 = f64x2.mul(j1, v128.load(inverse + line, 16));
    let v2 = f64x2.mul(j2, v128.load(inverse + line, 32));
    let v3 = f64x2.mul(j3, v128.load(inverse + line, 48));
    let d0 = f64x2.splat(0);
    let d1 = f64x2.splat(0);
    let d2 = f64x2.splat(0);
    let d3 = f64x2.splat(0);
    for (let q = panels; q > 0; ) {
      q--;
      const top: usize = q * stride + block;
      let x = r + top + 128;
      let out = z + top + 128;
      while (x > r + top) {
        x -= 16;
        out -= 16;
        c -= 128;
        drop -= 128;
        const h0 = f64x2.mul(v128.load(c, 64), f64x2.add(v0, v128.load(drop, 64)));
        const a0 = v128.shuffle<f64>(h0, v0, 0, 2);
        const b0 = v128.shuffle<f64>(h0, v0, 1, 3);
        v128.store(out, a0);
        v128.store(out, b0, 128);
        d0 = mulAdd(b0, v128.load(x, 128), mulAdd(a0, v128.load(x), d0));
        v0 = f64x2.mul(v128.load(c), f64x2.add(h0, v128.load(drop)));
        const h1 = f64x2.mul(v128.load(c, 80), f64x2.add(v1, v128.load(drop, 80)));
        const a1 = v128.shuffle<f64>(h1, v1, 0, 2);
        const b1 = v128.shuffle<f64>(h1, v1, 1, 3);
        v128.store(out, a1, 256);
        v128.store(out, b1, 384);
        d1 = mulAdd(b1, v128.load(x, 384), mulAdd(a1, v128.load(x, 256), d1));
        v1 = f64x2.mul(v128.load(c, 16), f64x2.add(h1, v128.load(drop, 16)));
        const h2 = f64x2.mul(v128.load(c, 96), f64x2.add(v2, v128.load(drop, 96)));
        const a2 = v128.shuffle<f64>(h2, v2, 0, 2);
        const b2 = v128.shuffle<f64>(h2, v2, 1, 3);
        v128.store(out, a2, 512);
        v128.store(out, b2, 640);
        d2 = mulAdd(b2, v128.load(x, 640), mulAdd(a2, v128.load(x, 512), d2));
        v2 = f64x2.mul(v128.load(c, 32), f64x2.add(h2, v128.load(drop, 32)));
        const h3 = f64x2.mul(v128.load(c, 112), f64x2.add(v3, v128.load(drop, 112)));
        const a3 = v128.shuffle<f64>(h3, v3, 0, 2);
        const b3 = v128.shuffle<f64>(h3, v3, 1, 3);
        v128.store(out, a3, 768);
        v128.store(out, b3, 896);
        d3 = mulAdd(b3, v128.load(x, 896), mulAdd(a3, v128.load(x, 768), d3));
        v3 = f64x2.mul(v128.load(c, 48), f64x2.add(h3, v128.load(drop, 48)));
      }
    }
    f64.store(dots + (group << 3), sumLanes(f64x2.add(f64x2.add(d0, d1), f64x2.add(d2, d3))));
  }
}

/** Adds one block of eight rows by sixteen columns to the restricted lines. */
function restrictBlock(x: usize, column: u32, shift: u32, weights: usize, lines: usize, coarseStride: usize): void {
  // columns that share two coarse points: H / 2 = 2 of them at H = 4, at least four at H >= 8
  const wide = shift > 2;
  const half: u32 = 1 << (shift - 1);
  const end = column + 16;
  while (column < end) {
    const place: usize = ((column + half) >> shift) << 3;
    const t0 = v128.load(weights + (column << 3));
    if (wide) {
      const t1 = v128.load(weights + (column << 3), 16);
      let into = lines + place;
      for (let k: usize = 0; k < 1024; k += 128, into += coarseStride) {
        const x0 = v128.load(x + k);
        const x1 = v128.load(x + k, 16);
        const upper = f64x2.add(f64x2.mul(t0, x0), f64x2.mul(t1, x1));
        addPair(into, f64x2.sub(f64x2.add(x0, x1), upper), upper);
      }
      column += 4;
      x += 32;
    } else {
      let into = lines + place;
      for (let k: usize = 0; k < 1024; k += 128, into += coarseStride) {
        const x0 = v128.load(x + k);
        const upper = f64x2.mul(t0, x0);
        addPair(into, f64x2.sub(x0, upper), upper);
      }
      column += 2;
      x += 16;
    }
  }
}

/** Adds the lane sums of two vectors to two neighbouring doubles. */
function addPair(into: usize, lower: v128, upper: v128): void {
  const sums = f64x2.add(v128.shuffle<f64>(lower, upper, 0, 2), v128.shuffle<f64>(lower, upper, 1, 3));
  v128.store(into, f64x2.add(v128.load(into), sums));
}

/** Beyond the first and the last coarse point the interpolation is constant. */
function foldEnds(lines: usize, coarseStride: usize, nodes: u32): void {
  for (let k: u32 = 0; k < 8; k++, lines += coarseStride) {
    f64.store(lines, f64.load(lines) + f64.load(lines, 8), 8);
    const last: usize = lines + (nodes << 3);
    let sum = f64.load(last);
    for (let beyond = last + 8; beyond < lines + coarseStride; beyond += 8) sum += f64.load(beyond);
    f64.store(last, sum);
  }
}

/** into <- G (x - level) with one level per row: the currents into the rows when all their nodes are at their level. */
export function drawRows(
  from: u32,
  to: u32,
  panels: u32,
  stride: usize,
  conductance: usize,
  x: usize,
  levels: usize,
  into: usize,
): void {
  for (let q: u32 = 0; q < panels; q++) {
    let at: usize = q * stride + from * 1024;
    for (let level = levels + from * 64; level < levels + to * 64; level += 8) {
      const shift = v128.load64_splat(level);
      for (const end = at + 128; at < end; at += 16) {
        const value = f64x2.sub(v128.load(x + at), shift);
        v128.store(into + at, f64x2.mul(v128.load(conductance + at), value));
      }
    }
  }
}

/** into <- x + level with one level per row. */
export function shiftRows(from: u32, to: u32, panels: u32, stride: usize, x: usize, levels: usize, into: usize): void {
  for (let q: u32 = 0; q < panels; q++) {
    let at: usize = q * stride + from * 1024;
    for (let level = levels + from * 64; level < levels + to * 64; level += 8) {
      const shift = v128.load64_splat(level);
      for (const end = at + 128; at < end; at += 16) v128.store(into + at, f64x2.add(v128.load(x + at), shift));
    }
  }
}
