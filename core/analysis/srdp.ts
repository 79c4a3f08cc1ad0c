import { mean, sampleDeviation } from "./statistics.ts";

/** Change of one junction by a train at one rate. */
export interface RatedChange {
  readonly rate_Hz: number;
  /** (G_after - G_before) / G_before, a fraction. */
  readonly change: number;
}

/** Spike-rate-dependent plasticity: the change over the rate. */
export interface RateCurve {
  readonly points: readonly {
    readonly rate_Hz: number;
    readonly change: number;
    readonly deviation: number;
    readonly n: number;
  }[];
  /**
   * Rates at which the change passes zero, by interpolation over log rate; the last one from below to above is the
   * modification threshold of Bienenstock, Cooper & Munro, J. Neurosci. 2, 32 (1982), 10.1523/JNEUROSCI.02-01-00032.1982.
   */
  readonly crossings_Hz: readonly number[];
  /** NaN where no crossing goes from depression to potentiation. */
  readonly threshold_Hz: number;
  /** (1 + change) at the highest over the lowest rate. */
  readonly gain: number;
  /** Slope of the change per decade of rate, least squares over all points. */
  readonly slope_perDecade: number;
}

/** @throws RangeError when a rate is not positive */
export function analyseRates(points: readonly RatedChange[]): RateCurve {
  const groups = new Map<number, number[]>();
  for (const { rate_Hz, change } of points) {
    if (!(rate_Hz > 0)) throw new RangeError(`rate_Hz is ${rate_Hz}, allowed are positive numbers`);
    if (Number.isFinite(change)) groups.set(rate_Hz, [...(groups.get(rate_Hz) ?? []), change]);
  }
  const curve = [...groups]
    .sort(([a], [b]) => a - b)
    .map(([rate_Hz, list]) => ({ rate_Hz, change: mean(list), deviation: sampleDeviation(list), n: list.length }));
  const crossings_Hz: number[] = [];
  let threshold_Hz = Number.NaN;
  curve.forEach((point, k) => {
    const below = curve[k - 1];
    if (!below || Math.sign(below.change) === Math.sign(point.change) || below.change === 0) return;
    const part = below.change / (below.change - point.change);
    const at = below.rate_Hz * (point.rate_Hz / below.rate_Hz) ** part;
    crossings_Hz.push(at);
    if (below.change < 0) threshold_Hz = at;
  });
  const x = curve.map(({ rate_Hz }) => Math.log10(rate_Hz));
  const [mx, my] = [mean(x), mean(curve.map(({ change }) => change))];
  let [sxx, sxy] = [0, 0];
  curve.forEach(({ change }, k) => {
    sxx += ((x[k] ?? 0) - mx) ** 2;
    sxy += ((x[k] ?? 0) - mx) * (change - my);
  });
  return {
    points: curve,
    crossings_Hz,
    threshold_Hz,
    gain: (1 + (curve.at(-1)?.change ?? Number.NaN)) / (1 + (curve[0]?.change ?? Number.NaN)),
    slope_perDecade: sxy / sxx,
  };
}
