import type { ArrayBackend, SampleBlock } from "../../arrayBackend.ts";
import { type BiasScheme, driveCell, groundAll } from "../../bias.ts";
import type { Address, LineDrive, Stimulus } from "../../stimulus.ts";
import { constant, type Segment, type Waveform } from "../../waveform.ts";

const REST = constant(0);

/** What is done to the device under test for a while. */
export interface BenchStep {
  readonly voltage_V: number;
  readonly duration_s: number;
  /** The last part of the step over which the current is averaged; 0 = not measured. */
  readonly aperture_s: number;
}

/**
 * The device under test and the wires around it, shared by every emulated instrument and selector on one bench: what one of
 * them does, the others see. The device is an emulated array with a virtual clock, moved on by whoever drives it.
 */
export class Bench {
  readonly array: ArrayBackend;
  /** What becomes of lines that no switch connects. */
  readonly unselectedLines: "floating" | "grounded";
  /** Whether the device's currents move from sample to sample by themselves, so that none may be left out. */
  readonly isRestless: boolean;
  #selected: Address | undefined;
  #followed: (() => Address | undefined) | undefined;
  /** One after the other: instruments on different ports speak at any moment. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    array: ArrayBackend & { readonly isRestless?: boolean },
    unselectedLines: "floating" | "grounded" = "floating",
  ) {
    this.array = array;
    this.isRestless = array.isRestless ?? false;
    this.unselectedLines = unselectedLines;
    // a device with one junction needs no selector
    if (array.grid.rows === 1 && array.grid.columns === 1) this.#selected = { row: 0, column: 0 };
  }

  /** The junction between the terminals; undefined = open. */
  get selected(): Address | undefined {
    return this.#followed ? this.#followed() : this.#selected;
  }

  /** From now on the switches are somebody else's (another process), who is asked at every step; undefined = ours again. */
  follow(read: (() => Address | undefined) | undefined): void {
    this.#followed = read;
  }

  /** Switches, for selectors. @throws RangeError outside the device */
  select(address: Address | undefined): void {
    const { rows, columns } = this.array.grid;
    if (address && !(isLine(address.row, rows) && isLine(address.column, columns)))
      throw new RangeError(`row ${address.row}, column ${address.column} is outside the ${rows} x ${columns} device`);
    this.#selected = address;
  }

  /**
   * Holds voltages between the terminals, one step after the other; the mean current of each, row to column; NaN where not measured.
   * @param bias what an instrument that drives every line does with the unselected ones meanwhile
   */
  drive(steps: readonly BenchStep[], bias: BiasScheme = this.#idle()): Promise<Float64Array> {
    return this.#next(() => this.#drive(steps, this.selected, bias));
  }

  /**
   * Drives one row and reads columns all at once, each on a virtual ground: `voltage_V[k]` for a period, one after the other.
   * @param row undefined = nothing is connected
   * @param lifted_V what each column is held at; 0 V for those it does not name
   * @returns for each of these columns the current at the begin of every period, and one more at the end
   */
  stream(
    row: number | undefined,
    columns: readonly number[],
    voltage_V: Float64Array,
    period_s: number,
    lifted_V: readonly number[] = [],
  ): Promise<readonly Float64Array[]> {
    return this.#next(() => this.#stream(row, columns, voltage_V, period_s, lifted_V));
  }

  /** Nothing is connected for a while: the junctions relax. */
  rest(duration_s: number): Promise<void> {
    return this.#next(async () => {
      if (duration_s > 0) await this.#apply(undefined, REST, duration_s, [], "ground");
    });
  }

  async #stream(
    row: number | undefined,
    columns: readonly number[],
    voltage_V: Float64Array,
    period_s: number,
    lifted_V: readonly number[],
  ): Promise<readonly Float64Array[]> {
    const { grid } = this.array;
    const duration_s = voltage_V.length * period_s;
    const currents_A = columns.map(() => new Float64Array(voltage_V.length + 1));
    if (voltage_V.length === 0) return currents_A;
    const segments: Segment[] = [];
    voltage_V.forEach((level_V, k) => {
      const last = segments.at(-1);
      if (last?.kind === "hold" && voltage_V[k - 1] === level_V)
        segments[segments.length - 1] = { ...last, duration_s: last.duration_s + period_s };
      else segments.push({ kind: "hold", voltage_V: level_V, duration_s: period_s });
    });
    const rest: LineDrive = this.unselectedLines === "floating" && row !== undefined ? "floating" : REST;
    const stimulus: Stimulus = {
      duration_s,
      rows: Array.from({ length: grid.rows }, (_, line) => (line === row ? segments : rest)),
      columns: Array.from({ length: grid.columns }, (_, line) => constant(lifted_V[line] ?? 0)),
      targets: [],
      referenceRow: row ?? 0,
    };
    const slots = new Map(columns.map((column, slot) => [column, slot]));
    const listening = this.array.samples.subscribe(({ channel, startTime_s, current_A }: SampleBlock) => {
      const slot = slots.get(channel);
      if (slot === undefined || row === undefined) return;
      origin_s ??= startTime_s;
      const first = Math.round((startTime_s - origin_s) / period_s);
      currents_A[slot]?.set(current_A.subarray(0, voltage_V.length + 1 - first), first);
    });
    let origin_s: number | undefined;
    try {
      const readout = { samplePeriod_s: period_s, columns, currentRange_A: "auto" as const, windows: [] };
      await this.array.apply(stimulus, readout, new AbortController().signal);
    } finally {
      listening.unsubscribe();
    }
    return currents_A;
  }

  #idle(): BiasScheme {
    return this.unselectedLines === "floating" ? "float" : "ground";
  }

  async #drive(steps: readonly BenchStep[], selected: Address | undefined, bias: BiasScheme): Promise<Float64Array> {
    const current_A = new Float64Array(steps.length).fill(Number.NaN);
    const segments: Segment[] = [];
    const windows: { readonly step: number; readonly start_s: number; readonly end_s: number }[] = [];
    let time_s = 0;
    steps.forEach(({ voltage_V, duration_s, aperture_s }, step) => {
      if (!(duration_s > 0)) return;
      segments.push({ kind: "hold", voltage_V, duration_s });
      if (aperture_s > 0)
        windows.push({ step, start_s: time_s + Math.max(0, duration_s - aperture_s), end_s: time_s + duration_s });
      time_s += duration_s;
    });
    if (time_s === 0) return current_A;
    const means = await this.#apply(selected, segments, time_s, windows, bias);
    windows.forEach(({ step }, k) => {
      // no wire, no current
      current_A[step] = selected ? (means[k] ?? Number.NaN) : 0;
    });
    return current_A;
  }

  async #apply(
    selected: Address | undefined,
    waveform: Waveform,
    duration_s: number,
    windows: readonly { readonly start_s: number; readonly end_s: number }[],
    bias: BiasScheme,
  ): Promise<readonly number[]> {
    const { grid } = this.array;
    const { rows, columns } = selected ? driveCell(grid, selected, waveform, bias) : groundAll(grid);
    const stimulus: Stimulus = {
      duration_s,
      rows,
      columns,
      targets: selected ? [selected] : [],
      referenceRow: selected?.row ?? 0,
    };
    const shortest_s = windows.reduce((least, { start_s, end_s }) => Math.min(least, end_s - start_s), duration_s);
    const readout = {
      // two samples in the shortest window: of a slow junction the mean of more is no different
      samplePeriod_s: shortest_s / 2,
      columns: windows.length > 0 && selected ? [selected.column] : [],
      currentRange_A: "auto" as const,
      windows,
    };
    const reading = await this.array.apply(stimulus, readout, new AbortController().signal);
    return reading.windows.map(({ current_A }) => current_A[0] ?? Number.NaN);
  }

  #next<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(task);
    this.#queue = done.catch(() => {});
    return done;
  }
}

function isLine(line: number, count: number): boolean {
  return Number.isInteger(line) && line >= 0 && line < count;
}
