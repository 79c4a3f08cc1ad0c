import type { SampleBlock, WindowReading } from "../arrayBackend.ts";
import { WindowMeans } from "../emulated/windowMeans.ts";
import type { Readout } from "../stimulus.ts";
import type { ChannelPlan, ChannelPoint } from "./instrument.ts";

export interface PlanSamplesOptions {
  readonly plan: ChannelPlan;
  /** Columns that are listened to, ascending. */
  readonly columns: readonly number[];
  /** Whether points belong to the one column that is selected; else each names its input, which is its column. */
  readonly single: boolean;
  readonly readout: Pick<Readout, "samplePeriod_s" | "windows">;
  readonly startTime_s: number;
  tell(block: SampleBlock): void;
}

/** Points of an instrument as blocks of consecutive samples and window means; lost ones are NaN in their place. */
export class PlanSamples {
  readonly #options: PlanSamplesOptions;
  /** For each point of the plan the number of its sample, -1 where none is taken. */
  readonly #sampleOf: Int32Array;
  readonly #sampled_V: Float64Array;
  /** For each input the slot of its column, undefined where nobody listens. */
  readonly #slotOf: readonly (number | undefined)[];
  readonly #windows: WindowMeans;
  readonly #counts = { samples: 0, lost: 0, overloads: 0 };
  #next = 0;

  constructor(options: PlanSamplesOptions) {
    const { plan, columns, readout } = options;
    this.#options = options;
    let count = 0;
    this.#sampleOf = Int32Array.from(plan.measured, (flag) => (flag === 1 ? count++ : -1));
    this.#sampled_V = plan.voltage_V.filter((_, point) => plan.measured[point] === 1);
    const slots: (number | undefined)[] = [];
    for (const [slot, column] of columns.entries()) slots[column] = slot;
    this.#slotOf = slots;
    this.#windows = new WindowMeans(readout.windows, columns.length);
  }

  /** Points in order, those of one sample together. */
  take(points: readonly ChannelPoint[]): void {
    const last = points.at(-1);
    if (last) this.#emit(points, (this.#sampleOf[last.point] ?? -1) + 1);
  }

  /** Whatever is missing is lost. */
  end(): { windows: readonly WindowReading[]; samples: number; lost: number; overloads: number } {
    this.#emit([], this.#sampled_V.length);
    return { windows: this.#windows.read(), ...this.#counts };
  }

  #emit(points: readonly ChannelPoint[], upTo: number): void {
    const { columns, single, startTime_s, readout, tell } = this.#options;
    const { samplePeriod_s } = readout;
    const first = this.#next;
    const length = upTo - first;
    if (columns.length === 0 || length <= 0) return;
    const blocks = columns.map((channel) => ({
      channel,
      startTime_s: startTime_s + first * samplePeriod_s,
      samplePeriod_s,
      current_A: new Float64Array(length).fill(Number.NaN),
      voltage_V: this.#sampled_V.slice(first, upTo),
      overload: new Uint8Array(length),
      lost: 0,
    }));
    for (const { point, input, current_A, overload, voltage_V } of points) {
      const at = (this.#sampleOf[point] ?? -1) - first;
      const slot = single ? 0 : this.#slotOf[input ?? 0];
      const block = slot === undefined ? undefined : blocks[slot];
      if (!block || at < 0 || at >= length) continue;
      block.current_A[at] = current_A;
      block.overload[at] = overload ? 1 : 0;
      if (voltage_V !== undefined) block.voltage_V[at] = voltage_V;
    }
    for (let at = 0; at < length; at++) {
      this.#windows.moveTo((first + at) * samplePeriod_s);
      for (const [slot, block] of blocks.entries()) {
        const current_A = block.current_A[at] ?? Number.NaN;
        this.#windows.add(slot, block.voltage_V[at] ?? Number.NaN, current_A, block.overload[at] === 1);
        if (Number.isNaN(current_A)) block.lost++;
        this.#counts.overloads += block.overload[at] ?? 0;
      }
    }
    this.#counts.samples += length * columns.length;
    this.#next = upTo;
    for (const block of blocks) {
      this.#counts.lost += block.lost;
      tell(block);
    }
  }
}
