// Search directions of the conjugate gradients, rows in groups of eight as in rows.ts.

import { mulAdd } from "./simd";

/**
 * w <- w + a p, p <- z + Pi v + beta p, with Pi the bilinear interpolation from the coarse grid (solve/iterative/coarseGrid.ts).
 * `shift` is log2 of the coarse spacing, `v` holds `coarseRows` lines of `coarseStride` bytes with `nodes` values each,
 * `line` is scratch for nodes + 12 pairs of doubles.
 */
export function stepInterpolated(
  from: u32,
  to: u32,
  panels: u32,
  stride: usize,
  beta: f64,
  a: f64,
  w: usize,
  z: usize,
  p: usize,
  shift: u32,
  columnWeights: usize,
  rowWeights: usize,
  v: usize,
  coarseStride: usize,
  coarseRows: u32,
  nodes: u32,
  line: usize,
): void {
  const step = f64x2.splat(a);
  const keep = f64x2.splat(beta);
  const half: u32 = 1 << (shift - 1);
  const wide = shift > 2;
  const pairs: usize = (nodes + 12) << 4;
  for (let group = from; group < to; group++) {
    for (let k: u32 = 0; k < 8; k++) {
      const row = (group << 3) + k;
      interpolateLine(row, half, shift, rowWeights, v, coarseStride, coarseRows, nodes, line + k * pairs);
    }
    for (let q: u32 = 0; q < panels; q++) {
      const block: usize = q * stride + group * 1024;
      for (let column: u32 = 0; column < 16; column += 4) {
        const t = columnWeights + (((q << 4) + column) << 3);
        const t0 = v128.load(t);
        const t1 = v128.load(t, 16);
        const place: usize = (((q << 4) + column + half) >> shift) << 4;
        let coarse = line + place;
        // at H = 4 the second two of four columns lie beyond the next coarse point
        const next: usize = wide ? 0 : 16;
        let at: usize = block + (column << 3);
        for (const end = at + 1024; at < end; at += 128, coarse += pairs) {
          const p0 = v128.load(p + at);
          const p1 = v128.load(p + at, 16);
          const v0 = mulAdd(v128.load64_splat(coarse, 8), t0, v128.load64_splat(coarse));
          const v1 = mulAdd(v128.load64_splat(coarse + next, 8), t1, v128.load64_splat(coarse + next));
          v128.store(w + at, mulAdd(step, p0, v128.load(w + at)));
          v128.store(w + at, mulAdd(step, p1, v128.load(w + at, 16)), 16);
          v128.store(p + at, mulAdd(keep, p0, f64x2.add(v128.load(z + at), v0)));
          v128.store(p + at, mulAdd(keep, p1, f64x2.add(v128.load(z + at, 16), v1)), 16);
        }
      }
    }
  }
}

/** Pairs (value, difference to the next) of one fine row at the coarse points 0 .. nodes + 11, constant beyond the ends. */
function interpolateLine(
  row: u32,
  half: u32,
  shift: u32,
  rowWeights: usize,
  v: usize,
  coarseStride: usize,
  coarseRows: u32,
  nodes: u32,
  line: usize,
): void {
  const place = (row + half) >> shift;
  const t = f64.load(rowWeights + (row << 3));
  const lower = v + (place == 0 ? 0 : min(place, coarseRows) - 1) * coarseStride;
  const upper = v + min(place, coarseRows - 1) * coarseStride;
  let value = interpolate(lower, upper, t);
  f64.store(line, value);
  f64.store(line, 0, 8);
  for (let e: usize = 8; e < nodes << 3; e += 8) {
    const next = interpolate(lower + e, upper + e, t);
    line += 16;
    f64.store(line, value);
    f64.store(line, next - value, 8);
    value = next;
  }
  for (let e: u32 = 0; e < 11; e++) {
    line += 16;
    f64.store(line, value);
    f64.store(line, 0, 8);
  }
}

function interpolate(lower: usize, upper: usize, t: f64): f64 {
  const from = f64.load(lower);
  return from + t * (f64.load(upper) - from);
}

/** w <- w + a p, p <- z + beta p, u <- r + beta u: the direction and u = A_w p, without a coarse grid. */
export function stepCarried(
  from: u32,
  to: u32,
  panels: u32,
  stride: usize,
  beta: f64,
  a: f64,
  w: usize,
  z: usize,
  p: usize,
  r: usize,
  u: usize,
): void {
  const step = f64x2.splat(a);
  const keep = f64x2.splat(beta);
  const bytes: usize = (to - from) << 10;
  for (let q: u32 = 0; q < panels; q++) {
    const block: usize = q * stride + (from << 10);
    for (let at = block; at < block + bytes; at += 16) {
      const old = v128.load(p + at);
      v128.store(w + at, mulAdd(step, old, v128.load(w + at)));
      v128.store(p + at, mulAdd(keep, old, v128.load(z + at)));
      v128.store(u + at, mulAdd(keep, v128.load(u + at), v128.load(r + at)));
    }
  }
}

/** p <- z - w, w <- z: the change that one line relaxation made. */
export function stepRelaxed(from: u32, to: u32, panels: u32, stride: usize, w: usize, z: usize, p: usize): void {
  const bytes: usize = (to - from) << 10;
  for (let q: u32 = 0; q < panels; q++) {
    const block: usize = q * stride + (from << 10);
    for (let at = block; at < block + bytes; at += 16) {
      const value = v128.load(z + at);
      v128.store(p + at, f64x2.sub(value, v128.load(w + at)));
      v128.store(w + at, value);
    }
  }
}
