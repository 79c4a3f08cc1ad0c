/**
 * Limited-memory BFGS with a weak-Wolfe line search: minimises a smooth function of many variables from its gradient.
 * Two-loop recursion of Nocedal & Wright, Numerical Optimization, 2nd ed., algorithm 7.4; bracketing line search of
 * Lewis & Overton, Math. Program. 141, 135 (2013), algorithm 2.6. Deterministic: no randomness, no clock.
 */
export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  /** Euclidean norm of the gradient at x. */
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly converged: boolean;
}

export interface LbfgsOptions {
  /** Most iterations, default 200. */
  readonly iterations?: number;
  /** Stops when |gradient| <= tolerance * max(1, |x|), default 1e-6. */
  readonly tolerance?: number;
  /** Remembered steps, default 10. */
  readonly memory?: number;
  /** Called after every iteration. */
  readonly onIteration?: (iteration: number, value: number) => void;
}

/** Writes the gradient at `x` into `gradient` and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.9;
const LONGEST_SEARCH = 30;

/** @throws RangeError when the objective is not finite at the start */
export function minimizeLbfgs(objective: Objective, start: Float64Array, options: LbfgsOptions = {}): Minimum {
  const { iterations = 200, tolerance = 1e-6, memory = 10, onIteration } = options;
  const n = start.length;
  let x = start.slice();
  let gradient = new Float64Array(n);
  let value = objective(x, gradient);
  let evaluations = 1;
  if (!Number.isFinite(value))
    throw new RangeError(`The objective is ${value} at the start, allowed are finite values`);

  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  const direction = new Float64Array(n);
  let nextX = new Float64Array(n);
  let nextGradient = new Float64Array(n);
  let iteration = 0;
  let converged = norm(gradient) <= tolerance * Math.max(1, norm(x));

  while (!converged && iteration < iterations) {
    descend(direction, gradient, pairs);
    const slope = dot(direction, gradient);
    // Without curvature knowledge the first step is one unit long, afterwards the quasi-Newton step is about right.
    let step = pairs.length === 0 ? 1 / Math.max(1, norm(gradient)) : 1;
    let below = 0;
    let above = Infinity;
    let nextValue = value;
    let accepted = false;
    for (let trial = 0; trial < LONGEST_SEARCH; trial++) {
      for (let k = 0; k < n; k++) nextX[k] = x[k]! + step * direction[k]!;
      nextValue = objective(nextX, nextGradient);
      evaluations++;
      if (!(nextValue <= value + SUFFICIENT_DECREASE * step * slope)) above = step;
      else if (dot(direction, nextGradient) < CURVATURE * slope) below = step;
      else {
        accepted = true;
        break;
      }
      step = above === Infinity ? 2 * below : (below + above) / 2;
    }
    if (!accepted && !(nextValue < value)) break; // rounding: no step lowers the value any more
    remember(pairs, memory, x, nextX, gradient, nextGradient);
    [x, nextX] = [nextX, x];
    [gradient, nextGradient] = [nextGradient, gradient];
    value = nextValue;
    iteration++;
    converged = norm(gradient) <= tolerance * Math.max(1, norm(x));
    onIteration?.(iteration, value);
  }
  return { x, value, gradientNorm: norm(gradient), iterations: iteration, evaluations, converged };
}

/** direction = -H gradient by the two-loop recursion, H scaled by the latest curvature. */
function descend(
  direction: Float64Array,
  gradient: Float64Array,
  pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[],
): void {
  for (let k = 0; k < direction.length; k++) direction[k] = -gradient[k]!;
  const alphas: number[] = [];
  for (const { s, y, rho } of pairs.toReversed()) {
    const alpha = rho * dot(s, direction);
    alphas.push(alpha);
    addScaled(direction, y, -alpha);
  }
  const latest = pairs.at(-1);
  if (latest) {
    const scale = 1 / (latest.rho * dot(latest.y, latest.y));
    for (let k = 0; k < direction.length; k++) direction[k]! *= scale;
  }
  for (const { s, y, rho } of pairs) {
    const beta = rho * dot(y, direction);
    addScaled(direction, s, (alphas.pop() ?? 0) - beta);
  }
}

function remember(
  pairs: { s: Float64Array; y: Float64Array; rho: number }[],
  memory: number,
  x: Float64Array,
  nextX: Float64Array,
  gradient: Float64Array,
  nextGradient: Float64Array,
): void {
  const s = nextX.map((value, k) => value - x[k]!);
  const y = nextGradient.map((value, k) => value - gradient[k]!);
  const curvature = dot(s, y);
  if (!(curvature > 1e-300)) return; // keeps H positive definite
  pairs.push({ s, y, rho: 1 / curvature });
  if (pairs.length > memory) pairs.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function addScaled(target: Float64Array, other: Float64Array, scale: number): void {
  for (let k = 0; k < target.length; k++) target[k]! += scale * other[k]!;
}
