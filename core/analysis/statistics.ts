/** Small statistics that several analyses share. NaN marks a lost value and is left out everywhere. */

export function finiteOf(values: ArrayLike<number>): number[] {
  const kept: number[] = [];
  for (let k = 0; k < values.length; k++) {
    const value = values[k] ?? Number.NaN;
    if (Number.isFinite(value)) kept.push(value);
  }
  return kept;
}

/** Mean of the finite values; NaN when there are none. */
export function mean(values: ArrayLike<number>): number {
  const kept = finiteOf(values);
  let sum = 0;
  for (const value of kept) sum += value;
  return kept.length === 0 ? Number.NaN : sum / kept.length;
}

/** Standard deviation of a sample (n - 1); NaN below two values. */
export function sampleDeviation(values: ArrayLike<number>): number {
  const kept = finiteOf(values);
  if (kept.length < 2) return Number.NaN;
  const centre = mean(kept);
  let sum = 0;
  for (const value of kept) sum += (value - centre) ** 2;
  return Math.sqrt(sum / (kept.length - 1));
}

/** Median of the finite values; NaN when there are none. */
export function median(values: ArrayLike<number>): number {
  const kept = finiteOf(values).sort((a, b) => a - b);
  const middle = kept.length >> 1;
  const upper = kept[middle] ?? Number.NaN;
  return kept.length % 2 === 1 ? upper : ((kept[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Above this many degrees of freedom the critical value is taken here: 0.1 % above the normal one. */
const MANY_DEGREES = 1000;

/**
 * Two-sided critical value of Student's t: P(|t| < result) = confidence. Exact for whole degrees of freedom:
 * bisection of the finite sums of Abramowitz & Stegun 26.7.3 and 26.7.4 over theta = atan(t / sqrt n).
 */
export function criticalT(degrees: number, confidence = 0.95): number {
  if (!(degrees >= 1)) return Number.NaN;
  const n = Math.min(Math.floor(degrees), MANY_DEGREES);
  let [low, high] = [0, Math.PI / 2];
  for (let k = 0; k < 60; k++) {
    const theta = (low + high) / 2;
    if (probabilityWithin(theta, n) < confidence) low = theta;
    else high = theta;
  }
  return Math.sqrt(n) * Math.tan((low + high) / 2);
}

function probabilityWithin(theta: number, n: number): number {
  const cosine = Math.cos(theta);
  const odd = n % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = n === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= n - 2; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
}
