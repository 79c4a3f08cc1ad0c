// Products of a packed matrix with vectors. A packed matrix stands in strips (denseTile.ts): 4 columns of doubles or
// 8 columns of singles, each row 32 bytes; `strip` is the bytes from one strip to the next.

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
  for (let p = first; p < last; p++) {
    const v = from + ((<usize>p * length) << 3);
    const d = to + <usize>(p >> 2) * strip + ((<usize>(p & 3)) << 3);
    for (let i = 0; i < length; i++) store<f64>(d + ((<usize>i) << 5), load<f64>(v + ((<usize>i) << 3)));
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
 * y <- W^T v for the strips [from, to) of W, four at a time: eight sums hide the latency of the additions.
 * @param y columns, padded to whole strips
 */
export function multiplyVector(rows: i32, w: usize, strip: usize, from: i32, to: i32, v: usize, y: usize): void {
  let s = from;
  for (; s + 4 <= to; s += 4) {
    let a = w + <usize>s * strip;
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    let b = a + strip;
    let c = b + strip;
    let d = c + strip;
    for (let x = v, end = v + ((<usize>rows) << 3); x < end; x += 8, a += 32, b += 32, c += 32, d += 32) {
      const f = v128.load_splat<f64>(x);
      a0 = f64x2.add(a0, f64x2.mul(f, v128.load(a)));
      a1 = f64x2.add(a1, f64x2.mul(f, v128.load(a, 16)));
      b0 = f64x2.add(b0, f64x2.mul(f, v128.load(b)));
      b1 = f64x2.add(b1, f64x2.mul(f, v128.load(b, 16)));
      c0 = f64x2.add(c0, f64x2.mul(f, v128.load(c)));
      c1 = f64x2.add(c1, f64x2.mul(f, v128.load(c, 16)));
      d0 = f64x2.add(d0, f64x2.mul(f, v128.load(d)));
      d1 = f64x2.add(d1, f64x2.mul(f, v128.load(d, 16)));
    }
    const t = y + ((<usize>s) << 5);
    v128.store(t, a0);
    v128.store(t, a1, 16);
    v128.store(t, b0, 32);
    v128.store(t, b1, 48);
    v128.store(t, c0, 64);
    v128.store(t, c1, 80);
    v128.store(t, d0, 96);
    v128.store(t, d1, 112);
  }
  for (; s < to; s++) {
    let a = w + <usize>s * strip;
    let a0 = f64x2.splat(0);
    let a1 = a0;
    for (let x = v, end = v + ((<usize>rows) << 3); x < end; x += 8, a += 32) {
      const f = v128.load_splat<f64>(x);
      a0 = f64x2.add(a0, f64x2.mul(f, v128.load(a)));
      a1 = f64x2.add(a1, f64x2.mul(f, v128.load(a, 16)));
    }
    const t = y + ((<usize>s) << 5);
    v128.store(t, a0);
    v128.store(t, a1, 16);
  }
}

/** The same in single precision. @param v singles; @param y doubles, padded to whole strips */
export function multiplyVectorSingle(rows: i32, w: usize, strip: usize, from: i32, to: i32, v: usize, y: usize): void {
  let s = from;
  for (; s + 4 <= to; s += 4) {
    let a = w + <usize>s * strip;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    let b = a + strip;
    let c = b + strip;
    let d = c + strip;
    for (let x = v, end = v + ((<usize>rows) << 2); x < end; x += 4, a += 32, b += 32, c += 32, d += 32) {
      const f = v128.load_splat<f32>(x);
      a0 = f32x4.add(a0, f32x4.mul(f, v128.load(a)));
      a1 = f32x4.add(a1, f32x4.mul(f, v128.load(a, 16)));
      b0 = f32x4.add(b0, f32x4.mul(f, v128.load(b)));
      b1 = f32x4.add(b1, f32x4.mul(f, v128.load(b, 16)));
      c0 = f32x4.add(c0, f32x4.mul(f, v128.load(c)));
      c1 = f32x4.add(c1, f32x4.mul(f, v128.load(c, 16)));
      d0 = f32x4.add(d0, f32x4.mul(f, v128.load(d)));
      d1 = f32x4.add(d1, f32x4.mul(f, v128.load(d, 16)));
    }
    const t = y + ((<usize>s) << 6);
    storeWide(t, a0, a1);
    storeWide(t + 64, b0, b1);
    storeWide(t + 128, c0, c1);
    storeWide(t + 192, d0, d1);
  }
  for (; s < to; s++) {
    let a = w + <usize>s * strip;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    for (let x = v, end = v + ((<usize>rows) << 2); x < end; x += 4, a += 32) {
      const f = v128.load_splat<f32>(x);
      a0 = f32x4.add(a0, f32x4.mul(f, v128.load(a)));
      a1 = f32x4.add(a1, f32x4.mul(f, v128.load(a, 16)));
    }
    storeWide(y + ((<usize>s) << 6), a0, a1);
  }
}

function storeWide(t: usize, low: v128, high: v128): void {
  v128.store(t, f64x2.promote_low_f32x4(low));
  v128.store(t, f64x2.promote_low_f32x4(v128.shuffle<f64>(low, low, 1, 1)), 16);
  v128.store(t, f64x2.promote_low_f32x4(high), 32);
  v128.store(t, f64x2.promote_low_f32x4(v128.shuffle<f64>(high, high, 1, 1)), 48);
}

/**
 * D <- V^T W for the strips [from, to) of 4 vectors: products of a batch in single precision.
 * Rows in passes of 512, so that an operand of W (16 KB) stays in the L1 cache while the vectors pass by.
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
  for (let p = 0; p < rows; p += 512) {
    const count = min(512, rows - p);
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
    c00 = multiplyAddSingle(f, b0, c00);
    c01 = multiplyAddSingle(f, b1, c01);
    f = v128.load_splat<f32>(a, 4);
    c10 = multiplyAddSingle(f, b0, c10);
    c11 = multiplyAddSingle(f, b1, c11);
    f = v128.load_splat<f32>(a, 8);
    c20 = multiplyAddSingle(f, b0, c20);
    c21 = multiplyAddSingle(f, b1, c21);
    f = v128.load_splat<f32>(a, 12);
    c30 = multiplyAddSingle(f, b0, c30);
    c31 = multiplyAddSingle(f, b1, c31);
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

function multiplyAddSingle(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}
