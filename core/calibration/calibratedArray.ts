import { map, type Observable } from "rxjs";
import type { ArrayBackend, Capabilities, InstrumentSetting, Products, Reading, SampleBlock } from "../arrayBackend.ts";
import type { Grid } from "../crossbar/grid.ts";
import { UnsupportedError } from "../errors.ts";
import { type Arming, armingOf } from "../limiter/arming.ts";
import type { ProductReadout, Readout, Stimulus } from "../stimulus.ts";
import { type Calibration, type ChannelCalibration, correctCurrent } from "./calibration.ts";

/**
 * An array whose currents are corrected before anybody sees them: samples, readings and products. Voltages stay commands,
 * and an overload stays one. A column that was not calibrated is refused when it is read.
 * @throws UnsupportedError when the calibration is of another instrument
 */
export class CalibratedArray implements ArrayBackend {
  readonly grid: Grid;
  readonly capabilities: Capabilities;
  readonly samples: Observable<SampleBlock>;
  readonly states?: Observable<InstrumentSetting>;
  readonly arming: Arming;
  readonly hold?: (level_V: number, signal: AbortSignal) => Promise<void>;
  readonly #array: ArrayBackend;
  readonly #polarity: 1 | -1;
  readonly #channels: ReadonlyMap<number, ChannelCalibration>;

  constructor(array: ArrayBackend, calibration: Calibration) {
    const { name } = array.capabilities;
    if (calibration.identity !== name)
      throw new UnsupportedError(
        "calibration",
        `The calibration is of "${calibration.identity}", the array is "${name}"`,
      );
    this.#array = array;
    this.#polarity = calibration.polarity;
    this.#channels = new Map(calibration.channels.map((channel) => [channel.column, channel]));
    this.grid = array.grid;
    this.capabilities = array.capabilities;
    this.arming = armingOf(array);
    if (array.hold) this.hold = array.hold.bind(array);
    if (array.states) this.states = array.states;
    this.samples = array.samples.pipe(
      map((block) => ({
        ...block,
        current_A: block.current_A.map((current) => this.#correct(block.channel, current)),
      })),
    );
  }

  async apply(stimulus: Stimulus, readout: Readout, signal: AbortSignal): Promise<Reading> {
    this.#check(readout.columns);
    const reading = await this.#array.apply(stimulus, readout, signal);
    const windows = reading.windows.map((window) => ({
      ...window,
      current_A: window.current_A.map((current, slot) => this.#correct(reading.columns[slot] ?? -1, current)),
    }));
    return { ...reading, windows };
  }

  async multiply(inputs_V: Float64Array, readout: ProductReadout, signal: AbortSignal): Promise<Products> {
    this.#check(readout.columns);
    const products = await this.#array.multiply(inputs_V, readout, signal);
    const { columns } = products;
    const current_A = products.current_A.map((current, k) => this.#correct(columns[k % columns.length] ?? -1, current));
    return { ...products, current_A };
  }

  makeSafe(how: "ramp" | "immediate"): Promise<void> {
    return this.#array.makeSafe(how);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#array[Symbol.asyncDispose]());
  }

  #check(columns: readonly number[]): void {
    const missing = columns.find((column) => !this.#channels.has(column));
    if (missing !== undefined)
      throw new UnsupportedError(
        "calibration",
        `Column ${missing} is read and not calibrated, calibrated are ${[...this.#channels.keys()].join(", ")}`,
      );
  }

  #correct(column: number, current_A: number): number {
    const channel = this.#channels.get(column);
    return channel ? correctCurrent(channel, this.#polarity, current_A) : Number.NaN;
  }
}
