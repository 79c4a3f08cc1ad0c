import { extrapolationWeights } from "../crossbar/solve/transient/extrapolationWeights.ts";

/**
 * Junction voltages of the last three instants, to foresee those of a later one: what VoltageLists does in the kernels'
 * memory, for arrays whose lists are not there. The error is of third order in the step, so that a step with the voltage
 * foreseen for its middle is of second order like one that solves for it, at half the price.
 */
export class PastVoltages {
  readonly #source: { readonly voltage_V: Float64Array };
  readonly #spare: Float64Array[];
  readonly #foreseen_V: Float64Array;
  #past: { readonly time_s: number; readonly values: Float64Array }[] = [];

  /** @param source whose present voltages are remembered */
  constructor(source: { readonly voltage_V: Float64Array }) {
    this.#source = source;
    const junctions = source.voltage_V.length;
    this.#spare = [0, 1, 2].map(() => new Float64Array(junctions));
    this.#foreseen_V = new Float64Array(junctions);
  }

  forget(): void {
    for (const { values } of this.#past) this.#spare.push(values);
    this.#past = [];
  }

  /** The present voltages are those of this instant; one at or before the newest replaces what is known. */
  remember(time_s: number): void {
    const { voltage_V } = this.#source;
    const newest = this.#past[0];
    if (newest?.time_s === time_s) return newest.values.set(voltage_V);
    if (newest && !(time_s > newest.time_s)) this.forget();
    const slot = this.#spare.pop() ?? this.#past.pop()?.values;
    if (!slot) return;
    slot.set(voltage_V);
    this.#past.unshift({ time_s, values: slot });
  }

  /** undefined when there are not two instants before this one; the list is reused by the next call */
  foresee(time_s: number): { readonly voltage_V: Float64Array } | undefined {
    const [newest, older, oldest] = this.#past;
    if (!newest || !older || !(time_s > newest.time_s)) return undefined;
    const times_s = this.#past.map((instant) => instant.time_s);
    const [a = 0, b = 0, c = 0] = extrapolationWeights(times_s, time_s);
    const [p, q, r] = [newest.values, older.values, (oldest ?? older).values];
    const into_V = this.#foreseen_V;
    for (let k = 0; k < into_V.length; k++) into_V[k] = a * (p[k] ?? 0) + b * (q[k] ?? 0) + c * (r[k] ?? 0);
    return { voltage_V: into_V };
  }
}
