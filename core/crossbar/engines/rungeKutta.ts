import type { Environment } from "../environment.ts";
import type { Dynamics } from "./dynamics.ts";

/**
 * Any smooth x' = f(v, x), classical Runge-Kutta of fourth order with sub-steps of at most 1/10 of the fastest time
 * constant (memcapacitors: radius and thickness of a droplet bilayer).
 */
export interface Equations {
  readonly states: number;
  derivative(v: number, x: Float64Array, c: Float64Array, environment: Environment, slope: Float64Array): void;
  /** Fastest and slowest time constant into times_s. */
  times(v: number, x: Float64Array, c: Float64Array, environment: Environment, times_s: Float64Array): void;
}

const PART = 0.1;
const MEMORY = 40;

export function makeRungeKutta({ states, derivative, times }: Equations): Dynamics {
  const times_s = new Float64Array(2);
  const start = new Float64Array(states);
  const sum = new Float64Array(states);
  const slope = new Float64Array(states);

  const step = (v: number, h_s: number, x: Float64Array, c: Float64Array, environment: Environment): void => {
    for (let s = 0; s < states; s++) start[s] = x[s];
    sum.fill(0);
    for (let stage = 0; stage < 4; stage++) {
      derivative(v, x, c, environment, slope);
      const weight = stage === 0 || stage === 3 ? 1 / 6 : 1 / 3;
      const reach = stage === 2 ? h_s : h_s / 2;
      for (let s = 0; s < states; s++) {
        sum[s] += weight * slope[s];
        x[s] = start[s] + reach * slope[s];
      }
    }
    for (let s = 0; s < states; s++) x[s] = start[s] + h_s * sum[s];
  };
  const advance: Dynamics["advance"] = (v, dt_s, x, c, environment) => {
    times(v, x, c, environment, times_s);
    // what lies further ahead than this is the fixed point
    const busy_s = Math.min(dt_s, MEMORY * times_s[1]);
    const pieces = Math.max(1, Math.ceil(busy_s / (PART * times_s[0])));
    for (let k = 0; k < pieces; k++) step(v, busy_s / pieces, x, c, environment);
  };
  return {
    held: "sub-stepped",
    rule: "Runge-Kutta of fourth order, sub-steps of 1/10 of the fastest time constant",
    stochastic: false,
    advance,
    settle(v, x, c, environment) {
      times(v, x, c, environment, times_s);
      const long_s = MEMORY * times_s[1];
      const pieces = Math.ceil(long_s / (PART * times_s[0]));
      for (let k = 0; k < pieces; k++) step(v, long_s / pieces, x, c, environment);
    },
    times,
  };
}
