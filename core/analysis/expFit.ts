import { invertSmall, minimise, solveSmall } from "./leastSquares.ts";
import { criticalT } from "./statistics.ts";

/** decay: y = A0 + A1 exp(-x/tau); recovery: y = A0 + A1 (1 - exp(-x/tau)). */
export type ExponentialForm = "decay" | "recovery";

export interface ExponentialFit {
  readonly kind: "fit";
  readonly form: ExponentialForm;
  /** A0 and A1, in the unit of y. */
  readonly offset: number;
  readonly amplitude: number;
  /** In the unit of x. */
  readonly tau: number;
  readonly standardError: { readonly offset: number; readonly amplitude: number; readonly tau: number };
  /** 95 % intervals of Student's t with n - 3 degrees of freedom. */
  readonly interval95: {
    readonly offset: readonly [number, number];
    readonly amplitude: readonly [number, number];
    readonly tau: readonly [number, number];
  };
  /** Covariance of (offset, amplitude, tau). */
  readonly covariance: readonly (readonly number[])[];
  /** Root mean square of the residuals over n - 3. */
  readonly residual: number;
  readonly n: number;
}

/** A fit that the data cannot carry, with the reason for people. */
export interface NoFit {
  readonly kind: "none";
  readonly reason: string;
}

/**
 * Least-squares fit of one exponential. For a given tau the model is linear in A0 and A1 (variable projection:
 * Golub & Pereyra, SIAM J. Numer. Anal. 10, 413 (1973), 10.1137/0710036), so the search is one-dimensional over log tau
 * and cannot start badly; Gauss-Newton on all three parameters then polishes, and its Jacobian gives the covariance.
 * Pairs with a NaN are left out. Needs four points and three different x.
 */
export function fitExponential(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  form: ExponentialForm,
): ExponentialFit | NoFit {
  const points: { u: number; y: number }[] = [];
  let span = 0;
  let size = 0;
  for (let k = 0; k < x.length; k++) {
    const [xk, yk] = [x[k] ?? Number.NaN, y[k] ?? Number.NaN];
    if (!Number.isFinite(xk) || !Number.isFinite(yk)) continue;
    points.push({ u: xk, y: yk });
    span = Math.max(span, Math.abs(xk));
    size = Math.max(size, Math.abs(yk));
  }
  const n = points.length;
  const distinct = [...new Set(points.map((p) => p.u))].sort((a, b) => a - b);
  if (n < 4 || distinct.length < 3)
    return {
      kind: "none",
      reason: `an exponential needs 4 points at 3 different places, there are ${n} at ${distinct.length}`,
    };
  const mid = points.reduce((sum, p) => sum + p.y, 0) / n;
  if (points.every((p) => Math.abs(p.y - mid) <= 1e-9 * size)) return { kind: "none", reason: "no change to fit" };
  // both axes to order one: picoseconds and picoampere then condition like seconds and ampere
  for (const p of points) {
    p.u /= span;
    p.y /= size;
  }

  const basis = (u: number, tau: number) => (form === "decay" ? Math.exp(-u / tau) : -Math.expm1(-u / tau));
  const project = (tau: number) => {
    let [s1, sf, sff, sy, sfy] = [n, 0, 0, 0, 0];
    for (const p of points) {
      const f = basis(p.u, tau);
      sf += f;
      sff += f * f;
      sy += p.y;
      sfy += f * p.y;
    }
    const det = s1 * sff - sf * sf;
    if (!(det > 1e-14 * s1 * sff)) return { a0: sy / n, a1: 0, cost: Infinity };
    const a1 = (s1 * sfy - sf * sy) / det;
    const a0 = (sy - a1 * sf) / n;
    return { a0, a1, cost: cost(a0, a1, tau) };
  };
  const cost = (a0: number, a1: number, tau: number) =>
    points.reduce((sum, p) => sum + (p.y - a0 - a1 * basis(p.u, tau)) ** 2, 0);

  // tau from a tenth of the closest spacing to thirty times the whole span: outside, the data say nothing about it
  let closest = Infinity;
  for (let k = 1; k < distinct.length; k++)
    closest = Math.min(closest, ((distinct[k] ?? 0) - (distinct[k - 1] ?? 0)) / span);
  const [low, high] = [Math.log(closest / 10), Math.log(30)];
  const count = 240;
  const width = (high - low) / count;
  let best = 0;
  let bestCost = Infinity;
  for (let k = 0; k <= count; k++) {
    const found = project(Math.exp(low + k * width)).cost;
    if (found < bestCost) [best, bestCost] = [k, found];
  }
  if (best === 0 || best === count || bestCost === Infinity)
    return {
      kind: "none",
      reason: `the decay constant lies outside what the points can tell (${best === 0 ? "shorter" : "longer"} than the spacing)`,
    };
  let tau = Math.exp(minimise((t) => project(Math.exp(t)).cost, low + (best - 1) * width, low + (best + 1) * width));
  let { a0, a1, cost: current } = project(tau);

  const normal = () => {
    const matrix = [
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ];
    const right = [0, 0, 0];
    for (const p of points) {
      const decay = Math.exp(-p.u / tau);
      const slope = ((form === "decay" ? 1 : -1) * a1 * decay * p.u) / (tau * tau);
      const row = [1, basis(p.u, tau), slope];
      const residual = p.y - a0 - a1 * basis(p.u, tau);
      for (let i = 0; i < 3; i++) {
        right[i] = (right[i] ?? 0) + (row[i] ?? 0) * residual;
        const line = matrix[i] ?? [];
        for (let j = 0; j < 3; j++) line[j] = (line[j] ?? 0) + (row[i] ?? 0) * (row[j] ?? 0);
      }
    }
    return { matrix, right };
  };
  for (let round = 0; round < 20; round++) {
    const { matrix, right } = normal();
    const move = solveSmall(matrix, right);
    if (!move) break;
    let scale = 1;
    let moved = false;
    for (let half = 0; half < 12 && !moved; half++, scale /= 2) {
      const next = [a0 + scale * (move[0] ?? 0), a1 + scale * (move[1] ?? 0), tau + scale * (move[2] ?? 0)] as const;
      if (next[2] <= 0) continue;
      const nextCost = cost(...next);
      if (nextCost < current) {
        [a0, a1, tau] = next;
        current = nextCost;
        moved = true;
      }
    }
    if (!moved) break;
  }

  const variance = current / (n - 3);
  const inverse = invertSmall(normal().matrix);
  if (!inverse) return { kind: "none", reason: "the points do not determine the three parameters" };
  const units = [size, size, span];
  const covariance = inverse.map((row, i) => row.map((c, j) => c * variance * (units[i] ?? 1) * (units[j] ?? 1)));
  const error = (i: number) => Math.sqrt(Math.max(0, covariance[i]?.[i] ?? 0));
  const t = criticalT(n - 3);
  const [offset, amplitude, tauX] = [a0 * size, a1 * size, tau * span];
  const around = (value: number, i: number) => [value - t * error(i), value + t * error(i)] as const;
  return {
    kind: "fit",
    form,
    offset,
    amplitude,
    tau: tauX,
    standardError: { offset: error(0), amplitude: error(1), tau: error(2) },
    interval95: { offset: around(offset, 0), amplitude: around(amplitude, 1), tau: around(tauX, 2) },
    covariance,
    residual: Math.sqrt(variance) * size,
    n,
  };
}

export function evaluateExponential(fit: ExponentialFit, x: number): number {
  return fit.offset + fit.amplitude * (fit.form === "decay" ? Math.exp(-x / fit.tau) : -Math.expm1(-x / fit.tau));
}

/** Half width of the pointwise 95 % confidence band of the fitted curve at x. */
export function exponentialBand(fit: ExponentialFit, x: number): number {
  const decay = Math.exp(-x / fit.tau);
  const sign = fit.form === "decay" ? 1 : -1;
  const gradient = [1, fit.form === "decay" ? decay : 1 - decay, (sign * fit.amplitude * decay * x) / fit.tau ** 2];
  let variance = 0;
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++) variance += (gradient[i] ?? 0) * (gradient[j] ?? 0) * (fit.covariance[i]?.[j] ?? 0);
  return criticalT(fit.n - 3) * Math.sqrt(Math.max(0, variance));
}
