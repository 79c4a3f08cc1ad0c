import { BOLTZMANN_J_K, ELEMENTARY_CHARGE_C } from "../crossbar/constants.ts";

/**
 * What the current noise of a voltage clamp is made of. One-sided density
 * S(f) = 4kT/R_f + 4kT G + 2qI + A/f + 8 pi k T D C_d f + (2 pi f e_n C)^2.
 */
export interface NoiseParts {
  readonly temperature_K: number;
  /** Of the amplifier; Infinity = capacitive feedback. */
  readonly feedback_ohm: number;
  /** Of the junction. */
  readonly conductance_S: number;
  /** Through the junction, for shot noise. */
  readonly current_A: number;
  /** A of A/f, A^2. */
  readonly flicker_A2: number;
  /** Dissipation factor and the capacitance that it is of. */
  readonly dissipation: number;
  readonly dielectric_F: number;
  /** Voltage noise of the amplifier's input, V/sqrt(Hz), and everything that it charges. */
  readonly voltageNoise_V_rtHz: number;
  readonly capacitance_F: number;
}

export const QUIET: NoiseParts = {
  temperature_K: 298.15,
  feedback_ohm: Infinity,
  conductance_S: 0,
  current_A: 0,
  flicker_A2: 0,
  dissipation: 0,
  dielectric_F: 0,
  voltageNoise_V_rtHz: 0,
  capacitance_F: 0,
};

/** A^2/Hz of each part at one frequency. */
export function noiseDensity(parts: NoiseParts, frequency_Hz: number): Readonly<Record<NoiseTerm, number>> {
  const kT = BOLTZMANN_J_K * parts.temperature_K;
  return {
    amplifier: (4 * kT) / parts.feedback_ohm,
    thermal: 4 * kT * parts.conductance_S,
    shot: 2 * ELEMENTARY_CHARGE_C * Math.abs(parts.current_A),
    flicker: parts.flicker_A2 / frequency_Hz,
    dielectric: 8 * Math.PI * kT * parts.dissipation * parts.dielectric_F * frequency_Hz,
    capacitive: (2 * Math.PI * frequency_Hz * parts.voltageNoise_V_rtHz * parts.capacitance_F) ** 2,
  };
}

export const NOISE_TERMS = ["amplifier", "thermal", "shot", "flicker", "dielectric", "capacitive"] as const;
export type NoiseTerm = (typeof NOISE_TERMS)[number];

/**
 * Rms over a band with sharp edges, ampere: the square root of the integral of S, in closed form.
 * @param from_Hz above 0 where there is flicker
 * @throws RangeError for a band that is none
 */
export function noiseRms(
  parts: NoiseParts,
  from_Hz: number,
  to_Hz: number,
): Readonly<Record<NoiseTerm | "total", number>> {
  if (!(from_Hz >= 0 && to_Hz > from_Hz && (from_Hz > 0 || parts.flicker_A2 === 0)))
    throw new RangeError(
      `the band is ${from_Hz} to ${to_Hz} Hz, allowed are 0 <= from < to, and from above 0 where there is flicker`,
    );
  const at1 = noiseDensity(parts, 1);
  const width = to_Hz - from_Hz;
  const squares = {
    amplifier: at1.amplifier * width,
    thermal: at1.thermal * width,
    shot: at1.shot * width,
    flicker: parts.flicker_A2 === 0 ? 0 : parts.flicker_A2 * Math.log(to_Hz / from_Hz),
    dielectric: (at1.dielectric * (to_Hz ** 2 - from_Hz ** 2)) / 2,
    capacitive: (at1.capacitive * (to_Hz ** 3 - from_Hz ** 3)) / 3,
  };
  const total = NOISE_TERMS.reduce((sum, term) => sum + squares[term], 0);
  return {
    amplifier: Math.sqrt(squares.amplifier),
    thermal: Math.sqrt(squares.thermal),
    shot: Math.sqrt(squares.shot),
    flicker: Math.sqrt(squares.flicker),
    dielectric: Math.sqrt(squares.dielectric),
    capacitive: Math.sqrt(squares.capacitive),
    total: Math.sqrt(total),
  };
}
