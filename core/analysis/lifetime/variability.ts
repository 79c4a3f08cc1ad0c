import { finiteOf, mean, sampleDeviation } from "../statistics.ts";

/** Scatter of one figure over junctions and over the cycles of each, in the unit of the figure. */
export interface Variability {
  readonly mean: number;
  /** Within a junction, from cycle to cycle. */
  readonly cycleToCycle: number;
  /** Between junctions, the part that cycles do not explain. */
  readonly deviceToDevice: number;
  /** The same two over |mean|. */
  readonly relativeCycle: number;
  readonly relativeDevice: number;
  readonly junctions: number;
  readonly values: number;
  /** Part of the variance that lies between junctions (intraclass correlation), 0 to 1. */
  readonly share: number;
}

/**
 * One-way random effects: variances within and between junctions by the method of moments (Searle, Casella & McCulloch,
 * Variance Components, section 3.6, for unequal numbers). A negative estimate between junctions is 0.
 * @param cycles one list per junction, of the same figure (V_set, window, NL ...) in each of its cycles; NaN where lost
 */
export function analyseVariability(cycles: readonly ArrayLike<number>[]): Variability {
  const groups = cycles.map(finiteOf).filter((group) => group.length > 0);
  const all = groups.flat();
  const centre = mean(all);
  const [n, a] = [all.length, groups.length];
  let [within, between, squares] = [0, 0, 0];
  for (const group of groups) {
    const middle = mean(group);
    for (const value of group) within += (value - middle) ** 2;
    between += group.length * (middle - centre) ** 2;
    squares += group.length ** 2;
  }
  const cycleVariance = n > a ? within / (n - a) : Number.NaN;
  const perGroup = (n - squares / n) / (a - 1);
  const deviceVariance = a < 2 ? Number.NaN : Math.max(0, (between / (a - 1) - (n > a ? cycleVariance : 0)) / perGroup);
  return {
    mean: centre,
    cycleToCycle: Math.sqrt(cycleVariance),
    deviceToDevice: Math.sqrt(deviceVariance),
    relativeCycle: Math.sqrt(cycleVariance) / Math.abs(centre),
    relativeDevice: Math.sqrt(deviceVariance) / Math.abs(centre),
    junctions: a,
    values: n,
    share: deviceVariance / (deviceVariance + cycleVariance),
  };
}

/** Median-free summary of a log-normal figure: geometric mean and the deviation of ln(value), as for conductances of pores. */
export function logNormalOf(values: ArrayLike<number>): {
  readonly geometricMean: number;
  readonly sigma: number;
  readonly n: number;
} {
  const logs = finiteOf(values)
    .filter((value) => value > 0)
    .map(Math.log);
  return { geometricMean: Math.exp(mean(logs)), sigma: sampleDeviation(logs), n: logs.length };
}
