/** Least squares of y = offset + amplitude exp(-t / tau), tau by golden section, the rest linear. */
export function fitExponential(t: readonly number[], y: readonly number[]) {
  const solve = (tau: number) => {
    const e = t.map((time) => Math.exp(-time / tau));
    const n = t.length;
    const sum = (of: (k: number) => number) => t.reduce((total, _time, k) => total + of(k), 0);
    const se = sum((k) => e[k] as number);
    const see = sum((k) => (e[k] as number) ** 2);
    const sy = sum((k) => y[k] as number);
    const sye = sum((k) => (y[k] as number) * (e[k] as number));
    const amplitude = (n * sye - se * sy) / (n * see - se * se);
    const offset = (sy - amplitude * se) / n;
    return {
      offset,
      amplitude,
      tau,
      error: sum((k) => ((y[k] as number) - offset - amplitude * (e[k] as number)) ** 2),
    };
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let low = Math.log(Math.min(...t) / 10);
  let high = Math.log(Math.max(...t) * 10);
  while (high - low > 1e-9) {
    const a = high - golden * (high - low);
    const b = low + golden * (high - low);
    if (solve(Math.exp(a)).error < solve(Math.exp(b)).error) high = b;
    else low = a;
  }
  return solve(Math.exp((low + high) / 2));
}
