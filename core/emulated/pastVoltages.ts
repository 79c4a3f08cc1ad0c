import { foresee, type Instant } from "../crossbar/foresee.ts";

/**
 * Potentials or voltages of the last three instants, to foresee those of a later one. The error is of third order in the
 * step, so that a step with the voltage foreseen for its middle is of second order like one that solves for it, at half
 * the price; and a solve that begins with the potentials foreseen for its instant takes one or two iterations.
 */
export class PastVoltages {
  readonly #spare: Float64Array[];
  #past: Instant[] = [];

  constructor(junctions: number) {
    this.#spare = [0, 1, 2].map(() => new Float64Array(junctions));
  }

  get count(): number {
    return this.#past.length;
  }

  forget(): void {
    for (const { values } of this.#past) this.#spare.push(values);
    this.#past = [];
  }

  /** An instant at or before the newest replaces what is known. */
  remember(time_s: number, voltage_V: Float64Array): void {
    const newest = this.#past[0];
    if (newest?.time_s === time_s) return newest.values.set(voltage_V);
    if (newest && !(time_s > newest.time_s)) this.forget();
    const slot = this.#spare.pop() ?? this.#past.pop()?.values;
    if (!slot) return;
    slot.set(voltage_V);
    this.#past.unshift({ time_s, values: slot });
  }

  /** @returns how far it moves from the newest instant, relative to the largest; NaN when there are not two instants yet */
  foresee(time_s: number, into_V: Float64Array): number {
    const newest = this.#past[0];
    return newest && time_s > newest.time_s ? foresee(this.#past, time_s, into_V) : Number.NaN;
  }
}
