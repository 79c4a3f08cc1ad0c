import type { Environment } from "../environment.ts";
import type { Dice } from "./dice.ts";
import type { Dynamics, Fields } from "./dynamics.ts";

/**
 * Event-driven states: something happens at the edge of a pulse, the rest is continuous. The voltage of the last step is
 * a state of the junction, so that a step that is repeated, moved to another thread or cut in pieces finds the same edges.
 */
export interface Edges {
  /** Index of the last voltage among the states. */
  readonly lastVoltage: number;
  /** Called at the start of a step whose voltage differs from that of the step before. */
  onChange(from_V: number, to_V: number, x: Float64Array, c: Float64Array, environment: Environment): void;
  /** What happens between the edges. */
  readonly between: Dynamics;
}

export function withEdges({ lastVoltage, onChange, between }: Edges): Dynamics {
  return {
    held: between.held,
    rule: `events at edges of the voltage; between them: ${between.rule}`,
    stochastic: between.stochastic,
    advance(v, dt_s, x, c, environment, dice) {
      const last = x[lastVoltage];
      if (v !== last) {
        onChange(last, v, x, c, environment);
        x[lastVoltage] = v;
      }
      between.advance(v, dt_s, x, c, environment, dice);
    },
    settle(v, x, c, environment) {
      x[lastVoltage] = v;
      between.settle(v, x, c, environment);
    },
    times: (v, x, c, environment, times_s) => between.times(v, x, c, environment, times_s),
  };
}

/** Independent groups of states, each moved by its own engine, one after the other. */
export function inSequence(...engines: readonly Dynamics[]): Dynamics {
  const own_s = new Float64Array(2);
  return {
    held: engines.some(({ held }) => held === "sub-stepped") ? "sub-stepped" : "exact",
    rule: engines.map(({ rule }) => rule).join("; "),
    stochastic: engines.some(({ stochastic }) => stochastic),
    advance(v, dt_s, x, c, environment, dice) {
      for (const engine of engines) engine.advance(v, dt_s, x, c, environment, dice);
    },
    // groups are independent and every junction counts its own draws: the order of the loops does not matter
    ...(engines.every(({ sweep }) => sweep !== undefined)
      ? {
          sweep(fields: Fields, voltage_V: Float64Array, dt_s: number, environment: Environment, dice: Dice) {
            for (const engine of engines) engine.sweep?.(fields, voltage_V, dt_s, environment, dice);
          },
        }
      : {}),
    settle(v, x, c, environment) {
      for (const engine of engines) engine.settle(v, x, c, environment);
    },
    times(v, x, c, environment, times_s) {
      let [min_s, max_s] = [Infinity, 0];
      for (const engine of engines) {
        engine.times(v, x, c, environment, own_s);
        if (own_s[0] === Infinity) continue;
        min_s = Math.min(min_s, own_s[0]);
        max_s = Math.max(max_s, own_s[1]);
      }
      times_s[0] = min_s;
      times_s[1] = Math.max(min_s, max_s);
    },
  };
}
