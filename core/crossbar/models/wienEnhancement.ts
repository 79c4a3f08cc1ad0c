/**
 * Onsager's second Wien effect: dissociation in a field over that without, K(b) = I_1(sqrt(8 b)) / sqrt(2 b)
 * = 1 + b + b^2/3 + b^3/18 + ..., J. Chem. Phys. 2, 599 (1934), 10.1063/1.1749541. With z = 2 b the series of I_1 is
 * K = sum_m z^m / (m! (m + 1)!), all terms positive: summed to rounding for every b >= 0 (up to about 1e4, then infinite).
 */
export function wienEnhancement(b: number): number {
  const z = 2 * b;
  let term = 1;
  let sum = 1;
  for (let m = 1; m < 1000; m++) {
    term *= z / (m * (m + 1));
    sum += term;
    if (term < 1e-17 * sum) break;
  }
  return sum;
}
