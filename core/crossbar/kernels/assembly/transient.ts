// What a transient does between two solves: from row-major lists, which junction models step, to panels, which ladders
// need (columns.ts), and back; and parabolas through three instants. All of it is bound by memory, so each is one pass.
// Row-major node (i, j) is double i * columns + j; such addresses are multiples of 8 only. Panels from..to as in columns.ts.
// Behind an access resistance R a junction g counts as g / (1 + g R).

import { sweepForward } from "./columnLadder";
import { factorColumns } from "./columns";
import { mulAdd } from "./simd";
import { applySystem } from "./systems";

function behindAccess(g: v128, access: f64): v128 {
  if (access == 0) return g;
  return f64x2.div(g, f64x2.add(f64x2.splat(1), f64x2.mul(g, f64x2.splat(access))));
}

/** The same for the one lane of the last, odd column. */
function behindAccessOf(g: f64, access: f64): f64 {
  return access == 0 ? g : g / (1 + g * access);
}

/**
 * flags[q] <- 1 where |now - then| > tolerance now for some junction of panel q (or now is no number), else 0. `then` is a
 * list in panels; the first mover of a panel ends the search in it.
 */
export function findMoves(
  from: u32,
  to: u32,
  rows: u32,
  columns: u32,
  stride: usize,
  access: f64,
  tolerance: f64,
  now: usize,
  then: usize,
  flags: usize,
): void {
  const part = f64x2.splat(tolerance);
  for (let q = from; q < to; q++) {
    const width: u32 = min<u32>(16, columns - (q << 4));
    const even: u32 = width & ~1;
    let moved: f64 = 0;
    for (let i: u32 = 0; i < rows && moved == 0; i++) {
      const given: usize = now + ((i * columns + (q << 4)) << 3);
      const known: usize = then + q * stride + (i << 7);
      let calm = i64x2.splat(-1);
      for (let lane: u32 = 0; lane < even; lane += 2) {
        const g = behindAccess(v128.load(given + (lane << 3)), access);
        const change = f64x2.abs(f64x2.sub(g, v128.load(known + (lane << 3))));
        calm = v128.and(calm, f64x2.le(change, f64x2.mul(part, g)));
      }
      if (!i64x2.all_true(calm)) moved = 1;
      if (even < width) {
        const g = behindAccessOf(f64.load(given + (even << 3)), access);
        if (!(abs(g - f64.load(known + (even << 3))) <= tolerance * g)) moved = 1;
      }
    }
    f64.store(flags + (q << 3), moved);
  }
}

/**
 * Row-major conductances into panels; their sum per column into `sums` (no number where one of them is none), the smallest
 * number of each panel into `least`. The padding is left alone.
 */
export function packJunctions(
  from: u32,
  to: u32,
  rows: u32,
  columns: u32,
  stride: usize,
  access: f64,
  source: usize,
  list: usize,
  sums: usize,
  least: usize,
): void {
  for (let q = from; q < to; q++) {
    const width: u32 = min<u32>(16, columns - (q << 4));
    const even: u32 = width & ~1;
    let smallest = f64x2.splat(Infinity);
    for (let lane: u32 = 0; lane < even; lane += 2) {
      let sum = f64x2.splat(0);
      v128.store(sums + (((q << 4) + lane) << 3), sum);
    }
    if (even < width) f64.store(sums + (((q << 4) + even) << 3), 0);
    for (let i: u32 = 0; i < rows; i++) {
      const given: usize = source + ((i * columns + (q << 4)) << 3);
      const into: usize = list + q * stride + (i << 7);
      const sum: usize = sums + (q << 7);
      for (let lane: u32 = 0; lane < even; lane += 2) {
        const g = behindAccess(v128.load(given + (lane << 3)), access);
        v128.store(into + (lane << 3), g);
        smallest = f64x2.pmin(smallest, g);
        v128.store(sum + (lane << 3), f64x2.add(v128.load(sum + (lane << 3)), g));
      }
      if (even < width) {
        const g = behindAccessOf(f64.load(given + (even << 3)), access);
        f64.store(into + (even << 3), g);
        smallest = f64x2.pmin(smallest, f64x2.splat(g));
        f64.store(sum + (even << 3), f64.load(sum + (even << 3)) + g);
      }
    }
    f64.store(least + (q << 3), min<f64>(f64x2.extract_lane(smallest, 0), f64x2.extract_lane(smallest, 1)));
  }
}

/**
 * Panels: `newest` becomes a newest + b older + c oldest + shift, and `oldest` what `newest` was: the caller then calls
 * oldest older and older oldest, and nothing is copied twice.
 */
export function extrapolatePanels(
  from: u32,
  to: u32,
  stride: usize,
  a: f64,
  b: f64,
  c: f64,
  shift: f64,
  newest: usize,
  older: usize,
  oldest: usize,
): void {
  const first = f64x2.splat(a);
  const second = f64x2.splat(b);
  const third = f64x2.splat(c);
  const constant = f64x2.splat(shift);
  for (let k: usize = from * stride; k < to * stride; k += 16) {
    const x = v128.load(newest + k);
    const sum = f64x2.add(f64x2.mul(second, v128.load(older + k)), f64x2.mul(third, v128.load(oldest + k)));
    v128.store(newest + k, f64x2.add(f64x2.add(f64x2.mul(first, x), sum), constant));
    v128.store(oldest + k, x);
  }
}

/**
 * packJunctions, and the column factors (columns.ts) of each panel while it is in the cache.
 */
export function packAndFactor(
  from: u32,
  to: u32,
  rows: u32,
  columns: u32,
  stride: usize,
  access: f64,
  source: usize,
  list: usize,
  sums: usize,
  least: usize,
  resistance: usize,
  top: usize,
  bottom: usize,
  factor: usize,
  inverse: usize,
): void {
  for (let q = from; q < to; q++) {
    packJunctions(q, q + 1, rows, columns, stride, access, source, list, sums, least);
    factorColumns(q, q + 1, rows, stride, list, resistance, top, bottom, factor, inverse);
  }
}

/** r <- -S x, arguments as in applySystem; `panel` is scratch for one panel, `dots` for one double per panel. */
export function negateSystem(
  from: u32,
  to: u32,
  rows: u32,
  stride: usize,
  conductance: usize,
  factor: usize,
  inverse: usize,
  resistance: usize,
  zeros: usize,
  x: usize,
  r: usize,
  ladder: usize,
  dots: usize,
  panels: u32,
  segment: usize,
  left: usize,
  right: usize,
  lastColumn: u32,
  panel: usize,
): void {
  const height: usize = rows * 128;
  for (let q = from; q < to; q++) {
    const at: usize = q * stride;
    applySystem(
      q,
      q + 1,
      rows,
      stride,
      conductance,
      factor,
      inverse,
      resistance,
      zeros,
      x,
      panel - at,
      ladder,
      dots,
      panels,
      segment,
      left,
      right,
      lastColumn,
    );
    for (let k: usize = 0; k < height; k += 16) v128.store(r + at + k, f64x2.neg(v128.load(panel + k)));
  }
}

/**
 * Doubles from..to of lists, both even: `oldest` becomes a newest + b older + c oldest. The largest |value - newest| and
 * |value| among them go to `extremes`.
 */
export function foreseeList(
  from: usize,
  to: usize,
  a: f64,
  b: f64,
  c: f64,
  newest: usize,
  older: usize,
  oldest: usize,
  extremes: usize,
): void {
  const first = f64x2.splat(a);
  const second = f64x2.splat(b);
  const third = f64x2.splat(c);
  let moved = f64x2.splat(0);
  let largest = f64x2.splat(0);
  for (let k: usize = from << 3; k < to << 3; k += 16) {
    const x = v128.load(newest + k);
    const sum = f64x2.add(f64x2.mul(second, v128.load(older + k)), f64x2.mul(third, v128.load(oldest + k)));
    const value = f64x2.add(f64x2.mul(first, x), sum);
    v128.store(oldest + k, value);
    moved = f64x2.pmax(moved, f64x2.abs(f64x2.sub(value, x)));
    largest = f64x2.pmax(largest, f64x2.abs(value));
  }
  f64.store(extremes, max<f64>(f64x2.extract_lane(moved, 0), f64x2.extract_lane(moved, 1)));
  f64.store(extremes + 8, max<f64>(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1)));
}

/**
 * finishColumns for who wants junction voltages and not the column nodes b: w <- w + a p, the currents out of the bottom
 * ends, and row-major (w - b) / (1 + g R). Arguments as there; `access`, `conductances` as in packJunctions, `panel` is
 * scratch for one panel: w - shift of its nodes, then their voltages.
 */
export function finishVoltages(
  from: u32,
  to: u32,
  rows: u32,
  columns: u32,
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
  currents: usize,
  ladder: usize,
  panel: usize,
  access: f64,
  conductances: usize,
  into: usize,
): void {
  const step = f64x2.splat(a);
  const height: usize = rows * 128;
  for (let q = from; q < to; q++) {
    const at: usize = q * stride;
    const line: usize = q * 128;
    for (let k: usize = 0; k < height; k += 128) {
      for (let lane: usize = 0; lane < 128; lane += 16) {
        const value = mulAdd(step, v128.load(p + at + k + lane), v128.load(w + at + k + lane));
        v128.store(w + at + k + lane, value);
        v128.store(panel + k + lane, f64x2.sub(value, v128.load(shift + line + lane)));
      }
    }
    sweepForward(
      rows,
      conductance + at,
      factor + at,
      panel,
      resistance + line,
      first + line,
      last + line,
      inverse + line,
      ladder,
    );
    for (let half: usize = 0; half < 128; half += 64) {
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
      for (let k = panel + height + half; k > panel + half; ) {
        k -= 128;
        c -= 128;
        drop -= 128;
        v128.store(k, f64x2.sub(v128.load(k), y0));
        y0 = f64x2.mul(v128.load(c), f64x2.add(y0, v128.load(drop)));
        v128.store(k, f64x2.sub(v128.load(k, 16), y1), 16);
        y1 = f64x2.mul(v128.load(c, 16), f64x2.add(y1, v128.load(drop, 16)));
        v128.store(k, f64x2.sub(v128.load(k, 32), y2), 32);
        y2 = f64x2.mul(v128.load(c, 32), f64x2.add(y2, v128.load(drop, 32)));
        v128.store(k, f64x2.sub(v128.load(k, 48), y3), 48);
        y3 = f64x2.mul(v128.load(c, 48), f64x2.add(y3, v128.load(drop, 48)));
      }
    }
    spreadPanel(q, rows, columns, panel, access, conductances, into);
  }
}

/** Drops of one panel to row-major voltages behind the access resistance. */
function spreadPanel(
  q: u32,
  rows: u32,
  columns: u32,
  panel: usize,
  access: f64,
  conductances: usize,
  into: usize,
): void {
  const one = f64x2.splat(1);
  const ohm = f64x2.splat(access);
  const width: u32 = min<u32>(16, columns - (q << 4));
  const even: u32 = width & ~1;
  for (let i: u32 = 0; i < rows; i++) {
    const flat: usize = (i * columns + (q << 4)) << 3;
    const node: usize = panel + (i << 7);
    for (let lane: u32 = 0; lane < even; lane += 2) {
      const place: usize = lane << 3;
      let v = v128.load(node + place);
      if (access != 0) v = f64x2.div(v, mulAdd(v128.load(conductances + flat + place), ohm, one));
      v128.store(into + flat + place, v);
    }
    if (even < width) {
      const place: usize = even << 3;
      let v = f64.load(node + place);
      if (access != 0) v /= 1 + f64.load(conductances + flat + place) * access;
      f64.store(into + flat + place, v);
    }
  }
}
