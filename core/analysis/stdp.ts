import type { NoFit } from "./expFit.ts";
import { type Estimate, fitFromStarts } from "./fit/curveFit.ts";
import { type Ranked, rankModels } from "./fit/modelChoice.ts";
import { mean } from "./statistics.ts";

/** Change of one junction by spike pairs at one delay. */
export interface TimedChange {
  /** Post minus pre, seconds. */
  readonly delay_s: number;
  /** (G_after - G_before) / G_before, a fraction. */
  readonly change: number;
}

/**
 * One side of the window, t = |delay|:
 *  exponential A exp(-t/tau) (Bi & Poo, J. Neurosci. 18, 10464 (1998), 10.1523/JNEUROSCI.18-24-10464.1998)
 *  triangular A (1 - t/tau) up to tau, 0 beyond: rectangular pulses that overlap (Robin et al. 2023, 10.1126/science.adc9931)
 */
export interface WindowSide {
  readonly kind: "fit";
  readonly shape: "exponential" | "triangular";
  /** Signed: positive potentiates. */
  readonly amplitude: Estimate;
  readonly tau_s: Estimate;
  readonly ranking: readonly Ranked[];
  readonly n: number;
}

export interface StdpWindow {
  /** delay > 0: post after pre. */
  readonly after: WindowSide | NoFit;
  readonly before: WindowSide | NoFit;
  /** Signs of the two sides by their mean: hebbian is + after and - before. */
  readonly kind: "hebbian" | "anti-hebbian" | "symmetric-potentiating" | "symmetric-depressing" | "none";
  /** Integral of the fitted window, fraction times seconds: negative where uncorrelated spikes depress. NaN without both sides. */
  readonly area_s: number;
}

/** @param points any number per delay; delay 0 belongs to no side and is left out, as are NaN */
export function fitStdp(points: readonly TimedChange[]): StdpWindow {
  const usable = points.filter(({ delay_s, change }) => Number.isFinite(delay_s + change) && delay_s !== 0);
  const of = (sign: number) =>
    usable
      .filter(({ delay_s }) => Math.sign(delay_s) === sign)
      .map(({ delay_s, change }) => ({ t: Math.abs(delay_s), y: change }));
  const [late, early] = [of(1), of(-1)];
  const [after, before] = [fitSide(late), fitSide(early)];
  const largest = Math.max(0, ...usable.map(({ change }) => Math.abs(change)));
  const signOf = (side: { y: number }[]) => {
    const level = mean(side.map(({ y }) => y));
    return Math.abs(level) > 1e-9 * largest ? Math.sign(level) : 0;
  };
  return { after, before, kind: nameOf(signOf(late), signOf(early)), area_s: areaOf(after) + areaOf(before) };
}

/** The change a fitted side predicts at |delay| = t. */
export function evaluateSide(side: Pick<WindowSide, "shape">, amplitude: number, tau_s: number, t_s: number): number {
  return amplitude * (side.shape === "exponential" ? Math.exp(-t_s / tau_s) : Math.max(0, 1 - t_s / tau_s));
}

function fitSide(points: readonly { t: number; y: number }[]): WindowSide | NoFit {
  if (points.length < 3 || new Set(points.map(({ t }) => t)).size < 2)
    return { kind: "none", reason: `a side of the window needs 3 changes at 2 delays, there are ${points.length}` };
  const size = Math.max(...points.map(({ y }) => Math.abs(y)));
  if (size === 0) return { kind: "none", reason: "no change on this side of the window" };
  const sorted = points.toSorted((a, b) => a.t - b.t);
  const [closest, farthest] = [sorted[0]!, sorted.at(-1)!];
  const starts = [0.1, 0.3, 1].flatMap((part) =>
    [1, -1].map((sign) => [sign * size, closest.t + part * (farthest.t - closest.t)]),
  );
  const candidates = (["exponential", "triangular"] as const).flatMap((shape) => {
    const fit = fitFromStarts(
      (p, out) => {
        for (let k = 0; k < points.length; k++)
          out[k] = evaluateSide({ shape }, p[0]!, p[1]!, points[k]!.t) - points[k]!.y;
      },
      points.length,
      starts,
      { positive: [false, true], typical: [size, 1] },
    );
    return fit.kind === "fit" ? [{ shape, fit }] : [];
  });
  const ranking = rankModels(
    candidates.map(({ shape, fit }) => ({ name: shape, n: fit.n, parameters: 2, sumOfSquares: fit.sumOfSquares })),
    size,
  );
  const best = candidates.find(({ shape }) => shape === ranking[0]?.name);
  if (!best) return { kind: "none", reason: "neither an exponential nor a triangle is determined by these changes" };
  return {
    kind: "fit",
    shape: best.shape,
    amplitude: best.fit.parameters[0]!,
    tau_s: best.fit.parameters[1]!,
    ranking,
    n: points.length,
  };
}

function areaOf(side: WindowSide | NoFit): number {
  if (side.kind === "none") return Number.NaN;
  return side.amplitude.value * side.tau_s.value * (side.shape === "exponential" ? 1 : 0.5);
}

function nameOf(after: number, before: number): StdpWindow["kind"] {
  if (after > 0) return before < 0 ? "hebbian" : before > 0 ? "symmetric-potentiating" : "none";
  if (after < 0) return before > 0 ? "anti-hebbian" : before < 0 ? "symmetric-depressing" : "none";
  return "none";
}
