import type { NoFit } from "../expFit.ts";
import { type CurveFit, type Estimate, fitFromStarts } from "../fit/curveFit.ts";
import { chooseLaw, type LawChoice } from "../fit/chooseLaw.ts";

/**
 * How a conductance forgets, t in seconds from the write:
 *  exponential   G = G_r + G_1 exp(-t/tau)            volatile cells; G_r the level it rests at
 *  stretched     G = G_0 exp(-(t/tau)^beta)           Kohlrausch; a spread of time constants
 *  power         G = G_0 (t/t_0)^-nu                  drift of phase-change kind, Ielmini et al. 2007, 10.1109/TED.2006.888752
 *  logarithmic   G = G_0 - slope log10(t/t_0)         e.g. the published drift of CMO-ReRAM, 0.089 uS per decade
 * t_0 is 1 s unless asked. Power and logarithm need t > 0.
 */
export const RETENTION_LAWS = ["exponential", "stretched", "power", "logarithmic"] as const;
export type RetentionLaw = (typeof RETENTION_LAWS)[number];

export interface RetentionFit {
  readonly kind: "fit";
  readonly law: RetentionLaw;
  /** By name, as in the equations above. */
  readonly parameters: Readonly<Record<string, Estimate>>;
  readonly fit: CurveFit;
}

export interface RetentionResult extends LawChoice<RetentionFit> {
  /** Conductance at the first read that is there, and its time: what losses are counted from. */
  readonly reference_S: number;
  readonly reference_s: number;
  /** Until |G - reference| is 10 % and 1 - 1/e of the reference: between the reads, by linear interpolation over the data. */
  readonly loss10: LossTime;
  readonly lossE: LossTime;
}

/** A time that was seen between two reads, or only follows from the fitted law beyond the last one; null where neither tells. */
export interface LossTime {
  readonly time_s: number | null;
  readonly from: "data" | "fit" | "none";
}

const NAMES: Record<RetentionLaw, readonly string[]> = {
  exponential: ["G_r", "G_1", "tau"],
  stretched: ["G_0", "tau", "beta"],
  power: ["G_0", "nu"],
  logarithmic: ["G_0", "slope"],
};
const POSITIVE: Record<RetentionLaw, readonly boolean[]> = {
  exponential: [false, false, true],
  stretched: [false, true, true],
  power: [false, false],
  logarithmic: [false, false],
};
/** A fitted law is believed this far beyond the last read, in units of the record's length. */
const FARTHEST = 1000;

/**
 * @param time_s since the write, ascending; @param conductance_S at those times, NaN where lost
 * @throws RangeError for columns of different lengths, times that do not ascend or a t_0 that is not positive
 */
export function analyseRetention(
  time_s: ArrayLike<number>,
  conductance_S: ArrayLike<number>,
  options: { readonly laws?: readonly RetentionLaw[]; readonly t0_s?: number } = {},
): RetentionResult {
  const { laws = RETENTION_LAWS, t0_s = 1 } = options;
  if (time_s.length !== conductance_S.length)
    throw new RangeError(
      `there are ${time_s.length} times and ${conductance_S.length} conductances, they must be equal`,
    );
  if (!(t0_s > 0)) throw new RangeError(`t0_s is ${t0_s}, allowed are positive numbers`);
  const points: { t: number; g: number }[] = [];
  for (let k = 0; k < time_s.length; k++) {
    const [t, g] = [time_s[k]!, conductance_S[k]!];
    if (k > 0 && !(t > time_s[k - 1]!))
      throw new RangeError(`time_s[${k}] is ${t} after ${time_s[k - 1]}, times must ascend`);
    if (Number.isFinite(g)) points.push({ t, g });
  }
  const first = points[0];
  const tried = laws.map((law) => fitLaw(points, law, t0_s));
  const { fits, ranking, best } = chooseLaw(tried, largestOf(points), "no law was asked for");
  return {
    fits,
    ranking,
    best,
    reference_S: first?.g ?? Number.NaN,
    reference_s: first?.t ?? Number.NaN,
    loss10: lossTime(points, best, 0.1, t0_s),
    lossE: lossTime(points, best, 1 - 1 / Math.E, t0_s),
  };
}

/** The conductance that a law gives. @param p its parameters in the order of the equations */
export function evaluateRetention(law: RetentionLaw, p: ArrayLike<number>, t_s: number, t0_s = 1): number {
  const at = (i: number) => p[i] ?? Number.NaN;
  if (law === "exponential") return at(0) + at(1) * Math.exp(-t_s / at(2));
  if (law === "stretched") return at(0) * Math.exp(-((t_s / at(1)) ** at(2)));
  return law === "power" ? at(0) * (t_s / t0_s) ** -at(1) : at(0) - at(1) * Math.log10(t_s / t0_s);
}

function fitLaw(all: readonly { t: number; g: number }[], law: RetentionLaw, t0_s: number): RetentionFit | NoFit {
  // all laws get the points after t = 0, so that they can be compared
  const points = all.filter(({ t }) => t > 0);
  const count = NAMES[law].length;
  if (points.length <= count)
    return { kind: "none", reason: `the ${law} law needs ${count + 1} reads after t = 0, there are ${points.length}` };
  const size = largestOf(points);
  const [first, last] = [points[0]!, points.at(-1)!];
  const [g0, gN] = [first.g / size, last.g / size];
  const inLog = (part: number) => first.t ** (1 - part) * last.t ** part;
  const taus = [0.2, 0.5, 0.8, 1.1].map(inLog);
  const decades = Math.log10(last.t / first.t) || 1;
  const slope = (g0 - gN) / decades;
  const exponent = g0 * gN > 0 ? Math.log(g0 / gN) / Math.log(last.t / first.t) : 0.05;
  const starts: Record<RetentionLaw, number[][]> = {
    exponential: taus.map((tau) => [gN, g0 - gN || 0.1, tau]),
    stretched: taus.flatMap((tau) => [1, 0.4].map((beta) => [g0, tau, beta])),
    power: [[g0 * (first.t / t0_s) ** exponent, exponent || 0.01]],
    logarithmic: [[g0 + slope * Math.log10(first.t / t0_s), slope || 0.01]],
  };
  const found = fitFromStarts(
    (p, out) => {
      for (let k = 0; k < points.length; k++)
        out[k] = evaluateRetention(law, p, points[k]!.t, t0_s) - points[k]!.g / size;
    },
    points.length,
    starts[law],
    { positive: POSITIVE[law], typical: NAMES[law].map((name) => (name === "nu" ? 0.1 : 1)) },
  );
  if (found.kind === "none") return found;
  const isConductance = (name: string) => name.startsWith("G") || name === "slope";
  const units = NAMES[law].map((name) => (isConductance(name) ? size : 1));
  const parameters = found.parameters.map(({ value, standardError, interval95: [low, high] }, i) => ({
    value: value * units[i]!,
    standardError: standardError * units[i]!,
    interval95: [low * units[i]!, high * units[i]!] as const,
  }));
  return {
    kind: "fit",
    law,
    parameters: Object.fromEntries(NAMES[law].map((name, i) => [name, parameters[i]!])),
    fit: {
      ...found,
      parameters,
      covariance: found.covariance.map((row, i) => row.map((c, j) => c * units[i]! * units[j]!)),
      sumOfSquares: found.sumOfSquares * size * size,
      residual: found.residual * size,
    },
  };
}

function lossTime(
  points: readonly { t: number; g: number }[],
  best: RetentionFit | NoFit,
  part: number,
  t0_s: number,
): LossTime {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return { time_s: null, from: "none" };
  const loss = (g: number) => Math.abs(g - first.g) - part * Math.abs(first.g);
  for (let k = 1; k < points.length; k++) {
    const [a, b] = [points[k - 1]!, points[k]!];
    if (loss(b.g) < 0) continue;
    return { time_s: a.t + ((b.t - a.t) * -loss(a.g)) / (loss(b.g) - loss(a.g)) - first.t, from: "data" };
  }
  if (best.kind === "none") return { time_s: null, from: "none" };
  const p = best.fit.parameters.map(({ value }) => value);
  const lossAt = (t: number) => loss(evaluateRetention(best.law, p, t, t0_s));
  let [low, high] = [last.t, FARTHEST * (last.t - first.t) + first.t];
  if (!(lossAt(high) > 0)) return { time_s: null, from: "none" };
  for (let k = 0; k < 200 && high / low - 1 > 1e-12; k++) {
    const middle = Math.sqrt(low * high);
    if (lossAt(middle) > 0) high = middle;
    else low = middle;
  }
  return { time_s: high - first.t, from: "fit" };
}

/** A loop: a long record would not fit into the arguments of one call. */
function largestOf(points: readonly { g: number }[]): number {
  let size = 0;
  for (const { g } of points) size = Math.max(size, Math.abs(g));
  return size;
}
