import type { Environment } from "./environment.ts";
import type { Grid } from "./grid.ts";
import type { JunctionState } from "./state.ts";

/**
 * The junction contract. A model is a record of functions over whole arrays, not a class per junction:
 * it resolves its parameters once, allocates a struct of arrays, and then steps all junctions at a time.
 *
 *   memristive      i = g(x, v) v              dx/dt = f(x, v, environment)
 *   sourced         i = g(x, v) (v + e(x))     a battery or photovoltage in series with g
 *   memcapacitive   i = dq/dt,   q = C(x) v
 *   mixed           any of the first two in parallel with the third
 *
 * with v = V_row - V_column and i positive from row to column. `current` is the part that is carried (the first two),
 * `charge` the part that is stored; the whole current is current + d(charge)/dt.
 */

/** Where a number comes from; shown to the user, never upgraded. */
export type Provenance = "published" | "derived" | "default of ours";

export interface ParameterSpec {
  /** Name with its unit suffix, e.g. `length_m`. */
  readonly name: string;
  /** Unit as people write it, e.g. "m", "1/V"; "" for a pure number or a structured value. */
  readonly unit: string;
  readonly description: string;
  readonly default: ParameterValue;
  /** Closed interval of physically meaningful values, for numbers; outside is refused. */
  readonly range?: readonly [number, number];
  /** Narrower interval in which the published model holds; outside is a warning. */
  readonly validRange?: readonly [number, number];
  readonly provenance: Provenance;
  /** DOI, repository or section that states the value. */
  readonly source: string;
}

/** A number for nearly everything; a small record where a parameter is a function (svm's `activation`). */
export type ParameterValue = number | Readonly<Record<string, unknown>>;
export type Parameters = Readonly<Record<string, ParameterValue>>;

export interface StateSpec {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
}

export type Plug = "memristive" | "sourced" | "memcapacitive" | "mixed";

/** What a model promises for every state it can reach and every environment; property tests hold it to that. */
export interface Claims {
  /**
   * It never gives out more energy than it took: i v >= 0 at every instant for a memristive junction, otherwise
   * integral(i v dt) >= stored energy gained (`storedEnergy`).
   */
  readonly passive: boolean;
  /** No current at 0 V, whatever the state. */
  readonly pinched: boolean;
}

export interface JunctionModel {
  /** Descriptive kebab-case name, e.g. `conical-channel`. */
  readonly name: string;
  /** Short ids of the device catalogue, e.g. `cone`. */
  readonly aliases: readonly string[];
  readonly title: string;
  /** One or two sentences: what physics, which equation. */
  readonly summary: string;
  /** DOI or other source of the mechanism. */
  readonly source: string;
  /** `qualitative` where the literature gives a mechanism but no numbers. */
  readonly grade: "quantitative" | "qualitative";
  readonly parameters: readonly ParameterSpec[];
  readonly states: readonly StateSpec[];
  readonly plug: Plug;
  readonly claims: Claims;
  /** Junction voltages for which the published model holds. */
  readonly validRange_V: readonly [number, number];
  /**
   * Checks the parameters, derives constants and tables, and returns the array kernel.
   * @throws RangeError naming the parameter, what was asked and what is allowed
   */
  resolve(parameters: Parameters, environment: Environment): JunctionKernel;
}

/** A model with its parameters fixed: whole-array functions, no allocation after `allocate`. */
export interface JunctionKernel {
  readonly model: JunctionModel;
  /** Every parameter as used, defaults filled in, and the derived constants worth recording. */
  readonly parameters: Parameters;
  readonly derived: Readonly<Record<string, number>>;
  /** What `resolve` was given: the surroundings wherever a function below is called without. */
  readonly environment: Environment;
  /** Whether g depends on v at fixed state; false lets the solver treat a time step as linear. */
  readonly voltageDependent: boolean;
  /** Whether `step` draws random numbers: functions of (seed, junction, draw) alone, all three fields of the state. */
  readonly stochastic: boolean;
  /**
   * What `step` does with a voltage that is held: "exact" for any dt, cut as one likes; "sub-stepped" by itself until
   * accurate, by `stepRule`. A varying voltage is the caller's: mid-step values, dt well below `timescales(...).min_s`.
   */
  readonly held: "exact" | "sub-stepped";
  readonly stepRule: string;
  /**
   * Fresh state at the 0 V steady state (of a junction that holds any state: its initial parameter);
   * holds the dynamic states and the per-junction parameters.
   * @param seed of a stochastic kernel, integer from 0 to 2^53 - 1
   */
  allocate(grid: Grid, seed?: number): JunctionState;
  /** Chord conductance g(x, v) in siemens of every junction, into `conductance_S` (length rows * columns). */
  conductance(
    state: JunctionState,
    voltage_V: Float64Array,
    conductance_S: Float64Array,
    environment?: Environment,
  ): void;
  /** Carried current in ampere, g (v + e); without what charges the junction. */
  current(state: JunctionState, voltage_V: Float64Array, current_A: Float64Array, environment?: Environment): void;
  /** di/dv in siemens of `current` at fixed state: the Jacobian of a Newton solver. */
  slope(state: JunctionState, voltage_V: Float64Array, slope_S: Float64Array, environment?: Environment): void;
  /** Stored charge in coulomb at these voltages; present in memcapacitive and mixed junctions alone. */
  charge?(state: JunctionState, voltage_V: Float64Array, charge_C: Float64Array, environment?: Environment): void;
  /** Stored energy in joule (electric, elastic), where there is a store. */
  storedEnergy?(state: JunctionState, voltage_V: Float64Array, energy_J: Float64Array, environment?: Environment): void;
  /** Advances every junction by `dt_s` with its voltage held at `voltage_V` (mid-step value: second order). */
  step(state: JunctionState, voltage_V: Float64Array, dt_s: number, environment?: Environment): void;
  /**
   * Chord conductances that the listed junctions will have after `dt_s` more at these voltages, into their places; the state
   * stays as it is. Present where one may look ahead: `held` is exact and nothing is random.
   */
  conductanceAhead?(
    state: JunctionState,
    voltage_V: Float64Array,
    dt_s: number,
    junctions: Int32Array,
    conductance_S: Float64Array,
  ): void;
  /** Steady-state chord conductance in siemens of one nominal junction held at `voltage_V`. */
  steadyConductance(voltage_V: number, environment?: Environment): number;
  /**
   * Fastest and slowest time constant of the dynamics, seconds, at these voltages; without voltages over the valid
   * range of the model. Infinity for a junction without memory, or that holds its state.
   */
  timescales(
    state: JunctionState,
    voltage_V?: Float64Array,
    environment?: Environment,
  ): { readonly min_s: number; readonly max_s: number };
}
