// Elimination of the k nodes on the seam between two blocks of the array; equations in solve/compiled/mergeBlocks.ts.
// [C X] is stored as strips of 4 columns (denseTile.ts), C's strips first. `rows` is the padded length of a strip.

import { tileMirror, tileProduct, tileSolve } from "./denseTile";

/** Strips that are substituted together: 8 of 1024 rows fill half an L2 cache. */
const STRIPE: i32 = 8;
/** Rows per pass of a product: two strips of them stay in the L1 cache. */
const DEPTH: i32 = 256;
/** Strips per pass of a product: 16 of 256 rows stay in the L2 cache. */
const BREADTH: i32 = 16;

/**
 * Rows of C, four at a time: update by the rows before, then the pivots. A pivot is the sum of what leaves its node.
 * @param c strips of C; only the part right of the diagonal is read and written
 * @param outside k doubles (padded to a multiple of 4): sums of the rows of X; replaced
 * @param roots same length: 1 / sqrt(pivot)
 */
export function factorSeam(k: i32, rows: i32, c: usize, outside: usize, roots: usize): void {
  const strip = (<usize>rows) << 5;
  const strips = (k + 3) >> 2;
  for (let g = 0; g < strips; g++) {
    const first = g << 2;
    const own = c + <usize>g * strip;
    let o0 = f64x2.splat(0);
    let o1 = o0;
    for (let p = 0; p < first; p++) {
      const e = v128.load_splat<f64>(outside + ((<usize>p) << 3));
      const u = own + ((<usize>p) << 5);
      o0 = f64x2.add(o0, f64x2.mul(e, v128.load(u)));
      o1 = f64x2.add(o1, f64x2.mul(e, v128.load(u, 16)));
    }
    const e = outside + ((<usize>first) << 3);
    v128.store(e, f64x2.add(o0, v128.load(e)));
    v128.store(e, f64x2.add(o1, v128.load(e, 16)), 16);

    const diagonal = own + ((<usize>first) << 5);
    tileProduct(first, own, own, diagonal, 32, true);
    let s0 = f64x2.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let j = g + 1; j < strips; j++) {
      const other = c + <usize>j * strip;
      const t = other + ((<usize>first) << 5);
      tileProduct(first, own, other, t, 32, true);
      s0 = f64x2.add(s0, f64x2.add(v128.load(t), v128.load(t, 16)));
      s1 = f64x2.add(s1, f64x2.add(v128.load(t, 32), v128.load(t, 48)));
      s2 = f64x2.add(s2, f64x2.add(v128.load(t, 64), v128.load(t, 80)));
      s3 = f64x2.add(s3, f64x2.add(v128.load(t, 96), v128.load(t, 112)));
    }
    const root = roots + ((<usize>first) << 3);
    store<f64>(root, f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1));
    store<f64>(root, f64x2.extract_lane(s1, 0) + f64x2.extract_lane(s1, 1), 8);
    store<f64>(root, f64x2.extract_lane(s2, 0) + f64x2.extract_lane(s2, 1), 16);
    store<f64>(root, f64x2.extract_lane(s3, 0) + f64x2.extract_lane(s3, 1), 24);
    factorDiagonal(min(4, k - first), diagonal, e, root);
    for (let j = g + 1; j < strips; j++) tileSolve(diagonal, root, c + <usize>j * strip + ((<usize>first) << 5));
  }
}

/** @param right in: sums of the four rows right of the tile; out: 1 / sqrt(pivot), 0 for rows past the end */
function factorDiagonal(count: i32, d: usize, outside: usize, right: usize): void {
  for (let p = 0; p < 4; p++) {
    const row = d + ((<usize>p) << 5);
    const at = (<usize>p) << 3;
    if (p >= count) {
      store<f64>(right + at, 0);
      continue;
    }
    let pivot = load<f64>(right + at) + load<f64>(outside + at);
    for (let q = p + 1; q < count; q++) pivot += load<f64>(row + ((<usize>q) << 3));
    const root = pivot > 0 ? 1 / Math.sqrt(pivot) : 0;
    const e = load<f64>(outside + at) * root;
    const r = load<f64>(right + at) * root;
    store<f64>(outside + at, e);
    store<f64>(right + at, root);
    for (let q = p + 1; q < count; q++) {
      const to = (<usize>q) << 3;
      const u = load<f64>(row + to) * root;
      store<f64>(row + to, u);
      store<f64>(outside + to, load<f64>(outside + to) + u * e);
      store<f64>(right + to, load<f64>(right + to) + u * r);
      for (let s = p + 1; s < q; s++) {
        const above = d + ((<usize>s) << 5) + to;
        store<f64>(above, load<f64>(above) + load<f64>(row + ((<usize>s) << 3)) * u);
      }
    }
  }
}

/** X <- U_X for the strips [from, to) of X. Strips do not touch each other: any division among threads gives the same bits. */
export function solveSeam(k: i32, rows: i32, c: usize, roots: usize, x: usize, from: i32, to: i32): void {
  const strip = (<usize>rows) << 5;
  for (let s = from; s < to; s += STRIPE) {
    const end = min(s + STRIPE, to);
    for (let first = 0; first < k; first += 4) {
      const own = c + <usize>(first >> 2) * strip;
      const down = (<usize>first) << 5;
      const root = roots + ((<usize>first) << 3);
      for (let j = s; j < end; j++) {
        const column = x + <usize>j * strip;
        if (first) tileProduct(first, own, column, column + down, 32, true);
        tileSolve(own + down, root, column + down);
      }
    }
  }
}

/** Y <- X^T X, both triangles. @param y rows `stride` bytes apart, a multiple of 4 of them */
export function squareSeam(k: i32, rows: i32, x: usize, strips: i32, y: usize, stride: usize): void {
  const strip = (<usize>rows) << 5;
  for (let p = 0; p < k; p += DEPTH) {
    const count = min(DEPTH, k - p);
    const start = x + ((<usize>p) << 5);
    const last = p + count == k;
    for (let block = 0; block < strips; block += BREADTH)
      for (let i = block; i < strips; i++) {
        const end = min(block + BREADTH, i + 1);
        const a = start + <usize>i * strip;
        for (let j = block; j < end; j++) {
          const d = y + <usize>(i << 2) * stride + ((<usize>j) << 5);
          tileProduct(count, a, start + <usize>j * strip, d, stride, p > 0);
          if (last && i != j) tileMirror(d, y + <usize>(j << 2) * stride + ((<usize>i) << 5), stride);
        }
      }
  }
}

/**
 * D <- D + X_left^T X_right for the strips [from, to) of the left operand. Every element is summed in the same order,
 * whatever the division among threads.
 */
export function crossSeam(
  k: i32,
  rows: i32,
  left: usize,
  from: i32,
  to: i32,
  right: usize,
  rightStrips: i32,
  d: usize,
  stride: usize,
): void {
  const strip = (<usize>rows) << 5;
  for (let p = 0; p < k; p += DEPTH) {
    const count = min(DEPTH, k - p);
    const down = (<usize>p) << 5;
    for (let block = 0; block < rightStrips; block += BREADTH) {
      const end = min(block + BREADTH, rightStrips);
      for (let i = from; i < to; i++) {
        const a = left + <usize>i * strip + down;
        for (let j = block; j < end; j++)
          tileProduct(
            count,
            a,
            right + <usize>j * strip + down,
            d + <usize>(i << 2) * stride + ((<usize>j) << 5),
            stride,
            true,
          );
      }
    }
  }
}
