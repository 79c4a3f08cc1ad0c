import type { NoFit } from "./expFit.ts";
import { type CurveFit, fitFromStarts } from "./fit/curveFit.ts";
import { chooseLaw, type LawChoice } from "./fit/chooseLaw.ts";

/**
 * Laws of the paired-pulse index over the gap d:
 *  single: A0 + A1 exp(-d/tau1)                                  parameters A0, A1, tau1
 *  single-to-one: 1 + A1 exp(-d/tau1), full recovery            A1, tau1
 *  double-to-one: 1 + A1 exp(-d/tau1) + A2 exp(-d/tau2), tau1 < tau2, the form after Zucker & Regehr,
 *    Annu. Rev. Physiol. 64, 355 (2002), 10.1146/annurev.physiol.64.092501.114547     A1, tau1, A2, tau2
 * A depression A0 + A1 (1 - exp(-d/tau)) is `single` with negative A1 and offset A0 + A1.
 */
export type PairLaw = "single" | "single-to-one" | "double-to-one";

export interface PairLawFit {
  readonly kind: "fit";
  readonly law: PairLaw;
  readonly fit: CurveFit;
}

export type PairLawChoice = LawChoice<PairLawFit>;

/** @param gap_s, index one entry per pair; repeats at one gap stay separate entries. Pairs with a NaN are left out */
export function choosePairLaw(gap_s: ArrayLike<number>, index: ArrayLike<number>): PairLawChoice {
  if (gap_s.length !== index.length)
    throw new RangeError(`there are ${gap_s.length} gaps and ${index.length} indices, they must be equal`);
  const points: { d: number; y: number }[] = [];
  for (let k = 0; k < gap_s.length; k++) {
    const [d, y] = [gap_s[k] ?? Number.NaN, index[k] ?? Number.NaN];
    if (Number.isFinite(d + y)) points.push({ d, y });
  }
  const places = [...new Set(points.map(({ d }) => d))].sort((a, b) => a - b);
  const first = places.find((d) => d > 0) ?? 1;
  const last = places.at(-1) ?? 1;
  const step = (points.find(({ d }) => d === places[0])?.y ?? 1) - (points.find(({ d }) => d === last)?.y ?? 1);
  const size = Math.max(...points.map(({ y }) => Math.abs(y)), 0);
  const early = (last / first) ** 0.25 * first;
  const late = (last / first) ** 0.75 * first;
  const taus = [first, early, Math.sqrt(first * last), late];
  const starts: Record<PairLaw, number[][]> = {
    single: taus.map((tau) => [points.find(({ d }) => d === last)?.y ?? 1, step || 0.1, tau]),
    "single-to-one": taus.map((tau) => [step || 0.1, tau]),
    "double-to-one": [
      [step / 2 || 0.1, early, step / 2 || 0.1, late],
      [step || 0.1, first, step / 10 || 0.1, late],
      [step || 0.1, early, -step / 2 || 0.1, late],
    ],
  };
  const laws = ["single-to-one", "single", "double-to-one"] as const;
  const tried = laws.map((law): PairLawFit | NoFit => {
    const found = fitFromStarts(
      (p, out) => {
        for (let k = 0; k < points.length; k++) out[k] = evaluatePairLaw(law, p, points[k]!.d) - points[k]!.y;
      },
      points.length,
      starts[law],
      { positive: POSITIVE[law], typical: starts[law][0]!.map((value, i) => (POSITIVE[law][i] ? value : 1)) },
    );
    return found.kind === "fit" ? { kind: "fit", law, fit: found } : found;
  });
  return chooseLaw(tried, size, "no law fits");
}

const POSITIVE: Record<PairLaw, boolean[]> = {
  single: [false, false, true],
  "single-to-one": [false, true],
  "double-to-one": [false, true, false, true],
};

/** The index that a law gives after a gap. @param p in the order above */
export function evaluatePairLaw(law: PairLaw, p: ArrayLike<number>, gap_s: number): number {
  const at = (i: number) => p[i] ?? Number.NaN;
  if (law === "single") return at(0) + at(1) * Math.exp(-gap_s / at(2));
  const one = 1 + at(0) * Math.exp(-gap_s / at(1));
  return law === "single-to-one" ? one : one + at(2) * Math.exp(-gap_s / at(3));
}
