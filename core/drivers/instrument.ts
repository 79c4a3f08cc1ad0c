import type { Observable } from "rxjs";
import type { Grid } from "../crossbar/grid.ts";
import type { Admitted } from "./admitted.ts";
import type { Address, ImpedanceResult, SineRequest } from "../stimulus.ts";

/** What an instrument says of itself; calibrations and limits are bound to it. */
export interface Identity {
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  readonly firmware: string;
}

/** What is emulated says so in its serial number or firmware ("SIM0001"), so that its data can never pass for measured. */
export function isSimulated({ serial, firmware }: Identity): boolean {
  return /\bsim/i.test(`${serial} ${firmware}`);
}

/**
 * What an instrument is set to beside its command: range, filter, gain, mode, by name with the unit in it. Never a constant:
 * it holds from the moment at which it is told until the next.
 */
export type InstrumentState = Readonly<Record<string, number | string | boolean>>;

/** Anything on the other end of a port. Disposing makes it safe and closes the port. */
export interface Instrument extends AsyncDisposable {
  readonly identity: Identity;
  /** Where it is connected, for messages and records. */
  readonly port: string;
  /** Its state, on subscription and after every change; absent where there is nothing to be set. */
  readonly states?: Observable<InstrumentState>;
  /** Ends every output: "ramp" through 0 V as gently as the instrument can, "immediate" at once. Callable at any moment. */
  makeSafe(how: "ramp" | "immediate"): Promise<void>;
}

/** What one source-and-measure channel can do, as data from the manual. */
export interface ChannelCapabilities {
  readonly voltageRange_V: readonly [number, number];
  /** Largest difference between two voltages of one plan; Infinity where the whole range is open. */
  readonly span_V: number;
  /** Step of the voltage output. */
  readonly voltageStep_V: number;
  /** Full-scale currents, ascending. */
  readonly currentRanges_A: readonly number[];
  /** Whether the instrument itself holds a compliance, |I| at most. */
  readonly compliance: boolean;
  /** Shortest time of a point that is measured, and of one that is only held. */
  readonly shortestMeasured_s: number;
  readonly shortestHeld_s: number;
  /** Most points of one plan. */
  readonly mostPoints: number;
  /** Whether the output goes to 0 V by itself when the host falls silent. */
  readonly safeOnSilence: boolean;
  /**
   * Virtual-ground inputs that are measured at once, one per column, while the one output drives a row; input k is column k.
   * Absent: one, which a selector connects to a column.
   */
  readonly inputs?: number;
}

/**
 * A finite list of voltages with times, sent whole and played on the device's own clock; at its end the output is at
 * 0 V and idle, whatever becomes of the host. Parallel arrays, one entry per point.
 */
export interface ChannelPlan {
  /** V_row - V_column. */
  readonly voltage_V: Float64Array;
  readonly duration_s: Float64Array;
  /** 1 where the current is to be measured, late in the point's time, when it has settled. */
  readonly measured: Uint8Array;
  readonly currentRange_A: number | "auto";
  /** Largest |I| where the instrument can hold one; Infinity = its own. */
  readonly compliance_A: number;
}

/** One measured point. */
export interface ChannelPoint {
  /** Index into the plan. */
  readonly point: number;
  /** Of an instrument with several inputs, 0-based; points come in order, and all inputs of a point together. */
  readonly input?: number;
  /** Positive from row to column, as the driver knows its polarity; NaN where the instrument had no number. */
  readonly current_A: number;
  readonly overload: boolean;
  /** The voltage that the instrument says it put out meanwhile; absent where it does not say. */
  readonly voltage_V?: number;
}

/** One channel that sources a voltage and measures the current through it. */
export interface Potentiostat extends Instrument {
  readonly channel: ChannelCapabilities;
  readonly impedance?: ImpedanceAnalyser;
  /**
   * Plays a plan and tells of the measured points in order, as they come; resolves when the output is safe again.
   * When `signal` aborts, the output is made safe first, then the promise rejects with AbortedError.
   * @throws InstrumentError with what was asked, what the instrument said and the state of its output; TransportError
   */
  play(
    plan: Admitted<ChannelPlan>,
    tell: (points: readonly ChannelPoint[]) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

/** What stands between a junction and somebody else's converter: gain and filters, no output of its own. */
export interface Conditioner extends Instrument {
  readonly states: Observable<InstrumentState>;
  /** @throws UnsupportedError naming the setting and what is allowed, InstrumentError */
  set(changes: InstrumentState): Promise<void>;
}

/** What a channel with an impedance analyser of its own adds. */
export interface ImpedanceAnalyser {
  readonly frequency_Hz: readonly [number, number];
  /** Largest sine, peak. */
  readonly amplitude_V: number;
  /**
   * Drives one sine and tells the impedance; the output is at 0 V and off afterwards.
   * @param plan the extremes of the sine, as the limiter has seen them
   * @throws as `play`
   */
  measure(plan: Admitted<ChannelPlan>, sine: SineRequest, signal: AbortSignal): Promise<ImpedanceResult>;
}

/** Connects one row and one column of an array to the two terminals of a channel. */
export interface Selector extends AsyncDisposable {
  readonly grid: Grid;
  /** What becomes of the lines that are not selected. */
  readonly unselectedLines: "floating" | "grounded";
  /**
   * Break, address, settle, make, settle; the channel is at 0 V meanwhile (the caller sees to it). Resolves when the junction is
   * connected. @throws RangeError outside the grid, InstrumentError | TransportError
   */
  select(address: Address): Promise<void>;
  /** Opens every switch. Callable at any moment. */
  open(): Promise<void>;
  /**
   * Present where the selector has a trigger output: a pulse on it, right before a plan is sent.
   * @returns when it rose, in the timer's seconds by the selector's own clock; NaN as long as the clocks were not compared
   */
  trigger?(): Promise<number>;
  /**
   * Present where the selector may let go by itself (its dead-man, its limits, its emergency input): asked after every plan.
   * @throws InstrumentError when the junction has not been connected ever since it was selected: the currents are those of open lines
   */
  confirm?(address: Address): Promise<void>;
  /**
   * Present where selector and channel are one instrument with a job of its own for this: the current of each of these
   * junctions, one after the other, each at the voltage and for the time of its plan's only point.
   * @returns as many points as cells, numbered as they are
   * @throws AbortedError, InstrumentError | TransportError
   */
  readJunctions?(
    cells: readonly (Address & { readonly plan: Admitted<ChannelPlan> })[],
    signal: AbortSignal,
  ): Promise<readonly ChannelPoint[]>;
}
