import { type Observable, Subject } from "rxjs";
import type { ArrayBackend, Capabilities, Products, Reading, SampleBlock } from "../arrayBackend.ts";
import { VirtualClock } from "../clock.ts";
import type { Grid } from "../crossbar/grid.ts";
import type { Translocation, TranslocationEffect } from "../crossbar/effects/translocations.ts";
import type { JunctionKernel } from "../crossbar/model.ts";
import { resolveJunction } from "../crossbar/models/registry.ts";
import type { Pool } from "../crossbar/pool.ts";
import type { ProductStatistics } from "../crossbar/solve/compiled/products.ts";
import type { JunctionState } from "../crossbar/state.ts";
import { AbortedError, UnsupportedError } from "../errors.ts";
import type { ProductReadout, Readout, Stimulus } from "../stimulus.ts";
import { ArrayEffects } from "./arrayEffects.ts";
import { BlockBuilder, LARGEST_BLOCK } from "./blocks.ts";
import { checkProducts, checkReadout, checkStimulus } from "./checkStimulus.ts";
import { Circuit } from "./circuit.ts";
import {
  checkEnvironment,
  checkFrontEnd,
  checkGrid,
  checkNumber,
  type EmulatedArrayConfig,
  flattenMap,
  resolveLines,
} from "./config.ts";
import { type ArrayDescription, describeArray } from "./describeArray.ts";
import { FrontEnd } from "./frontEnd.ts";
import { makeMover, type Mover } from "./effectIntegrator.ts";
import type { CurrentListener } from "./integrate.ts";
import { LineVoltages } from "./lineVoltages.ts";
import { readDynamic, readStatic } from "./multiply.ts";
import { countSamples, makeTimeGrid } from "./timeGrid.ts";
import { WindowMeans } from "./windowMeans.ts";

/** A sampling rate beyond all amplifiers and fit for junctions of molecular dynamics (ps); an emulated array could go on. */
const FASTEST_SAMPLING_HZ = 1e16;
/** Junction updates between two breaths of the event loop, some 20 ms. */
const WORK_BETWEEN_PAUSES = 1e6;
/** What a stimulus, and each stop inside it, costs beside its junctions: small arrays must breathe too. */
const WORK_PER_STIMULUS = 2000;
const WORK_PER_STOP = 50;

export interface EmulatedArrayOptions {
  /** Seed of everything random, integer from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Lets other tasks run; the default is a timer of 0 ms. */
  readonly pause?: () => Promise<void>;
  /** Junction updates between two pauses, 1e6 (some 20 ms) when absent: less where the same thread drives instruments. */
  readonly workBetweenPauses?: number;
  /** Most samples per column and block. */
  readonly blockSamples?: number;
  /** Threads for arrays beyond 32 lines that resist; the results are the same bits. The caller disposes of it, afterwards. */
  readonly pool?: Pool;
}

/**
 * A crossbar of modelled junctions behind modelled lines and amplifiers, with a virtual clock.
 * The same configuration and seed give the same bits, however the samples are cut into blocks.
 * @throws RangeError naming the field of the configuration, what was asked and what is allowed
 */
export class EmulatedArray implements ArrayBackend {
  readonly grid: Grid;
  readonly capabilities: Capabilities;
  readonly samples: Observable<SampleBlock>;
  readonly kernel: JunctionKernel;
  /** Dynamic states and per-junction parameters; writing to its fields changes the array. */
  readonly state: JunctionState;
  readonly config: EmulatedArrayConfig;
  readonly seed: number;
  readonly #blocks = new Subject<SampleBlock>();
  readonly #circuit: Circuit;
  readonly #frontEnd: FrontEnd;
  readonly #effects: ArrayEffects | undefined;
  readonly #clock = new VirtualClock();
  readonly #pause: () => Promise<void>;
  readonly #blockSamples: number;
  readonly #workBetweenPauses: number;
  /** Part of the clock's time that its last place cannot hold. */
  #remainder_s = 0;
  #work = 0;
  #running: Promise<unknown> | undefined;
  #stopAsked = false;
  #disposed = false;

  constructor(config: EmulatedArrayConfig, options: EmulatedArrayOptions) {
    this.config = config;
    this.seed = options.seed;
    this.grid = checkGrid(config);
    const environment = checkEnvironment(config.environment ?? {});
    const kernel = resolveJunction(config.junction.model, config.junction.parameters ?? {}, environment);
    const { name, plug } = kernel.model;
    if (plug !== "memristive")
      throw new RangeError(`junction.model is ${name}, ${plug}; allowed are memristive models (i = g v)`);
    this.state = kernel.allocate(this.grid, options.seed);
    const effects = config.effects
      ? new ArrayEffects(config.effects, kernel, this.state, environment, options.seed)
      : undefined;
    this.#effects = effects;
    this.kernel = effects?.kernel ?? kernel;
    const access_ohm = config.access_ohm ?? 0;
    checkNumber("access_ohm", access_ohm, 0, Number.MAX_VALUE);
    const lines = resolveLines(this.grid, config.lines);
    this.#circuit = new Circuit(this.kernel, this.state, lines, access_ohm, options.pool, effects);
    this.#frontEnd = new FrontEnd(checkFrontEnd(config.frontEnd ?? {}), this.grid.columns, options.seed, effects);
    this.#pause = options.pause ?? breathe;
    this.#blockSamples = options.blockSamples ?? LARGEST_BLOCK;
    this.#workBetweenPauses = options.workBetweenPauses ?? WORK_BETWEEN_PAUSES;
    this.samples = this.#blocks.asObservable();
    this.capabilities = makeCapabilities(config, this.kernel, this.grid);
    if (config.conductance_S !== undefined) this.setConductance_S(config.conductance_S);
  }

  /** Whether currents move from sample to sample by themselves: noise, molecules, junctions that draw random numbers. */
  get isRestless(): boolean {
    const { frontEnd, effects } = this.config;
    return (
      this.kernel.stochastic ||
      (frontEnd?.noise_A_rtHz ?? 0) > 0 ||
      effects?.noise !== undefined ||
      effects?.translocations !== undefined
    );
  }

  /** Seconds of the array's clock. */
  get time_s(): number {
    return this.#clock.now_s();
  }

  /**
   * Copy of the chord conductances of all junctions at the voltages of the last solution, row-major, without access.
   * @param map takes the copy and is returned
   */
  conductance_S(map: Float64Array = new Float64Array(this.#circuit.conductance_S.length)): Float64Array {
    this.kernel.conductance(this.state, this.#circuit.voltage_V, map);
    return map;
  }

  /**
   * Programs every junction; one with memory starts from there and relaxes.
   * @throws UnsupportedError when conductance is no state of the model, RangeError naming the junction
   */
  setConductance_S(map: readonly (readonly number[])[] | Float64Array): void {
    if (!this.kernel.model.states.some(({ name }) => name === "conductance_S"))
      throw new UnsupportedError(
        "conductance map",
        `The conductance of ${this.kernel.model.name} cannot be set, it follows from its states`,
      );
    this.state.field("conductance_S").set(flattenMap(this.grid, map));
  }

  /** Copies of the line potentials at every junction, row-major, at the last solution. */
  nodes_V(): { row_V: Float64Array; column_V: Float64Array } {
    const { rowNode_V, columnNode_V } = this.#circuit.nodes_V();
    return { row_V: rowNode_V, column_V: columnNode_V };
  }

  /** How often the network was factored, and solved with factors or iterated; what served the products. */
  solverFigures(): { factorings: number; sweeps: number; products?: ProductStatistics } {
    const { factorings, sweeps } = this.#circuit;
    const products = this.#circuit.productStatistics();
    return { factorings, sweeps, ...(products && { products }) };
  }

  /** What passed through the pores so far, where the effect `translocations` is on: the truth behind a current. */
  translocations(): readonly Translocation[] {
    const isSource = (effect: { name: string }): effect is TranslocationEffect => effect.name === "translocations";
    return this.#effects?.list.find(isSource)?.events ?? [];
  }

  /** What the run record keeps of this array. */
  describe(): ArrayDescription {
    return describeArray(this.config, this.kernel, this.#circuit, this.seed, this.#effects);
  }

  apply(stimulus: Stimulus, readout: Readout, signal: AbortSignal): Promise<Reading> {
    return this.#exclusively(signal, () => {
      checkStimulus(this.grid, this.capabilities, stimulus);
      checkReadout(this.grid, this.capabilities, readout);
      return this.#run(stimulus, readout, new LineVoltages(stimulus), signal);
    });
  }

  multiply(inputs_V: Float64Array, readout: ProductReadout, signal: AbortSignal): Promise<Products> {
    return this.#exclusively(signal, () => {
      checkProducts(this.grid, this.capabilities, inputs_V, readout);
      return this.#runProducts(Float64Array.from(inputs_V), readout, signal);
    });
  }

  /** Steps are ideal here, so a ramp to 0 V takes no time either. */
  async makeSafe(_how: "ramp" | "immediate"): Promise<void> {
    if (this.#running) {
      this.#stopAsked = true;
      await this.#running.catch(() => undefined);
    } else if (!this.#disposed) this.#ground();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.makeSafe("ramp");
    this.#circuit[Symbol.dispose]();
    this.#blocks.complete();
  }

  /** Refusals change nothing; two calls never overlap; every failure leaves the lines at 0 V. */
  async #exclusively<T>(signal: AbortSignal, start: () => Promise<T>): Promise<T> {
    if (this.#disposed) throw new UnsupportedError("disposed array", "This array has been disposed of");
    if (this.#running)
      throw new UnsupportedError("overlapping stimuli", "A stimulus is running, a second one cannot overlap it");
    this.#stopAsked = false;
    if (signal.aborted) throw new AbortedError("Aborted before anything moved");
    // the turn after this one, so that calls made together overlap and are refused
    const running = Promise.resolve().then(start);
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = undefined;
    }
  }

  /** A floating line must have a path to a driven one; found out before anything moves. */
  #lookFirst(mover: Mover): void {
    try {
      mover.look(0);
    } catch (error) {
      this.#circuit.wanted = undefined;
      if (error instanceof RangeError) throw new UnsupportedError("floating line", error.message);
      throw error;
    }
  }

  async #run(stimulus: Stimulus, readout: Readout, lines: LineVoltages, signal: AbortSignal): Promise<Reading> {
    const { duration_s, referenceRow } = stimulus;
    const { samplePeriod_s, columns } = readout;
    const startTime_s = this.time_s;
    const frontEnd = this.#frontEnd;
    const fullScale_A = frontEnd.fullScale(readout.currentRange_A);
    const current_A = this.#circuit.columnCurrent_A;
    const windows = new WindowMeans(readout.windows, columns.length);
    const total = countSamples(duration_s, samplePeriod_s);
    const shape = { columns, startTime_s, samplePeriod_s, total, largest: this.#blockSamples };
    const blocks = new BlockBuilder(shape, (block) => {
      // whoever hears of a block may look at the states
      integrator.settle();
      this.#blocks.next(block);
    });
    const integrator = makeMover(this.#circuit, lines, frontEnd.hasMemory ? this.#followFilters() : undefined);
    let [now_s, samples, overloads] = [0, 0, 0];
    this.#work += WORK_PER_STIMULUS;

    const stop = (time_s: number): never => {
      integrator.settle();
      blocks.flush();
      this.#moveClock(startTime_s, time_s);
      this.#ground();
      throw new AbortedError(`Aborted ${time_s} s into a stimulus of ${duration_s} s; all lines are at 0 V`);
    };

    // filters follow every column, and effects feel them
    this.#circuit.wanted = frontEnd.hasMemory || this.#effects ? undefined : columns;
    this.#lookFirst(integrator);
    for (const { time_s, isEdge, sample } of makeTimeGrid(duration_s, samplePeriod_s, lines.edges_s)) {
      let work = this.#workPerStep() + WORK_PER_STOP;
      while (now_s < time_s) {
        const steps = integrator.steps;
        now_s = integrator.advance(now_s, time_s);
        if (now_s >= time_s) {
          work += (integrator.steps - steps) * this.#workPerStep();
          break;
        }
        integrator.look(now_s);
        await this.#breathe((integrator.steps - steps) * this.#workPerStep(), false);
        if (this.#mustStop(signal)) stop(now_s);
      }
      integrator.look(time_s);
      if (isEdge) integrator.jump();
      let full = false;
      if (sample >= 0) {
        windows.moveTo(time_s);
        this.#effects?.sampleNoise(this.#circuit, samplePeriod_s, frontEnd.filter_s, columns);
        const row_V = lines.row_V[referenceRow] ?? Number.NaN;
        for (let slot = 0; slot < columns.length; slot++) {
          const column = columns[slot] ?? 0;
          const voltage_V = row_V - (lines.column_V[column] ?? Number.NaN);
          const seen_A = frontEnd.observe(
            column,
            startTime_s + time_s,
            samplePeriod_s,
            current_A[column] ?? Number.NaN,
          );
          const overload = frontEnd.overloads(seen_A, fullScale_A);
          const converted_A = frontEnd.convert(seen_A, fullScale_A);
          blocks.put(slot, voltage_V, converted_A, overload);
          windows.add(slot, voltage_V, converted_A, overload);
          if (overload) overloads++;
        }
        samples += columns.length;
        full = blocks.next();
      }
      this.#work += work;
      // a turn of the event loop per stop would cost more than a small array's step
      if (full || this.#work >= this.#workBetweenPauses) {
        integrator.settle();
        await this.#breathe(0, full);
      }
      if (this.#mustStop(signal)) stop(time_s);
    }
    integrator.settle();
    blocks.flush();
    this.#circuit.wanted = undefined;
    this.#moveClock(startTime_s, duration_s);
    return {
      startTime_s,
      endTime_s: this.time_s,
      columns: [...columns],
      windows: windows.read(),
      samples,
      lost: 0,
      overloads,
    };
  }

  async #runProducts(inputs_V: Float64Array, readout: ProductReadout, signal: AbortSignal): Promise<Products> {
    const { rows } = this.grid;
    const { columns, integration_s, rest_s } = readout;
    const startTime_s = this.time_s;
    const batch = inputs_V.length / rows;
    const fullScale_A = this.#frontEnd.fullScale(readout.currentRange_A);
    const hasMemory =
      this.#effects !== undefined ||
      this.kernel.timescales(this.state).min_s !== Infinity ||
      this.kernel.voltageDependent;
    const read = (hasMemory ? readDynamic : readStatic)(this.#circuit, this.#frontEnd, readout);
    const current_A = new Float64Array(batch * columns.length);
    let overloads = 0;
    for (let vector = 0; vector < batch; vector++) {
      const mean_A = read(inputs_V.subarray(vector * rows, (vector + 1) * rows));
      this.#effects?.sampleNoise(this.#circuit, integration_s, 0, columns);
      columns.forEach((column, slot) => {
        const seen_A =
          this.#frontEnd.distort(mean_A[column] ?? Number.NaN) +
          this.#frontEnd.meanNoise(column, integration_s, mean_A[column] ?? 0);
        if (this.#frontEnd.overloads(seen_A, fullScale_A)) overloads++;
        current_A[vector * columns.length + slot] = this.#frontEnd.convert(seen_A, fullScale_A);
      });
      await this.#breathe(this.#workPerStep() * (hasMemory ? 20 : 1), false);
      if (this.#mustStop(signal)) {
        this.#moveClock(startTime_s, (vector + 1) * (integration_s + rest_s));
        this.#ground();
        throw new AbortedError(`Aborted after ${vector + 1} of ${batch} vectors; all lines are at 0 V`);
      }
    }
    this.#moveClock(startTime_s, batch * (integration_s + rest_s));
    this.#ground();
    return { startTime_s, endTime_s: this.time_s, columns: [...columns], current_A, overloads, method: "direct" };
  }

  /** The low-pass of every amplifier follows its current, sensed or not. */
  #followFilters(): CurrentListener {
    return (dt_s, start_A, middle_A, end_A) => {
      for (let j = 0; j < end_A.length; j++) {
        this.#frontEnd.follow(j, 0.5 * dt_s, start_A[j] ?? 0, middle_A[j] ?? 0);
        this.#frontEnd.follow(j, 0.5 * dt_s, middle_A[j] ?? 0, end_A[j] ?? 0);
      }
    };
  }

  #ground(): void {
    this.#circuit.wanted = undefined;
    this.#circuit.solve(new Float64Array(this.grid.rows), new Float64Array(this.grid.columns));
  }

  #mustStop(signal: AbortSignal): boolean {
    return signal.aborted || this.#stopAsked || this.#disposed;
  }

  /** Start + duration, with what rounding took kept for the next stimulus (Kahan). */
  #moveClock(startTime_s: number, duration_s: number): void {
    const exact = duration_s + this.#remainder_s;
    const end_s = startTime_s + exact;
    this.#remainder_s = exact - (end_s - startTime_s);
    this.#clock.moveTo(end_s);
  }

  /** Time steps cost an update per junction, and substitutions where lines resist. */
  #workPerStep(): number {
    const { rows, columns } = this.grid;
    return rows * columns * (this.#circuit.lines.ideal ? 1 : 4 + Math.min(rows, columns, 32));
  }

  async #breathe(work: number, blockIsOut: boolean): Promise<void> {
    this.#work += work;
    const most = this.#workBetweenPauses;
    if (this.#work < most && !(blockIsOut && this.#work > most / 100)) return;
    this.#work = 0;
    await this.#pause();
  }
}

function makeCapabilities(config: EmulatedArrayConfig, kernel: JunctionKernel, grid: Grid): Capabilities {
  const { voltageRange_V, frontEnd, unselectedLines = "biased" } = config;
  if (voltageRange_V !== undefined) checkNumber("voltageRange_V", voltageRange_V, Number.MIN_VALUE, Number.MAX_VALUE);
  return {
    name: "emulated array",
    source: "emulated",
    voltageRange_V: voltageRange_V === undefined ? kernel.model.validRange_V : [-voltageRange_V, voltageRange_V],
    currentRanges_A: frontEnd?.range_A === undefined ? [] : [frontEnd.range_A],
    fastestSampling_Hz: FASTEST_SAMPLING_HZ,
    slewLimit_V_s: Infinity,
    rowsDrivenAtOnce: grid.rows,
    columnsSensedAtOnce: grid.columns,
    unselectedLines,
    products: unselectedLines === "floating" ? "none" : "direct",
    clock: "virtual",
    safeOnSilence: true,
    environmentInputs: [],
  };
}

function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
