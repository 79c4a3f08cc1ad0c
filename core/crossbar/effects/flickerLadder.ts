import { fillNormal } from "../random.ts";

/**
 * Noise of density A/f^b as a sum of Ornstein-Uhlenbeck processes, one per decade of their time constants, each of variance
 * sigma^2 = A ln 10 (b = 1): every one contributes 4 sigma^2 tau / (1 + (2 pi f tau)^2), together flat in f S(f) within
 * +5.6 / -5.9 % from 0.1 Hz to 1 kHz for tau = 10^-4.5 ... 10^2.5 s. Any other 0 < b < 2 has, from the integral over ln tau,
 *
 *   sigma^2(tau) = A ln 10 (2 pi)^b sin(pi b / 2) / (2 pi) tau^(b - 1)
 *
 * and two more decades at either end, since processes far away matter more then. Exact sampled processes, x' = x e^(-dt/tau) + sigma sqrt(1 - e^(-2 dt/tau)) N:
 * any step, started in their stationary state. A process faster than the samples is weighted by
 * tanh(dt / 2 tau) / (dt / 2 tau), which keeps its density and folds nothing back from beyond half the sampling rate.
 * Random numbers are functions of (seed, stream, step): channel c and pole p take number (step channels + c) poles + p. A
 * channel that nobody listens to costs nothing, and takes what it missed in one step, which is exact.
 */
export const DECADE_TAUS_S: readonly number[] = [-4.5, -3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5].map((e) => 10 ** e);

/** Time constants and variances, for A = 1, of the processes. */
export interface Ladder {
  readonly taus_s: readonly number[];
  readonly variances: readonly number[];
}

/** 1/f^b from 0.1 Hz to 1 kHz within 6 %. */
export function ladderOf(exponent: number): Ladder {
  if (exponent === 1) return { taus_s: DECADE_TAUS_S, variances: DECADE_TAUS_S.map(() => Math.LN10) };
  const taus_s = Array.from({ length: DECADE_TAUS_S.length + 4 }, (_, k) => 10 ** (k - 6.5));
  const scale = ((2 * Math.PI) ** exponent * Math.sin((Math.PI * exponent) / 2)) / (2 * Math.PI);
  return { taus_s, variances: taus_s.map((tau) => Math.LN10 * scale * tau ** (exponent - 1)) };
}

export class FlickerLadder {
  /** Sum of the processes of each channel, for A = 1. */
  readonly value: Float64Array;
  readonly #taus_s: readonly number[];
  readonly #variances: readonly number[];
  readonly #folded: boolean;
  /** What each process counts at this sampling period. */
  readonly #weight: Float64Array;
  #period_s = Number.NaN;
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

  /** @param folded whether processes faster than the samples fold back: what a difference over one sample needs */
  constructor(channels: number, { taus_s, variances }: Ladder, seed: number, stream: number, folded = false) {
    this.value = new Float64Array(channels);
    this.#taus_s = taus_s;
    this.#variances = variances;
    this.#folded = folded;
    this.#seed = seed;
    this.#stream = stream;
    this.#poles = new Float64Array(channels * taus_s.length);
    this.#draws = new Float64Array(taus_s.length);
    this.#missed_s = new Float64Array(channels).fill(Infinity);
    this.#decay = new Float64Array(taus_s.length);
    this.#kick = new Float64Array(taus_s.length);
    this.#weight = new Float64Array(taus_s.length).fill(1);
  }

  /** Moves every channel, or those that are listed, by `dt_s`; the first call begins in the stationary state. */
  advance(dt_s: number, channels?: readonly number[]): void {
    if (!this.#folded && dt_s !== this.#period_s) {
      this.#period_s = dt_s;
      for (let p = 0; p < this.#weight.length; p++) {
        const half = (0.5 * dt_s) / this.#taus_s[p];
        this.#weight[p] = half === 0 ? 1 : Math.sqrt(Math.tanh(half) / half);
      }
    }
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
    const [decay, kick, weight] = [this.#decay, this.#kick, this.#weight];
    const poles = decay.length;
    if (elapsed_s !== this.#dt_s) {
      this.#dt_s = elapsed_s;
      for (let p = 0; p < poles; p++) {
        decay[p] = Math.exp(-elapsed_s / this.#taus_s[p]);
        kick[p] = Math.sqrt(this.#variances[p] * (1 - decay[p] * decay[p]));
      }
    }
    const first = channel * poles;
    fillNormal(this.#draws, this.#seed, this.#stream, step * this.#poles.length + first);
    let sum = 0;
    for (let p = 0; p < poles; p++) {
      const x = this.#poles[first + p] * decay[p] + kick[p] * this.#draws[p];
      this.#poles[first + p] = x;
      sum += weight[p] * x;
    }
    this.value[channel] = sum;
    this.#missed_s[channel] = 0;
  }
}
