import { ROOM_TEMPERATURE_K } from "./constants.ts";

/**
 * Aqueous KCl as the array sees it: conductivity, viscosity, diffusion and Debye length.
 * Handbook values at 25 degrees Celsius (CRC Handbook, nominal; 1 mM from the molar conductivity, 146.9e-4 S m^2/mol).
 */
const KCL: readonly (readonly [salt_mM: number, conductivity_S_m: number])[] = [
  [1, 0.01469],
  [10, 0.1413],
  [100, 1.288],
  [1000, 11.19],
];

/** Relative rise of a salt solution's conductivity per kelvin around 25 degrees Celsius. */
const CONDUCTIVITY_RISE_PER_K = 0.02;

/**
 * Conductivity of KCl in S/m, log-log interpolation between the handbook points.
 * @param salt_mM 1 to 1000
 * @param temperature_K 273.15 to 323.15; 2 %/K around 25 degrees Celsius
 * @throws RangeError outside; the table is not extrapolated
 */
export function kclConductivity_S_m(salt_mM: number, temperature_K = ROOM_TEMPERATURE_K): number {
  const least = KCL[0][0];
  const most = KCL[KCL.length - 1][0];
  if (!(salt_mM >= least && salt_mM <= most))
    throw new RangeError(`salt_mM is ${salt_mM}, the KCl conductivities are known from ${least} to ${most} mM`);
  if (!(temperature_K >= 273.15 && temperature_K <= 323.15))
    throw new RangeError(`temperature_K is ${temperature_K}, the KCl conductivities are known from 273.15 to 323.15 K`);
  const heat = 1 + CONDUCTIVITY_RISE_PER_K * (temperature_K - ROOM_TEMPERATURE_K);
  let k = 1;
  while (salt_mM > KCL[k][0]) k++;
  const [lowSalt, low] = KCL[k - 1];
  const [highSalt, high] = KCL[k];
  if (salt_mM === lowSalt) return low * heat;
  if (salt_mM === highSalt) return high * heat;
  return low * (high / low) ** (Math.log(salt_mM / lowSalt) / Math.log(highSalt / lowSalt)) * heat;
}

/** Viscosity of water, eta = 2.414e-5 10^(247.8 / (T - 140)) Pa s (Vogel form), liquid range. */
export function waterViscosity_Pa_s(temperature_K: number): number {
  if (!(temperature_K >= 250 && temperature_K <= 400))
    throw new RangeError(`temperature_K is ${temperature_K}, allowed are 250 to 400 K`);
  return 2.414e-5 * 10 ** (247.8 / (temperature_K - 140));
}

/** D(T)/D(T0) = (T/T0) eta(T0)/eta(T), Stokes and Einstein: +2.62 %/K at 25 degrees Celsius, 1.342 at 37. */
export function diffusionRatio(temperature_K: number, reference_K: number): number {
  return (temperature_K / reference_K) * (waterViscosity_Pa_s(reference_K) / waterViscosity_Pa_s(temperature_K));
}

/** Debye length of a 1:1 salt in water at 25 degrees Celsius, 0.304 nm / sqrt(c in mol/l). */
export function debyeLength_m(salt_mM: number): number {
  if (!(salt_mM > 0)) throw new RangeError(`salt_mM is ${salt_mM}, allowed are values above 0`);
  return 0.304e-9 / Math.sqrt(salt_mM / 1000);
}
