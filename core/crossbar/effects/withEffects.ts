import type { Environment } from "../environment.ts";
import type { JunctionKernel } from "../model.ts";
import type { Effect } from "./effect.ts";

/** A kernel whose junctions feel the effects, and the two things that effects change of it. */
export interface AffectedKernel {
  readonly kernel: JunctionKernel;
  /** Product of the factors of all effects, row-major. */
  readonly gain: Float64Array;
  /** Asks every effect again. */
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
  const gain = new Float64Array(junctions).fill(1);
  const scaled_V = new Float64Array(junctions);
  const amplitudes = effects.flatMap(({ amplitude }) => (amplitude ? [amplitude] : []));
  const stuck = effects.flatMap(({ stuck_S }) => (stuck_S ? [stuck_S] : []));
  const scale = effects.find(({ voltageScale }) => voltageScale)?.voltageScale;
  let around = inner.environment;
  let rest_S = inner.steadyConductance(0, around);

  const scaled = (voltage_V: Float64Array): Float64Array => {
    if (!scale) return voltage_V;
    for (let k = 0; k < junctions; k++) scaled_V[k] = voltage_V[k] / scale[k];
    return scaled_V;
  };
  const affectCurrent = (values: Float64Array, voltage_V: Float64Array) => {
    for (const amplitude of amplitudes)
      for (let k = 0; k < junctions; k++) {
        const still = rest_S * voltage_V[k];
        values[k] = still + amplitude[k] * (values[k] - still);
      }
    for (let k = 0; k < junctions; k++) values[k] *= gain[k];
    for (const list of stuck) for (let k = 0; k < junctions; k++) if (list[k] >= 0) values[k] = list[k] * voltage_V[k];
  };
  /** The same for conductances and slopes, where rest is one number for all: the walk of every time step. */
  const affectConductance = (values: Float64Array) => {
    for (const amplitude of amplitudes)
      for (let k = 0; k < junctions; k++) values[k] = rest_S + amplitude[k] * (values[k] - rest_S);
    for (let k = 0; k < junctions; k++) values[k] *= gain[k];
    for (const list of stuck) for (let k = 0; k < junctions; k++) if (list[k] >= 0) values[k] = list[k];
  };

  const kernel: JunctionKernel = {
    ...inner,
    conductance(state, voltage_V, conductance_S, environment = around) {
      inner.conductance(state, scaled(voltage_V), conductance_S, environment);
      affectConductance(conductance_S);
    },
    slope(state, voltage_V, slope_S, environment = around) {
      inner.slope(state, scaled(voltage_V), slope_S, environment);
      affectConductance(slope_S);
    },
    current(state, voltage_V, current_A, environment = around) {
      inner.current(state, scaled(voltage_V), current_A, environment);
      if (scale) for (let k = 0; k < junctions; k++) current_A[k] *= scale[k];
      affectCurrent(current_A, voltage_V);
    },
    step(state, voltage_V, dt_s, environment = around) {
      inner.step(state, scaled(voltage_V), dt_s, environment);
    },
    steadyConductance: (voltage_V, environment = around) => inner.steadyConductance(voltage_V, environment),
    timescales: (state, voltage_V, environment = around) => inner.timescales(state, voltage_V, environment),
  };
  const affected: AffectedKernel = {
    kernel,
    gain,
    refresh() {
      gain.fill(1);
      for (const effect of effects) effect.gains?.(gain);
    },
    surround(environment) {
      around = environment;
      rest_S = inner.steadyConductance(0, around);
    },
  };
  affected.refresh();
  return affected;
}
