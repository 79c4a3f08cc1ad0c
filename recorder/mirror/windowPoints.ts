import type { FieldValue } from "../../core/record/lineProtocol.ts";
import type { StepBlock } from "../sampleTable.ts";
import type { OpenWindow } from "./cursor.ts";
import type { Lanes } from "./lanes.ts";
import { toNanoseconds } from "./runStamp.ts";
import { fieldOf, type LineMaker } from "./series.ts";

export const WINDOWS = "crosspore_windows";

/**
 * Samples decimated. The array's clock is cut into windows of `every_s` that begin at whole multiples of it; a window
 * ends with its step. Of each column: least, greatest and mean current, mean voltage, and how many samples were valid,
 * lost and overloaded. A point lies at the time of the first sample of its window; lost samples count in nothing else.
 */
export class WindowMaker {
  readonly #maker: LineMaker;
  readonly #lanes: Lanes;
  readonly #every_s: number;
  readonly #every: string;
  readonly #open = new Map<number, OpenWindow>();
  /** Columns whose open window has grown since it was last written. */
  readonly #grown = new Set<number>();

  constructor(maker: LineMaker, lanes: Lanes, every_s: number, open: readonly OpenWindow[] = []) {
    this.#maker = maker;
    this.#lanes = lanes;
    this.#every_s = every_s;
    this.#every = nameWindow(every_s);
    for (const window of open) this.#open.set(window.column, { ...window });
  }

  /** Lines of the windows that these blocks end. */
  take(blocks: readonly StepBlock[]): Iterable<string> {
    const ended: OpenWindow[] = [];
    for (const entry of blocks) this.#takeBlock(entry, ended);
    return this.#write(ended);
  }

  /** Lines of the windows that are still open, as far as they are; written again when they have grown, and joined. */
  takeOpen(): Iterable<string> {
    const grown = [...this.#grown].map((column) => this.#open.get(column)).filter((window) => window !== undefined);
    this.#grown.clear();
    return this.#write(grown);
  }

  state(): OpenWindow[] {
    return [...this.#open.values()].map((window) => ({ ...window }));
  }

  #takeBlock({ step, block }: StepBlock, ended: OpenWindow[]): void {
    const { channel, startTime_s, samplePeriod_s, current_A, voltage_V, overload } = block;
    let window = this.#open.get(channel);
    for (let n = 0; n < current_A.length; n++) {
      const time_s = startTime_s + n * samplePeriod_s;
      const index = Math.floor(time_s / this.#every_s);
      if (!window || window.step !== step || window.index !== index) {
        if (window) ended.push(window);
        window = this.#begin(channel, step, index, toNanoseconds(time_s));
        this.#open.set(channel, window);
      }
      addSample(window, current_A[n] ?? Number.NaN, voltage_V[n] ?? Number.NaN, overload[n] === 1);
    }
    if (current_A.length > 0) this.#grown.add(channel);
  }

  #begin(column: number, step: number, index: number, start_ns: number): OpenWindow {
    const none = { samples: 0, lost: 0, overloads: 0, least_A: 0, most_A: 0, sum_A: 0, voltages: 0, sum_V: 0 };
    return { column, step, index, start_ns, lane: this.#lanes.take(step, column, start_ns, start_ns), ...none };
  }

  /** Windows of one moment and lane are one point, with the fields of all their columns. */
  *#write(windows: readonly OpenWindow[]): Generator<string> {
    const points = new Map<string, OpenWindow[]>();
    for (const window of windows) {
      const key = `${window.start_ns} ${window.lane} ${window.step}`;
      const point = points.get(key);
      if (point) point.push(window);
      else points.set(key, [window]);
    }
    for (const point of points.values()) {
      const [first] = point;
      if (!first) continue;
      const fields: [string, FieldValue][] = [["step", BigInt(first.step)]];
      for (const window of point) fields.push(...fieldsOf(window));
      const line = this.#maker.make(WINDOWS, { lane: String(first.lane), every: this.#every }, first.start_ns, fields);
      if (line !== undefined) yield line;
    }
  }
}

/** Value of the tag `every`: windows of several lengths stand side by side. */
export function nameWindow(every_s: number): string {
  return `${every_s} s`;
}

function addSample(window: OpenWindow, current_A: number, voltage_V: number, overload: boolean): void {
  if (overload) window.overloads += 1;
  if (!Number.isNaN(voltage_V)) {
    window.voltages += 1;
    window.sum_V += voltage_V;
  }
  if (Number.isNaN(current_A)) {
    window.lost += 1;
    return;
  }
  window.least_A = window.samples === 0 ? current_A : Math.min(window.least_A, current_A);
  window.most_A = window.samples === 0 ? current_A : Math.max(window.most_A, current_A);
  window.samples += 1;
  window.sum_A += current_A;
}

function* fieldsOf(window: OpenWindow): Generator<[string, FieldValue]> {
  const { column, samples, lost, overloads, least_A, most_A, sum_A, voltages, sum_V } = window;
  if (samples > 0) {
    yield [fieldOf("current_A_min", column), least_A];
    yield [fieldOf("current_A_max", column), most_A];
    yield [fieldOf("current_A_mean", column), sum_A / samples];
  }
  if (voltages > 0) yield [fieldOf("voltage_V_mean", column), sum_V / voltages];
  yield [fieldOf("samples", column), BigInt(samples)];
  yield [fieldOf("lost", column), BigInt(lost)];
  yield [fieldOf("overloads", column), BigInt(overloads)];
}
