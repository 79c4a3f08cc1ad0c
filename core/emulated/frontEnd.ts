import { normal, streamOf } from "../crossbar/random.ts";
import type { FrontEndConfig } from "./config.ts";

/** What the array itself adds to a column's noise (effects). */
export interface ArrayNoise {
  /** White density, A/sqrt(Hz). */
  white_A_rtHz(column: number, current_A: number): number;
  /** Flicker and coloured noise at the present sample, behind the low-pass. */
  coloured_A(column: number): number;
}

/**
 * One amplifier per column: current -> single-pole low-pass -> gain, offset and polarity errors, white noise -> clipping ->
 * quantisation.
 *
 * The filter keeps its state from stimulus to stimulus. Between two instants the input is a straight line u0 -> u1, for
 * which tau y' = u - y has the exact answer used in `follow`; noise behind the pole is the exact sampled process
 * n(t + d) = n(t) e^(-d/tau) + sigma sqrt(1 - e^(-2 d/tau)) N(0, 1). Both are independent of the time step.
 * Noise is counted, not drawn: sample m of a column always sees the same deviate for one seed.
 */
export class FrontEnd {
  readonly #array: ArrayNoise | undefined;
  readonly #config: FrontEndConfig;
  readonly #seed: number;
  /** Time constant of the low-pass, seconds; 0 without one. */
  readonly filter_s: number;
  readonly #filtered_A: Float64Array;
  readonly #noise_A: Float64Array;
  readonly #noiseTime_s: Float64Array;
  /** Deviates used so far, per column. */
  readonly #drawn: Float64Array;
  readonly #streams: readonly number[];

  constructor(config: FrontEndConfig, columns: number, seed: number, array?: ArrayNoise) {
    this.#array = array;
    this.#config = config;
    this.#seed = seed;
    this.filter_s = config.bandwidth_Hz === undefined ? 0 : 1 / (2 * Math.PI * config.bandwidth_Hz);
    this.#filtered_A = new Float64Array(columns);
    this.#noise_A = new Float64Array(columns);
    this.#noiseTime_s = new Float64Array(columns).fill(-Infinity);
    this.#drawn = new Float64Array(columns);
    this.#streams = Array.from({ length: columns }, (_, column) => streamOf(`front-end-noise-${column}`));
  }

  /** Full scale for a readout that asks for `asked_A`; Infinity where nothing limits. */
  fullScale(asked_A: number | "auto"): number {
    if (this.#config.range_A !== undefined) return this.#config.range_A;
    return asked_A === "auto" ? Infinity : asked_A;
  }

  /** Lets the low-pass follow an input that goes straight from `from_A` to `to_A` in `duration_s`. */
  follow(column: number, duration_s: number, from_A: number, to_A: number): void {
    if (this.filter_s === 0 || duration_s <= 0) return;
    const slope = (to_A - from_A) / duration_s;
    const lag = slope * this.filter_s;
    const start = this.#filtered_A[column] ?? 0;
    this.#filtered_A[column] = to_A - lag + (start - from_A + lag) * Math.exp(-duration_s / this.filter_s);
  }

  /** Whether the current between samples matters. */
  get hasMemory(): boolean {
    return this.filter_s > 0;
  }

  /** Output of the low-pass now. */
  filtered_A(column: number): number {
    return this.#filtered_A[column] ?? 0;
  }

  /** What the amplifier makes of a current by its errors; an exact one changes no bit. */
  distort(current_A: number): number {
    const { gain = 1, offset_A = 0, polarity = 1 } = this.#config;
    return gain * polarity === 1 && offset_A === 0 ? current_A : polarity * gain * current_A + offset_A;
  }

  /** The current as the amplifier shows it at one instant, before its range: filtered, with noise. */
  observe(column: number, time_s: number, samplePeriod_s: number, current_A: number): number {
    const clean = this.filter_s === 0 ? current_A : this.filtered_A(column);
    const signal = this.distort(this.#array ? clean + this.#array.coloured_A(column) : clean);
    const density = this.#density(column, current_A);
    if (density === 0) return signal;
    if (this.filter_s === 0) return signal + density * Math.sqrt(0.5 / samplePeriod_s) * this.#draw(column);
    // pi/2 bandwidth = 1/(4 tau)
    const rms = density * Math.sqrt(0.25 / this.filter_s);
    // a stimulus starts at the last sample of the one before it, which rounding may put a trifle later
    const elapsed_s = Math.max(0, time_s - (this.#noiseTime_s[column] ?? 0));
    const decay = Math.exp(-elapsed_s / this.filter_s);
    const noise = (this.#noise_A[column] ?? 0) * decay + rms * Math.sqrt(1 - decay * decay) * this.#draw(column);
    this.#noise_A[column] = noise;
    this.#noiseTime_s[column] = time_s;
    return signal + noise;
  }

  /**
   * Noise of a mean over `integration_s`, ampere: rms density sqrt(1/(2 T)), less what the low-pass takes away,
   * from its autocovariance S/(4 tau) e^(-|d|/tau).
   */
  meanNoise(column: number, integration_s: number, current_A = 0): number {
    const density = this.#density(column, current_A);
    const coloured = this.#array?.coloured_A(column) ?? 0;
    if (density === 0) return coloured;
    const ratio = this.filter_s / integration_s;
    const kept = ratio === 0 ? 1 : 1 + ratio * Math.expm1(-1 / ratio);
    return coloured + density * Math.sqrt((0.5 / integration_s) * kept) * this.#draw(column);
  }

  /** The number the converter returns: clipped at full scale and rounded to the nearest code (mid-tread). */
  convert(current_A: number, fullScale_A: number): number {
    const { bits } = this.#config;
    if (bits === undefined) return Math.min(fullScale_A, Math.max(-fullScale_A, current_A));
    const codes = 2 ** (bits - 1);
    const step_A = fullScale_A / codes;
    return Math.min(codes - 1, Math.max(-codes, Math.round(current_A / step_A))) * step_A;
  }

  /** Whether the amplifier saturates. */
  overloads(current_A: number, fullScale_A: number): boolean {
    return Math.abs(current_A) > fullScale_A;
  }

  #density(column: number, current_A: number): number {
    const own = this.#config.noise_A_rtHz ?? 0;
    if (!this.#array) return own;
    const white = this.#array.white_A_rtHz(column, current_A);
    return own === 0 ? white : Math.hypot(own, white);
  }

  #draw(column: number): number {
    const index = this.#drawn[column] ?? 0;
    this.#drawn[column] = index + 1;
    return normal(this.#seed, this.#streams[column] ?? 0, index);
  }
}
