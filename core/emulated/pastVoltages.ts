/**
 * Junction voltages of the last three instants, to foresee those of a later one: a parabola through them, a straight line
 * through two. An error of third (second) order in the step, so that a step with the voltage foreseen for its middle is
 * of second order like one that solves for it, at half the price.
 */
export class PastVoltages {
  readonly #spare: Float64Array[];
  #past: { readonly time_s: number; readonly voltage_V: Float64Array }[] = [];

  constructor(junctions: number) {
    this.#spare = [0, 1, 2].map(() => new Float64Array(junctions));
  }

  forget(): void {
    for (const { voltage_V } of this.#past) this.#spare.push(voltage_V);
    this.#past = [];
  }

  remember(time_s: number, voltage_V: Float64Array): void {
    const newest = this.#past[0];
    if (newest && !(time_s > newest.time_s)) this.forget();
    const slot = this.#spare.pop() ?? this.#past.pop()?.voltage_V;
    if (!slot) return;
    slot.set(voltage_V);
    this.#past.unshift({ time_s, voltage_V: slot });
  }

  /** @returns false when there are not two instants yet */
  foresee(time_s: number, into_V: Float64Array): boolean {
    const [a, b, c] = this.#past;
    if (!a || !b) return false;
    const [p, q] = [a.voltage_V, b.voltage_V];
    const [x, y] = [time_s - a.time_s, time_s - b.time_s];
    if (!c) {
      const back = x / (y - x);
      for (let k = 0; k < into_V.length; k++) into_V[k] = (1 + back) * (p[k] ?? 0) - back * (q[k] ?? 0);
      return true;
    }
    const r = c.voltage_V;
    const z = time_s - c.time_s;
    const first = (y * z) / ((y - x) * (z - x));
    const second = (x * z) / ((x - y) * (z - y));
    const third = (x * y) / ((x - z) * (y - z));
    for (let k = 0; k < into_V.length; k++)
      into_V[k] = first * (p[k] ?? 0) + second * (q[k] ?? 0) + third * (r[k] ?? 0);
    return true;
  }
}
