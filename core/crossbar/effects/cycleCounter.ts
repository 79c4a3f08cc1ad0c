/**
 * Counts the pulses of every junction: an excursion of |v| above a threshold is one, and it ends below half of it.
 * A sine counts twice a period.
 */
export class CycleCounter {
  readonly count: Float64Array;
  /** Largest |v| seen at the last look, volt. */
  largest_V = 0;
  readonly #above: Uint8Array;
  readonly #threshold_V: number;

  constructor(junctions: number, threshold_V: number) {
    this.count = new Float64Array(junctions);
    this.#above = new Uint8Array(junctions);
    this.#threshold_V = threshold_V;
  }

  /** @param onPulse called for every junction whose pulse begins */
  see(voltage_V: Float64Array, onPulse?: (junction: number, number: number) => void): boolean {
    let any = false;
    let largest = 0;
    for (let k = 0; k < voltage_V.length; k++) {
      const size = Math.abs(voltage_V[k]);
      if (size > largest) largest = size;
      if (this.#above[k]) {
        if (size < 0.5 * this.#threshold_V) this.#above[k] = 0;
      } else if (size >= this.#threshold_V) {
        this.#above[k] = 1;
        this.count[k]++;
        any = true;
        onPulse?.(k, this.count[k]);
      }
    }
    this.largest_V = largest;
    return any;
  }
}
