import type { Environment } from "../environment.ts";
import type { JunctionKernel } from "../model.ts";
import type { Effect } from "./effect.ts";

/** A kernel whose junctions feel the effects, and the two things that effects change of it. */
export interface AffectedKernel {
  readonly kernel: JunctionKernel;
  /** Asks every effect again for gains, hysteresis and stuck junctions. */
  refresh(): void;
  /** Surroundings from now on, where nobody names others. */
  surround(environment: Environment): void;
}

/**
 * Wraps a kernel so that solvers and integrators need to know nothing of effects:
 *
 *   i = m (g_rest v + a (i_model(v / s) s - g_rest v)),   dx/dt = f(x, v / s)
 *
 *   m        -   product of all gains               a   -   hysteresis that is left (fatigue)
 *   g_rest   S   model's steady conductance at 0 V  s   -   stretch of the voltage axis (variability of thresholds)
 *
 * A stuck junction is a resistor of its own. All factors are >= 0 and a <= 1: a passive junction stays passive.
 * @param junctions rows * columns
 */
export function withEffects(inner: JunctionKernel, junctions: number, effects: readonly Effect[]): AffectedKernel {
  const gain = new Float64Array(junctions);
  // what a junction has of the model, and what of a resistor: i = part i_model + own_S v
  const part = new Float64Array(junctions);
  const own_S = new Float64Array(junctions);
  const scaled_V = new Float64Array(junctions);
  const amplitudes = effects.flatMap(({ amplitude }) => (amplitude ? [amplitude] : []));
  const stuck = effects.flatMap(({ stuck_S }) => (stuck_S ? [stuck_S] : []));
  const scale = effects.find(({ voltageScale }) => voltageScale)?.voltageScale;
  // where g is a state, v / s s = v
  const stretched = inner.voltageDependent ? scale : undefined;
  let around = inner.environment;
  let rest_S = inner.steadyConductance(0, around);

  const stretch = (voltage_V: Float64Array, by: Float64Array | undefined): Float64Array => {
    if (!by) return voltage_V;
    for (let k = 0; k < junctions; k++) scaled_V[k] = voltage_V[k] / by[k];
    return scaled_V;
  };
  const compose = (): void => {
    part.set(gain);
    own_S.fill(0);
    for (const amplitude of amplitudes)
      for (let k = 0; k < junctions; k++) {
        own_S[k] = amplitude[k] * own_S[k] + gain[k] * (1 - amplitude[k]) * rest_S;
        part[k] *= amplitude[k];
      }
    for (const list of stuck)
      for (let k = 0; k < junctions; k++)
        if (list[k] >= 0) {
          part[k] = 0;
          own_S[k] = list[k];
        }
  };
  const affect = (values_S: Float64Array): void => {
    for (let k = 0; k < junctions; k++) values_S[k] = part[k] * values_S[k] + own_S[k];
  };

  const kernel: JunctionKernel = {
    ...inner,
    conductance(state, voltage_V, conductance_S, environment = around) {
      inner.conductance(state, stretch(voltage_V, stretched), conductance_S, environment);
      affect(conductance_S);
    },
    slope(state, voltage_V, slope_S, environment = around) {
      inner.slope(state, stretch(voltage_V, stretched), slope_S, environment);
      affect(slope_S);
    },
    current(state, voltage_V, current_A, environment = around) {
      inner.current(state, stretch(voltage_V, stretched), current_A, environment);
      if (stretched) for (let k = 0; k < junctions; k++) current_A[k] *= stretched[k];
      for (let k = 0; k < junctions; k++) current_A[k] = part[k] * current_A[k] + own_S[k] * voltage_V[k];
    },
    step(state, voltage_V, dt_s, environment = around) {
      inner.step(state, stretch(voltage_V, scale), dt_s, environment);
    },
    steadyConductance: (voltage_V, environment = around) => inner.steadyConductance(voltage_V, environment),
    timescales: (state, voltage_V, environment = around) => inner.timescales(state, voltage_V, environment),
  };
  const affected: AffectedKernel = {
    kernel,
    refresh() {
      gain.fill(1);
      for (const effect of effects) effect.gains?.(gain);
      compose();
    },
    surround(environment) {
      around = environment;
      rest_S = inner.steadyConductance(0, around);
      compose();
    },
  };
  affected.refresh();
  return affected;
}
