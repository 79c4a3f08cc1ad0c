import type { Environment } from "../environment.ts";
import type { Dynamics } from "./dynamics.ts";

/**
 * Two stiff nonlinear states (pair kinetics: fast association, slow dissociation), by Rosenbrock's two-stage method
 * ROS2 with gamma = 1 + 1/sqrt(2): second order, L-stable, one 2 x 2 solve per stage and no iteration
 * (Hundsdorfer and Verwer, Numerical Solution of Time-Dependent Advection-Diffusion-Reaction Equations, 2003, II.1.5).
 *
 *   (1 - gamma h J) k1 = f(x),   (1 - gamma h J) k2 = f(x + h k1) - 2 k1,   x <- x + 3/2 h k1 + 1/2 h k2
 *
 * Sub-steps are chosen so that the difference to the first-order result x + h k1 stays below `tolerance`.
 */
export interface StiffPair {
  derivative(v: number, x: Float64Array, c: Float64Array, environment: Environment, slope: Float64Array): void;
  /** d slope / dx, row by row. */
  jacobian(v: number, x: Float64Array, c: Float64Array, environment: Environment, jacobian: Float64Array): void;
  /** Local error per sub-step, of the larger of |x| and 1e-3 of the larger state; smaller where changes are small. */
  readonly tolerance?: number;
}

const GAMMA = 1 + Math.SQRT1_2;
const TOLERANCE = 1e-5;
const MOST_SUBSTEPS = 1e6;

export function makeStiffPair({ derivative, jacobian, tolerance = TOLERANCE }: StiffPair): Dynamics {
  const f = new Float64Array(2);
  const j = new Float64Array(4);
  const k1 = new Float64Array(2);
  const trial = new Float64Array(2);

  /** Stages into k1 and f (= k2); returns the error estimate in units of the tolerance. */
  const attempt = (v: number, h: number, x: Float64Array, c: Float64Array, environment: Environment): number => {
    derivative(v, x, c, environment, f);
    jacobian(v, x, c, environment, j);
    const a = 1 - GAMMA * h * j[0];
    const b = -GAMMA * h * j[1];
    const d = -GAMMA * h * j[2];
    const e = 1 - GAMMA * h * j[3];
    const determinant = a * e - b * d;
    k1[0] = (e * f[0] - b * f[1]) / determinant;
    k1[1] = (a * f[1] - d * f[0]) / determinant;
    trial[0] = x[0] + h * k1[0];
    trial[1] = x[1] + h * k1[1];
    derivative(v, trial, c, environment, f);
    const r0 = f[0] - 2 * k1[0];
    const r1 = f[1] - 2 * k1[1];
    f[0] = (e * r0 - b * r1) / determinant;
    f[1] = (a * r1 - d * r0) / determinant;
    const floor = 1e-3 * Math.max(Math.abs(x[0]), Math.abs(x[1]));
    let error = 0;
    for (let s = 0; s < 2; s++) {
      const size = tolerance * Math.max(Math.abs(x[s]), floor, 1e-300);
      error = Math.max(error, Math.abs(0.5 * h * (k1[s] + f[s])) / size);
      trial[s] = x[s] + h * (1.5 * k1[s] + 0.5 * f[s]);
    }
    return error;
  };

  const advance: Dynamics["advance"] = (v, dt_s, x, c, environment) => {
    let left_s = dt_s;
    let h_s = dt_s;
    for (let step = 0; left_s > 0 && step < MOST_SUBSTEPS; step++) {
      h_s = Math.min(h_s, left_s);
      const error = attempt(v, h_s, x, c, environment);
      if (error <= 1) {
        x[0] = trial[0];
        x[1] = trial[1];
        left_s -= h_s;
      }
      h_s *= Math.min(5, Math.max(0.2, 0.9 / Math.sqrt(error + 1e-12)));
    }
  };
  const times: Dynamics["times"] = (v, x, c, environment, times_s) => {
    jacobian(v, x, c, environment, j);
    const m = 0.5 * (j[0] + j[3]);
    const q = Math.sqrt(Math.max(0, m * m - (j[0] * j[3] - j[1] * j[2])));
    const fast = Math.abs(m) + q;
    times_s[0] = 1 / fast;
    times_s[1] = fast / Math.abs(j[0] * j[3] - j[1] * j[2]);
  };
  return {
    held: "sub-stepped",
    rule: `Rosenbrock method of second order (ROS2), sub-steps by a local error of ${tolerance.toExponential()}`,
    stochastic: false,
    advance,
    settle(v, x, c, environment) {
      // Newton's method on f = 0; states are amounts and stay above 0
      for (let iteration = 0; iteration < 100; iteration++) {
        derivative(v, x, c, environment, f);
        jacobian(v, x, c, environment, j);
        const determinant = j[0] * j[3] - j[1] * j[2];
        const dx = (j[3] * f[0] - j[1] * f[1]) / determinant;
        const dy = (j[0] * f[1] - j[2] * f[0]) / determinant;
        const part = Math.min(1, dx > 0 ? (0.9 * x[0]) / dx : 1, dy > 0 ? (0.9 * x[1]) / dy : 1);
        x[0] -= part * dx;
        x[1] -= part * dy;
        if (Math.abs(dx) <= 1e-15 * Math.abs(x[0]) && Math.abs(dy) <= 1e-15 * Math.abs(x[1])) return;
      }
    },
    times,
  };
}
