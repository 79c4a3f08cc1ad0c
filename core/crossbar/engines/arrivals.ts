import type { Environment } from "../environment.ts";
import { binomial } from "./binomial.ts";
import type { Dynamics } from "./dynamics.ts";
import { poisson } from "./poisson.ts";

/**
 * Channels that come from a large reservoir and leave one by one (insertion into a bilayer): arrivals at rate n_inf / tau,
 * each one present leaves at rate 1 / tau.
 *
 *   mean:        n' = (n_inf - n) / tau
 *   stochastic:  n(t + dt) = Binomial(n, e) + Poisson(n_inf (1 - e)),   e = exp(-dt / tau),   exact for any dt
 */
export interface Arrivals {
  /** n_inf and tau in seconds into aim[0] and aim[1]. */
  aim(v: number, c: Float64Array, environment: Environment, aim: Float64Array): void;
  readonly stochastic: boolean;
  /** Index of the number of channels among the states. */
  readonly state?: number;
}

export function makeArrivals({ aim, stochastic, state = 0 }: Arrivals): Dynamics {
  const target = new Float64Array(2);
  return {
    held: "exact",
    rule: `exact ${stochastic ? "binomial and Poisson" : "exponential"}, any step`,
    stochastic,
    advance(v, dt_s, x, c, environment, dice) {
      aim(v, c, environment, target);
      const left = -Math.expm1(-dt_s / target[1]);
      if (!stochastic) {
        x[state] += (target[0] - x[state]) * left;
        return;
      }
      const stayed = x[state] === 0 ? 0 : binomial(x[state], 1 - left, dice.uniform());
      x[state] = stayed + poisson(target[0] * left, dice.uniform());
    },
    settle(v, x, c, environment) {
      aim(v, c, environment, target);
      x[state] = stochastic ? Math.round(target[0]) : target[0];
    },
    times(v, _x, c, environment, times_s) {
      aim(v, c, environment, target);
      times_s.fill(target[1]);
    },
  };
}
