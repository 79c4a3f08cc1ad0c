import { type CurveFit, type Estimate, fitFromStarts } from "./fit/curveFit.ts";
import { chooseLaw, type LawChoice } from "./fit/chooseLaw.ts";
import type { NoFit } from "./expFit.ts";
import { nonlinearityOf, plasticityCurve } from "./plasticity.ts";

/**
 * The two conventions of the literature for a train of N pulses from G_0 to G_N, w = n / N:
 *  exponential (NeuroSim, Chen et al., IEDM 2017, 10.1109/IEDM.2017.8268337): G = G_0 + (G_N - G_0) f(w),
 *    f(w) = (1 - exp(-k w)) / (1 - exp(-k)), k = 1/A > 0 saturating; NL = 10.1015 max|f - w|, + for a rise, - for a fall
 *  alpha (Jang et al., IEEE EDL 36, 457 (2015), 10.1109/LED.2015.2418342): G = ((G_N^a - G_0^a) w + G_0^a)^(1/a),
 *    a = 1 straight, a = 0 the geometric law G_0 (G_N/G_0)^w, a > 1 saturating on a rise
 * The ends are fitted too: the smallest and largest of scattering reads are biased.
 */
export type PlasticityLaw = "linear" | "exponential" | "alpha";

export interface PlasticityLawFit {
  readonly kind: "fit";
  readonly law: PlasticityLaw;
  readonly direction: "rises" | "falls";
  readonly first_S: Estimate;
  readonly last_S: Estimate;
  /** A of NeuroSim, in units of the train's length, with its sign; exponential law only. Infinite where straight. */
  readonly a: number | null;
  readonly nonlinearity: Estimate | null;
  /** Jang's exponent, alpha law only. */
  readonly alpha: Estimate | null;
  readonly fit: CurveFit;
}

export type PlasticityChoice = LawChoice<PlasticityLawFit>;

/** Fits of one train by each law and their order by AICc. @param conductance_S before the first pulse and after each; NaN where lost */
export function choosePlasticityLaw(conductance_S: ArrayLike<number>): PlasticityChoice {
  const laws = ["linear", "exponential", "alpha"] as const;
  const tried = laws.map((law) => fitPlasticityLaw(conductance_S, law));
  return chooseLaw(tried, largest(conductance_S), "no law fits");
}

/** One law on one train. */
export function fitPlasticityLaw(conductance_S: ArrayLike<number>, law: PlasticityLaw): PlasticityLawFit | NoFit {
  const pulses = conductance_S.length - 1;
  const points: { w: number; g: number }[] = [];
  for (let n = 0; n <= pulses; n++) {
    const g = conductance_S[n] ?? Number.NaN;
    if (Number.isFinite(g)) points.push({ w: n / pulses, g });
  }
  const free = law === "linear" ? 2 : 3;
  if (points.length <= free)
    return { kind: "none", reason: `the ${law} law needs ${free + 1} reads, there are ${points.length}` };
  const size = largest(conductance_S);
  const [g0, gN] = [points[0]!.g, points.at(-1)!.g];
  if (!(Math.abs(gN - g0) > 1e-9 * size)) return { kind: "none", reason: "the conductance does not change" };
  if (law === "alpha" && points.some(({ g }) => g <= 0))
    return { kind: "none", reason: "the alpha law needs conductances above 0" };
  const direction = gN > g0 ? "rises" : "falls";
  const curve = curveOf(law);
  const ends = [g0 / size, gN / size];
  const shapes =
    law === "linear" ? [[]] : law === "exponential" ? [[0.5], [3], [-2], [12]] : [[1], [2.5], [0.3], [-1.5], [6]];
  const positive = law === "alpha" ? [true, true, false] : [];
  const found = fitFromStarts(
    (p, out) => {
      for (let k = 0; k < points.length; k++)
        out[k] = curve(p[0]!, p[1]!, p[2] ?? 0, points[k]!.w) - points[k]!.g / size;
    },
    points.length,
    shapes.map((shape) => [...ends, ...shape]),
    { positive, typical: [1, 1, 1] },
  );
  if (found.kind === "none") return found;
  const fit = rescale(found, [size, size, 1], size);
  const [first_S, last_S, shape] = fit.parameters as readonly [Estimate, Estimate, Estimate | undefined];
  const sign = direction === "rises" ? 1 : -1;
  return {
    kind: "fit",
    law,
    direction,
    first_S,
    last_S,
    a: law === "exponential" && shape ? sign / shape.value : null,
    nonlinearity: law === "exponential" && shape ? toNonlinearity(shape, sign) : null,
    alpha: law === "alpha" && shape ? shape : null,
    fit,
  };
}

/** The conductance that a fitted law predicts after the part w = n / N of its train. */
export function evaluatePlasticityLaw(found: PlasticityLawFit, w: number): number {
  const [first, last, shape] = found.fit.parameters.map(({ value }) => value);
  return curveOf(found.law)(first ?? Number.NaN, last ?? Number.NaN, shape ?? 0, w);
}

function curveOf(law: PlasticityLaw): (first: number, last: number, shape: number, w: number) => number {
  if (law === "linear") return (first, last, _shape, w) => first + (last - first) * w;
  if (law === "exponential") return (first, last, k, w) => first + (last - first) * plasticityCurve(k, w);
  return (first, last, a, w) => {
    const ratio = Math.log(last / first);
    // ((e^(a r) - 1) w + 1)^(1/a); at a = 0 the geometric law
    return first * (Math.abs(a) < 1e-9 ? Math.exp(ratio * w) : Math.exp(Math.log1p(Math.expm1(a * ratio) * w) / a));
  };
}

/** NL grows with k, so that the ends of an interval map to its ends. */
function toNonlinearity(k: Estimate, sign: number): Estimate {
  const h = 1e-4 * Math.max(1, Math.abs(k.value));
  const slope = (nonlinearityOf(k.value + h) - nonlinearityOf(k.value - h)) / (2 * h);
  const ends = k.interval95.map((end) => sign * nonlinearityOf(end)).sort((a, b) => a - b);
  return {
    value: sign * nonlinearityOf(k.value),
    standardError: Math.abs(slope) * k.standardError,
    interval95: [ends[0]!, ends[1]!],
  };
}

function rescale(fit: CurveFit, units: readonly number[], size: number): CurveFit {
  return {
    ...fit,
    parameters: fit.parameters.map(({ value, standardError, interval95: [low, high] }, i) => {
      const unit = units[i]!;
      return { value: value * unit, standardError: standardError * unit, interval95: [low * unit, high * unit] };
    }),
    covariance: fit.covariance.map((row, i) => row.map((c, j) => c * units[i]! * units[j]!)),
    sumOfSquares: fit.sumOfSquares * size * size,
    residual: fit.residual * size,
  };
}

function largest(values: ArrayLike<number>): number {
  let size = 0;
  for (let k = 0; k < values.length; k++) {
    const value = Math.abs(values[k] ?? Number.NaN);
    if (value > size && value < Infinity) size = value;
  }
  return size;
}
