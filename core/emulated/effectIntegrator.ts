import type { ArrayEffects } from "./arrayEffects.ts";
import type { Circuit } from "./circuit.ts";
import { type CurrentListener, Integrator } from "./integrate.ts";
import type { LineVoltages } from "./lineVoltages.ts";
import { PastVoltages } from "./pastVoltages.ts";

/** Steps as in integrate.ts, where line resistance couples the junctions. */
const STEP_TAU = 0.1;
const STEPS_PER_PERIOD = 16;
const LISTENED_STEPS_PER_PERIOD = 100;
/** Junction voltages that move less than this in a step allow one twice as long. */
const STILL_V = 1e-6;
/** First step behind a jump, in shortest charging times; each further one is twice as long. */
const FIRST_STEP_RC = 0.1;
const SAME_STEP = 1e-9;
const STEPS_AT_ONCE = 500;
const ADVANCES_PER_TIMING = 64;

/** Junction voltages of the last instants, and where they are going. */
interface Foresight {
  forget(): void;
  /** The voltages of the last solution are those of this instant. */
  remember(time_s: number): void;
  foresee(time_s: number): { readonly voltage_V: Float64Array } | undefined;
}

/** What moves states, effects and potentials along the line voltages: this or `Integrator`. */
export type Mover = Pick<Integrator, "look" | "jump" | "advance" | "settle" | "steps">;

export function makeMover(circuit: Circuit, lines: LineVoltages, listener?: CurrentListener): Mover {
  const { effects } = circuit;
  return effects ? new EffectIntegrator(circuit, effects, lines, listener) : new Integrator(circuit, lines, listener);
}

/**
 * Moves an array whose effects have states of their own. A step: potentials at its start, junction states by the voltage
 * foreseen for its middle (or solved for, behind a jump and without capacitors), effects by what flows at its start.
 * Second order in the junctions, first in the effects, whose states are slow against the steps or stepped implicitly.
 */
class EffectIntegrator implements Mover {
  readonly #circuit: Circuit;
  readonly #effects: ArrayEffects;
  readonly #lines: LineVoltages;
  readonly #listener: CurrentListener | undefined;
  readonly #foresight: Foresight;
  readonly #before_V: Float64Array;
  readonly #stateWords: Float64Array;
  readonly #snapshot: Float64Array;
  readonly #start_A: Float64Array;
  readonly #middle_A: Float64Array;
  #min_s = 0;
  #last_s = Number.NaN;
  #advances = 0;
  #growth = 1;
  /** Steps may not be longer until capacitors have followed a jump. */
  #fresh_s = Infinity;
  steps = 0;

  constructor(circuit: Circuit, effects: ArrayEffects, lines: LineVoltages, listener: CurrentListener | undefined) {
    const count = circuit.voltage_V.length;
    this.#circuit = circuit;
    this.#effects = effects;
    this.#lines = lines;
    this.#listener = listener;
    this.#foresight = circuit.past ?? new PastVoltages(circuit);
    this.#before_V = new Float64Array(count);
    this.#stateWords = new Float64Array(circuit.state.buffer);
    this.#snapshot = new Float64Array(this.#stateWords.length);
    this.#start_A = new Float64Array(circuit.columnCurrent_A.length);
    this.#middle_A = new Float64Array(circuit.columnCurrent_A.length);
    this.jump();
  }

  look(time_s: number): void {
    this.#lines.moveTo(time_s);
    this.#circuit.solve(this.#lines.row_V, this.#lines.column_V, time_s);
  }

  jump(): void {
    this.#growth = 1;
    this.#circuit.jump();
    this.#foresight.forget();
    const shortest_s = this.#circuit.companions?.shortest_s;
    this.#fresh_s = shortest_s === undefined ? Infinity : FIRST_STEP_RC * shortest_s;
  }

  /** States are never behind here. */
  settle(): void {}

  advance(from_s: number, to_s: number): number {
    const duration_s = to_s - from_s;
    if (!(duration_s > 0)) return to_s;
    const frequency_Hz = this.#lines.enter(from_s + 0.5 * duration_s);
    const { kernel, state } = this.#circuit;
    if (this.#advances++ % ADVANCES_PER_TIMING === 0) this.#min_s = kernel.timescales(state).min_s;
    const perPeriod = this.#listener ? LISTENED_STEPS_PER_PERIOD : STEPS_PER_PERIOD;
    const period_s = frequency_Hz > 0 ? 1 / (perPeriod * frequency_Hz) : Infinity;
    const effects_s = this.#effects.largestStep_s;
    let time_s = from_s;
    for (let step = 0; ; step++) {
      const left_s = to_s - time_s;
      const base_s = Math.min(STEP_TAU * this.#min_s, period_s) * (frequency_Hz < 0 ? this.#growth : 1);
      const limit_s = Math.min(base_s, effects_s, this.#fresh_s);
      const pieces = Math.max(1, Math.ceil((left_s / limit_s) * (1 - 1e-12)));
      const dt_s = this.#fresh_s < Math.min(base_s, effects_s) ? Math.min(left_s, limit_s) : left_s / pieces;
      const last = pieces <= 1;
      const end_s = last ? to_s : time_s + dt_s;
      this.#step(time_s, end_s, this.#sameStep(dt_s));
      if (dt_s >= this.#fresh_s) this.#fresh_s *= 2;
      time_s = end_s;
      if (last || step >= STEPS_AT_ONCE) return time_s;
      this.look(time_s);
      if (frequency_Hz >= 0) continue;
      this.#growth = this.#moved() <= STILL_V ? this.#growth * 2 : Math.max(1, this.#growth / 2);
    }
  }

  /** A step that differs from the last by rounding is that one: kernels remember the exponentials of a step. */
  #sameStep(dt_s: number): number {
    if (!(Math.abs(dt_s - this.#last_s) <= SAME_STEP * dt_s)) this.#last_s = dt_s;
    return this.#last_s;
  }

  #step(time_s: number, end_s: number, dt_s: number): void {
    const { kernel, state, voltage_V, columnCurrent_A } = this.#circuit;
    if (this.#listener) this.#start_A.set(columnCurrent_A);
    this.#before_V.set(voltage_V);
    this.#foresight.remember(time_s);
    this.#effects.advance(this.#circuit, this.#lines, end_s, dt_s);
    if (this.#min_s !== Infinity) {
      const foreseen = this.#foresight.foresee(time_s + 0.5 * dt_s);
      if (foreseen) kernel.step(state, foreseen.voltage_V, dt_s);
      else if (this.#circuit.companions) kernel.step(state, this.#circuit.voltage_V, dt_s);
      else this.#stepSolved(time_s, dt_s);
    }
    this.steps++;
    if (!this.#listener) return;
    this.#lines.moveBefore(end_s);
    this.#circuit.solve(this.#lines.row_V, this.#lines.column_V, end_s);
    this.#middle_A.forEach((_, j) => {
      this.#middle_A[j] = 0.5 * ((this.#start_A[j] ?? 0) + (columnCurrent_A[j] ?? 0));
    });
    this.#listener(dt_s, this.#start_A, this.#middle_A, columnCurrent_A);
  }

  /** Predictor to the middle, potentials there, full step. */
  #stepSolved(time_s: number, dt_s: number): void {
    const { kernel, state, voltage_V } = this.#circuit;
    this.#snapshot.set(this.#stateWords);
    kernel.step(state, voltage_V, 0.5 * dt_s);
    this.look(time_s + 0.5 * dt_s);
    this.#stateWords.set(this.#snapshot);
    kernel.step(state, this.#circuit.voltage_V, dt_s);
  }

  #moved(): number {
    const { voltage_V } = this.#circuit;
    let moved = 0;
    for (let k = 0; k < voltage_V.length; k++) {
      const move = Math.abs((voltage_V[k] ?? 0) - (this.#before_V[k] ?? 0));
      if (move > moved) moved = move;
    }
    return moved;
  }
}
