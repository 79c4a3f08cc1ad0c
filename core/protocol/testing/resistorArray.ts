import { type Observable, Subject } from "rxjs";
import type { ArrayBackend, Capabilities, Products, Reading, SampleBlock } from "../../arrayBackend.ts";
import { VirtualClock } from "../../clock.ts";
import type { Grid } from "../../crossbar/grid.ts";
import { AbortedError } from "../../errors.ts";
import type { LineDrive, ProductReadout, Readout, Stimulus } from "../../stimulus.ts";
import { makeSampler } from "../../waveform.ts";

/**
 * The smallest array that keeps the promises of the waist: ideal resistors, i = G v, on a virtual clock. For tests of
 * what sequences steps; it remembers every call, and `before` lets a test interfere with one.
 */
export class ResistorArray implements ArrayBackend {
  readonly grid: Grid;
  readonly capabilities: Capabilities;
  readonly samples: Observable<SampleBlock>;
  /** Every call in order: "apply", "multiply", "safe ramp", "safe immediate". */
  readonly calls: string[] = [];
  /** Called when an apply or multiply begins, with its 0-based number; may throw, abort, or change `conductance_S`. */
  before: (call: number) => void = () => {};
  conductance_S: Float64Array;
  readonly #samples = new Subject<SampleBlock>();
  readonly #clock = new VirtualClock();
  #outputs = 0;

  constructor(grid: Grid, conductance_S: number, capabilities: Partial<Capabilities> = {}) {
    this.grid = grid;
    this.conductance_S = new Float64Array(grid.rows * grid.columns).fill(conductance_S);
    this.samples = this.#samples.asObservable();
    this.capabilities = { ...ideal(grid), ...capabilities };
  }

  async apply(stimulus: Stimulus, readout: Readout, signal: AbortSignal): Promise<Reading> {
    this.calls.push("apply");
    this.before(this.#outputs++);
    await Promise.resolve();
    if (signal.aborted) throw new AbortedError("stopped");
    const startTime_s = this.#clock.now_s();
    const rows = stimulus.rows.map(sampler);
    const columns = stimulus.columns.map(sampler);
    const length = Math.floor((stimulus.duration_s / readout.samplePeriod_s) * (1 + 1e-12)) + 1;
    const blocks = readout.columns.map((channel): SampleBlock => {
      const time = (k: number) => k * readout.samplePeriod_s;
      const current_A = Float64Array.from({ length }, (_, k) =>
        rows.reduce(
          (sum, row, r) => sum + this.#conductance(r, channel) * (row(time(k)) - (columns[channel]?.(time(k)) ?? 0)),
          0,
        ),
      );
      const voltage_V = Float64Array.from(
        { length },
        (_, k) => (rows[stimulus.referenceRow]?.(time(k)) ?? 0) - (columns[channel]?.(time(k)) ?? 0),
      );
      const { samplePeriod_s } = readout;
      return { channel, startTime_s, samplePeriod_s, current_A, voltage_V, overload: new Uint8Array(length), lost: 0 };
    });
    for (const block of blocks) this.#samples.next(block);
    this.#clock.advance(stimulus.duration_s);
    const windows = readout.windows.map(({ start_s, end_s, label = "" }) => {
      const first = Math.ceil(start_s / readout.samplePeriod_s - 1e-9);
      const last = Math.ceil(end_s / readout.samplePeriod_s - 1e-9);
      const mean = (values: Float64Array) =>
        values.slice(first, last).reduce((sum, value) => sum + value, 0) / (last - first);
      return {
        label,
        voltage_V: Float64Array.from(blocks, (block) => mean(block.voltage_V)),
        current_A: Float64Array.from(blocks, (block) => mean(block.current_A)),
        samples: last - first,
        overload: false,
      };
    });
    const samples = length * readout.columns.length;
    const endTime_s = this.#clock.now_s();
    return { startTime_s, endTime_s, columns: readout.columns, windows, samples, lost: 0, overloads: 0 };
  }

  async multiply(inputs_V: Float64Array, readout: ProductReadout, signal: AbortSignal): Promise<Products> {
    this.calls.push("multiply");
    this.before(this.#outputs++);
    await Promise.resolve();
    if (signal.aborted) throw new AbortedError("stopped");
    const startTime_s = this.#clock.now_s();
    const batch = inputs_V.length / this.grid.rows;
    const current_A = Float64Array.from({ length: batch * readout.columns.length }, (_, k) => {
      const vector = Math.floor(k / readout.columns.length);
      const column = readout.columns[k % readout.columns.length] ?? 0;
      let sum = 0;
      for (let row = 0; row < this.grid.rows; row++)
        sum += (inputs_V[vector * this.grid.rows + row] ?? 0) * this.#conductance(row, column);
      return sum;
    });
    this.#clock.advance(batch * (readout.integration_s + readout.rest_s));
    const endTime_s = this.#clock.now_s();
    return { startTime_s, endTime_s, columns: readout.columns, current_A, overloads: 0, method: "direct" };
  }

  makeSafe(how: "ramp" | "immediate"): Promise<void> {
    this.calls.push(`safe ${how}`);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#samples.complete();
    return Promise.resolve();
  }

  #conductance(row: number, column: number): number {
    return this.conductance_S[row * this.grid.columns + column] ?? 0;
  }
}

function sampler(drive: LineDrive): (time_s: number) => number {
  return drive === "floating" ? () => 0 : makeSampler(drive);
}

export function ideal(grid: Grid): Capabilities {
  return {
    name: "resistor array",
    source: "emulated",
    voltageRange_V: [-10, 10],
    currentRanges_A: [],
    fastestSampling_Hz: Infinity,
    slewLimit_V_s: Infinity,
    rowsDrivenAtOnce: grid.rows,
    columnsSensedAtOnce: grid.columns,
    unselectedLines: "biased",
    products: "direct",
    clock: "virtual",
    safeOnSilence: true,
    environmentInputs: [],
  };
}
