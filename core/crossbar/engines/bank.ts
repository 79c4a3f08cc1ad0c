import type { Environment } from "../environment.ts";
import type { Dynamics } from "./dynamics.ts";

/**
 * Bank of first-order states, x_s' = rate_s (target_s - x_s): exact exponential steps while targets and rates depend on
 * the voltage, the environment and constants alone. Where they depend on other states too (`coupled`), the exponential
 * midpoint rule (second order) with sub-steps of at most 1/20 of the fastest time constant, until nothing moves.
 */
export interface Bank {
  /** Writes target and rate (1/s, >= 0; 0 holds the state) of every state. */
  aim(
    v: number,
    x: Float64Array,
    c: Float64Array,
    environment: Environment,
    target: Float64Array,
    rate_per_s: Float64Array,
  ): void;
  /** Number of states, at most the number of states of the model; those behind are left alone. */
  readonly states: number;
  /** Whether `aim` reads x. */
  readonly coupled?: boolean;
}

/** Sub-steps of coupled states, in time constants. */
const PART = 0.05;
/** A state this close to its target, relative to the larger of the two, no longer moves. */
const ARRIVED = 1e-14;
const MOST_SETTLING = 1e6;

export function makeBank({ aim, states, coupled = false }: Bank): Dynamics {
  const target = new Float64Array(states);
  const rate = new Float64Array(states);
  const start = new Float64Array(states);

  const move = (x: Float64Array, from: Float64Array, dt_s: number): void => {
    for (let s = 0; s < states; s++) {
      const from_s = from[s];
      x[s] = rate[s] === 0 ? from_s : from_s - (target[s] - from_s) * Math.expm1(-dt_s * rate[s]);
    }
  };
  const arrived = (x: Float64Array): boolean => {
    for (let s = 0; s < states; s++) {
      const distance = Math.abs(target[s] - x[s]);
      if (rate[s] > 0 && distance > ARRIVED * Math.max(Math.abs(target[s]), Math.abs(x[s]))) return false;
    }
    return true;
  };
  const fastest = (): number => {
    let largest = 0;
    for (let s = 0; s < states; s++) if (rate[s] > largest) largest = rate[s];
    return largest;
  };
  const advanceCoupled: Dynamics["advance"] = (v, dt_s, x, c, environment) => {
    let left_s = dt_s;
    while (left_s > 0) {
      aim(v, x, c, environment, target, rate);
      if (arrived(x)) return;
      const longest_s = PART / fastest();
      const h_s = left_s <= longest_s ? left_s : Math.min(longest_s, left_s / 2);
      for (let s = 0; s < states; s++) start[s] = x[s];
      move(x, start, h_s / 2);
      aim(v, x, c, environment, target, rate);
      move(x, start, h_s);
      left_s -= h_s;
    }
  };

  return {
    held: coupled ? "sub-stepped" : "exact",
    rule: coupled
      ? "exponential midpoint, sub-steps of 1/20 of the fastest time constant"
      : "exact exponential, any step",
    stochastic: false,
    advance: coupled
      ? advanceCoupled
      : (v, dt_s, x, c, environment) => {
          aim(v, x, c, environment, target, rate);
          move(x, x, dt_s);
        },
    settle(v, x, c, environment) {
      if (!coupled) {
        aim(v, x, c, environment, target, rate);
        for (let s = 0; s < states; s++) if (rate[s] > 0) x[s] = target[s];
        return;
      }
      // steps that grow with the slowest rate; a bank without a fixed point ends after so many
      for (let round = 0; round < MOST_SETTLING; round++) {
        aim(v, x, c, environment, target, rate);
        if (arrived(x)) return;
        move(x, x, PART / fastest());
      }
    },
    times(v, x, c, environment, times_s) {
      aim(v, x, c, environment, target, rate);
      times_s[0] = Infinity;
      times_s[1] = 0;
      for (let s = 0; s < states; s++) {
        if (rate[s] === 0) continue;
        times_s[0] = Math.min(times_s[0], 1 / rate[s]);
        times_s[1] = Math.max(times_s[1], 1 / rate[s]);
      }
      if (times_s[1] === 0) times_s[1] = Infinity;
    },
  };
}
