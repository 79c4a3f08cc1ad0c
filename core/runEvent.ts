import type { Capabilities, InstrumentSetting, Products, Reading, SampleBlock } from "./arrayBackend.ts";
import type { Grid } from "./crossbar/grid.ts";
import type { Trip } from "./limiter/arming.ts";
import type { Limits } from "./limits.ts";
import type { Address, ProductReadout, ReadWindow } from "./stimulus.ts";

/**
 * What a run says about itself, in order. Recorders, progress bars, plots and reports read these and nothing else.
 * `time_s` is the array's clock; wall-clock stamps are added by whoever records, so that two runs with one seed are equal.
 */
export type RunEvent =
  | RunStarted
  | Rearmed
  | Armed
  | Tripped
  | Disarmed
  | StepIntended
  | SamplesTaken
  | StepFinished
  | ProductsTaken
  | Marked
  | Prompted
  | Confirmed
  | QualityFlagged
  | InstrumentStated
  | DisturbBooked
  | Paused
  | Resumed
  | StopRequested
  | Progressed
  | RunStopped;

export interface RunStarted {
  readonly kind: "run-started";
  readonly time_s: number;
  readonly grid: Grid;
  readonly capabilities: Capabilities;
  readonly limits: Limits;
  /** Names of the protocols in order. */
  readonly protocols: readonly string[];
  readonly plannedDuration_s: number;
  readonly plannedSteps: number;
}

/** The latch of an earlier trip was cleared by somebody before this run. */
export interface Rearmed {
  readonly kind: "rearmed";
  readonly time_s: number;
  readonly cleared: Trip;
}

/** From here on outputs may leave 0 V. */
export interface Armed {
  readonly kind: "armed";
  readonly time_s: number;
  /** CRC-32 of the limits in force, which a device with limits of its own must confirm. */
  readonly limitsCrc: number;
}

/** A limit was found exceeded: outputs idle, and nothing is sent until somebody clears the latch. */
export interface Tripped {
  readonly kind: "tripped";
  readonly time_s: number;
  readonly trip: Trip;
}

/** Outputs are safe and stay so. */
export interface Disarmed {
  readonly kind: "disarmed";
  readonly time_s: number;
}

/** Written before the step is sent: a step without an outcome is unknown and is never sent again. */
export interface StepIntended {
  readonly kind: "step-intended";
  readonly step: number;
  readonly time_s: number;
  /** Index into the experiment's protocol list. */
  readonly protocol: number;
  readonly protocolName: string;
  readonly action: "apply" | "multiply";
  /** What the step is for, e.g. "pulse", "read", "sweep", "pair"; analysis selects by it. */
  readonly role: string;
  readonly label: string;
  readonly targets: readonly Address[];
  readonly duration_s: number;
  readonly largest_V: number;
  /** Numbers the analysis needs to interpret the step (pulse index, gap, frequency ...). */
  readonly tags: Readonly<Record<string, number | string>>;
  readonly windows: readonly ReadWindow[];
  /** For products: how many vectors, how long each. */
  readonly products?: { readonly batch: number; readonly readout: ProductReadout };
}

export interface SamplesTaken {
  readonly kind: "samples";
  readonly step: number;
  readonly block: SampleBlock;
}

export interface StepFinished {
  readonly kind: "step-finished";
  readonly step: number;
  readonly time_s: number;
  readonly reading: Reading;
}

export interface ProductsTaken {
  readonly kind: "products-taken";
  readonly step: number;
  readonly time_s: number;
  /** batch x rows. */
  readonly inputs_V: Float64Array;
  readonly products: Products;
  /** Products of the ideal array (no lines, no noise) where the protocol knows them: batch x columns. */
  readonly expected_A?: Float64Array;
}

export interface Marked {
  readonly kind: "marked";
  readonly time_s: number;
  readonly protocol: number;
  readonly protocolName: string;
  readonly label: string;
  readonly data: Readonly<Record<string, number | string | readonly number[]>>;
}

/** The run waits for an operator; outputs are held as in a pause. */
export interface Prompted {
  readonly kind: "prompted";
  readonly time_s: number;
  readonly protocol: number;
  readonly protocolName: string;
  readonly prompt: string;
}

/** Somebody has done what the prompt asked for. */
export interface Confirmed extends Omit<Prompted, "kind"> {
  readonly kind: "confirmed";
  /** Who says so, e.g. "the terminal", "--yes". */
  readonly by: string;
}

/**
 * Something that a reader of the data must know and that the data alone do not say; a flag, never an error.
 *
 * | flag              | what happened                                                            | `offset_s`            |
 * |-------------------|--------------------------------------------------------------------------|-----------------------|
 * | `out-of-order`    | a block begins before, or at, a sample of its column that came earlier   | negative: how early   |
 * | `gap`             | within a step, a block begins later than one period after the last sample | positive: how late    |
 * | `suspended`       | the machine slept, or the process was stopped and continued              | how long              |
 * | `wall-clock-jump` | the wall clock was set, or the machine slept: it moved by this much more than the monotonic clock |  |
 * | `uncertain`       | line or instrument failed while the step was under way: it may have been emitted in part or whole, and is never sent again | 0: the step's begin |
 */
export interface QualityFlagged {
  readonly kind: "quality-flagged";
  /** The array's clock: where the block begins, or how far the run had come. */
  readonly time_s: number;
  readonly flag: "out-of-order" | "gap" | "wall-clock-jump" | "suspended" | "uncertain";
  readonly offset_s: number;
  /** Of the block; absent for the wall clock. */
  readonly step?: number;
  readonly column?: number;
}

/**
 * What an instrument is set to from this moment on: range, filter, gain, mode. Said at the start and after every change, never
 * assumed to last.
 */
export interface InstrumentStated extends InstrumentSetting {
  readonly kind: "instrument-state";
}

/** The run holds between two steps: `steps` are done, every junction is at `level_V` (a virtual clock stands still). */
export interface Paused {
  readonly kind: "paused";
  readonly time_s: number;
  readonly steps: number;
  readonly level_V: number;
  /** Who asked, e.g. "crosspore pause". */
  readonly by: string;
}

export interface Resumed {
  readonly kind: "resumed";
  readonly time_s: number;
  readonly steps: number;
  readonly by: string;
}

/** The run will end after its current cell. */
export interface StopRequested {
  readonly kind: "stop-requested";
  readonly time_s: number;
  readonly steps: number;
  readonly by: string;
}

/** What every junction took, by how it was met (disturbBook.ts): "halfSelected.voltage_Vs" and so on, row-major. */
export interface DisturbBooked {
  readonly kind: "disturb-booked";
  readonly time_s: number;
  /** Steps with floating lines, whose voltages nobody commands: no dose in them. */
  readonly floatingSteps: number;
  readonly doses: Readonly<Record<string, readonly number[]>>;
}

/** For people who wait; not recorded. */
export interface Progressed {
  readonly kind: "progressed";
  readonly step: number;
  readonly plannedSteps: number;
  readonly elapsed_s: number;
  readonly plannedDuration_s: number;
}

export interface RunStopped {
  readonly kind: "run-stopped";
  readonly time_s: number;
  readonly status: "success" | "abort" | "fail";
  readonly reason: string;
  readonly steps: number;
  readonly samples: number;
  readonly lost: number;
  readonly overloads: number;
  /** Planned steps that were not taken because the run was asked to stop. */
  readonly left?: number;
}
