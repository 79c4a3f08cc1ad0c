import { fillNormal } from "../random.ts";

/**
 * Noise of density A/f as a sum of Ornstein-Uhlenbeck processes, one per decade of their time constants, each of variance
 * A ln 10: every one contributes 4 sigma^2 tau / (1 + (2 pi f tau)^2), together flat in f S(f) within +5.6 / -5.9 % from
 * 0.1 Hz to 1 kHz for tau = 10^-4.5 ... 10^2.5 s. Exact sampled processes, x' = x e^(-dt/tau) + sigma sqrt(1 - e^(-2 dt/tau)) N:
 * any step, started in their stationary state.
 * Random numbers are functions of (seed, stream, step): channel c and pole p take number (step channels + c) poles + p. A
 * channel that nobody listens to costs nothing, and takes what it missed in one step, which is exact.
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
  /** How long nobody asked for a channel; for ever, before the first time. */
  readonly #missed_s: Float64Array;
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
    this.#draws = new Float64Array(taus_s.length);
    this.#missed_s = new Float64Array(channels).fill(Infinity);
    this.#decay = new Float64Array(taus_s.length);
    this.#kick = new Float64Array(taus_s.length);
  }

  /** Moves every channel, or those that are listed, by `dt_s`; the first call begins in the stationary state. */
  advance(dt_s: number, channels?: readonly number[]): void {
    if (channels) {
      for (let c = 0; c < this.value.length; c++) this.#missed_s[c] += dt_s;
      for (const c of channels) this.#move(c, this.#missed_s[c], this.#step);
    } else for (let c = 0; c < this.value.length; c++) this.#move(c, dt_s + this.#missed_s[c], this.#step);
    this.#step++;
  }

  /** Brings a channel that was missed up to the last step, as if it had taken that one alone. */
  catchUp(channel: number): void {
    if (this.#step > 0 && this.#missed_s[channel] > 0) this.#move(channel, this.#missed_s[channel], this.#step - 1);
  }

  #move(channel: number, elapsed_s: number, step: number): void {
    const [decay, kick] = [this.#decay, this.#kick];
    const poles = decay.length;
    if (elapsed_s !== this.#dt_s) {
      this.#dt_s = elapsed_s;
      for (let p = 0; p < poles; p++) {
        decay[p] = Math.exp(-elapsed_s / this.#taus_s[p]);
        kick[p] = Math.sqrt(Math.LN10 * (1 - decay[p] * decay[p]));
      }
    }
    const first = channel * poles;
    fillNormal(this.#draws, this.#seed, this.#stream, step * this.#poles.length + first);
    let sum = 0;
    for (let p = 0; p < poles; p++) {
      const x = this.#poles[first + p] * decay[p] + kick[p] * this.#draws[p];
      this.#poles[first + p] = x;
      sum += x;
    }
    this.value[channel] = sum;
    this.#missed_s[channel] = 0;
  }
}
