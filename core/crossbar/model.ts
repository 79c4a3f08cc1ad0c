import type { Environment } from "./environment.ts";
import type { Grid } from "./grid.ts";
import type { JunctionState } from "./state.ts";

/**
 * The junction contract. A model is a record of functions over whole arrays, not a class per junction:
 * it resolves its parameters once, allocates a struct of arrays, and then steps all junctions at a time.
 *
 *   memristive junction   i = g(x, v) v,   dx/dt = f(x, v, environment)
 *
 * with v = V_row - V_column and i positive from row to column.
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
  /** Closed interval of physically meaningful values, for numbers. */
  readonly range?: readonly [number, number];
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
  /** Fresh state at the 0 V steady state; holds the dynamic states and the per-junction parameters. */
  allocate(grid: Grid): JunctionState;
  /** Chord conductance g(x, v) in siemens of every junction, into `conductance_S` (length rows * columns). */
  conductance(state: JunctionState, voltage_V: Float64Array, conductance_S: Float64Array): void;
  /** Advances every junction by `dt_s` with its voltage held at `voltage_V` (mid-step value: second order). */
  step(state: JunctionState, voltage_V: Float64Array, dt_s: number): void;
  /** Steady-state chord conductance in siemens of one nominal junction held at `voltage_V`. */
  steadyConductance(voltage_V: number): number;
  /** Fastest and slowest time constant of the dynamics, seconds; Infinity for a junction without memory. */
  timescales(state: JunctionState): { readonly min_s: number; readonly max_s: number };
  /** Whether g depends on v at fixed state; false lets the solver treat a time step as linear. */
  readonly voltageDependent: boolean;
}
