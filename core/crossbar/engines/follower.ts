import type { Environment } from "../environment.ts";
import type { Dynamics } from "./dynamics.ts";

/**
 * A state that relaxes to a target set by other states, which move by themselves: y' = (T(x) - y) / tau. Over a step the
 * target is a straight line between its values before and after; with that the step is exact,
 *
 *   y <- T1 - s tau (1 - e) + (y - T0) e,   s = (T1 - T0) / h,   e = exp(-h / tau)
 *
 * second order in the leader's motion and stable however much slower or faster the follower is.
 */
export interface Follower {
  /** Moves the other states; must not touch or read the follower. */
  readonly leader: Dynamics;
  /** Index of the follower among the states. */
  readonly state: number;
  target(v: number, x: Float64Array, c: Float64Array, environment: Environment): number;
  tau_s(v: number, c: Float64Array, environment: Environment): number;
}

/** Sub-steps in the fastest time constant of the leader. */
const PART = 0.05;
/** After this many of its slowest time constant the leader stands still. */
const MEMORY = 40;

export function makeFollower({ leader, state, target, tau_s }: Follower): Dynamics {
  const own_s = new Float64Array(2);
  const relax = (x: Float64Array, from: number, to: number, h_s: number, tau: number): void => {
    const decayed = -Math.expm1(-h_s / tau);
    const lag = h_s === 0 ? 0 : ((to - from) / h_s) * tau * decayed;
    x[state] = to - lag + (x[state] - from) * (1 - decayed);
  };
  return {
    held: "sub-stepped",
    rule: `exact for a target that moves straight, sub-steps of 1/20 of its fastest time constant; leader: ${leader.rule}`,
    stochastic: leader.stochastic,
    advance(v, dt_s, x, c, environment, dice) {
      leader.times(v, x, c, environment, own_s);
      const tau = tau_s(v, c, environment);
      const busy_s = Math.min(dt_s, MEMORY * own_s[1]);
      let from = target(v, x, c, environment);
      let left_s = dt_s;
      if (busy_s > 0 && Number.isFinite(own_s[0])) {
        const pieces = Math.max(1, Math.ceil(busy_s / (PART * own_s[0])));
        const h_s = busy_s / pieces;
        for (let k = 0; k < pieces; k++) {
          leader.advance(v, h_s, x, c, environment, dice);
          const to = target(v, x, c, environment);
          relax(x, from, to, h_s, tau);
          from = to;
        }
        left_s -= busy_s;
      }
      if (left_s > 0) relax(x, from, from, left_s, tau);
    },
    settle(v, x, c, environment) {
      leader.settle(v, x, c, environment);
      x[state] = target(v, x, c, environment);
    },
    times(v, x, c, environment, times_s) {
      leader.times(v, x, c, environment, own_s);
      const tau = tau_s(v, c, environment);
      times_s[0] = Math.min(tau, own_s[0]);
      times_s[1] = Number.isFinite(own_s[1]) ? Math.max(tau, own_s[1]) : tau;
    },
  };
}
