/**
 * Lagrange's weights: what polynomial values at the instants `past_s` add up to at `time_s`. Three instants make a parabola
 * (error of third order in the step), four a cubic. The weights add up to 1.
 * @param past_s all different, at least one
 */
export function extrapolationWeights(past_s: readonly number[], time_s: number): number[] {
  return past_s.map((own_s) =>
    past_s.reduce(
      (weight, other_s) => (other_s === own_s ? weight : (weight * (time_s - other_s)) / (own_s - other_s)),
      1,
    ),
  );
}
