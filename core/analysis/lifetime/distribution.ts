import { finiteOf } from "../statistics.ts";

/** An empirical cumulative distribution, for plots over devices or cycles. */
export interface Distribution {
  /** Ascending. */
  readonly values: Float64Array;
  /** Median rank (k - 0.3) / (n + 0.4) of each (Benard & Bos-Levenbach, Stat. Neerl. 7, 163 (1953)): never 0 or 1. */
  readonly probability: Float64Array;
  /** Distribution-free 95 % band of the whole curve, Dvoretzky-Kiefer-Wolfowitz with Massart's constant, 10.1214/aop/1176990746. */
  readonly halfWidth95: number;
}

/** NaN and infinities are left out. */
export function distributionOf(values: ArrayLike<number>): Distribution {
  const sorted = Float64Array.from(finiteOf(values)).sort();
  const n = sorted.length;
  return {
    values: sorted,
    probability: sorted.map((_, k) => (k + 0.7) / (n + 0.4)),
    halfWidth95: Math.sqrt(Math.log(2 / 0.05) / (2 * n)),
  };
}

/** Value below which the part `p` of a sample lies, by linear interpolation (type 7 of Hyndman & Fan); NaN for no values. */
export function quantile(values: ArrayLike<number>, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p is ${p}, allowed is 0 to 1`);
  const sorted = Float64Array.from(finiteOf(values)).sort();
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] ?? Number.NaN;
  return low + (at - below) * ((sorted[below + 1] ?? low) - low);
}
