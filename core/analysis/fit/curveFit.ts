import type { NoFit } from "../expFit.ts";
import { invertSmall, solveSmall } from "../leastSquares.ts";
import { criticalT } from "../statistics.ts";

/** A fitted number with its uncertainty, all three in its own unit. */
export interface Estimate {
  readonly value: number;
  /** First order (delta method) at the minimum. */
  readonly standardError: number;
  /** Student's t with n - p degrees of freedom; taken in the logarithm for a positive parameter, so never below 0. */
  readonly interval95: readonly [number, number];
}

export interface CurveFit {
  readonly kind: "fit";
  /** In the order of the start. */
  readonly parameters: readonly Estimate[];
  readonly covariance: readonly (readonly number[])[];
  /** Sum of the squared (weighted) residuals. */
  readonly sumOfSquares: number;
  /** sqrt(sumOfSquares / (n - p)). */
  readonly residual: number;
  readonly n: number;
  readonly iterations: number;
}

export interface CurveFitOptions {
  /** Which parameters are positive: they are searched in their logarithm. All others are free. */
  readonly positive?: readonly boolean[];
  /** Size of a parameter that may pass through zero; default |start|, or 1 where that is 0. */
  readonly typical?: readonly number[];
  /** Residuals are in units of their standard deviation already: the covariance is then not scaled by their size. */
  readonly knownDeviation?: boolean;
  /** Most iterations, default 200. */
  readonly iterations?: number;
}

/** Writes the n residuals of the parameters p into `out`; a NaN or an infinity there makes the step be refused. */
export type Residuals = (p: Float64Array, out: Float64Array) => void;

/** Inverse of a correlation-scaled information matrix above this: the data do not tell the parameters apart. */
const UNDETERMINED = 1e13;

/**
 * Levenberg-Marquardt least squares with Marquardt's scaling (J. Soc. Ind. Appl. Math. 11, 431 (1963), 10.1137/0111030;
 * damping rule of Nielsen, IMM-REP-1999-05), Jacobian by central differences, covariance s^2 (J^T J)^-1 at the minimum.
 * For the few parameters of a physical law; `minimizeLbfgs` is for many and gives no covariance.
 * @param n number of residuals, more than there are parameters
 * @throws RangeError when a start is not finite, or not positive where it must be
 */
export function fitCurve(
  residuals: Residuals,
  n: number,
  start: readonly number[],
  options: CurveFitOptions = {},
): CurveFit | NoFit {
  const { positive = [], iterations: most = 200, knownDeviation = false } = options;
  const p = start.length;
  start.forEach((value, i) => {
    if (!Number.isFinite(value) || (positive[i] && value <= 0))
      throw new RangeError(
        `start of parameter ${i} is ${value}, allowed are ${positive[i] ? "positive" : "finite"} values`,
      );
  });
  if (n <= p) return { kind: "none", reason: `${p} parameters need more than ${p} points, there are ${n}` };
  const typical = start.map((value, i) => Math.abs(options.typical?.[i] ?? value) || 1);
  // the search space: logarithms of what is positive, everything else in units of its typical size
  const u = Float64Array.from(start, (value, i) => (positive[i] ? Math.log(value) : value / typical[i]!));
  const toValue = (at: number, i: number) => (positive[i] ? Math.exp(at) : at * typical[i]!);
  const values = new Float64Array(p);
  const evaluate = (at: Float64Array, out: Float64Array) => {
    for (let i = 0; i < p; i++) values[i] = toValue(at[i]!, i);
    residuals(values, out);
    let sum = 0;
    for (let k = 0; k < n; k++) sum += out[k]! * out[k]!;
    return sum;
  };
  let r = new Float64Array(n);
  let cost = evaluate(u, r);
  if (!Number.isFinite(cost)) return { kind: "none", reason: "the model is not finite at the start of the search" };

  const jacobian = Array.from({ length: p }, () => new Float64Array(n));
  const [ahead, behind] = [new Float64Array(n), new Float64Array(n)];
  const differentiate = (): boolean => {
    for (let i = 0; i < p; i++) {
      const at = u[i]!;
      const h = 6e-6 * Math.max(Math.abs(at), positive[i] ? 1 : 1e-3);
      u[i] = at + h;
      const above = evaluate(u, ahead);
      u[i] = at - h;
      const below = evaluate(u, behind);
      u[i] = at;
      if (!Number.isFinite(above + below)) return false;
      const column = jacobian[i]!;
      for (let k = 0; k < n; k++) column[k] = (ahead[k]! - behind[k]!) / (2 * h);
    }
    return true;
  };
  let matrix: number[][] = [];
  let right: number[] = [];
  const formNormal = () => {
    matrix = jacobian.map((a) => jacobian.map((b) => dot(a, b)));
    right = jacobian.map((a) => -dot(a, r));
  };

  let damping = 1e-3;
  let growth = 2;
  let iteration = 0;
  const next = new Float64Array(p);
  let nextR = new Float64Array(n);
  let fresh = false;
  for (; iteration < most; iteration++) {
    if (!fresh) {
      if (!differentiate()) return { kind: "none", reason: "the model is not finite near the best point found" };
      formNormal();
      fresh = true;
    }
    const scale = matrix.map((row, i) => Math.sqrt(row[i]!) || 1);
    const damped = matrix.map((row, i) =>
      row.map((value, j) => value / (scale[i]! * scale[j]!) + (i === j ? damping : 0)),
    );
    const scaled = solveSmall(
      damped,
      right.map((value, i) => value / scale[i]!),
    );
    if (!scaled) {
      damping *= 10;
      continue;
    }
    let longest = 0;
    let predicted = 0;
    for (let i = 0; i < p; i++) {
      const move = scaled[i]! / scale[i]!;
      next[i] = u[i]! + move;
      longest = Math.max(longest, Math.abs(move) / Math.max(1, Math.abs(u[i]!)));
      predicted += move * (damping * scale[i]! ** 2 * move + right[i]!);
    }
    const nextCost = evaluate(next, nextR);
    const gain = (cost - nextCost) / predicted;
    if (Number.isFinite(nextCost) && nextCost <= cost && gain > 0) {
      const fall = cost - nextCost;
      u.set(next);
      [r, nextR] = [nextR, r];
      cost = nextCost;
      fresh = false;
      damping = Math.max(1e-15, damping * Math.max(1 / 3, 1 - (2 * gain - 1) ** 3));
      growth = 2;
      if (longest < 1e-13 || (fall <= 1e-15 * cost && longest < 1e-7)) break;
    } else {
      if (longest < 1e-14 || damping > 1e16) break;
      damping *= growth;
      growth *= 2;
    }
  }
  if (!fresh) {
    if (!differentiate()) return { kind: "none", reason: "the model is not finite near the best point found" };
    formNormal();
  }
  return summarise();

  function summarise(): CurveFit | NoFit {
    const scale = matrix.map((row, i) => Math.sqrt(row[i]!));
    const blind = scale.findIndex((value) => !(value > 0));
    const inverse =
      blind >= 0
        ? undefined
        : invertSmall(matrix.map((row, i) => row.map((value, j) => value / (scale[i]! * scale[j]!))));
    if (!inverse || inverse.some((row, i) => !(row[i]! > 0 && row[i]! < UNDETERMINED)))
      return { kind: "none", reason: `the points do not determine the ${p} parameters` };
    const variance = knownDeviation ? 1 : cost / (n - p);
    // d value / d u: the value itself for a logarithm
    const slope = Array.from(u, (at, i) => (positive[i] ? toValue(at, i) : typical[i]!));
    const t = knownDeviation ? 1.959963984540054 : criticalT(n - p);
    const covariance = inverse.map((row, i) =>
      row.map((c, j) => ((variance * c) / (scale[i]! * scale[j]!)) * slope[i]! * slope[j]!),
    );
    const parameters = Array.from(u, (at, i) => {
      const error = Math.sqrt((variance * inverse[i]![i]!) / scale[i]! ** 2);
      return {
        value: toValue(at, i),
        standardError: error * Math.abs(slope[i]!),
        interval95: [toValue(at - t * error, i), toValue(at + t * error, i)] as const,
      };
    });
    return {
      kind: "fit",
      parameters,
      covariance,
      sumOfSquares: cost,
      residual: Math.sqrt(cost / (n - p)),
      n,
      iterations: iteration,
    };
  }
}

/** The best of the fits from several starts; the reason of the first where none succeeds. */
export function fitFromStarts(
  residuals: Residuals,
  n: number,
  starts: readonly (readonly number[])[],
  options: CurveFitOptions = {},
): CurveFit | NoFit {
  let best: CurveFit | NoFit = { kind: "none", reason: "there is no start to search from" };
  starts.forEach((start, at) => {
    const found = fitCurve(residuals, n, start, options);
    if (at === 0 || (found.kind === "fit" && (best.kind === "none" || found.sumOfSquares < best.sumOfSquares)))
      best = found;
  });
  return best;
}

/** Value, standard error and interval of a function of fitted parameters, by its gradient. */
export function deriveEstimate(fit: CurveFit, of: (p: readonly number[]) => number): Estimate {
  const p = fit.parameters.map((parameter) => parameter.value);
  const value = of(p);
  const gradient = p.map((at, i) => {
    const h = 1e-5 * (Math.abs(at) || fit.parameters[i]!.standardError || 1);
    const shifted = (by: number) => of(p.map((q, j) => (j === i ? q + by : q)));
    return (shifted(h) - shifted(-h)) / (2 * h);
  });
  let variance = 0;
  gradient.forEach((a, i) => gradient.forEach((b, j) => (variance += a * b * fit.covariance[i]![j]!)));
  const standardError = Math.sqrt(Math.max(0, variance));
  const t = criticalT(fit.n - p.length);
  return { value, standardError, interval95: [value - t * standardError, value + t * standardError] };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
