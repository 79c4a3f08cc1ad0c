import type { Environment } from "../environment.ts";
import type { Dynamics } from "./dynamics.ts";

/**
 * A position between two stops that moves at a constant speed while the voltage is held: x[0]' = velocity, 0 <= x[0] <= 1.
 * Exact for any step: the stop is reached or it is not. Where the velocity is 0 the position is held for ever.
 */
export function makeDrift(velocity: (v: number, c: Float64Array, environment: Environment) => number): Dynamics {
  return {
    held: "exact",
    rule: "exact motion between stops, any step",
    stochastic: false,
    advance(v, dt_s, x, c, environment) {
      x[0] = Math.min(1, Math.max(0, x[0] + velocity(v, c, environment) * dt_s));
    },
    settle(v, x, c, environment) {
      const speed = velocity(v, c, environment);
      if (speed !== 0) x[0] = speed > 0 ? 1 : 0;
    },
    times(v, _x, c, environment, times_s) {
      times_s.fill(1 / Math.abs(velocity(v, c, environment)));
    },
  };
}
