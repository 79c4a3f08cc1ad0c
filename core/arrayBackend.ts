import type { Observable } from "rxjs";
import type { Grid } from "./crossbar/grid.ts";
import type { Arming } from "./limiter/arming.ts";
import type { ProductReadout, Readout, Stimulus, ImpedanceResult } from "./stimulus.ts";

/**
 * THE WAIST. A crossbar one can drive and listen to. Emulated and instrument-backed arrays keep the same promises;
 * the promises are written here in prose and as checks in arrayBackend.promises.ts, which run on every implementation.
 *
 * Sign and geometry: rows are driven, columns sensed, v = V_row - V_column, current positive from row to column,
 * column currents positive out of the array into the amplifier. Addresses are 0-based.
 */
export interface ArrayBackend extends AsyncDisposable {
  readonly grid: Grid;
  readonly capabilities: Capabilities;
  /** Of an array that has outputs to protect: runs on it and scripts by hand share one latch. */
  readonly arming?: Arming;
  /**
   * Every sample while a stimulus runs, as blocks in time order per channel. Hot: subscribe before `apply`.
   * Lost samples keep their place on the time axis as NaN and are counted in `lost`. Never errors; completes on dispose.
   */
  readonly samples: Observable<SampleBlock>;
  /** What the instruments are set to: on subscription, and after every change. Absent where nothing is ever set. */
  readonly states?: Observable<InstrumentSetting>;
  /**
   * Applies waveforms to the lines and resolves when they have ended and every sample has been emitted.
   * Checked before anything moves: sizes, capabilities, voltage range; a refusal changes nothing.
   * Two calls never overlap: the second rejects.
   * When `signal` aborts, the array goes to its safe state, samples taken so far are kept, and the promise rejects
   * with AbortedError.
   * @throws LimitError | UnsupportedError | TransportError | AbortedError
   */
  apply(stimulus: Stimulus, readout: Readout, signal: AbortSignal): Promise<Reading>;
  /**
   * Column currents for a batch of read vectors.
   * @param inputs_V batch x rows, row-major, volt
   * @returns batch x readout.columns.length currents
   * Refused (UnsupportedError) where unselected lines float, because a current is then no product.
   */
  multiply(inputs_V: Float64Array, readout: ProductReadout, signal: AbortSignal): Promise<Products>;
  /**
   * Ends every output: "ramp" goes to 0 V at the slew limit (abort), "immediate" idles at once (panic).
   * Callable at any moment, also while a stimulus runs and more than once; resolves when the outputs are safe.
   */
  makeSafe(how: "ramp" | "immediate"): Promise<void>;
  /**
   * Brings every junction to one level at the slew limit and keeps it there until the next call: a pause of a run on a
   * wall-clock array. Present where `capabilities.holdRange_V` is; anywhere else a pause is at 0 V by `makeSafe`.
   * @param level_V V_row - V_column, inside `holdRange_V`
   */
  hold?(level_V: number, signal: AbortSignal): Promise<void>;
  /**
   * Throws what `apply` would refuse before anything moves, beyond what the capabilities tell, and moves nothing: a run asks it of every
   * stimulus while it is planned. Absent where the capabilities tell everything.
   */
  rehearse?(stimulus: Stimulus, readout: Readout): void;
}

export interface Capabilities {
  /** Name and version for the run record, e.g. "emulated array". */
  readonly name: string;
  readonly source: "emulated" | "measured";
  /** Command voltage per line, volt. */
  readonly voltageRange_V: readonly [number, number];
  /** Potentials that the sensed columns can be held at; absent = those of `voltageRange_V`. Virtual grounds have [0, 0]. */
  readonly columnVoltageRange_V?: readonly [number, number];
  /** Full-scale current ranges, ascending, ampere; empty where the array has no fixed ranges. */
  readonly currentRanges_A: readonly number[];
  /** Fastest sampling, samples per second and channel. */
  readonly fastestSampling_Hz: number;
  /** Fastest voltage ramp, volt per second; Infinity where steps are ideal. */
  readonly slewLimit_V_s: number;
  readonly rowsDrivenAtOnce: number;
  readonly columnsSensedAtOnce: number;
  /** Columns that one product may ask for, where an instrument reads many junctions by itself; absent = `columnsSensedAtOnce`. */
  readonly columnsPerProduct?: number;
  /** Impedances that the array measures by itself: frequencies, and the largest sine (peak); absent where it cannot. */
  readonly impedance?: { readonly frequency_Hz: readonly [number, number]; readonly amplitude_V: number };
  /** What happens to lines that nobody asked for. "biased": every line can hold any voltage. */
  readonly unselectedLines: "floating" | "grounded" | "biased";
  /** Whether a product is one operation ("direct"), row by row ("superposed") or refused ("none"). */
  readonly products: "direct" | "superposed" | "none";
  /** A virtual clock jumps to the end of a stimulus; a wall clock waits for it. */
  readonly clock: "virtual" | "wall";
  /** Whether the outputs reach 0 V by themselves when the host falls silent. */
  readonly safeOnSilence: boolean;
  /** Whether stimuli may carry environment waveforms. */
  readonly environmentInputs: readonly string[];
  /** Levels at which the array can hold all its junctions between steps, volt. Absent: 0 V alone. */
  readonly holdRange_V?: readonly [number, number];
}

/** Range, filter, gain, mode of one instrument from a moment on; names carry their units. */
export interface InstrumentSetting {
  /** Of the array's clock. */
  readonly time_s: number;
  /** Which instrument, e.g. "Elements e4 on serial:/dev/ttyUSB1". */
  readonly instrument: string;
  readonly state: Readonly<Record<string, number | string | boolean>>;
}

/** Consecutive samples of one column. Arrays are owned by the receiver. */
export interface SampleBlock {
  /** Column index. */
  readonly channel: number;
  /** Time of the first sample, seconds of the array's clock. Sample n is at startTime_s + n samplePeriod_s. */
  readonly startTime_s: number;
  readonly samplePeriod_s: number;
  /** Positive out of the array; NaN where the sample was lost. */
  readonly current_A: Float64Array;
  /** Command voltage of the stimulus's reference row minus this column's clamp; NaN where either floats. */
  readonly voltage_V: Float64Array;
  /** 1 where the amplifier saturated, same length. */
  readonly overload: Uint8Array;
  /** How many samples of this block are lost (NaN). */
  readonly lost: number;
}

/** Mean currents of the read windows of one stimulus. */
export interface Reading {
  /** Seconds of the array's clock. */
  readonly startTime_s: number;
  readonly endTime_s: number;
  readonly columns: readonly number[];
  readonly windows: readonly WindowReading[];
  readonly samples: number;
  readonly lost: number;
  readonly overloads: number;
  /** Where the readout asked for one and the array measured it by itself. */
  readonly impedance?: ImpedanceResult;
}

export interface WindowReading {
  readonly label: string;
  /** Mean command voltage of the reference row minus the column's clamp, one per column, volt. */
  readonly voltage_V: Float64Array;
  /** Mean current, one per column, ampere; NaN when the window holds no valid sample. */
  readonly current_A: Float64Array;
  /** Valid samples behind each mean. */
  readonly samples: number;
  readonly overload: boolean;
}

export interface Products {
  readonly startTime_s: number;
  readonly endTime_s: number;
  readonly columns: readonly number[];
  /** batch x columns, row-major. */
  readonly current_A: Float64Array;
  readonly overloads: number;
  /** How the numbers came about, for the run record. */
  readonly method: "direct" | "superposed";
  /**
   * Of superposed products: when each junction was read, array time, in the order of the reads (vector, column, rows whose input
   * is not 0; rows before columns where columns are sensed together). What a volatile junction forgot between two of them is in the products.
   */
  readonly readTimes_s?: Float64Array;
}

/** How many columns a product may ask for. */
export function mostColumnsPerProduct({ columnsPerProduct, columnsSensedAtOnce }: Capabilities): number {
  return columnsPerProduct ?? columnsSensedAtOnce;
}
