// The coarse correction v = (Qy . F . Qx) r by fast diagonalization; matrices are row-major with sides padded to
// multiples of four (zeros), `columns` and `rows` are the padded sides in doubles.

import { mulAdd } from "./simd";

/** C (4 x 4) <- A (4 x depth) B (depth x 4); strides in bytes. */
function multiplyTile(depth: u32, a: usize, aStride: usize, b: usize, bStride: usize, c: usize, cStride: usize): void {
  let c00 = f64x2.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const a1 = aStride;
  const a2 = aStride << 1;
  const a3 = a1 + a2;
  for (const end = a + (depth << 3); a < end; a += 8, b += bStride) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let value = v128.load64_splat(a);
    c00 = mulAdd(value, b0, c00);
    c01 = mulAdd(value, b1, c01);
    value = v128.load64_splat(a + a1);
    c10 = mulAdd(value, b0, c10);
    c11 = mulAdd(value, b1, c11);
    value = v128.load64_splat(a + a2);
    c20 = mulAdd(value, b0, c20);
    c21 = mulAdd(value, b1, c21);
    value = v128.load64_splat(a + a3);
    c30 = mulAdd(value, b0, c30);
    c31 = mulAdd(value, b1, c31);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c + cStride, c10);
  v128.store(c + cStride, c11, 16);
  v128.store(c + 2 * cStride, c20);
  v128.store(c + 2 * cStride, c21, 16);
  v128.store(c + 3 * cStride, c30);
  v128.store(c + 3 * cStride, c31, 16);
}

/** into <- from Q for the rows [4 from4, 4 to4): the transform along x and back. */
export function transformAlongRows(from4: u32, to4: u32, columns: u32, from: usize, q: usize, into: usize): void {
  const stride: usize = columns << 3;
  for (let i = from4; i < to4; i++) {
    const line: usize = i * 4 * stride;
    for (let j: usize = 0; j < stride; j += 32)
      multiplyTile(columns, from + line, stride, q + j, stride, into + line + j, stride);
  }
}

/**
 * Per strip of four columns: t <- Qy^T x, sum of symbol t^2 into `dots`, x <- Qy (symbol t). `scratch` holds rows * 4 doubles.
 */
export function correctStrips(
  from4: u32,
  to4: u32,
  rows: u32,
  columns: u32,
  q: usize,
  transposed: usize,
  symbol: usize,
  x: usize,
  scratch: usize,
  dots: usize,
): void {
  const stride: usize = columns << 3;
  const side: usize = rows << 3;
  for (let j = from4; j < to4; j++) {
    const strip = x + (j << 5);
    for (let i: u32 = 0; i < rows; i += 4)
      multiplyTile(rows, transposed + i * side, side, strip, stride, scratch + (i << 5), 32);
    let f = symbol + (j << 5);
    let sum = f64x2.splat(0);
    for (let k = scratch; k < scratch + (rows << 5); k += 32, f += stride) {
      const t0 = v128.load(k);
      const t1 = v128.load(k, 16);
      const s0 = f64x2.mul(v128.load(f), t0);
      const s1 = f64x2.mul(v128.load(f, 16), t1);
      sum = mulAdd(t0, s0, sum);
      sum = mulAdd(t1, s1, sum);
      v128.store(k, s0);
      v128.store(k, s1, 16);
    }
    f64.store(dots + (j << 3), f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
    for (let i: u32 = 0; i < rows; i += 4)
      multiplyTile(rows, q + i * side, side, scratch, 32, strip + i * stride, stride);
  }
}

/**
 * The restriction along y: coarse row I <- sum over fine rows of its hat function times their restricted lines, for the
 * coarse rows [from, to). Lines are those of solveRows; the values stand at places 1 .. nodes.
 */
export function restrictRows(
  from: u32,
  to: u32,
  fineRows: u32,
  shift: u32,
  weights: usize,
  lines: usize,
  lineStride: usize,
  nodes: u32,
  coarseRows: u32,
  into: usize,
  columns: u32,
): void {
  const stride: usize = columns << 3;
  const spacing: i32 = 1 << shift;
  const half = spacing >> 1;
  for (let I = from; I < to; I++) {
    const out = into + I * stride;
    memory.fill(out, 0, stride);
    // rows between the coarse points I - 1 and I + 1; at the ends all the rows beyond
    const first = I == 0 ? 0 : <i32>(I << shift) - half;
    const last = I == coarseRows - 1 ? <i32>fineRows : min(<i32>fineRows, <i32>(I << shift) + spacing + half);
    for (let i = first; i < last; i++) {
      const place = (i + half) >> shift;
      const t = f64.load(weights + (i << 3));
      // place I: above the point, towards I - 1; place I + 1: below it
      let weight: f64;
      if (place <= <i32>I) weight = I == 0 ? 1 : t;
      else weight = I == coarseRows - 1 ? 1 : 1 - t;
      const factor = f64x2.splat(weight);
      let line = lines + i * lineStride + 8;
      for (let e: usize = 0; e < nodes << 3; e += 16) {
        v128.store(out + e, mulAdd(factor, v128.load(line + e), v128.load(out + e)));
      }
    }
    // an odd count took one value too many
    if (nodes & 1) f64.store(out + (nodes << 3), 0);
  }
}
