import type { Pool } from "./pool.ts";
import { buildNetwork } from "./solve/buildNetwork.ts";
import { compileEffective } from "./solve/compiled/compileEffective.ts";
import { nearEnds } from "./solve/connectedEnds.ts";
import type { ArrayNetwork } from "./solve/network.ts";

/**
 * How large an array with resistive lines may be and still multiply.
 *
 * kappa = N^2 R_segment mean(G): at small loss the currents of a square array with equal inputs are too low by
 * (2/3) kappa (the sum over the line of min(j, k) is N^3/3, once for rows and once for columns).
 */

/** kappa of the array as it is; unequal sides and lines enter by their means, half rows and half columns. */
export function lineLossNumber({
  rows,
  columns,
  conductance_S,
  rowSegment_ohm,
  columnSegment_ohm,
}: ArrayNetwork): number {
  return (mean(conductance_S) * (columns ** 2 * mean(rowSegment_ohm) + rows ** 2 * mean(columnSegment_ohm))) / 2;
}

/**
 * Relative rms error of products against ideal wires, over independent inputs: exact, not sampled. With mean m and
 * variance s^2 of an input, E |A^T V|^2 = s^2 |A|_F^2 + m^2 sum_j (sum_i A_ij)^2, here for A = W - G over the same for G.
 * @param conductance_S, effective_S rows x columns
 * @param input mean and variance; absent: uniform from 0 to anything, 1/2 and 1/12
 */
export function productError(
  { rows, columns }: { readonly rows: number; readonly columns: number },
  conductance_S: Float64Array,
  effective_S: Float64Array,
  input: { readonly mean: number; readonly variance: number } = { mean: 1 / 2, variance: 1 / 12 },
): number {
  let error = 0;
  let signal = 0;
  for (let j = 0; j < columns; j++) {
    let [errorSum, signalSum] = [0, 0];
    for (let i = 0; i < rows; i++) {
      const g = conductance_S[i * columns + j];
      const e = effective_S[i * columns + j] - g;
      error += input.variance * e ** 2;
      signal += input.variance * g ** 2;
      errorSum += e;
      signalSum += g;
    }
    error += input.mean ** 2 * errorSum ** 2;
    signal += input.mean ** 2 * signalSum ** 2;
  }
  return error === 0 ? 0 : Math.sqrt(error / signal);
}

/** Lines of a square array, all alike. */
export interface LineTechnology {
  /** Mean conductance of a junction, siemens. */
  readonly conductance_S: number;
  readonly segment_ohm: number;
  /** Source and amplifier, each behind one more segment. Absent = 0. */
  readonly terminal_ohm?: number;
}

export interface UsefulSize {
  /** Largest N whose N x N array of equal junctions stays within the bound; 0 if none does, `largest` if all tried do. */
  readonly size: number;
  /** Its rms error. */
  readonly error: number;
  /** The same by the rule of thumb x / (1 + x), x = N^2 G R_segment + 2 N G (R_segment + R_terminal); Infinity without wires. */
  readonly ruleOfThumb: number;
}

/**
 * Compiles square arrays of equal junctions until the rms error of products with uniform inputs passes the bound: about
 * 2 log2 N compilations.
 * @param bound relative rms error, 0 < bound < 1
 * @param largest side that is tried
 * @throws RangeError naming the parameter that is out of range
 */
export function usefulSize(technology: LineTechnology, bound: number, largest = 256, pool?: Pool): UsefulSize {
  const { conductance_S, segment_ohm, terminal_ohm = 0 } = technology;
  if (!(bound > 0 && bound < 1)) throw new RangeError(`bound is ${bound}, allowed are values between 0 and 1`);
  if (!(conductance_S > 0)) throw new RangeError(`conductance_S is ${conductance_S}, allowed are values above 0`);
  const errors = new Map<number, number>();
  const fits = (n: number): boolean => {
    const error = errorOf(n, conductance_S, segment_ohm, terminal_ohm, pool);
    errors.set(n, error);
    return error <= bound;
  };
  // the error grows with the side: double, then halve the interval
  let low = 0;
  let high = 1;
  while (low < largest && fits(high)) [low, high] = [high, Math.min(2 * high, largest)];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return {
    size: low,
    error: errors.get(low) ?? 0,
    ruleOfThumb: ruleOfThumb(conductance_S, segment_ohm, segment_ohm + terminal_ohm, bound),
  };
}

/** Relative error by the rule of thumb. @param end_ohm from a source or amplifier to the first junction */
export function estimateError(n: number, conductance_S: number, segment_ohm: number, end_ohm: number): number {
  const x = n * conductance_S * (n * segment_ohm + 2 * end_ohm);
  return x / (1 + x);
}

function errorOf(n: number, value_S: number, segment: number, terminal: number, pool: Pool | undefined): number {
  const network = buildNetwork({
    grid: { rows: n, columns: n },
    conductance_S: new Float64Array(n * n).fill(value_S),
    rowSegment_ohm: segment,
    columnSegment_ohm: segment,
    rowSource_ohm: terminal,
    columnSense_ohm: terminal,
  });
  return productError(network, network.conductance_S, compileEffective(network, nearEnds(network), pool));
}

/** Largest n with x(n) <= bound / (1 - bound). */
function ruleOfThumb(conductance_S: number, segment_ohm: number, end_ohm: number, bound: number): number {
  const x = bound / (1 - bound) / conductance_S;
  if (segment_ohm === 0) return end_ohm === 0 ? Number.POSITIVE_INFINITY : Math.floor(x / (2 * end_ohm));
  // the root of segment n^2 + 2 end n = x without cancellation
  return Math.floor(x / (end_ohm + Math.sqrt(end_ohm ** 2 + segment_ohm * x)));
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
