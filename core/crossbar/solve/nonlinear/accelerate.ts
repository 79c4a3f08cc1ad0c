/**
 * Anderson extrapolation of a contraction x -> f(x): the next guess is the mixture of the last images whose residual
 * f(x) - x would be smallest if f were linear. With one unknown the secant rule.
 * Walker and Ni 2011, doi 10.1137/10078356X; depth 5, normal equations (few unknowns, residuals scaled to 1).
 */
export interface Acceleration {
  next(x: Float64Array, image: Float64Array): Float64Array;
}

const DEPTH = 5;

export function accelerate(length: number): Acceleration {
  const residuals: Float64Array[] = [];
  const images: Float64Array[] = [];
  return {
    next(x, image) {
      images.push(image.slice());
      residuals.push(image.map((value, k) => value - x[k]));
      if (images.length > DEPTH + 1) {
        images.shift();
        residuals.shift();
      }
      const last = images.length - 1;
      const current = residuals[last];
      const scale = 1 / Math.max(Number.MIN_VALUE, largest(current));
      const differences = residuals
        .slice(0, last)
        .map((residual) => residual.map((value, k) => scale * (current[k] - value)));
      const weights = leastSquares(
        differences,
        current.map((value) => scale * value),
      );
      const guess = image.slice();
      weights.forEach((weight, m) => {
        for (let k = 0; k < length; k++) guess[k] -= weight * (image[k] - images[m][k]);
      });
      return guess;
    },
  };
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

/** Weights w that minimise |target - sum w_m columns_m|, dependent columns left out (Gram-Schmidt). */
function leastSquares(columns: readonly Float64Array[], target: Float64Array): number[] {
  const basis: { readonly q: Float64Array; readonly from: number[] }[] = [];
  const weights: number[] = columns.map(() => 0);
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, k) => sum + value * b[k], 0);
  // the newest differences first: they know the neighbourhood
  for (let m = columns.length - 1; m >= 0; m--) {
    const q = columns[m].slice();
    const from: number[] = columns.map((_, n) => (n === m ? 1 : 0));
    const length = Math.sqrt(dot(q, q));
    for (let pass = 0; pass < 2; pass++)
      for (const other of basis) {
        const part = dot(other.q, q);
        other.q.forEach((value, k) => (q[k] -= part * value));
        other.from.forEach((value, n) => (from[n] -= part * value));
      }
    const left = Math.sqrt(dot(q, q));
    if (!(left > 1e-6 * length)) continue;
    basis.push({ q: q.map((value) => value / left), from: from.map((value) => value / left) });
  }
  for (const { q, from } of basis) {
    const part = dot(q, target);
    from.forEach((value, n) => (weights[n] += part * value));
  }
  return weights;
}
