import type { Environment } from "../environment.ts";
import { type Grid, junctionCount } from "../grid.ts";
import type { JunctionKernel, JunctionModel, Parameters, StateSpec } from "../model.ts";
import { Gains } from "./gains.ts";
import { allocateState, type JunctionState } from "../state.ts";

/**
 * The simple volatile memristor, engine of most nanofluidic junctions (Robin et al. 2023, 10.1126/science.adc9931, eq. 4):
 *
 *   i = g v,   dg/dt = (g_inf(v) - g) / tau,   g_inf(v) = g_0 r(v)
 *
 * For v held over dt the update is exact, g <- g_inf + (g - g_inf) exp(-dt/tau), whatever the size of dt.
 *
 *   g     S   conductance_S       state
 *   g_0   S   zeroConductance_S   per junction, so that device variability is no special case
 *   tau   s   tau_s               per junction
 *   r     -   steady conductance relative to g_0, one function for the whole array, never negative
 */
export interface Relaxation {
  readonly model: JunctionModel;
  readonly parameters: Parameters;
  readonly derived: Readonly<Record<string, number>>;
  /** What the numbers below were derived for. */
  readonly environment: Environment;
  readonly zeroConductance_S: number;
  readonly tau_s: number;
  /** r(v), >= 0 everywhere: a passive junction has no negative conductance. */
  readonly ratio: (voltage_V: number) => number;
  /**
   * The same in other surroundings: factors on every junction's own g_0 and tau, and r(v). Absent where the environment
   * does not act. Called once per environment, so a changing one should be changed in steps.
   */
  readonly under?: (environment: Environment) => Surroundings;
}

export interface Surroundings {
  readonly conductanceFactor: number;
  readonly tauFactor: number;
  readonly ratio: (voltage_V: number) => number;
}

export const CONDUCTANCE_STATE: StateSpec = {
  name: "conductance_S",
  unit: "S",
  description: "chord conductance i / v of the junction",
};

const FIELDS = ["conductance_S", "zeroConductance_S", "tau_s"] as const;

export function makeRelaxer(relaxation: Relaxation): JunctionKernel {
  const { model, parameters, environment: known, zeroConductance_S, tau_s, ratio, under } = relaxation;
  const derived = { ...relaxation.derived, zeroConductance_S, tau_s };
  const gains = new Gains();
  const reference: Surroundings = { conductanceFactor: 1, tauFactor: 1, ratio };
  let environmentOf = known;
  let surroundings = reference;
  const surround = (environment: Environment): Surroundings => {
    if (environment === environmentOf) return surroundings;
    environmentOf = environment;
    surroundings = under === undefined || environment === known ? reference : under(environment);
    return surroundings;
  };
  return {
    model,
    parameters,
    derived,
    environment: known,
    voltageDependent: false,
    stochastic: false,
    held: "exact",
    stepRule: "exact exponential, any step",

    allocate(grid: Grid): JunctionState {
      const state = allocateState(grid, FIELDS);
      state.field("conductance_S").fill(zeroConductance_S * ratio(0));
      state.field("zeroConductance_S").fill(zeroConductance_S);
      state.field("tau_s").fill(tau_s);
      return state;
    },

    conductance: copyConductance,
    current: multiplyConductance,
    slope: copyConductance,

    step(state, voltage_V, dt_s, environment = known) {
      checkLength(state, voltage_V);
      if (!(dt_s >= 0)) throw new RangeError(`dt_s is ${dt_s}, allowed are values from 0`);
      const around = surround(environment);
      const steady = around.ratio;
      const factor = around.conductanceFactor;
      const held_s = dt_s / around.tauFactor;
      const g = state.field("conductance_S");
      const g0 = state.field("zeroConductance_S");
      const tau = state.field("tau_s");
      // one tau for all has one gain: the lists of gains are not read before a junction differs
      const [common_s] = tau;
      const common = -Math.expm1(-held_s / common_s);
      // lines are shared: most junctions see the voltage of the one before
      let v = voltage_V[0];
      let scale = factor * steady(v);
      let k = 0;
      for (; k < g.length && tau[k] === common_s; k++) {
        if (voltage_V[k] !== v) {
          v = voltage_V[k];
          scale = factor * steady(v);
        }
        g[k] += (g0[k] * scale - g[k]) * common;
      }
      if (k === g.length) return;
      const gain = gains.of(tau, held_s);
      for (; k < g.length; k++) g[k] += (g0[k] * (factor * steady(voltage_V[k])) - g[k]) * gain[k];
    },

    conductanceAhead(state, voltage_V, dt_s, junctions, conductance_S) {
      const { ratio: steady, conductanceFactor, tauFactor } = surround(known);
      const held_s = dt_s / tauFactor;
      const g = state.field("conductance_S");
      const g0 = state.field("zeroConductance_S");
      const tau = state.field("tau_s");
      let [tau_s, gain, v, scale] = [Number.NaN, 0, Number.NaN, 0];
      for (const k of junctions) {
        if (tau[k] !== tau_s) {
          tau_s = tau[k];
          gain = -Math.expm1(-held_s / tau_s);
        }
        if (voltage_V[k] !== v) {
          v = voltage_V[k];
          scale = conductanceFactor * steady(v);
        }
        conductance_S[k] = g[k] + (g0[k] * scale - g[k]) * gain;
      }
    },

    steadyConductance(voltage_V, environment = known) {
      const around = surround(environment);
      return zeroConductance_S * around.conductanceFactor * around.ratio(voltage_V);
    },

    timescales(state, _voltage_V, environment = known) {
      const { tauFactor } = surround(environment);
      let min_s = Infinity;
      let max_s = 0;
      for (const tau of state.field("tau_s")) {
        if (tau < min_s) min_s = tau;
        if (tau > max_s) max_s = tau;
      }
      return { min_s: min_s * tauFactor, max_s: max_s * tauFactor };
    },
  };
}

/** i = g v with g a state. */
export function multiplyConductance(state: JunctionState, voltage_V: Float64Array, current_A: Float64Array): void {
  checkLength(state, voltage_V);
  checkLength(state, current_A);
  const g = state.field("conductance_S");
  for (let k = 0; k < g.length; k++) current_A[k] = g[k] * voltage_V[k];
}

/** g is a state: reading it is a copy. */
export function copyConductance(state: JunctionState, voltage_V: Float64Array, conductance_S: Float64Array): void {
  checkLength(state, voltage_V);
  checkLength(state, conductance_S);
  conductance_S.set(state.field("conductance_S"));
}

export function checkLength(state: JunctionState, values: Float64Array): void {
  const count = junctionCount(state.grid);
  if (values.length !== count)
    throw new RangeError(
      `Got ${values.length} values for ${state.grid.rows} x ${state.grid.columns} = ${count} junctions`,
    );
}
