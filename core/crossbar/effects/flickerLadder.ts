import { fillNormal } from "../random.ts";

/**
 * Noise of density A/f as a sum of Ornstein-Uhlenbeck processes, one per decade of their time constants, each of variance
 * A ln 10: every one contributes 4 sigma^2 tau / (1 + (2 pi f tau)^2), together flat in f S(f) within +5.6 / -5.9 % from
 * 0.1 Hz to 1 kHz for tau = 10^-4.5 ... 10^2.5 s. Exact sampled processes, x' = x e^(-dt/tau) + sigma sqrt(1 - e^(-2 dt/tau)) N:
 * any step, started in their stationary state.
 * Random numbers are functions of (seed, stream, step): channel c and pole p take number (step channels + c) poles + p.
 */
export const DECADE_TAUS_S: readonly number[] = [-4.5, -3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5].map((e) => 10 ** e);

export class FlickerLadder {
  /** Sum of the processes of each channel, for A = 1. */
  readonly value: Float64Array;
  readonly #taus_s: readonly number[];
  readonly #seed: number;
  readonly #stream: number;
  readonly #poles: Float64Array;
  readonly #draws: Float64Array;
  #step = 0;
  #dt_s = Number.NaN;
  readonly #decay: Float64Array;
  readonly #kick: Float64Array;

  constructor(channels: number, taus_s: readonly number[], seed: number, stream: number) {
    this.value = new Float64Array(channels);
    this.#taus_s = taus_s;
    this.#seed = seed;
    this.#stream = stream;
    this.#poles = new Float64Array(channels * taus_s.length);
    this.#draws = new Float64Array(channels * taus_s.length);
    this.#decay = new Float64Array(taus_s.length);
    this.#kick = new Float64Array(taus_s.length);
  }

  /** Moves every channel by `dt_s`; the first call begins in the stationary state. */
  advance(dt_s: number): void {
    const first = this.#step === 0;
    if (dt_s !== this.#dt_s || first) {
      this.#dt_s = first ? Number.NaN : dt_s;
      this.#taus_s.forEach((tau_s, p) => {
        const decay = first ? 0 : Math.exp(-dt_s / tau_s);
        this.#decay[p] = decay;
        this.#kick[p] = Math.sqrt(Math.LN10 * (1 - decay * decay));
      });
    }
    const poles = this.#taus_s.length;
    fillNormal(this.#draws, this.#seed, this.#stream, this.#step * this.#draws.length);
    this.#step++;
    for (let c = 0, at = 0; c < this.value.length; c++) {
      let sum = 0;
      for (let p = 0; p < poles; p++, at++) {
        const x = this.#poles[at] * this.#decay[p] + this.#kick[p] * this.#draws[at];
        this.#poles[at] = x;
        sum += x;
      }
      this.value[c] = sum;
    }
  }
}
