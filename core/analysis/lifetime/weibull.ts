import type { NoFit } from "../expFit.ts";
import type { Estimate } from "../fit/curveFit.ts";
import { invertSmall } from "../leastSquares.ts";

/** F(x) = 1 - exp(-(x / scale)^shape): cycles to failure, voltages of forming, times of breakdown. */
export interface WeibullFit {
  readonly kind: "fit";
  /** Below 1 early failures, about 1 random ones, above 1 wear. */
  readonly shape: Estimate;
  /** 63.2 % have failed, in the unit of the data. */
  readonly scale: Estimate;
  readonly logLikelihood: number;
  readonly failed: number;
  /** Items that had not failed when they were last seen. */
  readonly censored: number;
}

/**
 * Maximum likelihood with right-censored items: the profile equation in the shape (Cohen, Technometrics 7, 579 (1965),
 * 10.1080/00401706.1965.10490300) by bisection in its logarithm, intervals from the observed information in (ln shape, ln scale).
 * @param failed values at failure, positive
 * @param survived values up to which an item lived without failing, positive
 * @throws RangeError for values that are not positive
 */
export function fitWeibull(failed: ArrayLike<number>, survived: ArrayLike<number> = []): WeibullFit | NoFit {
  const logs: number[] = [];
  for (const values of [failed, survived])
    for (let k = 0; k < values.length; k++) {
      const value = values[k]!;
      if (!(value > 0 && value < Infinity))
        throw new RangeError(
          `a ${values === failed ? "failure" : "survival"} is at ${value}, allowed are positive numbers`,
        );
      logs.push(Math.log(value));
    }
  const r = failed.length;
  if (new Set(logs.slice(0, r)).size < 2)
    return { kind: "none", reason: `a Weibull distribution needs 2 different failures, there are ${r}` };
  const top = logs.reduce((most, log) => Math.max(most, log), -Infinity);
  const meanLog = logs.slice(0, r).reduce((sum, value) => sum + value, 0) / r;
  // sums of (x/top)^k ln^m x: powers of at most 1, whatever the unit
  const sums = (k: number) => {
    let [s0, s1, s2] = [0, 0, 0];
    for (const log of logs) {
      const power = Math.exp(k * (log - top));
      s0 += power;
      s1 += power * log;
      s2 += power * log * log;
    }
    return { s0, s1, s2 };
  };
  const slope = (k: number) => {
    const { s0, s1 } = sums(k);
    return s1 / s0 - 1 / k - meanLog;
  };
  let [low, high] = [1e-3, 1e-3];
  while (slope(high) < 0 && high < 1e6) high *= 4;
  if (!(slope(low) < 0 && slope(high) > 0))
    return { kind: "none", reason: "the failures do not determine a shape between 0.001 and a million" };
  for (let step = 0; step < 200 && high / low - 1 > 1e-14; step++) {
    const middle = Math.sqrt(low * high);
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  const k = Math.sqrt(low * high);
  const { s0 } = sums(k);
  const logScale = top + Math.log(s0 / r) / k;
  // observed information in a = ln shape, b = ln scale; y = k (ln x - b), sum of exp(y) is r at the maximum
  let [e1, e2] = [0, 0];
  let likelihood = 0;
  logs.forEach((log, at) => {
    const y = k * (log - logScale);
    const e = Math.exp(y);
    e1 += e * y;
    e2 += e * y * y;
    likelihood += (at < r ? Math.log(k) - log + y : 0) - e;
  });
  const inverse = invertSmall([
    [r + e2, -k * e1],
    [-k * e1, k * k * r],
  ]);
  if (!inverse) return { kind: "none", reason: "the failures do not determine shape and scale" };
  return {
    kind: "fit",
    shape: estimate(k, Math.sqrt(inverse[0]![0]!)),
    scale: estimate(Math.exp(logScale), Math.sqrt(inverse[1]![1]!)),
    logLikelihood: likelihood,
    failed: r,
    censored: survived.length,
  };
}

/** Value at which the part `p` has failed. */
export function weibullQuantile(shape: number, scale: number, p: number): number {
  return scale * (-Math.log1p(-p)) ** (1 / shape);
}

function estimate(value: number, logError: number): Estimate {
  const reach = Math.exp(1.959963984540054 * logError);
  return { value, standardError: value * logError, interval95: [value / reach, value * reach] };
}
