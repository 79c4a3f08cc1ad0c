import type { Environment } from "../environment.ts";
import type { Grid } from "../grid.ts";
import type { JunctionKernel, JunctionModel, Parameters } from "../model.ts";
import { allocateState, type JunctionState } from "../state.ts";
import { Dice } from "./dice.ts";
import type { Dynamics, Fields, Terminals } from "./dynamics.ts";
import { checkLength } from "./relaxation.ts";

/**
 * A kernel from three parts that know nothing of one another: states and constants with their values, an engine that
 * moves the states of one junction (`Dynamics`), and what a circuit sees of it (`Terminals`). Whole-array functions loop
 * over the junctions with one scratch pair; nothing is allocated per step. A constant is a field of the state like
 * everything else, so variability is writing to it.
 */
export interface KernelParts {
  readonly model: JunctionModel;
  readonly parameters: Parameters;
  readonly environment: Environment;
  readonly derived?: Readonly<Record<string, number>>;
  /** Starting values; names and order of `model.states`. They are moved to the 0 V steady state by `Dynamics.settle`. */
  readonly states: Readonly<Record<string, number>>;
  /** Per-junction constants and their nominal values. */
  readonly constants: Readonly<Record<string, number>>;
  readonly dynamics: Dynamics;
  readonly terminals: Terminals;
}

const RANDOM_FIELDS = ["seed", "junction", "draws"] as const;
/** Voltages of the valid range at which time constants are compared when nobody names one. */
const PROBES = 17;

export function makeKernel(parts: KernelParts): JunctionKernel {
  const { model, parameters, dynamics, terminals } = parts;
  const known = parts.environment;
  const stateNames = Object.keys(parts.states);
  const constantNames = Object.keys(parts.constants);
  const fieldNames = [...stateNames, ...constantNames, ...(dynamics.stochastic ? RANDOM_FIELDS : [])];
  const nominal = Float64Array.from(Object.values(parts.constants));
  const initial = Float64Array.from(Object.values(parts.states));
  const x = new Float64Array(stateNames.length);
  const c = new Float64Array(constantNames.length);
  const times_s = new Float64Array(2);
  const dice = new Dice();
  dynamics.settle(0, initial, nominal, known);

  /** Fields of the state seen last: a lookup by name per step is dearer than a small array's step. */
  let fieldsOf: JunctionState | undefined;
  let fields: Float64Array[] = [];
  let grouped: Fields = { x: [], c: [], junction: nominal, draws: nominal };
  const open = (state: JunctionState): number => {
    if (state !== fieldsOf) {
      fields = fieldNames.map((name) => state.field(name));
      fieldsOf = state;
      const [junction = nominal, draws = nominal] = fields.slice(stateNames.length + c.length + 1);
      grouped = {
        x: fields.slice(0, stateNames.length),
        c: fields.slice(stateNames.length, stateNames.length + c.length),
        junction,
        draws,
      };
    }
    return stateNames.length;
  };
  const load = (k: number, states: number): void => {
    for (let s = 0; s < states; s++) x[s] = fields[s][k];
    for (let p = 0; p < c.length; p++) c[p] = fields[states + p][k];
  };
  type Reading = (v: number, environment: Environment) => number;
  const sweep = (read: Reading) => {
    return (state: JunctionState, voltage_V: Float64Array, out: Float64Array, environment: Environment = known) => {
      checkLength(state, voltage_V);
      checkLength(state, out);
      const states = open(state);
      for (let k = 0; k < out.length; k++) {
        load(k, states);
        out[k] = read(voltage_V[k], environment);
      }
    };
  };
  const conductance: Reading = (v, environment) => terminals.conductance(v, x, c, environment);
  const current: Reading = (v, environment) =>
    terminals.conductance(v, x, c, environment) * (v + (terminals.emf?.(v, x, c, environment) ?? 0));
  const differences: Reading = (v, environment) => {
    const h = 1e-5 * Math.max(Math.abs(v), 0.01);
    return (current(v + h, environment) - current(v - h, environment)) / (2 * h);
  };
  const { slope, charge, storedEnergy } = terminals;

  const kernel: JunctionKernel = {
    model,
    parameters,
    derived: parts.derived ?? {},
    environment: known,
    voltageDependent: terminals.voltageDependent,
    stochastic: dynamics.stochastic,
    held: dynamics.held,
    stepRule: dynamics.rule,

    allocate(grid: Grid, seed = 0): JunctionState {
      const state = allocateState(grid, fieldNames);
      stateNames.forEach((name, s) => state.field(name).fill(initial[s]));
      constantNames.forEach((name, p) => state.field(name).fill(nominal[p]));
      if (dynamics.stochastic) {
        dice.reseed(seed);
        state.field("seed").fill(seed);
        const junction = state.field("junction");
        for (let k = 0; k < junction.length; k++) junction[k] = k;
      }
      return state;
    },

    conductance: sweep(conductance),
    current: sweep(current),
    slope: sweep(
      slope !== undefined
        ? (v, environment) => slope(v, x, c, environment)
        : terminals.voltageDependent
          ? differences
          : conductance,
    ),

    step(state, voltage_V, dt_s, environment = known) {
      checkLength(state, voltage_V);
      if (!(dt_s >= 0)) throw new RangeError(`dt_s is ${dt_s}, allowed are values from 0`);
      const states = open(state);
      const first = states + c.length;
      if (dynamics.stochastic) dice.reseed(fields[first][0]);
      if (dynamics.sweep !== undefined) return dynamics.sweep(grouped, voltage_V, dt_s, environment, dice);
      for (let k = 0; k < voltage_V.length; k++) {
        load(k, states);
        if (dynamics.stochastic) dice.seat(fields[first + 1][k], fields[first + 2][k]);
        dynamics.advance(voltage_V[k], dt_s, x, c, environment, dice);
        for (let s = 0; s < states; s++) fields[s][k] = x[s];
        if (dynamics.stochastic) fields[first + 2][k] = dice.draws;
      }
    },

    steadyConductance(voltage_V, environment = known) {
      x.set(initial);
      c.set(nominal);
      dynamics.settle(voltage_V, x, c, environment);
      return terminals.conductance(voltage_V, x, c, environment);
    },

    timescales(state, voltage_V, environment = known) {
      const states = open(state);
      const [least, most] = model.validRange_V;
      const probes = voltage_V === undefined ? PROBES : 1;
      let min_s = Infinity;
      let max_s = 0;
      for (let k = 0; k < fields[0].length; k++) {
        load(k, states);
        for (let probe = 0; probe < probes; probe++) {
          const v = voltage_V === undefined ? least + ((most - least) * probe) / (PROBES - 1) : voltage_V[k];
          dynamics.times(v, x, c, environment, times_s);
          if (times_s[0] < min_s) min_s = times_s[0];
          if (times_s[1] > max_s) max_s = times_s[1];
        }
      }
      return { min_s, max_s: Math.max(min_s, max_s) };
    },
  };
  if (charge !== undefined) kernel.charge = sweep((v, environment) => charge(v, x, c, environment));
  if (storedEnergy !== undefined) kernel.storedEnergy = sweep((v, environment) => storedEnergy(v, x, c, environment));
  return kernel;
}
