import type { NoFit } from "../expFit.ts";
import type { CurveFit } from "./curveFit.ts";
import { type Ranked, rankModels } from "./modelChoice.ts";

export interface LawChoice<Fit> {
  readonly fits: readonly Fit[];
  /** Best first, by AICc. */
  readonly ranking: readonly Ranked[];
  readonly best: Fit | NoFit;
}

/**
 * The fits among what was tried, and their order; without one, why the last was none.
 * @param size largest |y| of the data, as `rankModels` takes it
 * @param nothing the reason when nothing was tried
 */
export function chooseLaw<Fit extends { readonly kind: "fit"; readonly law: string; readonly fit: CurveFit }>(
  tried: readonly (Fit | NoFit)[],
  size: number,
  nothing: string,
): LawChoice<Fit> {
  const fits = tried.filter((found): found is Fit => found.kind === "fit");
  const refused = tried.findLast((found): found is NoFit => found.kind === "none");
  const candidates = fits.map(({ law, fit: { n, parameters, sumOfSquares } }) => ({
    name: law,
    n,
    parameters: parameters.length,
    sumOfSquares,
  }));
  const ranking = rankModels(candidates, size);
  const best = fits.find(({ law }) => law === ranking[0]?.name);
  return { fits, ranking, best: best ?? refused ?? { kind: "none", reason: nothing } };
}
