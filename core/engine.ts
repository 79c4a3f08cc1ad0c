import type { Subscription } from "rxjs";
import type { ArrayBackend, Products, Reading, SampleBlock } from "./arrayBackend.ts";
import type { DisturbBook } from "./disturbBook.ts";
import { AbortedError, InstrumentError, LimitError, ProtocolError, RecordError, TransportError } from "./errors.ts";
import { checkHold } from "./checkHold.ts";
import { type Arming, armingOf, type ArmToken, type Trip } from "./limiter/arming.ts";
import { assumeReadiness, findBlockers, type Readiness } from "./limiter/blockers.ts";
import { DoseMeter } from "./limiter/doseMeter.ts";
import { Limiter, type StepFigures } from "./limiter/limiter.ts";
import { limitsCrc } from "./limiter/limitsCrc.ts";
import { type ChipLimits, type Limits, limitsVoltage } from "./limits.ts";
import { describeStep, MOST_PULSES, type Plan, planProtocols } from "./plan.ts";
import type { ApplyStep, MultiplyStep, Protocol, Step, StepResult } from "./protocol/protocol.ts";
import { type ControlChange, RunControl } from "./runControl.ts";
import type { Prompted, RunEvent, RunStopped, StepIntended } from "./runEvent.ts";
import { formatSI } from "./units.ts";

export interface RunOptions {
  readonly protocols: readonly Protocol[];
  readonly array: ArrayBackend;
  /** What the experiment allows; the array's own voltage range holds besides. */
  readonly limits: Limits;
  readonly chip?: ChipLimits;
  /** Whose latch holds; absent: the array's own, which lives as long as the array. */
  readonly arming?: Arming;
  /** What is known before arming; absent: nothing of a measured array, which then cannot be armed. */
  readonly readiness?: Readiness;
  readonly seed: number;
  /** Where each protocol stands in its file ("x.yaml:12:5"), for refusals. */
  readonly places?: readonly string[];
  /** More pulses are refused, see `planProtocols`. */
  readonly mostPulses?: number;
  /**
   * Abort: outputs ramp to 0 V, the run closes as "abort". With the reason "panic" they idle at once and it closes as
   * "fail". The message of a reason that is an AbortedError is recorded.
   */
  readonly signal: AbortSignal;
  /** What `planProtocols` answered to the same options; planned here when absent. Every step is checked again anyway. */
  readonly plan?: Plan;
  /** A panic after an abort (Ctrl-C twice): outputs idle at once, also while they ramp. */
  readonly panic?: AbortSignal;
  /** Pause, resume, stop, and the news that the outputs are safe. */
  readonly control?: RunControl;
  /** Voltage of every junction while the run is paused, volt; 0 when absent. An array with a virtual clock stands still. */
  readonly hold_V?: number;
  /** Books what every junction takes; its summary is an event before the last. */
  readonly book?: DisturbBook;
  /**
   * Asks the operator to do something; resolves, when that is done, to who says so. A protocol that asks is refused
   * where nobody can be asked.
   */
  readonly askOperator?: (prompt: string, signal: AbortSignal) => Promise<string>;
  /** Called with one event after another, the next when the last promise has resolved: an intent is durable before it is sent. */
  emit(event: RunEvent): void | Promise<void>;
}

/** So many samples in a row beyond the current limit trip a run: one may be a spike of noise. */
const SAMPLES_TO_TRIP = 2;

/**
 * So many bytes of samples of a wall-clock array may wait for whoever takes them: nobody can hold back real current, and
 * memory ends. A virtual clock is held back by its `pause`.
 */
const LARGEST_QUEUE_BYTES = 256 * 1024 * 1024;
/** Current, voltage and overload flag. */
const QUEUED_BYTES_PER_SAMPLE = 17;

/**
 * Runs protocols on an array; the only place that sequences. Everything is planned and checked before anything moves:
 * a refusal there throws with no event emitted and no call made. From "run-started" on, whatever happens, the array ends
 * in its safe state and "run-stopped" is the last event, once.
 * @returns that last event, for success, abort and panic
 * @throws LimitError, UnsupportedError, ProtocolError (refused or tripped), ArmError (blocked, nothing was emitted), or
 * what the array or `emit` threw
 */
export async function runProtocols(options: RunOptions): Promise<RunStopped> {
  const { array, protocols, limits, chip = {}, seed } = options;
  const { grid, capabilities } = array;
  const { places = [], mostPulses = MOST_PULSES, arming = armingOf(array) } = options;
  const rehearse = array.rehearse?.bind(array);
  const plan =
    options.plan ?? planProtocols({ protocols, grid, capabilities, limits, chip, seed, places, mostPulses, rehearse });
  checkHold(options.hold_V ?? 0, array, plan.limits);
  if (!options.askOperator) refusePrompts(plan);
  const readiness = options.readiness ?? {
    ...assumeReadiness(capabilities),
    limitsLoaded: capabilities.source === "emulated" || limitsVoltage(limits, chip),
  };
  const token = arming.arm(findBlockers(readiness, plan.limits));
  const run = new Run(options, plan, arming, token);
  try {
    await run.start();
    for (const [index, protocol] of protocols.entries()) if (!(await run.perform(protocol, index))) break;
  } catch (error) {
    run.fail(error);
  }
  return run.finish();
}

/** The state of one run; `runProtocols` is its story. */
class Run {
  readonly #options: RunOptions;
  readonly #plan: Plan;
  readonly #limiter: Limiter;
  readonly #arming: Arming;
  readonly #token: ArmToken;
  readonly #doses: DoseMeter;
  /** Ends the stimulus under way, whoever wants it: the user, the current limit or a recorder that fails. */
  readonly #stop = new AbortController();
  readonly #samples: Subscription;
  #states: Subscription | undefined;
  readonly #control: RunControl;
  readonly #forget: () => void;
  readonly #onAbort = () => this.#halt(this.#panicked() ? "immediate" : "ramp");
  /** Tail of the event queue. */
  #saying: Promise<void> = Promise.resolve();
  #safe: SafeAttempt | undefined;
  /** The first thing that went wrong; AbortedError when the user stopped. */
  #failure: { readonly error: unknown } | undefined;
  /** Samples in a row beyond the current limit, per column. */
  readonly #excess = new Map<number, number>();
  readonly #counts = { steps: 0, samples: 0, lost: 0, overloads: 0 };
  /** Bytes of samples that wait for `emit`. */
  #queued = 0;
  /** Targets of the latest step of this protocol, undefined before its first. */
  #cell: string | undefined;
  /** The run ended before its plan because it was asked to stop. */
  #endedEarly = false;
  /** Nobody watched the outputs for a while. */
  #slept = false;
  #step = -1;
  #time_s = 0;

  constructor(options: RunOptions, plan: Plan, arming: Arming, token: ArmToken) {
    const { array, signal, panic } = options;
    this.#options = options;
    this.#plan = plan;
    this.#control = options.control ?? new RunControl();
    this.#forget = this.#control.listen((change) => this.#takeChange(change));
    this.#arming = arming;
    this.#token = token;
    this.#limiter = new Limiter(array.grid, array.capabilities, plan.limits, arming);
    this.#doses = new DoseMeter(plan.limits, array.grid.columns);
    this.#samples = array.samples.subscribe((block) => this.#takeSamples(block));
    for (const by of [signal, panic]) {
      by?.addEventListener("abort", this.#onAbort);
      if (by?.aborted) this.#onAbort();
    }
  }

  async start(): Promise<void> {
    const { array, protocols } = this.#options;
    await this.#say({
      kind: "run-started",
      time_s: 0,
      grid: array.grid,
      capabilities: array.capabilities,
      limits: this.#plan.limits,
      protocols: protocols.map(({ name }) => name),
      plannedDuration_s: this.#plan.duration_s,
      plannedSteps: this.#plan.steps,
    });
    const cleared = this.#arming.takeCleared();
    if (cleared) await this.#say({ kind: "rearmed", time_s: 0, cleared });
    await this.#say({ kind: "armed", time_s: 0, limitsCrc: limitsCrc(this.#plan.limits) });
    this.#states = array.states?.subscribe((setting) => {
      void this.#say({ kind: "instrument-state", ...setting }).catch(() => {});
    });
  }

  /** Pulls steps until the protocol has no more; each result goes back into it. False when the run was asked to stop. */
  async perform(protocol: Protocol, index: number): Promise<boolean> {
    const { array, seed, places } = this.#options;
    const { grid, capabilities } = array;
    const generator = protocol.steps({ grid, capabilities, limits: this.#plan.limits, seed });
    let result: StepResult;
    this.#cell = undefined;
    try {
      for (let number = 0; ; number++) {
        if (this.#stop.signal.aborted) throw new AbortedError("the run was stopped");
        const { done, value: wanted } = generator.next(result);
        if (done) return true;
        if (!(await this.#checkpoint(wanted))) return false;
        const { step, figures } = this.#limiter.admit(
          wanted,
          this.#token,
          describeStep(protocol, number, wanted, places?.[index]),
        );
        const about = { time_s: this.#time_s, protocol: index, protocolName: protocol.name, label: step.label };
        if (step.kind === "mark") {
          this.#step++;
          this.#cell ??= "";
          if (step.prompt) await this.#ask(step.label, about);
          else await this.#say({ kind: "marked", ...about, data: step.data });
          result = undefined;
        } else {
          this.#step++;
          this.#cell = describeCell(step) ?? this.#cell ?? "";
          this.#excess.clear();
          this.#doses.begin(step, figures.largest_V);
          await this.#say(intend(step, this.#step, about, figures, array.grid.rows));
          // the user may have stopped while the intent was being written
          if (this.#stop.signal.aborted) throw new AbortedError("the run was stopped");
          this.#options.book?.before();
          const from_s = this.#time_s;
          try {
            result = step.kind === "apply" ? await this.#apply(step) : await this.#multiply(step);
          } catch (error) {
            if (mayHaveBeenPlayed(error))
              void this.#say({
                kind: "quality-flagged",
                time_s: from_s,
                flag: "uncertain",
                offset_s: 0,
                step: this.#step,
              }).catch(() => {});
            throw error;
          }
          this.#options.book?.after(step);
        }
        this.#counts.steps++;
        await this.#say({
          kind: "progressed",
          step: this.#step,
          plannedSteps: this.#plan.steps,
          elapsed_s: this.#time_s,
          plannedDuration_s: this.#plan.duration_s,
        });
      }
    } finally {
      generator.return();
    }
  }

  /** The first error counts, but a stop by the user never hides a failure. */
  fail(error: unknown): void {
    if (!this.#failure || (this.#failure.error instanceof AbortedError && !(error instanceof AbortedError)))
      this.#failure = { error };
  }

  /** Safe state, last event, and what the caller learns. */
  async finish(): Promise<RunStopped> {
    const { signal, panic, emit } = this.#options;
    if (!this.#safe) this.#makeSafe(this.#failure ? "immediate" : "ramp");
    for (let seen: unknown; seen !== this.#safe; ) {
      seen = this.#safe;
      await this.#safe?.settled;
    }
    for (const by of [signal, panic]) by?.removeEventListener("abort", this.#onAbort);
    this.#forget();
    this.#control.noteOver();
    this.#samples.unsubscribe();
    this.#states?.unsubscribe();
    if (this.#arming.disarm(this.#token)) void this.#say({ kind: "disarmed", time_s: this.#time_s });
    const { book } = this.#options;
    if (book && this.#counts.steps > 0)
      this.#say({
        kind: "disturb-booked",
        time_s: this.#time_s,
        floatingSteps: book.floatingSteps,
        doses: book.summary(),
      }).catch(() => {});
    await this.#saying.catch((error: unknown) => this.fail(error));
    const stopped: RunStopped = { kind: "run-stopped", time_s: this.#time_s, ...this.#verdict(), ...this.#counts };
    try {
      await emit(stopped);
    } catch (error) {
      this.fail(error);
    }
    if (this.#failure && !this.#stoppedByUser()) throw this.#failure.error;
    return stopped;
  }

  /**
   * Between two steps: a pause holds here, a stop ends the run before the next cell begins.
   * @returns false when the run ends here
   */
  async #checkpoint(next: Step): Promise<boolean> {
    const control = this.#control;
    while (control.wish === "pause" && !this.#stop.signal.aborted) {
      const { by } = control;
      const level_V = this.#options.hold_V ?? 0;
      await this.#hold(level_V);
      await this.#say({ kind: "paused", time_s: this.#time_s, steps: this.#counts.steps, level_V, by });
      await control.untilGoOn(this.#stop.signal);
      if (this.#stop.signal.aborted) break;
      await this.#say({ kind: "resumed", time_s: this.#time_s, steps: this.#counts.steps, by: control.by });
    }
    if (this.#stop.signal.aborted) throw new AbortedError("the run was stopped");
    this.#endedEarly = control.wish === "stop" && this.#startsNewCell(next);
    return !this.#endedEarly;
  }

  /** Outputs are held as in a pause while the operator is busy; only an abort or a panic ends the wait before the answer. */
  async #ask(prompt: string, about: Pick<Prompted, "protocol" | "protocolName">): Promise<void> {
    const { protocol, protocolName } = about;
    await this.#hold(this.#options.hold_V ?? 0);
    const event = { time_s: this.#time_s, protocol, protocolName, prompt };
    await this.#say({ kind: "prompted", ...event });
    const { signal } = this.#stop;
    let forget = () => {};
    const stopped = new Promise<never>((_, reject) => {
      const leave = () => reject(new AbortedError("the run was stopped"));
      forget = () => signal.removeEventListener("abort", leave);
      signal.addEventListener("abort", leave);
      if (signal.aborted) leave();
    });
    try {
      const asked = this.#options.askOperator?.(prompt, signal);
      const by = await Promise.race([asked ?? Promise.reject(new Error("nobody to ask")), stopped]);
      await this.#say({ kind: "confirmed", ...event, by });
    } finally {
      forget();
    }
  }

  /** A virtual clock stands still between steps, and the array with it; a real one has to be told what to hold. */
  async #hold(level_V: number): Promise<void> {
    const { array } = this.#options;
    if (array.capabilities.clock === "virtual") return;
    if (level_V !== 0 && array.hold) await array.hold(level_V, this.#stop.signal);
    else await array.makeSafe("ramp");
  }

  /** Notes and rests belong to the cell before them. */
  #startsNewCell(next: Step): boolean {
    if (this.#cell === undefined || next.kind === "multiply") return true;
    const cell = describeCell(next);
    return cell !== undefined && cell !== this.#cell;
  }

  #takeChange(change: ControlChange): void {
    const { time_s, steps } = { time_s: this.#time_s, steps: this.#counts.steps };
    if (change.kind === "wish") {
      if (change.wish === "stop")
        void this.#say({ kind: "stop-requested", time_s, steps, by: change.by }).catch(() => {});
      return;
    }
    const { duration_s } = change;
    if (this.#options.array.capabilities.clock === "wall" && !this.#slept) {
      const asleep = `nobody watched the outputs for ${formatSI(duration_s, "s")}: the machine slept or the process stood still`;
      // whoever stopped it before has said why
      this.#slept = !this.#stop.signal.aborted;
      if (this.#slept) {
        this.fail(new AbortedError(asleep));
        this.#halt("ramp");
      }
    }
    void this.#say({ kind: "quality-flagged", time_s, flag: "suspended", offset_s: duration_s }).catch(() => {});
  }

  async #apply(step: ApplyStep): Promise<Reading> {
    const reading = await this.#options.array.apply(step.stimulus, step.readout, this.#stop.signal);
    this.#time_s = reading.endTime_s;
    await this.#say({ kind: "step-finished", step: this.#step, time_s: this.#time_s, reading });
    return reading;
  }

  async #multiply(step: MultiplyStep): Promise<Products> {
    const { inputs_V, readout, expected_A } = step;
    const products = await this.#options.array.multiply(inputs_V, readout, this.#stop.signal);
    this.#time_s = products.endTime_s;
    this.#counts.overloads += products.overloads;
    const expected = expected_A ? { expected_A } : {};
    await this.#say({
      kind: "products-taken",
      step: this.#step,
      time_s: this.#time_s,
      inputs_V,
      products,
      ...expected,
    });
    // a product is a mean already: one beyond the limit is enough
    const { current_A } = this.#plan.limits;
    const k = products.current_A.findIndex((current) => Math.abs(current) > current_A);
    if (k >= 0) this.#tripCurrent(products.columns[k % products.columns.length] ?? 0, products.current_A[k] ?? 0);
    const spent = this.#doses.addProducts(products, step, this.#options.array.grid.rows);
    if (spent) this.#trip(spent);
    return products;
  }

  #takeSamples(block: SampleBlock): void {
    this.#counts.samples += block.current_A.length;
    this.#counts.lost += block.lost;
    for (const overload of block.overload) this.#counts.overloads += overload;
    this.#queue(block);
    const spent = this.#doses.addBlock(block);
    if (spent) this.#trip(spent);
    const limit_A = this.#plan.limits.current_A;
    if (limit_A === Infinity) return;
    let excess = this.#excess.get(block.channel) ?? 0;
    for (const current of block.current_A) {
      excess = Math.abs(current) > limit_A ? excess + 1 : 0;
      if (excess === SAMPLES_TO_TRIP) this.#tripCurrent(block.channel, current);
    }
    this.#excess.set(block.channel, excess);
  }

  /** Emits samples without waiting, and ends the run when whoever takes them falls too far behind. */
  #queue(block: SampleBlock): void {
    const bytes = QUEUED_BYTES_PER_SAMPLE * block.current_A.length;
    const settle = () => {
      this.#queued -= bytes;
    };
    this.#queued += bytes;
    this.#say({ kind: "samples", step: this.#step, block }).then(settle, settle);
    if (this.#queued <= LARGEST_QUEUE_BYTES || this.#options.array.capabilities.clock === "virtual") return;
    this.fail(new RecordError(`${Math.round(this.#queued / 1e6)} MB of samples wait to be recorded, the run must end`));
    this.#halt("immediate");
  }

  #tripCurrent(column: number, found_A: number): void {
    const allowed = `±${formatSI(this.#plan.limits.current_A, "A", 6)}`;
    this.#trip({ quantity: "current", found: formatSI(found_A, "A", 6), allowed, where: `column ${column}` });
  }

  /** Outputs first, then the latch. The first trip of a run counts. */
  #trip(found: Trip): void {
    const trip = { ...found, where: `step ${this.#step}, ${found.where}` };
    this.#halt("immediate");
    this.fail(new LimitError(trip.quantity, trip.found, trip.allowed, trip.where));
    if (!this.#arming.holds(this.#token)) return;
    try {
      this.#arming.trip(trip);
    } catch (error) {
      // latched in memory all the same
      this.fail(error);
    }
    void this.#say({ kind: "tripped", time_s: this.#time_s, trip });
  }

  /** Emits in order; rejects when the recorder fails, and so does every later event. */
  #say(event: RunEvent): Promise<void> {
    const said = this.#saying.then(() => this.#options.emit(event));
    this.#saying = said;
    said.catch((error: unknown) => {
      this.fail(error);
      this.#halt("immediate");
    });
    return said;
  }

  /** Outputs first, then the stimulus under way is told. */
  #halt(how: "ramp" | "immediate"): void {
    if (!this.#safe || (how === "immediate" && this.#safe.how === "ramp")) this.#makeSafe(how);
    this.#stop.abort();
  }

  #makeSafe(how: "ramp" | "immediate"): void {
    const before = this.#safe;
    let supersede = () => {};
    const superseded = new Promise<void>((resolve) => {
      supersede = resolve;
    });
    const done = this.#options.array.makeSafe(how).then(
      () => this.#control.noteSafe({ how }),
      (failure: unknown) => {
        if (this.#safe === attempt) this.fail(failure);
        this.#control.noteSafe({ how, failure });
      },
    );
    const attempt: SafeAttempt = { how, supersede, settled: Promise.race([done, superseded]) };
    this.#safe = attempt;
    // a ramp that never ends must not hold up the end of the run behind a panic
    before?.supersede();
  }

  #panicked(): boolean {
    return this.#options.signal.reason === "panic" || this.#options.panic?.aborted === true;
  }

  #stoppedByUser(): boolean {
    const { signal, panic } = this.#options;
    return this.#failure?.error instanceof AbortedError && (signal.aborted || panic?.aborted === true || this.#slept);
  }

  #verdict(): Pick<RunStopped, "status" | "reason" | "left"> {
    if (!this.#failure) {
      if (!this.#endedEarly) return { status: "success", reason: "every step is done" };
      const left = Math.max(0, this.#plan.steps - this.#counts.steps);
      const reason = `stopped by ${this.#control.by} after a finished cell, ${left} of ${this.#plan.steps} planned steps were left`;
      return { status: "success", reason, left };
    }
    const { signal, panic } = this.#options;
    if (this.#stoppedByUser()) {
      if (this.#panicked())
        return {
          status: "fail",
          reason: `panic: ${reasonOf(panic) ?? reasonOf(signal) ?? "stopped at once by the user"}`,
        };
      const asleep = this.#slept ? this.#failure.error : undefined;
      return {
        status: "abort",
        reason: asleep instanceof AbortedError ? asleep.message : (reasonOf(signal) ?? "stopped by the user"),
      };
    }
    const { error } = this.#failure;
    return { status: "fail", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** @throws ProtocolError at the first place where the plan would ask somebody */
export function refusePrompts({ prompts: [first] }: Plan): void {
  if (!first) return;
  throw new ProtocolError(
    { file: first.place, line: 0, column: 0, path: "prompt" },
    `"${first.prompt}" waits for an operator and nobody can be asked; --yes confirms every prompt (askOperator in a script)`,
  );
}

/** Refusals come before anything moves; a line or an instrument that fails may have done part of its work. */
function mayHaveBeenPlayed(error: unknown): boolean {
  return error instanceof TransportError || error instanceof InstrumentError;
}

/** What whoever aborted had to say. */
function reasonOf(signal: AbortSignal | undefined): string | undefined {
  return signal?.reason instanceof AbortedError ? signal.reason.message : undefined;
}

/** The junctions that a step is meant for; undefined for notes and rests. A product is meant for all. */
function describeCell(step: Step): string | undefined {
  if (step.kind === "mark") return undefined;
  if (step.kind === "multiply") return "products";
  const { targets } = step.stimulus;
  return targets.length === 0 ? undefined : targets.map(({ row, column }) => `${row} ${column}`).join(", ");
}

/** One call of `makeSafe`. */
interface SafeAttempt {
  readonly how: "ramp" | "immediate";
  /** Resolves when it has ended, well or not, or when a faster one has taken over. */
  readonly settled: Promise<void>;
  readonly supersede: () => void;
}

type About = Pick<StepIntended, "time_s" | "protocol" | "protocolName" | "label">;

function intend(
  step: ApplyStep | MultiplyStep,
  number: number,
  { time_s, protocol, protocolName, label }: About,
  { largest_V, duration_s }: StepFigures,
  rows: number,
): StepIntended {
  // fields added after a spread take microseconds each, and this is made for every step
  const intended: StepIntended = {
    kind: "step-intended",
    step: number,
    time_s,
    protocol,
    protocolName,
    label,
    largest_V,
    duration_s,
    role: step.role,
    tags: step.tags,
    action: step.kind,
    targets: step.kind === "apply" ? step.stimulus.targets : [],
    windows: step.kind === "apply" ? step.readout.windows : [],
  };
  if (step.kind === "apply") return intended;
  return { ...intended, products: { batch: step.inputs_V.length / rows, readout: step.readout } };
}
