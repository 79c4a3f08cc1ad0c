/**
 * Numbers of which only bounds may be known. A dry run knows no readings: there a current is anything, and what is
 * computed from it keeps the bounds that `clamp`, `min` and `max` give it. At run time every interval is one number
 * (low = high) and each operation is that of doubles.
 */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export const ANYTHING: Interval = { low: -Infinity, high: Infinity };

export function exactly(value: number): Interval {
  return { low: value, high: value };
}

/** Whether this is one number; a lost reading (NaN) is one too. */
export function isExact({ low, high }: Interval): boolean {
  return Object.is(low, high) || low === high;
}

/** The smallest interval around both. */
export function hull(a: Interval, b: Interval): Interval {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

export function add(a: Interval, b: Interval): Interval {
  return { low: a.low + b.low, high: a.high + b.high };
}

export function negate(a: Interval): Interval {
  return { low: -a.high, high: -a.low };
}

export function multiply(a: Interval, b: Interval): Interval {
  return around([product(a.low, b.low), product(a.low, b.high), product(a.high, b.low), product(a.high, b.high)]);
}

/** @returns undefined when the divisor is 0 and nothing else; anything where it may be 0 */
export function divide(a: Interval, b: Interval): Interval | undefined {
  if (b.low === 0 && b.high === 0) return undefined;
  if (b.low <= 0 && b.high >= 0) return ANYTHING;
  // by division and not by a reciprocal, so that a single number is divided as doubles are
  return around([quotient(a.low, b.low), quotient(a.low, b.high), quotient(a.high, b.low), quotient(a.high, b.high)]);
}

/** @param power an integer. @returns undefined for a negative power of 0 */
export function raise(a: Interval, power: number): Interval | undefined {
  if (power < 0) {
    const below = raise(a, -power);
    return below && divide(exactly(1), below);
  }
  const ends = [a.low ** power, a.high ** power];
  return around(power % 2 === 0 && power > 0 && a.low < 0 && a.high > 0 ? [0, ...ends] : ends);
}

export function magnitude(a: Interval): Interval {
  if (a.low >= 0) return a;
  return a.high <= 0 ? negate(a) : { low: 0, high: Math.max(-a.low, a.high) };
}

export function least(a: Interval, b: Interval): Interval {
  return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) };
}

export function greatest(a: Interval, b: Interval): Interval {
  return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) };
}

/** A function that never falls, end by end. */
export function rising(f: (value: number) => number): (a: Interval) => Interval {
  return ({ low, high }) => ({ low: f(low), high: f(high) });
}

function around(values: readonly number[]): Interval {
  return { low: Math.min(...values), high: Math.max(...values) };
}

/** Infinity here is a bound that nobody reaches: 0 times it is 0. */
function product(a: number, b: number): number {
  const value = a * b;
  return Number.isNaN(value) && !Number.isNaN(a) && !Number.isNaN(b) ? 0 : value;
}

/** Infinity over Infinity may be any number between 0 and Infinity; the other ends give the other bound. */
function quotient(a: number, b: number): number {
  const value = a / b;
  return Number.isNaN(value) && !Number.isNaN(a) && !Number.isNaN(b) ? a : value;
}
