import type { Environment } from "../environment.ts";
import type { Grid } from "../grid.ts";
import type { JunctionKernel, Parameters, ParameterSpec } from "../model.ts";
import type { JunctionState } from "../state.ts";

/**
 * The contract of an array effect: what an array adds to its junctions. Every stage is optional; an effect that is not
 * asked for costs nothing. Whoever moves the array calls the stages in this order: `levels` before potentials are solved,
 * `advance` behind every time step, `gains` when an effect says that conductances changed.
 */
export interface Effect {
  readonly name: string;
  /** Multiplies its factor into the conductance of every junction, row-major. */
  gains?(gain: Float64Array): void;
  /** Part of the hysteresis that is left, per junction, 1 = all: g = g_rest + a (g - g_rest). The list is kept and read. */
  readonly amplitude?: Float64Array;
  /** Conductances that nothing moves any more, siemens, NaN = none. The list is kept and read. */
  readonly stuck_S?: Float64Array;
  /** Factor by which the junction's own voltage axis is stretched, per junction. The list is kept and read. */
  readonly voltageScale?: Float64Array;
  /** Turns the potentials of the instruments into those of the liquid at the ends of the lines, in place; NaN floats. */
  levels?(row_V: Float64Array, column_V: Float64Array): void;
  /** Longest step that is accurate now, seconds. */
  largestStep_s?(): number;
  /** Moves by one step. @returns whether `gains`, `amplitude`, `stuck_S` or `lineFactor` answer otherwise than before */
  advance?(moment: Moment, dt_s: number): boolean;
  /** Factor on the conductivity of the liquid in the lines. */
  lineFactor?(): number;
  /** Warming of the whole chip, kelvin. */
  warming_K?(): number;
  /** What the run record keeps: derived constants, and what became of the effect so far. */
  figures(): Readonly<Record<string, number>>;
}

/** The array at the start of a step. Lists belong to whoever moves it. */
export interface Moment {
  /** Seconds of the array's clock. */
  readonly time_s: number;
  /** Of the junctions themselves, row-major; i = g v. */
  readonly voltage_V: Float64Array;
  readonly conductance_S: Float64Array;
  /** In series with every junction. */
  readonly access_ohm: number;
  /** Into the array at the rows, out of it at the columns. */
  readonly rowCurrent_A: Float64Array;
  readonly columnCurrent_A: Float64Array;
  /** dI/dV of a line at its end with all others held, siemens: the sum over its junctions. */
  readonly rowSlope_S: Float64Array;
  readonly columnSlope_S: Float64Array;
  /** By how much these currents rise to the end of the step where nothing but the instruments moves, ampere. */
  readonly rowRise_A: Float64Array;
  readonly columnRise_A: Float64Array;
}

/** What an effect is made for. */
export interface EffectSite {
  readonly grid: Grid;
  readonly kernel: JunctionKernel;
  /** Freshly allocated; an effect may write constants of single junctions. */
  readonly state: JunctionState;
  readonly environment: Environment;
  /** Integer from 0 to 2^53 - 1. */
  readonly seed: number;
}

export interface EffectSpec {
  /** Name in files, kebab-case. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly source: string;
  readonly parameters: readonly ParameterSpec[];
  /** @throws RangeError (ParameterError for one parameter) naming what was asked and what is allowed */
  make(parameters: Parameters, site: EffectSite): Effect;
}
