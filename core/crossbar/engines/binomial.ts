/**
 * Binomial(n, p) from one uniform number by inversion, walking outwards from the mode: exact up to the rounding of the
 * probabilities, some sqrt(n p (1 - p)) terms. n up to 1e6.
 */
export function binomial(n: number, p: number, uniform: number): number {
  if (n === 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (n === 1) return uniform < p ? 1 : 0;
  if (p > 0.5) return n - binomial(n, 1 - p, uniform);
  const odds = p / (1 - p);
  if (n * p < 12) {
    // from 0 upwards
    let term = n < INVERSES ? power(1 - p, n) : Math.exp(n * Math.log1p(-p));
    let left = uniform;
    let k = 0;
    while (left >= term && k < n) {
      left -= term;
      k++;
      term *= (n - k + 1) * (k < INVERSES ? inverses[k] : 1 / k) * odds;
    }
    return k;
  }
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const centre = Math.exp(
    logFactorial(n) - logFactorial(mode) - logFactorial(n - mode) + mode * Math.log(p) + (n - mode) * Math.log1p(-p),
  );
  let left = uniform - centre;
  if (left < 0) return mode;
  let [below, above] = [mode, mode];
  let [low, high] = [centre, centre];
  while (below > 0 || above < n) {
    if (above < n) {
      high *= ((n - above) / (above + 1)) * odds;
      above++;
      left -= high;
      if (left < 0) return above;
    }
    if (below > 0) {
      low *= below / ((n - below + 1) * odds);
      below--;
      left -= low;
      if (left < 0) return below;
    }
    // what rounding leaves of the uniform lies in the tails
    if (high + low < 1e-300) break;
  }
  return mode;
}

/** 1 / k: a multiplication is a fraction of a division. */
const INVERSES = 1024;
const inverses = Float64Array.from({ length: INVERSES }, (_, k) => 1 / k);

/** x^n by squaring, n a whole number; error n ulp at most. */
function power(x: number, n: number): number {
  let [result, square] = [1, x];
  for (let left = n; left > 0; left >>= 1) {
    if (left & 1) result *= square;
    square *= square;
  }
  return result;
}

const table: number[] = [0, 0];

/** ln n!, summed up to 1024, Stirling's series beyond (error below 1e-17 of it). */
export function logFactorial(n: number): number {
  if (n > 1024) {
    const z = n + 1;
    return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + (1 / 12 - 1 / (360 * z * z)) / z;
  }
  for (let k = table.length; k <= n; k++) table.push(table[k - 1] + Math.log(k));
  return table[n];
}
