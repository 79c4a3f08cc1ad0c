// Products of a packed matrix with vectors. A packed matrix stands in strips (denseTile.ts): 4 columns of doubles or
// 8 columns of singles, each row 32 bytes; `strip` is the bytes from one strip to the next.

import { tileProduct } from "./denseTile";
import { mulAdd } from "./simd";

/** Strips of 4 columns from a row-major matrix; the columns past the end stay as they are (zero). */
export function packColumns(rows: i32, columns: i32, from: usize, stride: usize, to: usize, strip: usize): void {
  for (let i = 0; i < rows; i++, from += stride, to += 32)
    for (let j = 0; j < columns; j++)
      store<f64>(to + <usize>(j >> 2) * strip + ((<usize>(j & 3)) << 3), load<f64>(from + ((<usize>j) << 3)));
}

/** The same in single precision, 8 columns to a strip. */
export function packColumnsSingle(rows: i32, columns: i32, from: usize, stride: usize, to: usize, strip: usize): void {
  for (let i = 0; i < rows; i++, from += stride, to += 32)
    for (let j = 0; j < columns; j++)
      store<f32>(to + <usize>(j >> 3) * strip + ((<usize>(j & 7)) << 2), <f32>load<f64>(from + ((<usize>j) << 3)));
}

/** Strips of 4 vectors: vector p of `length` doubles becomes column p & 3 of strip p >> 2. */
export function packVectors(length: i32, from: usize, first: i32, last: i32, to: usize, strip: usize): void {
  const bytes: usize = (<usize>length) << 3;
  for (let p = first; p < last; p++) {
    let v = from + <usize>p * bytes;
    let d = to + <usize>(p >> 2) * strip + ((<usize>(p & 3)) << 3);
    if ((p & 3) != 0 || p + 4 > last) {
      for (const end = v + bytes; v < end; v += 8, d += 32) store<f64>(d, load<f64>(v));
      continue;
    }
    const end = v + (bytes & ~15);
    for (; v < end; v += 16, d += 64) {
      const a = v128.load(v);
      const b = v128.load(v + bytes);
      const c = v128.load(v + 2 * bytes);
      const e = v128.load(v + 3 * bytes);
      v128.store(d, v128.shuffle<f64>(a, b, 0, 2));
      v128.store(d, v128.shuffle<f64>(c, e, 0, 2), 16);
      v128.store(d, v128.shuffle<f64>(a, b, 1, 3), 32);
      v128.store(d, v128.shuffle<f64>(c, e, 1, 3), 48);
    }
    if (length & 1) for (let k: usize = 0; k < 4; k++) store<f64>(d + (k << 3), load<f64>(v + k * bytes));
    p += 3;
  }
}

/** The same in single precision, still 4 vectors to a strip (16 bytes per row). */
export function packVectorsSingle(length: i32, from: usize, first: i32, last: i32, to: usize, strip: usize): void {
  for (let p = first; p < last; p++) {
    const v = from + ((<usize>p * length) << 3);
    const d = to + <usize>(p >> 2) * strip + ((<usize>(p & 3)) << 2);
    for (let i = 0; i < length; i++) store<f32>(d + ((<usize>i) << 4), <f32>load<f64>(v + ((<usize>i) << 3)));
  }
}

/**
 * y <- y + W^T v for the strips [from, to) of W, four at a time: eight sums hide the latency of the additions.
 * @param y columns, padded to whole strips
 */
export function multiplyVector(rows: i32, w: usize, strip: usize, from: i32, to: i32, v: usize, y: usize): void {
  const end = v + ((<usize>rows) << 3);
  let s = from;
  for (; s + 4 <= to; s += 4) {
    let a = w + <usize>s * strip;
    let b = a + strip;
    let c = b + strip;
    let d = c + strip;
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    for (let x = v; x < end; x += 8, a += 32, b += 32, c += 32, d += 32) {
      const f = v128.load_splat<f64>(x);
      a0 = mulAdd(f, v128.load(a), a0);
      a1 = mulAdd(f, v128.load(a, 16), a1);
      b0 = mulAdd(f, v128.load(b), b0);
      b1 = mulAdd(f, v128.load(b, 16), b1);
      c0 = mulAdd(f, v128.load(c), c0);
      c1 = mulAdd(f, v128.load(c, 16), c1);
      d0 = mulAdd(f, v128.load(d), d0);
      d1 = mulAdd(f, v128.load(d, 16), d1);
    }
    const t = y + ((<usize>s) << 5);
    addPair(t, a0, a1);
    addPair(t + 32, b0, b1);
    addPair(t + 64, c0, c1);
    addPair(t + 96, d0, d1);
  }
  for (; s < to; s++) {
    let a = w + <usize>s * strip;
    let a0 = f64x2.splat(0);
    let a1 = a0;
    for (let x = v; x < end; x += 8, a += 32) {
      const f = v128.load_splat<f64>(x);
      a0 = mulAdd(f, v128.load(a), a0);
      a1 = mulAdd(f, v128.load(a, 16), a1);
    }
    addPair(y + ((<usize>s) << 5), a0, a1);
  }
}

function addPair(t: usize, low: v128, high: v128): void {
  v128.store(t, f64x2.add(low, v128.load(t)));
  v128.store(t, f64x2.add(high, v128.load(t, 16)), 16);
}

/** The same in single precision, y too. */
export function multiplyVectorSingle(rows: i32, w: usize, strip: usize, from: i32, to: i32, v: usize, y: usize): void {
  const end = v + ((<usize>rows) << 2);
  let s = from;
  for (; s + 4 <= to; s += 4) {
    let a = w + <usize>s * strip;
    let b = a + strip;
    let c = b + strip;
    let d = c + strip;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    for (let x = v; x < end; x += 4, a += 32, b += 32, c += 32, d += 32) {
      const f = v128.load_splat<f32>(x);
      a0 = mulAddSingle(f, v128.load(a), a0);
      a1 = mulAddSingle(f, v128.load(a, 16), a1);
      b0 = mulAddSingle(f, v128.load(b), b0);
      b1 = mulAddSingle(f, v128.load(b, 16), b1);
      c0 = mulAddSingle(f, v128.load(c), c0);
      c1 = mulAddSingle(f, v128.load(c, 16), c1);
      d0 = mulAddSingle(f, v128.load(d), d0);
      d1 = mulAddSingle(f, v128.load(d, 16), d1);
    }
    const t = y + ((<usize>s) << 5);
    storeSingle(t, a0, a1, true);
    storeSingle(t + 32, b0, b1, true);
    storeSingle(t + 64, c0, c1, true);
    storeSingle(t + 96, d0, d1, true);
  }
  for (; s < to; s++) {
    let a = w + <usize>s * strip;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    for (let x = v; x < end; x += 4, a += 32) {
      const f = v128.load_splat<f32>(x);
      a0 = mulAddSingle(f, v128.load(a), a0);
      a1 = mulAddSingle(f, v128.load(a, 16), a1);
    }
    storeSingle(y + ((<usize>s) << 5), a0, a1, true);
  }
}

/** Products first..last, `stride` bytes apart, side by side as rows of `columns` doubles. */
export function gatherProducts(first: i32, last: i32, columns: i32, d: usize, stride: usize, to: usize): void {
  const bytes: usize = (<usize>columns) << 3;
  for (let p = first; p < last; p++) memory.copy(to + <usize>p * bytes, d + <usize>p * stride, bytes);
}

/** The same, from singles. */
export function gatherProductsSingle(first: i32, last: i32, columns: i32, d: usize, stride: usize, to: usize): void {
  for (let p = first; p < last; p++) {
    let from = d + <usize>p * stride;
    let out = to + ((<usize>p * columns) << 3);
    const end = out + ((<usize>columns) << 3);
    for (; out + 32 <= end; out += 32, from += 16) {
      const x = v128.load(from);
      v128.store(out, f64x2.promote_low_f32x4(x));
      v128.store(out, f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)), 16);
    }
    for (; out < end; out += 8, from += 4) store<f64>(out, <f64>load<f32>(from));
  }
}

/** D <- V^T W for the strips [from, to) of 4 vectors: products of a batch, arguments as of multiplyBatchSingle. */
export function multiplyBatch(
  rows: i32,
  v: usize,
  vectorStrip: usize,
  from: i32,
  to: i32,
  w: usize,
  strip: usize,
  strips: i32,
  d: usize,
  stride: usize,
): void {
  for (let p = 0; p < rows; p += 256) {
    const count = min(256, rows - p);
    for (let j = 0; j < strips; j++)
      for (let i = from; i < to; i++)
        tileProduct(
          count,
          v + <usize>i * vectorStrip + ((<usize>p) << 5),
          w + <usize>j * strip + ((<usize>p) << 5),
          d + <usize>(i << 2) * stride + ((<usize>j) << 5),
          stride,
          p > 0,
        );
  }
}

/**
 * D <- V^T W for the strips [from, to) of 4 vectors: products of a batch in single precision.
 * Rows in passes of 256 as in denseSeam.ts: a strip of W (8 KB) stays in the L1 cache while the vectors pass by.
 * @param d batch (padded to 4) x columns (padded to 8) singles, `stride` bytes per vector
 */
export function multiplyBatchSingle(
  rows: i32,
  v: usize,
  vectorStrip: usize,
  from: i32,
  to: i32,
  w: usize,
  strip: usize,
  strips: i32,
  d: usize,
  stride: usize,
): void {
  for (let p = 0; p < rows; p += 256) {
    const count = min(256, rows - p);
    for (let j = 0; j < strips; j++)
      for (let i = from; i < to; i++)
        tileSingle(
          count,
          v + <usize>i * vectorStrip + ((<usize>p) << 4),
          w + <usize>j * strip + ((<usize>p) << 5),
          d + <usize>(i << 2) * stride + ((<usize>j) << 5),
          stride,
          p > 0,
        );
  }
}

/** 4 vectors by 8 columns. */
function tileSingle(count: i32, a: usize, b: usize, d: usize, stride: usize, add: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const end = a + ((<usize>count) << 4);
  for (; a < end; a += 16, b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let f = v128.load_splat<f32>(a);
    c00 = mulAddSingle(f, b0, c00);
    c01 = mulAddSingle(f, b1, c01);
    f = v128.load_splat<f32>(a, 4);
    c10 = mulAddSingle(f, b0, c10);
    c11 = mulAddSingle(f, b1, c11);
    f = v128.load_splat<f32>(a, 8);
    c20 = mulAddSingle(f, b0, c20);
    c21 = mulAddSingle(f, b1, c21);
    f = v128.load_splat<f32>(a, 12);
    c30 = mulAddSingle(f, b0, c30);
    c31 = mulAddSingle(f, b1, c31);
  }
  storeSingle(d, c00, c01, add);
  storeSingle(d + stride, c10, c11, add);
  storeSingle(d + 2 * stride, c20, c21, add);
  storeSingle(d + 3 * stride, c30, c31, add);
}

function storeSingle(d: usize, low: v128, high: v128, add: bool): void {
  if (add) {
    low = f32x4.add(low, v128.load(d));
    high = f32x4.add(high, v128.load(d, 16));
  }
  v128.store(d, low);
  v128.store(d, high, 16);
}

function mulAddSingle(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}
