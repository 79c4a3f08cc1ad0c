/** What a comparison needs of a least-squares fit; all candidates must have been fitted to the same n points. */
export interface Candidate {
  readonly name: string;
  readonly n: number;
  /** Fitted parameters, the variance not counted. */
  readonly parameters: number;
  readonly sumOfSquares: number;
}

export interface Ranked {
  readonly name: string;
  readonly aicc: number;
  /** Above the best one. */
  readonly delta: number;
  /** Akaike weight: the share of the evidence, summing to 1. */
  readonly weight: number;
}

/**
 * AICc = n ln(RSS / n) + 2 K + 2 K (K + 1) / (n - K - 1) with K = parameters + 1 for the variance
 * (Hurvich & Tsai, Biometrika 76, 297 (1989), 10.1093/biomet/76.2.297). Infinity where n <= K + 1: it cannot be judged.
 * @param floor smallest sum of squares that is told from rounding: below, a closer fit is no better
 */
export function correctedAkaike(candidate: Candidate, floor = 0): number {
  const { n, parameters, sumOfSquares } = candidate;
  const k = parameters + 1;
  if (n - k - 1 <= 0) return Infinity;
  return n * Math.log(Math.max(sumOfSquares, floor) / n) + 2 * k + (2 * k * (k + 1)) / (n - k - 1);
}

/**
 * Candidates from the best to the worst by AICc; weights exp(-delta / 2) normalised (Burnham & Anderson, Model Selection
 * and Multimodel Inference, 2nd ed., section 2.9). Without any that can be judged, by parameters, with equal weights.
 * @param size largest |y| of the data: residuals below 1e-12 of it count as rounding
 * @throws RangeError when candidates were fitted to different numbers of points
 */
export function rankModels(candidates: readonly Candidate[], size = 0): Ranked[] {
  const n = candidates[0]?.n ?? 0;
  const other = candidates.find((candidate) => candidate.n !== n);
  if (other)
    throw new RangeError(
      `model ${other.name} was fitted to ${other.n} points and ${candidates[0]?.name} to ${n}, they must be equal`,
    );
  const floor = Math.max(n * (1e-12 * size) ** 2, Number.MIN_VALUE);
  const judged = candidates.map((candidate) => ({ candidate, aicc: correctedAkaike(candidate, floor) }));
  judged.sort((a, b) =>
    a.aicc === b.aicc ? a.candidate.parameters - b.candidate.parameters : a.aicc < b.aicc ? -1 : 1,
  );
  const best = judged[0]?.aicc ?? Infinity;
  const evidence = judged.map(({ aicc }) => (best === Infinity ? 1 : Math.exp(-(aicc - best) / 2)));
  const total = evidence.reduce((sum, e) => sum + e, 0);
  return judged.map(({ candidate, aicc }, k) => ({
    name: candidate.name,
    aicc,
    delta: best === Infinity ? 0 : aicc - best,
    weight: evidence[k]! / total,
  }));
}
