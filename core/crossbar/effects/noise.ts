import { AVOGADRO_PER_MOL, BOLTZMANN_J_K, ELEMENTARY_CHARGE_C, ROOM_TEMPERATURE_K } from "../constants.ts";
import { numberOf, ours, published } from "../models/parameters.ts";
import { normal, streamOf } from "../random.ts";
import type { Effect, EffectSpec } from "./effect.ts";
import { FlickerLadder, ladderOf } from "./flickerLadder.ts";

/**
 * Current noise of a column, one-sided density in A^2/Hz (Smeets et al., PNAS 105, 417 (2008), 10.1073/pnas.0705349105;
 * Hooge's alpha 1.1e-4 from there):
 *
 *   S(f) = 4 k T G + 2 q |I| F + alpha I^2 / (N_c f^b) + 8 pi k T C tan(d) f + (2 pi f C e_n)^2
 *          thermal   shot        flicker, per junction   dielectric            amplifier
 *
 *   F     -      shot noise factor, 0 in a diffusive pore, 1 in single file    C    F  capacitance at the amplifier
 *   N_c   -      carriers in a pore                                             e_n  V/sqrt(Hz)  its voltage noise
 *
 * In time: thermal and shot noise are white (the front end draws them with its own); flicker is a ladder of relaxations
 * (flickerLadder.ts), scaled by the root of the column's sum of I^2; dielectric noise is the rate of change of a charge
 * with flicker noise, S_q = 2 k T C tan(d) / (pi f); amplifier noise the rate of change of C e_n. Rates are differences
 * over a sample: dielectric noise holds within 5 % up to 0.3 of the sampling rate, amplifier noise is 3 % low at a tenth of
 * it and 19 % at a quarter. What lies beyond half of it, or beyond a low-pass, is not folded back. f^b counts in Hz^b: at 1 Hz the flicker is
 * the same for every b (0.5 to 1.5; 1/f^(1 ... 1.5) is reported for channels of two-dimensional materials).
 */
export interface NoiseConstants {
  readonly temperature_K: number;
  readonly shotFactor: number;
  readonly hooge: number;
  readonly carriers: number;
  /** b of 1/f^b. */
  readonly exponent: number;
  readonly capacitance_F: number;
  readonly lossTangent: number;
  readonly voltage_V_rtHz: number;
}

export interface NoiseDensities {
  readonly thermal_A2_Hz: number;
  readonly shot_A2_Hz: number;
  readonly flicker_A2_Hz: number;
  readonly dielectric_A2_Hz: number;
  readonly amplifier_A2_Hz: number;
  readonly total_A2_Hz: number;
}

/** Densities at one frequency for one junction. */
export function noiseDensities(
  c: NoiseConstants,
  conductance_S: number,
  current_A: number,
  f_Hz: number,
): NoiseDensities {
  const kT = BOLTZMANN_J_K * c.temperature_K;
  return withTotal([
    4 * kT * conductance_S,
    2 * ELEMENTARY_CHARGE_C * Math.abs(current_A) * c.shotFactor,
    (c.hooge * current_A ** 2) / (c.carriers * f_Hz ** c.exponent),
    8 * Math.PI * kT * c.capacitance_F * c.lossTangent * f_Hz,
    (2 * Math.PI * f_Hz * c.capacitance_F * c.voltage_V_rtHz) ** 2,
  ]);
}

/** Variances in A^2 from 0 to `bandwidth_Hz`, flicker from `lowest_Hz`. */
export function noiseVariances(
  c: NoiseConstants,
  conductance_S: number,
  current_A: number,
  bandwidth_Hz: number,
  lowest_Hz = 0.1,
): NoiseDensities {
  const at = noiseDensities(c, conductance_S, current_A, bandwidth_Hz);
  return withTotal([
    at.thermal_A2_Hz * bandwidth_Hz,
    at.shot_A2_Hz * bandwidth_Hz,
    at.flicker_A2_Hz * bandwidth_Hz ** c.exponent * integralOfPower(c.exponent, lowest_Hz, bandwidth_Hz),
    (at.dielectric_A2_Hz * bandwidth_Hz) / 2,
    (at.amplifier_A2_Hz * bandwidth_Hz) / 3,
  ]);
}

/** Integral of f^-b. */
function integralOfPower(b: number, from: number, to: number): number {
  return b === 1 ? Math.log(to / from) : (to ** (1 - b) - from ** (1 - b)) / (1 - b);
}

function withTotal(parts: readonly number[]): NoiseDensities {
  const total_A2_Hz = parts.reduce((sum, part) => sum + part, 0);
  const [thermal_A2_Hz, shot_A2_Hz, flicker_A2_Hz, dielectric_A2_Hz, amplifier_A2_Hz] = parts;
  return { thermal_A2_Hz, shot_A2_Hz, flicker_A2_Hz, dielectric_A2_Hz, amplifier_A2_Hz, total_A2_Hz };
}

/** Carriers of both signs in a cylindrical pore, N_c = 2 c N_A volume. */
export function carrierCount(salt_mM: number, diameter_m: number, length_m: number): number {
  return 2 * salt_mM * AVOGADRO_PER_MOL * (Math.PI / 4) * diameter_m ** 2 * length_m;
}

/**
 * Relaxations of the charge noise in sampling periods: noise of density A/f looks the same at every rate. The fastest is
 * chosen so that differences over a sample are within 5 % of 4 pi^2 A f up to 0.3 of the sampling rate.
 */
const CHARGE_TAUS: readonly number[] = Array.from({ length: 8 }, (_, k) => 10 ** (k - 0.2));
const CHARGE_LADDER = { taus_s: CHARGE_TAUS, variances: CHARGE_TAUS.map(() => Math.LN10) };

/** Noise of the column currents, sample by sample. */
export class ColumnNoise {
  readonly #constants: NoiseConstants;
  readonly #seed: number;
  readonly #flicker: FlickerLadder | undefined;
  readonly #charge: FlickerLadder | undefined;
  readonly #chargeScale_C: number;
  /** Charge noise and e_n of the sample before, and the coloured current of this one. */
  readonly #before: Float64Array;
  readonly #voltage: Float64Array;
  readonly #coloured_A: Float64Array;
  readonly #smooth_A: Float64Array;
  readonly #every: readonly number[];
  /** Sample behind the last one that a column was heard at. */
  readonly #next: Float64Array;
  readonly #stream = streamOf("amplifier-voltage-noise");
  #sample = 0;

  constructor(constants: NoiseConstants, columns: number, seed: number) {
    const { hooge, capacitance_F, lossTangent, voltage_V_rtHz, temperature_K } = constants;
    this.#constants = constants;
    this.#seed = seed;
    if (hooge > 0) {
      const ladder = ladderOf(constants.exponent);
      this.#flicker = new FlickerLadder(columns, ladder, seed, streamOf("flicker-noise"));
    }
    if (capacitance_F > 0 && (lossTangent > 0 || voltage_V_rtHz > 0))
      this.#charge = new FlickerLadder(columns, CHARGE_LADDER, seed, streamOf("dielectric-noise"), true);
    this.#chargeScale_C = Math.sqrt((2 * BOLTZMANN_J_K * temperature_K * capacitance_F * lossTangent) / Math.PI);
    this.#every = Array.from({ length: columns }, (_, j) => j);
    this.#next = new Float64Array(columns);
    this.#before = new Float64Array(columns);
    this.#voltage = new Float64Array(columns);
    this.#coloured_A = new Float64Array(columns);
    this.#smooth_A = new Float64Array(columns);
  }

  /** Thermal and shot density of a column, A/sqrt(Hz). */
  white_A_rtHz(conductance_S: number, current_A: number): number {
    const { temperature_K, shotFactor } = this.#constants;
    const thermal = 4 * BOLTZMANN_J_K * temperature_K * conductance_S;
    return Math.sqrt(thermal + 2 * ELEMENTARY_CHARGE_C * Math.abs(current_A) * shotFactor);
  }

  /**
   * Moves to the next sample, `dt_s` behind the last one.
   * @param filter_s time constant of the low-pass behind it, 0 without
   * @param columns whose noise is asked for now, ascending; all without
   */
  advance(dt_s: number, filter_s: number, columns?: readonly number[]): void {
    this.#flicker?.advance(dt_s, columns);
    const charge = this.#charge;
    if (!charge) return;
    const { capacitance_F, voltage_V_rtHz } = this.#constants;
    const count = this.#before.length;
    const rms_V = voltage_V_rtHz * Math.sqrt(0.5 / dt_s);
    const follow = filter_s === 0 ? 1 : -Math.expm1(-dt_s / filter_s);
    const amplifier_V = (j: number, sample: number): number =>
      rms_V === 0 ? 0 : rms_V * normal(this.#seed, this.#stream, sample * count + j);
    const heard = columns ?? this.#every;
    // noise that is a difference of two samples needs the one before of whoever was not heard then
    for (const j of heard) {
      if (this.#sample === 0 || this.#next[j] === this.#sample) continue;
      charge.catchUp(j);
      this.#before[j] = this.#chargeScale_C * charge.value[j];
      this.#voltage[j] = amplifier_V(j, this.#sample - 1);
    }
    charge.advance(1, columns);
    for (const j of heard) {
      const q_C = this.#chargeScale_C * charge.value[j];
      const e_V = amplifier_V(j, this.#sample);
      if (this.#sample > 0)
        this.#coloured_A[j] = (q_C - this.#before[j] + capacitance_F * (e_V - this.#voltage[j])) / dt_s;
      this.#before[j] = q_C;
      this.#voltage[j] = e_V;
      this.#smooth_A[j] += (this.#coloured_A[j] - this.#smooth_A[j]) * follow;
      this.#next[j] = this.#sample + 1;
    }
    this.#sample++;
  }

  /** Flicker, dielectric and amplifier noise of a column at this sample. @param squares_A2 sum of I^2 of its junctions */
  coloured_A(column: number, squares_A2: number): number {
    const { hooge, carriers } = this.#constants;
    const flicker = this.#flicker ? Math.sqrt((hooge * squares_A2) / carriers) * this.#flicker.value[column] : 0;
    return flicker + this.#smooth_A[column];
  }
}

/** An effect that makes noise. */
export interface NoiseEffect extends Effect {
  readonly columnNoise: ColumnNoise;
}

export const noise: EffectSpec = {
  name: "noise",
  title: "Noise",
  summary: "Thermal, shot, flicker, dielectric and amplifier noise of every column.",
  source: "10.1073/pnas.0705349105",
  parameters: [
    published("hooge", "", 1.1e-4, [0, 1], "Hooge's alpha", "10.1073/pnas.0705349105"),
    ours("carriers", "", 1892, [1, 1e15], "carriers in a pore N_c", "10 nm x 20 nm in 1 M"),
    ours("exponent", "", 1, [0.5, 1.5], "b of the flicker noise 1/f^b", "1 in most pores"),
    ours("shotFactor", "", 0, [0, 1], "shot noise factor F", "0 above 5 nm, 1 in single file"),
    ours("capacitance_F", "F", 100e-12, [0, 1e-6], "capacitance at an amplifier", "chip, cable, input"),
    ours("lossTangent", "", 0.01, [0, 1], "dielectric loss", "SiN on Si"),
    ours("voltage_V_rtHz", "V/Hz^0.5", 3e-9, [0, 1e-3], "voltage noise of an amplifier e_n", "JFET input"),
  ],
  make(given, { grid, environment, seed }): NoiseEffect {
    const read = (name: string) => numberOf(given, name);
    const constants: NoiseConstants = {
      temperature_K: environment.temperature_K ?? ROOM_TEMPERATURE_K,
      shotFactor: read("shotFactor"),
      hooge: read("hooge"),
      carriers: read("carriers"),
      exponent: read("exponent"),
      capacitance_F: read("capacitance_F"),
      lossTangent: read("lossTangent"),
      voltage_V_rtHz: read("voltage_V_rtHz"),
    };
    const columnNoise = new ColumnNoise(constants, grid.columns, seed);
    return { name: "noise", columnNoise, figures: () => ({ temperature_K: constants.temperature_K }) };
  },
};
