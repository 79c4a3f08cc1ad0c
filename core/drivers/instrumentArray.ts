import { EMPTY, map, merge, type Observable, Subject } from "rxjs";
import type { ArrayBackend, Capabilities, InstrumentSetting, Products, Reading, SampleBlock } from "../arrayBackend.ts";
import type { Grid } from "../crossbar/grid.ts";
import { checkProducts, checkReadout, checkStimulus } from "../emulated/checkStimulus.ts";
import { AbortedError, UnsupportedError } from "../errors.ts";
import { Arming, type ArmToken } from "../limiter/arming.ts";
import { assumeReadiness, findBlockers, type Readiness } from "../limiter/blockers.ts";
import { type Admitted, type AdmittedStep, isAdmitted, Limiter, redeemForPlans } from "../limiter/limiter.ts";
import { type ChipLimits, type Limits, limitsInForce } from "../limits.ts";
import type { ProductReadout, Readout, Stimulus } from "../stimulus.ts";
import { largestMagnitude_V } from "../waveform.ts";
import {
  type ChannelPlan,
  type Conditioner,
  type Instrument,
  isSimulated,
  type Potentiostat,
  type Selector,
} from "./instrument.ts";
import { checkPlan, findSelected, planChannel } from "./planChannel.ts";
import { PlanSamples } from "./planSamples.ts";
import { type Cell, type CellPlanner, planCell, readCells } from "./readCells.ts";
import type { Timer } from "./timer.ts";

export interface InstrumentArrayOptions {
  readonly instrument: Potentiostat;
  readonly selector: Selector;
  /** Amplifiers whose settings belong to the record; they leave with the array. */
  readonly conditioners?: readonly Conditioner[];
  readonly timer: Timer;
  /** What holds for a script that drives this array by hand; a run brings its own limits. */
  readonly limits?: Partial<Limits>;
  readonly chip?: ChipLimits;
  /** That of the run; absent: one that lives as long as this object. */
  readonly arming?: Arming;
  /** What is known of the instrument; absent: nothing of a real one, which a script then cannot arm by hand. */
  readonly readiness?: Readiness;
  /** Largest |I| that the instrument is told to allow; Infinity = its own. */
  readonly compliance_A?: number;
}

/**
 * A measured array: one channel, a selector that connects a row and a column to it, and the physics of whatever lies
 * between. Keeps the promises of ArrayBackend. Order of every change: 0 V, break, address, settle, make, settle, drive.
 */
export class InstrumentArray implements ArrayBackend {
  readonly grid: Grid;
  readonly capabilities: Capabilities;
  readonly samples: Observable<SampleBlock>;
  readonly states: Observable<InstrumentSetting>;
  readonly #options: InstrumentArrayOptions;
  readonly #blocks = new Subject<SampleBlock>();
  readonly #origin_s: number;
  readonly #limits: Limits;
  readonly #limiter: Limiter;
  readonly arming: Arming;
  readonly #readiness: Readiness;
  #selected: string | undefined;
  /** Array time at which the last stimulus ended. */
  #end_s = 0;
  #running: { readonly stop: AbortController; readonly done: Promise<unknown> } | undefined;
  #safety: { readonly how: "ramp" | "immediate"; readonly done: Promise<void> } | undefined;
  #disposed = false;
  #leaving: Promise<void> | undefined;

  constructor(options: InstrumentArrayOptions) {
    const { instrument, selector, timer, limits = {}, chip = {}, arming = new Arming() } = options;
    this.#options = options;
    this.arming = arming;
    this.#origin_s = timer.now_s();
    this.grid = selector.grid;
    this.capabilities = describeCapabilities(instrument, selector);
    this.samples = this.#blocks.asObservable();
    this.states = merge(...[instrument, ...(options.conditioners ?? [])].map((one) => this.#statesOf(one)));
    this.#limits = limitsInForce(limits, this.capabilities, chip);
    this.#limiter = new Limiter(this.grid, this.capabilities, this.#limits, arming);
    this.#readiness = options.readiness ?? assumeReadiness(this.capabilities);
  }

  /** Seconds of the array's clock. */
  get time_s(): number {
    return this.#now_s();
  }

  apply(stimulus: Stimulus, readout: Readout, signal: AbortSignal): Promise<Reading> {
    return this.#exclusively(signal, async (stop) => {
      checkStimulus(this.grid, this.capabilities, stimulus);
      checkReadout(this.grid, this.capabilities, readout);
      const step = { kind: "apply" as const, role: "other", label: "by hand", tags: {}, stimulus, readout };
      const admit = (token: ArmToken) => this.#limiter.admit(step, token, "by hand").step;
      return this.#admitted(stimulus, admit, (command) =>
        this.#run(stimulus, readout, redeemForPlans(command, largestOf(stimulus)), stop),
      );
    });
  }

  multiply(inputs_V: Float64Array, readout: ProductReadout, signal: AbortSignal): Promise<Products> {
    return this.#exclusively(signal, async (stop) => {
      checkProducts(this.grid, this.capabilities, inputs_V, readout);
      const largest_V = inputs_V.reduce((largest, voltage_V) => Math.max(largest, Math.abs(voltage_V)), 0);
      const step = { kind: "multiply" as const, role: "other", label: "by hand", tags: {}, inputs_V, readout };
      const admit = (token: ArmToken) => this.#limiter.admit(step, token, "by hand").step;
      return this.#admitted(inputs_V, admit, (command) =>
        this.#superpose(Float64Array.from(inputs_V), readout, redeemForPlans(command, largest_V), stop),
      );
    });
  }

  /**
   * The current of every junction alone at one voltage, in one pass over the array: in the instrument's own job where it
   * has one, junction by junction otherwise.
   * @returns rows x columns currents
   * @throws UnsupportedError where unselected lines float (the currents would be those of the whole array); as `multiply`
   */
  readAll(
    voltage_V: number,
    readout: Pick<ProductReadout, "integration_s" | "currentRange_A">,
    signal: AbortSignal,
  ): Promise<Products> {
    return this.#exclusively(signal, async (stop) => {
      const whole = { ...readout, rest_s: 0 };
      checkProducts(this.grid, this.capabilities, new Float64Array(this.grid.rows).fill(voltage_V), {
        ...whole,
        columns: [0],
      });
      const startTime_s = this.#now_s();
      const token = this.arming.arm(findBlockers(this.#readiness, this.#limits));
      try {
        const read = await this.#readCells(this.#planAll(voltage_V, whole, token, stop), stop);
        const columns = Array.from({ length: this.grid.columns }, (_, column) => column);
        this.#end_s = this.#now_s();
        return { startTime_s, endTime_s: this.#end_s, columns, ...read, method: "superposed" };
      } finally {
        this.arming.disarm(token);
      }
    });
  }

  /** What a run's limiter has admitted is played; anything else is admitted here first, armed for as long as it lasts. */
  async #admitted<T>(
    command: Stimulus | Float64Array,
    admit: (token: ArmToken) => AdmittedStep,
    play: (command: Admitted<object>) => Promise<T>,
  ): Promise<T> {
    if (isAdmitted(command)) return play(command);
    const token = this.arming.arm(findBlockers(this.#readiness, this.#limits));
    try {
      const step = admit(token);
      if (step.kind === "mark") throw new TypeError("a mark drives nothing");
      return await play(step.kind === "apply" ? step.stimulus : step.inputs_V);
    } finally {
      this.arming.disarm(token);
    }
  }

  #statesOf({ identity, port, states }: Instrument): Observable<InstrumentSetting> {
    const instrument = `${identity.manufacturer} ${identity.model} on ${port}`;
    return states?.pipe(map((state) => ({ time_s: this.#now_s(), instrument, state }))) ?? EMPTY;
  }

  makeSafe(how: "ramp" | "immediate"): Promise<void> {
    if (this.#disposed) return this.#leaving ?? Promise.resolve();
    return this.#makeSafe(how);
  }

  /** Calls that come together share one way to safety, but an immediate one overtakes a ramp. */
  #makeSafe(how: "ramp" | "immediate"): Promise<void> {
    const under = this.#safety;
    if (under && (under.how === "immediate" || how === "ramp")) return under.done;
    const done = this.#goSafe(how, under?.done).finally(() => {
      if (this.#safety?.done === done) this.#safety = undefined;
    });
    this.#safety = { how, done };
    return done;
  }

  async #goSafe(how: "ramp" | "immediate", before: Promise<void> | undefined): Promise<void> {
    this.#running?.stop.abort();
    // the outputs first, the stimulus under way learns of it afterwards
    await this.#options.instrument.makeSafe(how);
    await before?.catch(() => {});
    await this.#running?.done.catch(() => {});
    this.#selected = undefined;
    await this.#options.selector.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return this.#leaving;
    this.#disposed = true;
    this.#leaving = this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    try {
      await this.#makeSafe("ramp");
    } finally {
      this.#blocks.complete();
      await this.#options.selector[Symbol.asyncDispose]();
      await this.#options.instrument[Symbol.asyncDispose]();
      for (const conditioner of this.#options.conditioners ?? []) await conditioner[Symbol.asyncDispose]();
    }
  }

  async #exclusively<T>(signal: AbortSignal, start: (stop: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#disposed) throw new UnsupportedError("disposed array", "This array has been disposed of");
    if (this.#running)
      throw new UnsupportedError("overlapping stimuli", "A stimulus is running, a second one cannot overlap it");
    if (signal.aborted) throw new AbortedError("Aborted before anything moved");
    const stop = new AbortController();
    const onAbort = () => {
      stop.abort();
    };
    signal.addEventListener("abort", onAbort);
    const done = Promise.resolve().then(() => start(stop.signal));
    this.#running = { stop, done };
    try {
      return await done;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#running = undefined;
    }
  }

  async #run(stimulus: Stimulus, readout: Readout, admit: AdmitPlan, stop: AbortSignal): Promise<Reading> {
    const { instrument, selector } = this.#options;
    const { duration_s } = stimulus;
    const { columns } = readout;
    const address = findSelected(stimulus, columns, this.capabilities.unselectedLines);
    const plan = planChannel(stimulus, address, readout, this.#options.compliance_A ?? Infinity);
    const where = `row ${address.row}, column ${address.column}`;
    checkPlan(plan, instrument.channel, where);
    const admitted = admit(plan, where);
    await this.#select(address);
    if (stop.aborted) throw new AbortedError("Aborted before anything moved");

    const edge_s = await selector.trigger?.();
    const startTime_s = this.#now_s(edge_s);
    const samples = new PlanSamples({
      plan,
      columns,
      single: instrument.channel.inputs === undefined,
      readout,
      startTime_s,
      tell: (block) => this.#blocks.next(block),
    });
    try {
      await instrument.play(
        admitted,
        (points) => {
          samples.take(points);
        },
        stop,
      );
      await selector.confirm?.(address);
    } catch (error) {
      this.#end_s = this.#now_s();
      if (stop.aborted) throw new AbortedError("The stimulus was stopped, the output is safe");
      throw error;
    }
    if (stop.aborted) throw new AbortedError("The stimulus was stopped, the output is safe");
    const read = samples.end();
    this.#end_s = Math.max(this.#now_s(), startTime_s + duration_s);
    return { startTime_s, endTime_s: this.#end_s, columns, ...read };
  }

  /** I_j = sum over rows of the current that the row's voltage alone gives: one junction after the other. */
  async #superpose(
    inputs_V: Float64Array,
    readout: ProductReadout,
    admit: AdmitPlan,
    stop: AbortSignal,
  ): Promise<Products> {
    const { rows } = this.grid;
    const { columns, integration_s, rest_s } = readout;
    const planner = this.#planner(readout, admit);
    const batch = inputs_V.length / rows;
    const current_A = new Float64Array(batch * columns.length);
    const startTime_s = this.#now_s();
    let overloads = 0;
    // columns that are read at once make one pass over the rows
    const passes = this.capabilities.columnsSensedAtOnce > 1 ? [columns] : columns.map((column) => [column]);
    for (let vector = 0; vector < batch; vector++)
      for (const together of passes) {
        const driven_V = inputs_V.subarray(vector * rows, (vector + 1) * rows);
        const cells = Array.from(driven_V, (voltage_V, row) =>
          voltage_V === 0
            ? []
            : together.map((column) => planCell(planner, { row, column }, voltage_V, `vector ${vector}`)),
        ).flat();
        const read = await this.#readCells(cells, stop);
        cells.forEach(({ column }, k) => {
          current_A[vector * columns.length + columns.indexOf(column)]! += read.current_A[k] ?? Number.NaN;
        });
        overloads += read.overloads;
        this.#end_s = Math.max(this.#now_s(), this.#end_s) + rest_s;
      }
    this.#end_s = Math.max(this.#now_s(), startTime_s + batch * (integration_s + rest_s));
    return { startTime_s, endTime_s: this.#end_s, columns, current_A, overloads, method: "superposed" };
  }

  /** The limiter judges it as what it is: for every column the products of as many vectors as there are rows, each with one row. */
  #planAll(
    voltage_V: number,
    readout: Omit<ProductReadout, "columns">,
    token: ArmToken,
    stop: AbortSignal,
  ): readonly Cell[] {
    const { rows, columns } = this.grid;
    const ofColumns = Array.from({ length: columns }, (_, column) => {
      if (stop.aborted) throw new AbortedError("Aborted before anything moved");
      const inputs_V = new Float64Array(rows * rows);
      for (let row = 0; row < rows; row++) inputs_V[row * rows + row] = voltage_V;
      const step = {
        kind: "multiply" as const,
        role: "other",
        label: "by hand",
        tags: {},
        inputs_V,
        readout: { ...readout, columns: [column] },
      };
      const { step: admitted } = this.#limiter.admit(step, token, "read of the array");
      if (admitted.kind !== "multiply") throw new TypeError("a product stays one");
      const planner = this.#planner(readout, redeemForPlans(admitted.inputs_V, Math.abs(voltage_V)));
      return Array.from({ length: rows }, (__, row) =>
        planCell(planner, { row, column }, voltage_V, "read of the array"),
      );
    });
    // row by row, as instruments number them
    return Array.from({ length: rows }, (_, row) => ofColumns.flatMap((cells) => cells[row] ?? [])).flat();
  }

  #planner(readout: Omit<ProductReadout, "columns">, admit: AdmitPlan): CellPlanner {
    const { instrument, selector, compliance_A = Infinity } = this.#options;
    return { channel: instrument.channel, readout, compliance_A, byJob: selector.readJunctions !== undefined, admit };
  }

  #readCells(cells: readonly Cell[], stop: AbortSignal): ReturnType<typeof readCells> {
    // a job of the instrument's own leaves whatever it read last
    if (this.#options.selector.readJunctions) this.#selected = undefined;
    return readCells(this.#options, cells, (address) => this.#select(address), stop);
  }

  /** The channel is at 0 V between plans, so switching is always cold. Inputs that are read at once stay where they are. */
  async #select({ row, column }: { readonly row: number; readonly column: number }): Promise<void> {
    const address = { row, column: this.capabilities.columnsSensedAtOnce > 1 ? 0 : column };
    const wanted = `${address.row},${address.column}`;
    if (this.#selected === wanted) return;
    this.#selected = undefined;
    await this.#options.selector.select(address);
    this.#selected = wanted;
  }

  /** @param moment_s of the timer, where another clock knows it better */
  #now_s(moment_s = Number.NaN): number {
    const now_s = Number.isFinite(moment_s) ? moment_s : this.#options.timer.now_s();
    return Math.max(this.#end_s, now_s - this.#origin_s);
  }
}

type AdmitPlan = (plan: ChannelPlan, where: string) => Admitted<ChannelPlan>;

/** Largest |V_row - V_column| that a stimulus can ask of any junction. */
function largestOf({ rows, columns }: Stimulus): number {
  const largest = (drives: Stimulus["rows"]) =>
    drives.reduce((most, drive) => (drive === "floating" ? most : Math.max(most, largestMagnitude_V(drive))), 0);
  return largest(rows) + largest(columns);
}

function describeCapabilities({ channel, identity, port }: Potentiostat, selector: Selector): Capabilities {
  const together = Math.min(channel.inputs ?? 1, selector.grid.columns);
  // columns on virtual grounds hold the rows that nobody connects at 0 V too
  const unselectedLines = channel.inputs === undefined ? selector.unselectedLines : "grounded";
  return {
    name: `${identity.manufacturer} ${identity.model} ${identity.serial} (${identity.firmware}) on ${port}`,
    source: isSimulated(identity) ? "emulated" : "measured",
    voltageRange_V: channel.voltageRange_V,
    // what floats follows: of two terminals only the difference counts
    ...(unselectedLines === "floating" ? {} : { columnVoltageRange_V: [0, 0] as const }),
    currentRanges_A: channel.currentRanges_A,
    fastestSampling_Hz: 1 / channel.shortestMeasured_s,
    slewLimit_V_s: Infinity,
    rowsDrivenAtOnce: 1,
    columnsSensedAtOnce: together,
    unselectedLines,
    products: unselectedLines === "floating" ? "none" : "superposed",
    clock: "wall",
    safeOnSilence: channel.safeOnSilence,
    environmentInputs: [],
  };
}
