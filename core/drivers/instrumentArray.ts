import { BehaviorSubject, EMPTY, map, merge, type Observable, Subject, switchMap } from "rxjs";
import type { ArrayBackend, Capabilities, InstrumentSetting, Products, Reading, SampleBlock } from "../arrayBackend.ts";
import type { Grid } from "../crossbar/grid.ts";
import { checkProducts, checkReadout, checkStimulus } from "../emulated/checkStimulus.ts";
import { AbortedError, InstrumentError, TransportError, UnsupportedError } from "../errors.ts";
import { Arming, type ArmToken } from "../limiter/arming.ts";
import { assumeReadiness, findBlockers, type Readiness } from "../limiter/blockers.ts";
import { type Admitted, type AdmittedStep, isAdmitted, Limiter, redeemForPlans } from "../limiter/limiter.ts";
import { type ChipLimits, type Limits, limitsInForce } from "../limits.ts";
import type { Address, ProductReadout, Readout, SineRequest, Stimulus } from "../stimulus.ts";
import { largestMagnitude_V } from "../waveform.ts";
import { describeCapabilities, nameIdentity } from "./describeChannel.ts";
import type { ChannelPlan, Conditioner, ImpedanceAnalyser, Instrument, Potentiostat, Selector } from "./instrument.ts";
import { checkPlan, findSelected, planChannel } from "./planChannel.ts";
import { PlanSamples } from "./planSamples.ts";
import { type Cell, type CellPlanner, readCells } from "./readCells.ts";
import { reconnect } from "./reconnect.ts";
import { planProducts, planWhole, superpose } from "./superpose.ts";
import type { Timer } from "./timer.ts";

/** Both ends of one session: what was opened together. */
export interface ArrayParts {
  readonly instrument: Potentiostat;
  readonly selector: Selector;
  /** Amplifiers whose settings belong to the record; they leave with the array. */
  readonly conditioners?: readonly Conditioner[];
}

export interface InstrumentArrayOptions extends ArrayParts {
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
  /** Opens the same ports anew, in a new session; absent: a lost line stays lost. */
  readonly reopen?: () => Promise<ArrayParts>;
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
  /** What is open; another pair after a reconnect. */
  readonly #present: BehaviorSubject<ArrayParts>;
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
    const { instrument, selector, conditioners = [], timer, limits = {}, chip = {}, arming = new Arming() } = options;
    this.#options = options;
    this.#present = new BehaviorSubject<ArrayParts>({ instrument, selector, conditioners });
    this.arming = arming;
    this.#origin_s = timer.now_s();
    this.grid = selector.grid;
    this.capabilities = describeCapabilities(instrument, selector);
    this.samples = this.#blocks.asObservable();
    this.states = this.#present.pipe(
      switchMap((parts) =>
        merge(...[parts.instrument, ...(parts.conditioners ?? [])].map((one) => this.#statesOf(one))),
      ),
    );
    this.#limits = limitsInForce(limits, this.capabilities, chip);
    this.#limiter = new Limiter(this.grid, this.capabilities, this.#limits, arming);
    this.#readiness = options.readiness ?? assumeReadiness(this.capabilities);
  }

  get #parts(): ArrayParts {
    return this.#present.value;
  }

  /** Seconds of the array's clock. */
  get time_s(): number {
    return this.#now_s();
  }

  /** The stimulus as the instrument's plan, checked and thrown away: its window, its points, its shortest times. */
  rehearse(stimulus: Stimulus, readout: Readout): void {
    checkStimulus(this.grid, this.capabilities, stimulus);
    checkReadout(this.grid, this.capabilities, readout);
    const address = findSelected(stimulus, readout.columns, this.capabilities.unselectedLines);
    // an impedance is the instrument's own measurement, not a plan
    if (readout.impedance) return;
    const plan = planChannel(stimulus, address, readout, this.#options.compliance_A ?? Infinity);
    checkPlan(plan, this.#parts.instrument.channel, whereOf(address));
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
        const { times_s: readTimes_s, ...currents } = read;
        return { startTime_s, endTime_s: this.#end_s, columns, ...currents, method: "superposed", readTimes_s };
      } finally {
        this.arming.disarm(token);
      }
    });
  }

  /**
   * Opens the ports anew after a line was lost, with a session of its own: nothing that the old one still has to say is heard, the
   * identity must be the same, and the output is safe and every switch open before this resolves. What was under way when the line
   * went is not sent again.
   * @param patience_s how long the ports may take to come back
   * @throws UnsupportedError when nobody knows how to open them, InstrumentError when another instrument answers,
   *   TransportError when they do not come back, AbortedError
   */
  reconnect(signal: AbortSignal, patience_s = 30): Promise<void> {
    const { reopen, timer } = this.#options;
    if (!reopen)
      return Promise.reject(
        new UnsupportedError(
          "reconnecting",
          `${this.#parts.instrument.port} was opened without a way to open it again`,
        ),
      );
    return this.#exclusively(signal, async (stop) => {
      const { identity, port } = this.#parts.instrument;
      // a port that still stands must be closed before it can be opened, and is made safe on the way
      await leave(this.#parts);
      const parts = await reconnect(reopen, { timer, signal: stop, patience_s });
      const [found, wanted] = [nameIdentity(parts.instrument.identity), nameIdentity(identity)];
      if (found !== wanted) {
        await leave(parts);
        throw new InstrumentError(port, `be ${wanted} again`, `it is ${found}`, "nothing was driven");
      }
      this.#present.next(parts);
      this.#selected = undefined;
      await parts.instrument.makeSafe("immediate");
      await parts.selector.open();
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
    await this.#parts.instrument.makeSafe(how);
    await before?.catch(() => {});
    await this.#running?.done.catch(() => {});
    this.#selected = undefined;
    await this.#parts.selector.open();
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
      this.#present.complete();
      await this.#parts.selector[Symbol.asyncDispose]();
      await this.#parts.instrument[Symbol.asyncDispose]();
      for (const conditioner of this.#parts.conditioners ?? []) await conditioner[Symbol.asyncDispose]();
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
    const { instrument, selector } = this.#parts;
    const { duration_s } = stimulus;
    const { columns } = readout;
    const address = findSelected(stimulus, columns, this.capabilities.unselectedLines);
    if (readout.impedance && instrument.impedance)
      return this.#measureImpedance(instrument.impedance, readout, readout.impedance, address, admit, stop);
    const plan = planChannel(stimulus, address, readout, this.#options.compliance_A ?? Infinity);
    const where = whereOf(address);
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
      throw duringStimulus(error, where);
    }
    if (stop.aborted) throw new AbortedError("The stimulus was stopped, the output is safe");
    const read = samples.end();
    this.#end_s = Math.max(this.#now_s(), startTime_s + duration_s);
    return { startTime_s, endTime_s: this.#end_s, columns, ...read };
  }

  /** The instrument drives the sine by itself, in its own time; the limiter judges its extremes. */
  async #measureImpedance(
    analyser: ImpedanceAnalyser,
    { columns, currentRange_A }: Readout,
    sine: SineRequest,
    address: Address,
    admit: AdmitPlan,
    stop: AbortSignal,
  ): Promise<Reading> {
    const { bias_V, amplitude_V, frequency_Hz } = sine;
    const where = whereOf(address);
    const plan: ChannelPlan = {
      voltage_V: Float64Array.of(bias_V + amplitude_V, bias_V - amplitude_V),
      duration_s: new Float64Array(2).fill(Math.max(0.5 / frequency_Hz, this.#parts.instrument.channel.shortestHeld_s)),
      measured: new Uint8Array(2),
      currentRange_A,
      compliance_A: this.#options.compliance_A ?? Infinity,
    };
    checkPlan(plan, this.#parts.instrument.channel, where);
    const admitted = admit(plan, where);
    await this.#select(address);
    if (stop.aborted) throw new AbortedError("Aborted before anything moved");
    const startTime_s = this.#now_s();
    try {
      const impedance = await analyser.measure(admitted, sine, stop);
      this.#end_s = this.#now_s();
      const overloads = impedance.overload ? 1 : 0;
      return { startTime_s, endTime_s: this.#end_s, columns, windows: [], samples: 0, lost: 0, overloads, impedance };
    } catch (error) {
      this.#end_s = this.#now_s();
      if (stop.aborted) throw new AbortedError("The stimulus was stopped, the output is safe");
      throw duringStimulus(error, where);
    }
  }

  async #superpose(
    inputs_V: Float64Array,
    readout: ProductReadout,
    admit: AdmitPlan,
    stop: AbortSignal,
  ): Promise<Products> {
    const { columns, integration_s, rest_s } = readout;
    const batch = inputs_V.length / this.grid.rows;
    const planner = this.#planner(readout, admit);
    const products = planProducts(inputs_V, this.grid, columns, this.capabilities.columnsSensedAtOnce > 1, planner);
    const startTime_s = this.#now_s();
    const { times_s: readTimes_s, ...currents } = await superpose(products, {
      columns,
      batch,
      // unless it has to rest in between
      atOnce: planner.byJob && rest_s === 0,
      read: (cells) => this.#readCells(cells, stop),
      rest: () => (this.#end_s = Math.max(this.#now_s(), this.#end_s) + rest_s),
    });
    this.#end_s = Math.max(this.#now_s(), startTime_s + batch * (integration_s + rest_s));
    return { startTime_s, endTime_s: this.#end_s, columns, ...currents, method: "superposed", readTimes_s };
  }

  /** Each column as its own command of the limiter. */
  #planAll(
    voltage_V: number,
    readout: Omit<ProductReadout, "columns">,
    token: ArmToken,
    stop: AbortSignal,
  ): readonly Cell[] {
    const plannerOf = (column: number, inputs_V: Float64Array) => {
      const columns = { ...readout, columns: [column] };
      const step = { kind: "multiply" as const, role: "other", label: "by hand", tags: {}, inputs_V, readout: columns };
      const { step: admitted } = this.#limiter.admit(step, token, "read of the array");
      if (admitted.kind !== "multiply") throw new TypeError("a product stays one");
      return this.#planner(readout, redeemForPlans(admitted.inputs_V, Math.abs(voltage_V)));
    };
    return planWhole(this.grid, voltage_V, plannerOf, stop);
  }

  #planner(readout: Omit<ProductReadout, "columns">, admit: AdmitPlan): CellPlanner {
    const { compliance_A = Infinity } = this.#options;
    const { instrument, selector } = this.#parts;
    return { channel: instrument.channel, readout, compliance_A, byJob: selector.readJunctions !== undefined, admit };
  }

  #readCells(cells: readonly Cell[], stop: AbortSignal): ReturnType<typeof readCells> {
    // a job of the instrument's own leaves whatever it read last
    if (this.#parts.selector.readJunctions) this.#selected = undefined;
    return readCells(
      this.#parts,
      cells,
      (address) => this.#select(address),
      () => this.#now_s(),
      stop,
    );
  }

  /** The channel is at 0 V between plans, so switching is always cold. Inputs that are read at once stay where they are. */
  async #select({ row, column }: { readonly row: number; readonly column: number }): Promise<void> {
    const address = { row, column: this.capabilities.columnsSensedAtOnce > 1 ? 0 : column };
    const wanted = `${address.row},${address.column}`;
    if (this.#selected === wanted) return;
    this.#selected = undefined;
    await this.#parts.selector.select(address);
    this.#selected = wanted;
  }

  /** @param moment_s of the timer, where another clock knows it better */
  #now_s(moment_s = Number.NaN): number {
    const now_s = Number.isFinite(moment_s) ? moment_s : this.#options.timer.now_s();
    return Math.max(this.#end_s, now_s - this.#origin_s);
  }
}

type AdmitPlan = (plan: ChannelPlan, where: string) => Admitted<ChannelPlan>;

/** A lost line says by itself neither what was under way nor what the output does now. */
function duringStimulus(error: unknown, where: string): unknown {
  if (!(error instanceof TransportError)) return error;
  return new TransportError(
    error.kind,
    `${error.message}; the stimulus of ${where} was under way: until it is made safe, take its output for on`,
  );
}

const whereOf = ({ row, column }: Address) => `row ${row}, column ${column}`;

/** Largest |V_row - V_column| that a stimulus can ask of any junction. */
function largestOf({ rows, columns }: Stimulus): number {
  const largest = (drives: Stimulus["rows"]) =>
    drives.reduce((most, drive) => (drive === "floating" ? most : Math.max(most, largestMagnitude_V(drive))), 0);
  return largest(rows) + largest(columns);
}

/** Closes what can be closed: of a lost line nothing more is to be had. */
async function leave({ selector, instrument, conditioners = [] }: ArrayParts): Promise<void> {
  for (const part of [selector, instrument, ...conditioners]) {
    try {
      await part[Symbol.asyncDispose]();
    } catch {
      // it is gone; the caller says so
    }
  }
}
