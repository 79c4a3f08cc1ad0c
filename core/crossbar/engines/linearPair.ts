import type { Environment } from "../environment.ts";
import type { Dynamics } from "./dynamics.ts";

/** exp(A t) - 1 of a 2 x 2 matrix (a b; c d) into out, row by row, without cancellation for small t. */
export function expm1Pair(a: number, b: number, c: number, d: number, t: number, out: Float64Array): void {
  // exp(At) = e^(m t) [cosh(q t) + sinh(q t)/q (A - m)], m = trace/2, q^2 = m^2 - det
  const m = 0.5 * (a + d);
  const half = 0.5 * (a - d);
  const square = half * half + b * c;
  let even: number; // e^(m t) cosh(q t) - 1
  let odd: number; // e^(m t) sinh(q t) / q
  if (square > 0) {
    const q = Math.sqrt(square);
    const fast = Math.expm1((m - q) * t);
    const slow = Math.expm1((m + q) * t);
    even = 0.5 * (fast + slow);
    odd = q * t < 1e-8 ? Math.exp(m * t) * t : (slow - fast) / (2 * q);
  } else {
    const q = Math.sqrt(-square);
    const decay = Math.exp(m * t);
    const sine = Math.sin(0.5 * q * t);
    even = Math.expm1(m * t) - 2 * decay * sine * sine;
    odd = q * t < 1e-8 ? decay * t : (decay * Math.sin(q * t)) / q;
  }
  out[0] = even + odd * half;
  out[1] = odd * b;
  out[2] = odd * c;
  out[3] = even - odd * half;
}

/**
 * Two linear states, x' = A x + b with A and b constant while the voltage is held: exact matrix exponential.
 * The first two states of the model; A must be regular and stable.
 */
export interface LinearPair {
  /** a, b, c, d of A (1/s) and the two elements of b into system[0..5]. */
  system(v: number, c: Float64Array, environment: Environment, system: Float64Array): void;
}

export function makeLinearPair({ system }: LinearPair): Dynamics {
  const s = new Float64Array(6);
  const e = new Float64Array(4);
  const fixed = new Float64Array(2);
  const fixedPoint = (v: number, c: Float64Array, environment: Environment): void => {
    system(v, c, environment, s);
    const determinant = s[0] * s[3] - s[1] * s[2];
    fixed[0] = (s[1] * s[5] - s[3] * s[4]) / determinant;
    fixed[1] = (s[2] * s[4] - s[0] * s[5]) / determinant;
  };
  return {
    held: "exact",
    rule: "exact matrix exponential, any step",
    stochastic: false,
    advance(v, dt_s, x, c, environment) {
      fixedPoint(v, c, environment);
      expm1Pair(s[0], s[1], s[2], s[3], dt_s, e);
      const dx = x[0] - fixed[0];
      const dy = x[1] - fixed[1];
      x[0] += e[0] * dx + e[1] * dy;
      x[1] += e[2] * dx + e[3] * dy;
    },
    settle(v, x, c, environment) {
      fixedPoint(v, c, environment);
      x[0] = fixed[0];
      x[1] = fixed[1];
    },
    times(v, _x, c, environment, times_s) {
      system(v, c, environment, s);
      const m = 0.5 * (s[0] + s[3]);
      const square = m * m - (s[0] * s[3] - s[1] * s[2]);
      const q = Math.sqrt(Math.max(0, square));
      const w = Math.sqrt(Math.max(0, -square));
      times_s[0] = 1 / Math.max(Math.abs(m) + q, w);
      times_s[1] = 1 / (Math.abs(m) - q);
    },
  };
}
