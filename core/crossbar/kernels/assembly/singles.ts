// The preconditioner in single precision: twice the lanes and half of the memory traffic of rows.ts and directions.ts.
// The residual r, the direction p and the potentials w stay doubles: rounding makes a preconditioner that is a little
// other than A_w^-1, never a residual that is wrong (solve/iterative/conjugateGradients.ts).
//
// z stands in panels with half of their stride, packed factors as [group of 8 rows][column][8 rows] singles, `ladder` is
// scratch for (columns + 2) * 16 singles and 384 bytes. Everything single is in units of 1 / scale.

/** What every node of a line gets beside its residual: currents that fade along a line never become denormal, 100 x slower. */
const BIAS: f64 = 1e-15;

/** to <- from in single precision, for doubles [from8, to8) in units of eight. */
export function roundList(from8: u32, to8: u32, from: usize, to: usize): void {
  let out = to + (from8 << 5);
  const end = from + (to8 << 6);
  for (let k = from + (from8 << 6); k < end; k += 64, out += 32) {
    v128.store(out, roundPairs(v128.load(k), v128.load(k, 16)));
    v128.store(out, roundPairs(v128.load(k, 32), v128.load(k, 48)), 16);
  }
}

/**
 * r <- r - a product, z <- A_w^-1 (scale r), the restriction of scale r along x into `coarse` as in rows.ts; and z . scale r
 * per group into `dots`, as sum of J_k^2 r c_(k+1) over the line and J_last^2 / Y_last: squares alone, and r is read once.
 * Two groups go together where there are two: memory likes pieces of 2 KB better than of 1 KB.
 */
export function solveRowsSingle(
  from: u32,
  to: u32,
  panels: u32,
  stride: usize,
  packed: usize,
  inverse: usize,
  resistance: usize,
  a: f64,
  scale: f64,
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
  const length: usize = panels * 512;
  // per group: a free column, the drops, the last potentials; behind both groups the sweeps under way
  const size: usize = length + 64;
  const sweeps = ladder + 2 * size;
  for (let group = from; group < to; group += 2) {
    const quads: u32 = group + 1 < to ? 4 : 2;
    memory.fill(sweeps, 0, quads * SWEEP);
    for (let q: u32 = 0; q < panels; q++) {
      for (let quad: u32 = 0; quad < quads; quad++) {
        const first: usize = (group << 1) + quad;
        const piece: usize = (quad >> 1) * size + (quad & 1) * 16 + 32 + q * 512;
        forward(
          q,
          packed + (first >> 1) * length + (first & 1) * 16 + q * 512,
          roundPairs(v128.load(resistance + first * 32), v128.load(resistance + first * 32, 16)),
          a,
          scale,
          product + q * stride + first * 512,
          r + q * stride + first * 512,
          ladder + piece,
          sweeps + quad * SWEEP,
          shift,
          weights,
          coarse + first * 4 * coarseStride,
          coarseStride,
          nodes,
        );
      }
    }
    let dot: f64 = 0;
    for (let quad: u32 = 0; quad < quads; quad++) {
      const first: usize = (group << 1) + quad;
      const sweep = sweeps + quad * SWEEP;
      if (shift > 0)
        endRestriction((panels << 4) - 1, shift, sweep, coarse + first * 4 * coarseStride, coarseStride, nodes);
      const current = v128.load(sweep);
      const divisor = roundPairs(v128.load(inverse + first * 32), v128.load(inverse + first * 32, 16));
      const last = f32x4.mul(current, divisor);
      v128.store(ladder + (quad >> 1) * size + (quad & 1) * 16 + 32 + length, last);
      const squares = f32x4.add(v128.load(sweep, 32), f32x4.mul(last, current));
      const pairs = f64x2.add(f64x2.promote_low_f32x4(squares), f64x2.promote_low_f32x4(highPair(squares)));
      dot += f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
      if (quad & 1) {
        f64.store(dots + ((first >> 1) << 3), dot);
        dot = 0;
      }
    }
    for (let q = panels; q > 0; ) {
      q--;
      for (let k: u32 = 0; k < quads >> 1; k++)
        back(
          packed + (group + k) * length + q * 512,
          z + q * (stride >> 1) + (group + k) * 512,
          ladder + k * size + 32 + q * 512,
        );
    }
  }
}

/** Bytes of a sweep under way: J, the drop behind it, the dot, and the sums below, above and around the coarse point. */
const SWEEP: usize = 96;

/** Four rows forward through one panel, restricted on the way. */
function forward(
  q: u32,
  c: usize,
  ohm: v128,
  a: f64,
  scale: f64,
  product: usize,
  r: usize,
  ladder: usize,
  sweep: usize,
  shift: u32,
  weights: usize,
  lines: usize,
  coarseStride: usize,
  nodes: u32,
): void {
  const step = f64x2.splat(a);
  const unit = f64x2.splat(scale);
  const spacing: u32 = 1 << shift;
  const half: u32 = spacing >> 1;
  const before = (q << 4) + half;
  let segment: u32 = before >> shift;
  /** Columns until the next coarse point is passed. */
  let left: u32 = spacing - (before & (spacing - 1));
  let current = v128.load(sweep);
  let drop = v128.load(sweep, 16);
  let dot = v128.load(sweep, 32);
  let lower = v128.load(sweep, 48);
  let upper = v128.load(sweep, 64);
  let carry = v128.load(sweep, 80);
  for (let column: usize = 0; column < 128; column += 32, c += 128, ladder += 128) {
    const x = r + column;
    const t = product + column;
    const a0 = stepped(x, t, step, unit);
    const a1 = stepped(x + 128, t + 128, step, unit);
    const a2 = stepped(x + 256, t + 256, step, unit);
    const a3 = stepped(x + 384, t + 384, step, unit);
    const b0 = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5);
    const b1 = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7);
    const b2 = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5);
    const b3 = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
    const x0 = v128.shuffle<f32>(b0, b2, 0, 1, 4, 5);
    const x1 = v128.shuffle<f32>(b0, b2, 2, 3, 6, 7);
    const x2 = v128.shuffle<f32>(b1, b3, 0, 1, 4, 5);
    const x3 = v128.shuffle<f32>(b1, b3, 2, 3, 6, 7);

    let kept = f32x4.mul(v128.load(c), current);
    dot = f32x4.add(dot, f32x4.mul(kept, drop));
    current = f32x4.add(kept, x0);
    drop = f32x4.mul(ohm, current);
    v128.store(ladder, drop);
    kept = f32x4.mul(v128.load(c, 32), current);
    dot = f32x4.add(dot, f32x4.mul(kept, drop));
    current = f32x4.add(kept, x1);
    drop = f32x4.mul(ohm, current);
    v128.store(ladder, drop, 32);
    kept = f32x4.mul(v128.load(c, 64), current);
    dot = f32x4.add(dot, f32x4.mul(kept, drop));
    current = f32x4.add(kept, x2);
    drop = f32x4.mul(ohm, current);
    v128.store(ladder, drop, 64);
    kept = f32x4.mul(v128.load(c, 96), current);
    dot = f32x4.add(dot, f32x4.mul(kept, drop));
    current = f32x4.add(kept, x3);
    drop = f32x4.mul(ohm, current);
    v128.store(ladder, drop, 96);

    if (shift == 0) continue;
    const hats = weights + ((((<usize>q) << 4) << 3) + column);
    let part = f32x4.mul(f32x4.splat(<f32>f64.load(hats)), x0);
    upper = f32x4.add(upper, part);
    lower = f32x4.add(lower, f32x4.sub(x0, part));
    part = f32x4.mul(f32x4.splat(<f32>f64.load(hats, 8)), x1);
    upper = f32x4.add(upper, part);
    lower = f32x4.add(lower, f32x4.sub(x1, part));
    if (left == 2) {
      carry = putPoint(segment, nodes, lines, coarseStride, f32x4.add(lower, carry), upper);
      lower = f32x4.splat(0);
      upper = lower;
      segment++;
      left += spacing;
    }
    part = f32x4.mul(f32x4.splat(<f32>f64.load(hats, 16)), x2);
    upper = f32x4.add(upper, part);
    lower = f32x4.add(lower, f32x4.sub(x2, part));
    part = f32x4.mul(f32x4.splat(<f32>f64.load(hats, 24)), x3);
    upper = f32x4.add(upper, part);
    lower = f32x4.add(lower, f32x4.sub(x3, part));
    left -= 4;
    if (left == 0) {
      carry = putPoint(segment, nodes, lines, coarseStride, f32x4.add(lower, carry), upper);
      lower = f32x4.splat(0);
      upper = lower;
      segment++;
      left = spacing;
    }
  }
  v128.store(sweep, current);
  v128.store(sweep, drop, 16);
  v128.store(sweep, dot, 32);
  v128.store(sweep, lower, 48);
  v128.store(sweep, upper, 64);
  v128.store(sweep, carry, 80);
}

/** What the last column leaves goes to the point behind it. */
function endRestriction(column: u32, shift: u32, sweep: usize, lines: usize, coarseStride: usize, nodes: u32): void {
  const segment = (column + (1 << (shift - 1))) >> shift;
  const sum = f32x4.add(v128.load(sweep, 48), v128.load(sweep, 80));
  const carry = putPoint(segment, nodes, lines, coarseStride, sum, v128.load(sweep, 64));
  storePoint(lines + (min(segment + 1, nodes) << 3), coarseStride, carry);
}

/** x <- x - a t for four columns, and what they are in units of 1 / scale. */
function stepped(x: usize, t: usize, step: v128, unit: v128): v128 {
  const x0 = f64x2.sub(v128.load(x), f64x2.mul(step, v128.load(t)));
  const x1 = f64x2.sub(v128.load(x, 16), f64x2.mul(step, v128.load(t, 16)));
  v128.store(x, x0);
  v128.store(x, x1, 16);
  const bias = f64x2.splat(BIAS);
  return roundPairs(f64x2.add(f64x2.mul(x0, unit), bias), f64x2.add(f64x2.mul(x1, unit), bias));
}

/**
 * The sum around coarse place `segment` is complete: kept at places 1 to nodes - 1; what belongs to place 0 goes to 1, what
 * belongs to the last place or beyond to the last. Returns what the next place begins with.
 */
function putPoint(segment: u32, nodes: u32, lines: usize, coarseStride: usize, sum: v128, upper: v128): v128 {
  if (segment == 0 || segment >= nodes) return f32x4.add(sum, upper);
  storePoint(lines + (segment << 3), coarseStride, sum);
  return upper;
}

function storePoint(at: usize, coarseStride: usize, sum: v128): void {
  f64.store(at, <f64>f32x4.extract_lane(sum, 0));
  f64.store(at + coarseStride, <f64>f32x4.extract_lane(sum, 1));
  f64.store(at + 2 * coarseStride, <f64>f32x4.extract_lane(sum, 2));
  f64.store(at + 3 * coarseStride, <f64>f32x4.extract_lane(sum, 3));
}

/** v_(k-1) = c_k (v_k + r J_(k-1)) for eight rows of one panel, from the ladder into z; leaves v for the panel before. */
function back(c: usize, z: usize, ladder: usize): void {
  let v0 = v128.load(ladder, 512);
  let v1 = v128.load(ladder, 528);
  c += 512;
  ladder += 512;
  for (let out = z + 48; out >= z; out -= 16) {
    c -= 128;
    ladder -= 128;
    let h3 = v0;
    let h2 = f32x4.mul(v128.load(c, 96), f32x4.add(h3, v128.load(ladder, 64)));
    let h1 = f32x4.mul(v128.load(c, 64), f32x4.add(h2, v128.load(ladder, 32)));
    let h0 = f32x4.mul(v128.load(c, 32), f32x4.add(h1, v128.load(ladder)));
    storeTransposed(out, h0, h1, h2, h3);
    // before the first column there is no drop: what comes out is not used
    v0 = f32x4.mul(v128.load(c), f32x4.add(h0, v128.load(ladder - 32)));
    h3 = v1;
    h2 = f32x4.mul(v128.load(c, 112), f32x4.add(h3, v128.load(ladder, 80)));
    h1 = f32x4.mul(v128.load(c, 80), f32x4.add(h2, v128.load(ladder, 48)));
    h0 = f32x4.mul(v128.load(c, 48), f32x4.add(h1, v128.load(ladder, 16)));
    storeTransposed(out + 256, h0, h1, h2, h3);
    v1 = f32x4.mul(v128.load(c, 16), f32x4.add(h0, v128.load(ladder - 16)));
  }
  // over the drops of this panel's first column, which nobody needs any more
  v128.store(ladder, v0);
  v128.store(ladder, v1, 16);
}

/** Four columns of four rows, rows 64 bytes apart. */
function storeTransposed(out: usize, h0: v128, h1: v128, h2: v128, h3: v128): void {
  const b0 = v128.shuffle<f32>(h0, h1, 0, 4, 1, 5);
  const b1 = v128.shuffle<f32>(h0, h1, 2, 6, 3, 7);
  const b2 = v128.shuffle<f32>(h2, h3, 0, 4, 1, 5);
  const b3 = v128.shuffle<f32>(h2, h3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f32>(b0, b2, 0, 1, 4, 5));
  v128.store(out, v128.shuffle<f32>(b0, b2, 2, 3, 6, 7), 64);
  v128.store(out, v128.shuffle<f32>(b1, b3, 0, 1, 4, 5), 128);
  v128.store(out, v128.shuffle<f32>(b1, b3, 2, 3, 6, 7), 192);
}

/** Two pairs of doubles as four singles. */
function roundPairs(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

function highPair(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 2, 3, 2, 3);
}

/**
 * w <- w + a p, p <- z + Pi v + beta p as in directions.ts, with z single; `line` is scratch for 8 (nodes + 12) pairs of
 * singles.
 */
export function stepSingle(
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
  const pairs: usize = (nodes + 12) << 3;
  // at H = 4 the second two of four columns lie beyond the next coarse point
  const next: usize = shift > 2 ? 0 : 8;
  for (let group = from; group < to; group++) {
    for (let k: u32 = 0; k < 8; k++)
      roundLine((group << 3) + k, half, shift, rowWeights, v, coarseStride, coarseRows, nodes, line + k * pairs);
    for (let q: u32 = 0; q < panels; q++) {
      const block: usize = q * stride + group * 1024;
      for (let column: u32 = 0; column < 16; column += 4) {
        const hats = columnWeights + (((q << 4) + column) << 3);
        const t = roundPairs(v128.load(hats), v128.load(hats, 16));
        let coarse = line + ((((q << 4) + column + half) >> shift) << 3);
        let at: usize = block + (column << 3);
        let in32: usize = z + ((q * stride + group * 1024) >> 1) + (column << 2);
        for (const end = at + 1024; at < end; at += 128, in32 += 64, coarse += pairs) {
          const e0 = v128.load64_zero(coarse);
          const e1 = v128.load64_zero(coarse + next);
          const base = v128.shuffle<f32>(e0, e1, 0, 0, 4, 4);
          const slope = v128.shuffle<f32>(e0, e1, 1, 1, 5, 5);
          const sum = f32x4.add(v128.load(in32), f32x4.add(base, f32x4.mul(slope, t)));
          const p0 = v128.load(p + at);
          const p1 = v128.load(p + at, 16);
          v128.store(w + at, f64x2.add(f64x2.mul(step, p0), v128.load(w + at)));
          v128.store(w + at, f64x2.add(f64x2.mul(step, p1), v128.load(w + at, 16)), 16);
          v128.store(p + at, f64x2.add(f64x2.mul(keep, p0), f64x2.promote_low_f32x4(sum)));
          v128.store(p + at, f64x2.add(f64x2.mul(keep, p1), f64x2.promote_low_f32x4(highPair(sum))), 16);
        }
      }
    }
  }
}

/** Pairs (value, difference to the next) of one fine row at the coarse points 0 .. nodes + 11, constant beyond the ends. */
function roundLine(
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
  let value = f64.load(lower) + t * (f64.load(upper) - f64.load(lower));
  f32.store(line, <f32>value);
  f32.store(line, 0, 4);
  for (let e: usize = 8; e < nodes << 3; e += 8) {
    const from = f64.load(lower + e);
    const next = from + t * (f64.load(upper + e) - from);
    line += 8;
    f32.store(line, <f32>value);
    f32.store(line, <f32>(next - value), 4);
    value = next;
  }
  for (let e: u32 = 0; e < 11; e++) {
    line += 8;
    f32.store(line, <f32>value);
    f32.store(line, 0, 4);
  }
}
