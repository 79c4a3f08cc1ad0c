import { logFactorial } from "./binomial.ts";

/**
 * Poisson number of this mean from one uniform number by inversion: upwards from 0 for small means, outwards from the
 * mode for large ones, some sqrt(mean) terms. Mean up to 1e6.
 */
export function poisson(mean: number, uniform: number): number {
  if (!(mean > 0)) return 0;
  let left = uniform;
  if (mean < 12) {
    let term = Math.exp(-mean);
    let k = 0;
    // what rounding leaves of the uniform lies in the upper tail
    while (left >= term && term > 1e-300) {
      left -= term;
      k++;
      term *= mean / k;
    }
    return k;
  }
  const mode = Math.floor(mean);
  const centre = Math.exp(mode * Math.log(mean) - mean - logFactorial(mode));
  left -= centre;
  if (left < 0) return mode;
  let [below, above] = [mode, mode];
  let [low, high] = [centre, centre];
  while (low + high > 1e-300) {
    above++;
    high *= mean / above;
    left -= high;
    if (left < 0) return above;
    if (below > 0) {
      low *= below / mean;
      below--;
      left -= low;
      if (left < 0) return below;
    } else low = 0;
  }
  return mode;
}
