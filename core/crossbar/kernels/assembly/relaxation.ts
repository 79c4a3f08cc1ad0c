// Junction states: exponentials, tables and the exact relaxation step of a state held at one drive.
// Lists of doubles, counts even. Constants are read from memory: the engine rebuilds constants in registers at every use.

import { mulAdd } from "./simd";

const LOG2_E: usize = 0;
const ROUND: usize = 8;
const LN2_HIGH: usize = 16;
const LN2_LOW: usize = 24;
const SMALLEST: usize = 32;
const LARGEST: usize = 40;
const ONE: usize = 48;
const TERMS: usize = 56;

// 1 / log 2; 1.5 * 2^52, which rounds to integers; log 2 in two parts, the first with 32 bits (Cody and Waite); limits of
// the argument; 1; 1/2!, 1/3! ... 1/13!: the remainder of the series is 1.2e-17 of the result for |f| <= log(2) / 2
const CONSTANTS: usize = memory.data<f64>([
  1.4426950408889634, 6755399441055744.0, 0.6931471803691238, 1.9082149292705877e-10, -708.0, 709.0, 1.0, 0.5,
  0.16666666666666666, 0.041666666666666664, 0.008333333333333333, 0.001388888888888889, 0.0001984126984126984,
  2.48015873015873e-5, 2.7557319223985893e-6, 2.755731922398589e-7, 2.505210838544172e-8, 2.08767569878681e-9,
  1.6059043836821613e-10,
]);

function constant(place: usize): v128 {
  return v128.load64_splat(CONSTANTS + place);
}

function term(k: usize): v128 {
  return v128.load64_splat(CONSTANTS + TERMS + (k << 3));
}

/** exp(f) - 1 for |f| <= log(2) / 2, by Estrin's scheme: f + f^2 (1/2! + f/3! + ... + f^11/13!). */
function shortExpm1(f: v128): v128 {
  const f2 = f64x2.mul(f, f);
  const f4 = f64x2.mul(f2, f2);
  const a = mulAdd(term(1), f, term(0));
  const b = mulAdd(term(3), f, term(2));
  const c = mulAdd(term(5), f, term(4));
  const d = mulAdd(term(7), f, term(6));
  const e = mulAdd(term(9), f, term(8));
  const g = mulAdd(term(11), f, term(10));
  const low = mulAdd(b, f2, a);
  const middle = mulAdd(d, f2, c);
  const high = mulAdd(g, f2, e);
  return mulAdd(mulAdd(mulAdd(high, f4, middle), f4, low), f2, f);
}

/** x in units of log 2, rounded, plus the rounding constant: the integer stands in the last bits. */
function roundedBits(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, constant(LOG2_E)), constant(ROUND));
}

function reduce(x: v128, n: v128): v128 {
  return f64x2.sub(f64x2.sub(x, f64x2.mul(n, constant(LN2_HIGH))), f64x2.mul(n, constant(LN2_LOW)));
}

function powerOfTwo(bits: v128): v128 {
  return i64x2.shl(i64x2.add(bits, i64x2.splat(1023)), 52);
}

function clampArgument(x: v128): v128 {
  return f64x2.pmin(f64x2.pmax(x, constant(SMALLEST)), constant(LARGEST));
}

/** into <- exp(x); arguments are clamped to [-708, 709], so the result is never 0, infinite or denormal. */
export function exponential(count: usize, x: usize, into: usize): void {
  for (const end = x + (count << 3); x < end; x += 16, into += 16) {
    const value = clampArgument(v128.load(x));
    const bits = roundedBits(value);
    const f = reduce(value, f64x2.sub(bits, constant(ROUND)));
    const scale = powerOfTwo(bits);
    v128.store(into, mulAdd(scale, shortExpm1(f), scale));
  }
}

/** state += (target - state) (1 - exp(-dt / tau)): exact for a held drive; tau > 0. */
export function relaxStates(count: usize, dt: f64, state: usize, target: usize, tau: usize): void {
  const minus = f64x2.splat(-dt);
  for (const end = state + (count << 3); state < end; state += 16, target += 16, tau += 16) {
    const x = clampArgument(f64x2.div(minus, v128.load(tau)));
    const bits = roundedBits(x);
    const f = reduce(x, f64x2.sub(bits, constant(ROUND)));
    const scale = powerOfTwo(bits);
    // exp(x) - 1 = 2^n (exp(f) - 1) + (2^n - 1): no digit is lost for dt far below tau
    const minusGain = mulAdd(scale, shortExpm1(f), f64x2.sub(scale, constant(ONE)));
    const value = v128.load(state);
    v128.store(state, mulAdd(f64x2.sub(value, v128.load(target)), minusGain, value));
  }
}

/** state += (target - state) gain, for one gain of all. */
export function relaxUniform(count: usize, gain: f64, state: usize, target: usize): void {
  const factor = f64x2.splat(gain);
  for (const end = state + (count << 3); state < end; state += 16, target += 16) {
    const value = v128.load(state);
    v128.store(state, mulAdd(f64x2.sub(v128.load(target), value), factor, value));
  }
}

/**
 * into <- table(x), linear between `points` equidistant values of which the first belongs to `start`; constant beyond
 * both ends. `perUnit` is 1 / spacing; at least two points.
 */
export function interpolateTable(
  count: usize,
  start: f64,
  perUnit: f64,
  points: u32,
  table: usize,
  x: usize,
  into: usize,
): void {
  const origin = f64x2.splat(start);
  const scale = f64x2.splat(perUnit);
  const last = f64x2.splat(<f64>(points - 1));
  const lastSegment = f64x2.splat(<f64>(points - 2));
  const zero = f64x2.splat(0);
  for (const end = x + (count << 3); x < end; x += 16, into += 16) {
    const place = f64x2.pmin(f64x2.pmax(f64x2.mul(f64x2.sub(v128.load(x), origin), scale), zero), last);
    const segment = f64x2.pmin(f64x2.floor(place), lastSegment);
    const t = f64x2.sub(place, segment);
    const index = i32x4.trunc_sat_f64x2_u_zero(segment);
    const first = v128.load(table + ((<usize>i32x4.extract_lane(index, 0)) << 3));
    const second = v128.load(table + ((<usize>i32x4.extract_lane(index, 1)) << 3));
    const from = v128.shuffle<f64>(first, second, 0, 2);
    const to = v128.shuffle<f64>(first, second, 1, 3);
    v128.store(into, mulAdd(t, f64x2.sub(to, from), from));
  }
}
