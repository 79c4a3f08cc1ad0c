import type { JunctionKernel } from "../crossbar/model.ts";
import type { Circuit } from "./circuit.ts";
import type { LineVoltages } from "./lineVoltages.ts";
import type { VoltageLists } from "./voltageLists.ts";

/** Where junction voltages are known, a step of a varying voltage above this part of the fastest time constant is split. */
const KNOWN_STEP_TAU = 0.25;
/** Then its pieces are this long; both as in simulate.ts, so that one junction gives the same numbers. */
const KNOWN_PIECE_TAU = 0.05;
/**
 * Where they depend on the states (line or access resistance): 3 x 3 cones with 100 kohm lines are then within 1e-6 of
 * the converged states, error falling with the square of the step (emulatedArray.test.ts).
 */
const COUPLED_STEP_TAU = 0.1;
/** Steps per period of a sine, whatever the time constants. */
const STEPS_PER_PERIOD = 16;
/** The same while somebody listens to the current between samples (filter, mean): straight lines join its values. */
const LISTENED_STEPS_PER_PERIOD = 100;
/** exp(-40) = 4e-18: what lies further back than this many of the slowest time constant is forgotten. */
const MEMORY_TAU = 40;
/** A junction voltage that moves less than this part in half a step allows a step twice as long. */
const STILL = 1e-11;

/** Small steps after which `advance` comes back, so that its caller can breathe and be stopped. */
const STEPS_AT_ONCE = 500;

const LARGEST_ALWAYS_TIMED = 4096;
const ADVANCES_PER_TIMING = 64;

/** Hears the column currents at start, middle and end of every small step. */
export type CurrentListener = (
  dt_s: number,
  start_A: Float64Array,
  middle_A: Float64Array,
  end_A: Float64Array,
) => void;

/**
 * Moves all junction states along the line voltages.
 *
 * Known voltages (ideal lines, no access resistance): a constant stretch is one exact step, however often a few columns are
 * looked at meanwhile; a varying one takes the voltage at mid-step. Coupled voltages: solve at the start, predict to mid-step, solve again, full step with that
 * voltage (second order). Large arrays foresee the voltages of mid-step from the instants before instead, one solve per
 * step, after two steps of the other kind behind every jump. Lines that are all level leave every junction at 0 V, one exact step.
 */
export class Integrator {
  readonly #circuit: Circuit;
  readonly #lines: LineVoltages;
  readonly #listener: CurrentListener | undefined;
  /** Whether nothing in the array has a memory; asked at the first advance. */
  #isStatic: boolean | undefined;
  /** Made when a step first needs it: most stimuli of ideal lines never do. */
  #coupled: CoupledScratch | undefined;
  /** Of the column currents, where somebody listens. */
  readonly #start_A: Float64Array;
  readonly #middle_A: Float64Array;
  readonly #past: VoltageLists | undefined;
  /** Of large arrays. */
  #times: Timescales | undefined;
  #advances = 0;
  /** Growth of coupled steps while nothing moves. */
  #growth = 1;
  /** Time for which voltages have been held since the states were stepped: who looks meanwhile looks ahead. */
  #ahead_s = 0;
  /** Small steps taken so far. */
  steps = 0;

  constructor(circuit: Circuit, lines: LineVoltages, listener?: CurrentListener) {
    this.#circuit = circuit;
    this.#lines = lines;
    this.#listener = listener;
    const heard = listener ? circuit.columnCurrent_A.length : 0;
    this.#start_A = new Float64Array(heard);
    this.#middle_A = new Float64Array(heard);
    if (!listener) this.#past = circuit.past;
    this.#past?.forget();
  }

  /** Line voltages and currents of this instant, after an edge if it is one. */
  look(time_s: number): void {
    const moved = this.#lines.moveTo(time_s);
    if (this.#ahead_s > 0) {
      if (!moved) return this.#circuit.lookAhead(this.#ahead_s);
      this.settle();
    }
    this.#circuit.solve(this.#lines.row_V, this.#lines.column_V, time_s);
  }

  /** States catch up with the time that `advance` returned last. */
  settle(): void {
    if (this.#ahead_s === 0) return;
    this.#hold(this.#ahead_s);
    this.#ahead_s = 0;
  }

  /** A jump of the drive: steps start small again. */
  jump(): void {
    this.#growth = 1;
    this.#circuit.jump();
  }

  /**
   * From `from_s`, where `look` was called, towards `to_s`, with no edge between. States are then those of the time it
   * returns, `to_s` unless that takes many steps, or will be after `settle`; currents only after the next `look`.
   */
  advance(from_s: number, to_s: number): number {
    const duration_s = to_s - from_s;
    if (!(duration_s > 0)) return to_s;
    const frequency_Hz = this.#lines.enter(from_s + 0.5 * duration_s);
    if (this.#isLarge && this.#advances++ % ADVANCES_PER_TIMING === 0) this.#times = this.#askTimescales();
    if (this.#listener) {
      const { min_s, max_s } = this.#timescales();
      return this.#advanceListened(from_s, to_s, frequency_Hz, min_s, max_s);
    }
    const knows = this.#knows();
    if (frequency_Hz < 0 && knows && this.#circuit.looksAhead()) {
      this.#ahead_s += duration_s;
      return to_s;
    }
    this.settle();
    if (frequency_Hz < 0 && (knows || this.#lines.areLevel())) {
      this.#hold(duration_s);
      return to_s;
    }
    this.#isStatic ??= this.#timescales().min_s === Infinity;
    if (this.#isStatic) return to_s;
    const { min_s, max_s } = this.#timescales();
    if (!knows) return this.#advanceCoupled(from_s, to_s, frequency_Hz, COUPLED_STEP_TAU * min_s);
    this.#advanceKnown(from_s, to_s, frequency_Hz, min_s, max_s);
    return to_s;
  }

  /** Time constants over the valid range; of large arrays, where they cost as much as steps, those of now and then. */
  #timescales(): Timescales {
    return this.#times ?? this.#askTimescales();
  }

  #askTimescales(): Timescales {
    const { kernel, state } = this.#circuit;
    return kernel.timescales(state);
  }

  get #isLarge(): boolean {
    return this.#circuit.voltage_V.length > LARGEST_ALWAYS_TIMED;
  }

  #knows(): boolean {
    return this.#circuit.knowsVoltages(this.#lines.row_V, this.#lines.column_V);
  }

  /** One exact step with the voltages of the last solve. */
  #hold(dt_s: number): void {
    const { kernel, state, voltage_V } = this.#circuit;
    kernel.step(state, voltage_V, dt_s);
    this.steps++;
  }

  #advanceKnown(from_s: number, to_s: number, frequency_Hz: number, min_s: number, max_s: number): void {
    const duration_s = to_s - from_s;
    const largest_s = limitStep(KNOWN_STEP_TAU * min_s, frequency_Hz, STEPS_PER_PERIOD);
    const step = (time_s: number, dt_s: number) => {
      this.look(time_s + 0.5 * dt_s);
      this.#hold(dt_s);
    };
    if (duration_s <= largest_s) return step(from_s, duration_s);
    const remembered_s = Math.min(duration_s, MEMORY_TAU * max_s);
    const forgotten_s = duration_s - remembered_s;
    if (forgotten_s > 0) step(from_s, forgotten_s);
    const pieces = Math.ceil(remembered_s / Math.min(largest_s, KNOWN_PIECE_TAU * min_s));
    const dt_s = remembered_s / pieces;
    for (let k = 0; k < pieces; k++) step(from_s + forgotten_s + k * dt_s, dt_s);
  }

  #advanceCoupled(from_s: number, to_s: number, frequency_Hz: number, fine_s: number): number {
    const base_s = limitStep(fine_s, frequency_Hz, STEPS_PER_PERIOD);
    let time_s = from_s;
    for (let step = 0; ; step++) {
      const left_s = to_s - time_s;
      const pieces = Math.ceil((left_s / (base_s * this.#growth)) * (1 - 1e-12));
      const dt_s = left_s / Math.max(1, pieces);
      const moved = this.#stepCoupled(time_s, dt_s);
      if (frequency_Hz < 0) this.#growth = moved <= STILL ? this.#growth * 2 : Math.max(1, this.#growth / 2);
      time_s = pieces <= 1 ? to_s : time_s + dt_s;
      if (time_s >= to_s || step >= STEPS_AT_ONCE) return time_s;
      this.look(time_s);
    }
  }

  /** Predictor, middle, full step; returns how far junction voltages moved up to the middle, relative to the largest. */
  #stepCoupled(time_s: number, dt_s: number): number {
    const { kernel, state } = this.#circuit;
    this.#past?.remember(time_s);
    const foreseen = this.#past?.foresee(time_s + 0.5 * dt_s);
    if (foreseen) {
      kernel.step(state, foreseen.voltage_V, dt_s);
      this.steps++;
      return foreseen.moved;
    }
    const { previous_V, snapshot, stateWords } = (this.#coupled ??= makeScratch(this.#circuit));
    previous_V.set(this.#circuit.voltage_V);
    snapshot.set(stateWords);
    kernel.step(state, this.#circuit.voltage_V, 0.5 * dt_s);
    this.look(time_s + 0.5 * dt_s);
    stateWords.set(snapshot);
    const { voltage_V } = this.#circuit;
    kernel.step(state, voltage_V, dt_s);
    this.steps++;
    return largestMove(voltage_V, previous_V);
  }

  #advanceListened(from_s: number, to_s: number, frequency_Hz: number, min_s: number, max_s: number): number {
    const constant = frequency_Hz < 0;
    const largest_s = limitStep(COUPLED_STEP_TAU * min_s, frequency_Hz, LISTENED_STEPS_PER_PERIOD);
    const duration_s = constant ? to_s - from_s : Math.min(to_s - from_s, STEPS_AT_ONCE * largest_s);
    const end_s = duration_s === to_s - from_s ? to_s : from_s + duration_s;
    // after the memory has died away a constant drive gives a constant current
    const busy_s = constant ? Math.min(duration_s, min_s === Infinity ? 0 : MEMORY_TAU * max_s) : duration_s;
    const pieces = busy_s === 0 ? 0 : Math.max(1, Math.ceil(busy_s / largest_s));
    for (let k = 0; k < pieces; k++) {
      const start = from_s + (k * busy_s) / pieces;
      if (k > 0) this.look(start);
      this.#stepListened(start, from_s + ((k + 1) * busy_s) / pieces);
    }
    if (busy_s < duration_s) {
      if (pieces > 0) this.look(from_s + busy_s);
      this.#stepListened(from_s + busy_s, end_s);
    }
    return end_s;
  }

  #stepListened(from_s: number, to_s: number): void {
    const { kernel, state, columnCurrent_A } = this.#circuit;
    const dt_s = to_s - from_s;
    const isStatic = kernel.timescales(state).min_s === Infinity;
    this.#start_A.set(columnCurrent_A);
    if (isStatic) {
      this.look(from_s + 0.5 * dt_s);
      this.steps++;
    } else if (this.#knows()) {
      this.look(from_s + 0.25 * dt_s);
      this.#hold(0.5 * dt_s);
      this.look(from_s + 0.5 * dt_s);
    } else this.#stepCoupled(from_s, dt_s);
    this.#middle_A.set(columnCurrent_A);
    if (!isStatic && this.#knows()) {
      this.look(from_s + 0.75 * dt_s);
      this.#hold(0.5 * dt_s);
    }
    this.#lines.moveBefore(to_s);
    this.#circuit.solve(this.#lines.row_V, this.#lines.column_V);
    this.#listener?.(dt_s, this.#start_A, this.#middle_A, columnCurrent_A);
  }
}

type Timescales = ReturnType<JunctionKernel["timescales"]>;

interface CoupledScratch {
  readonly previous_V: Float64Array;
  /** All fields of all junctions as one list, and where it is kept while a step looks ahead. */
  readonly stateWords: Float64Array;
  readonly snapshot: Float64Array;
}

function makeScratch({ state, voltage_V }: Circuit): CoupledScratch {
  const stateWords = new Float64Array(state.buffer);
  return {
    previous_V: new Float64Array(voltage_V.length),
    stateWords,
    snapshot: new Float64Array(stateWords.length),
  };
}

function limitStep(step_s: number, frequency_Hz: number, perPeriod: number): number {
  return frequency_Hz > 0 ? Math.min(step_s, 1 / (perPeriod * frequency_Hz)) : step_s;
}

/** Largest |b - a| relative to the largest |a|. */
function largestMove(a: Float64Array, b: Float64Array): number {
  let moved = 0;
  let largest = 0;
  for (let k = 0; k < a.length; k++) {
    const value = a[k] ?? 0;
    moved = Math.max(moved, Math.abs(value - (b[k] ?? 0)));
    largest = Math.max(largest, Math.abs(value));
  }
  return largest === 0 ? 0 : moved / largest;
}
