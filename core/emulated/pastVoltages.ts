import { extrapolationWeights } from "../crossbar/solve/transient/extrapolationWeights.ts";

/**
 * Potentials or voltages of the last three instants, to foresee those of a later one. The error is of third order in the
 * step, so that a step with the voltage foreseen for its middle is of second order like one that solves for it, at half
 * the price; and a solve that begins with the potentials foreseen for its instant takes one or two iterations.
 */
export class PastVoltages {
  readonly #spare: Float64Array[];
  #past: { readonly time_s: number; readonly values: Float64Array }[] = [];

  constructor(junctions: number) {
    this.#spare = [0, 1, 2].map(() => new Float64Array(junctions));
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

  /** @returns whether two instants before this one are known; otherwise `into_V` is left alone */
  foresee(time_s: number, into_V: Float64Array): boolean {
    const [newest, older, oldest] = this.#past;
    if (!newest || !older || !(time_s > newest.time_s)) return false;
    const times_s = this.#past.map((instant) => instant.time_s);
    const [a = 0, b = 0, c = 0] = extrapolationWeights(times_s, time_s);
    const [p, q, r] = [newest.values, older.values, (oldest ?? older).values];
    for (let k = 0; k < into_V.length; k++) into_V[k] = a * (p[k] ?? 0) + b * (q[k] ?? 0) + c * (r[k] ?? 0);
    return true;
  }
}
