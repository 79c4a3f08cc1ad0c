import type { Environment } from "./crossbar/environment.ts";
import type { Waveform } from "./waveform.ts";

/** What one end of a line does during a stimulus: follow a waveform (0 V and clamps included), or float. */
export type LineDrive = Waveform | "floating";

/** Which junction (or whole row, or whole column) a stimulus is meant for; bookkeeping and plots, never physics. */
export interface Address {
  readonly row: number;
  readonly column: number;
}

/**
 * Everything that happens to an array for a while: one waveform per line, all starting together.
 * A waveform that ends early holds its last value; the junction sees V_row - V_column minus the drops of the lines.
 */
export interface Stimulus {
  readonly duration_s: number;
  /** One drive per row (left end). */
  readonly rows: readonly LineDrive[];
  /** One drive per column: the potential of its sense clamp (bottom end). */
  readonly columns: readonly LineDrive[];
  /** The junctions this stimulus is meant for; the others receive it as a disturbance. */
  readonly targets: readonly Address[];
  /** Row whose command voltage (minus the column's) is reported beside every sampled current. */
  readonly referenceRow: number;
  /** Environment waveforms, for models that have such inputs (light, pressure ...); value instead of voltage. */
  readonly environment?: Partial<Readonly<Record<keyof Environment, Waveform>>>;
}

/** A part of a stimulus over which the current is averaged into one figure per column. */
export interface ReadWindow {
  /** Seconds from the start of the stimulus. */
  readonly start_s: number;
  readonly end_s: number;
  /** Name for people and analysis, e.g. "pulse 2". */
  readonly label?: string;
}

/** How to listen. */
export interface Readout {
  /** Time between samples, seconds. */
  readonly samplePeriod_s: number;
  /** Columns that are sampled, ascending; the array may sense fewer at once and then refuses. */
  readonly columns: readonly number[];
  /** Full scale of the current range, ampere; "auto" leaves it to the array (an emulated one then has no overload). */
  readonly currentRange_A: number | "auto";
  readonly windows: readonly ReadWindow[];
  /**
   * The stimulus is this sine on this bias, and its impedance is wanted: an array with that capability measures it by itself, in its
   * own time, and gives no samples.
   */
  readonly impedance?: SineRequest;
}

export interface SineRequest {
  readonly bias_V: number;
  /** Peak. */
  readonly amplitude_V: number;
  readonly frequency_Hz: number;
}

export interface ImpedanceResult {
  /** As the instrument tells it. */
  readonly frequency_Hz: number;
  readonly real_ohm: number;
  readonly imaginary_ohm: number;
  readonly overload: boolean;
}

/** How to listen to a product: a voltage vector is applied for this long and the column currents averaged. */
export interface ProductReadout {
  /** Duration of one read vector, seconds; also how long it disturbs volatile junctions. */
  readonly integration_s: number;
  /** Pause at 0 V after every vector, seconds. */
  readonly rest_s: number;
  readonly columns: readonly number[];
  readonly currentRange_A: number | "auto";
}
