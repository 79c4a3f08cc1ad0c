// Tiles of 4 x 4 doubles. A strip holds 4 columns of a matrix, 32 bytes per row: operands are read front to back.

import { mulAdd } from "./simd";

/**
 * d_rc (+)= sum over p < count of a_pr b_pc.
 * @param a, b strips; @param d first of 4 rows, `stride` bytes apart; @param add false overwrites d
 */
export function tileProduct(count: i32, a: usize, b: usize, d: usize, stride: usize, add: bool): void {
  let c00 = f64x2.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const end = a + ((<usize>count) << 5);
  for (; a < end; a += 32, b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let f = v128.load_splat<f64>(a);
    c00 = mulAdd(f, b0, c00);
    c01 = mulAdd(f, b1, c01);
    f = v128.load_splat<f64>(a, 8);
    c10 = mulAdd(f, b0, c10);
    c11 = mulAdd(f, b1, c11);
    f = v128.load_splat<f64>(a, 16);
    c20 = mulAdd(f, b0, c20);
    c21 = mulAdd(f, b1, c21);
    f = v128.load_splat<f64>(a, 24);
    c30 = mulAdd(f, b0, c30);
    c31 = mulAdd(f, b1, c31);
  }
  const d1 = d + stride;
  const d2 = d1 + stride;
  const d3 = d2 + stride;
  if (add) {
    c00 = f64x2.add(c00, v128.load(d));
    c01 = f64x2.add(c01, v128.load(d, 16));
    c10 = f64x2.add(c10, v128.load(d1));
    c11 = f64x2.add(c11, v128.load(d1, 16));
    c20 = f64x2.add(c20, v128.load(d2));
    c21 = f64x2.add(c21, v128.load(d2, 16));
    c30 = f64x2.add(c30, v128.load(d3));
    c31 = f64x2.add(c31, v128.load(d3, 16));
  }
  v128.store(d, c00);
  v128.store(d, c01, 16);
  v128.store(d1, c10);
  v128.store(d1, c11, 16);
  v128.store(d2, c20);
  v128.store(d2, c21, 16);
  v128.store(d3, c30);
  v128.store(d3, c31, 16);
}

/** t_cr <- d_rc, rows of both `stride` bytes apart. */
export function tileMirror(d: usize, t: usize, stride: usize): void {
  const d1 = d + stride;
  const d2 = d1 + stride;
  const d3 = d2 + stride;
  mirrorPair(v128.load(d), v128.load(d1), t, t + stride);
  mirrorPair(v128.load(d2), v128.load(d3), t + 16, t + stride + 16);
  t += stride << 1;
  mirrorPair(v128.load(d, 16), v128.load(d1, 16), t, t + stride);
  mirrorPair(v128.load(d2, 16), v128.load(d3, 16), t + 16, t + stride + 16);
}

function mirrorPair(x: v128, y: v128, low: usize, high: usize): void {
  v128.store(low, v128.shuffle<f64>(x, y, 0, 2));
  v128.store(high, v128.shuffle<f64>(x, y, 1, 3));
}

/**
 * Forward substitution of four rows with the factored diagonal tile u and the inverse roots s of its pivots:
 * x_p <- s_p (x_p + sum over q < p of u_qp x_q).
 * @param u, x four rows of a strip; @param s four doubles
 */
export function tileSolve(u: usize, s: usize, x: usize): void {
  let f = v128.load_splat<f64>(s);
  const a0 = f64x2.mul(f, v128.load(x));
  const a1 = f64x2.mul(f, v128.load(x, 16));
  v128.store(x, a0);
  v128.store(x, a1, 16);

  let g = v128.load_splat<f64>(u, 8);
  f = v128.load_splat<f64>(s, 8);
  const b0 = f64x2.mul(f, mulAdd(g, a0, v128.load(x, 32)));
  const b1 = f64x2.mul(f, mulAdd(g, a1, v128.load(x, 48)));
  v128.store(x, b0, 32);
  v128.store(x, b1, 48);

  g = v128.load_splat<f64>(u, 16);
  let h = v128.load_splat<f64>(u, 48);
  f = v128.load_splat<f64>(s, 16);
  const c0 = f64x2.mul(f, mulAdd(h, b0, mulAdd(g, a0, v128.load(x, 64))));
  const c1 = f64x2.mul(f, mulAdd(h, b1, mulAdd(g, a1, v128.load(x, 80))));
  v128.store(x, c0, 64);
  v128.store(x, c1, 80);

  g = v128.load_splat<f64>(u, 24);
  h = v128.load_splat<f64>(u, 56);
  const k = v128.load_splat<f64>(u, 88);
  f = v128.load_splat<f64>(s, 24);
  const d0 = f64x2.mul(f, mulAdd(k, c0, mulAdd(h, b0, mulAdd(g, a0, v128.load(x, 96)))));
  const d1 = f64x2.mul(f, mulAdd(k, c1, mulAdd(h, b1, mulAdd(g, a1, v128.load(x, 112)))));
  v128.store(x, d0, 96);
  v128.store(x, d1, 112);
}
