import { Dice } from "../engines/dice.ts";
import type { Dynamics } from "../engines/dynamics.ts";
import { makeStiffPair } from "../engines/stiffPair.ts";
import type { ParameterSpec } from "../model.ts";
import { ours } from "./parameters.ts";

/**
 * The lipid bilayer between two droplets as an elastic capacitor: electrowetting widens it, electrocompression thins it.
 * Najem et al. 2019, 10.1038/s41467-019-11223-8 (state variables R and W; the form below is the usual one).
 *
 *   C = eps pi R^2 / W,   u = v - V_off
 *   zeta_ew R' = eps u^2 / (2 W) - k_ew (R - R_0)
 *   zeta_ec W' = -eps pi R^2 u^2 / (2 W^2) + k_ec (W_0 - W)
 *
 * Both forces derive from u^2 C / 2, the first per length of rim, so that the film keeps an energy balance,
 *
 *   v dq = d[C u^2 / 2 + U_ew + U_ec + V_off q] + (2 pi R zeta_ew R'^2 + zeta_ec W'^2) dt,   q = C u
 *   U_ew = 2 pi k_ew (R^3/3 - R_0 R^2/2 + R_0^3/6),   U_ec = k_ec (W - W_0)^2 / 2
 *
 * The hydrocarbon core does not give way below a part `STOP` of W_0: there electrocompression ends (beyond the range of
 * the model, where the force law would make the film collapse).
 *
 * One film takes two states (R, W) and seven constants, in this order from an offset on.
 */
export const VACUUM_PERMITTIVITY_F_M = 8.8541878128e-12;
const STOP = 0.5;
/** No bilayer survives more; beyond, the forces stay what they are here, so that a wrong voltage costs no time. */
const LARGEST_V = 0.5;
const square = (u: number) => Math.min(u * u, LARGEST_V * LARGEST_V);
/** After this many of the slowest time constant nothing moves. */
const MEMORY = 40;
const NO_DICE = new Dice();
const times_s = new Float64Array(2);

const CALIBRATED = "R + 8 %, W - 4 % at 150 mV, time constants 0.5 s and 50 ms";

export const FILM_PARAMETERS: readonly ParameterSpec[] = [
  ours("relativePermittivity", "", 2.1, [1, 100], "permittivity of the hydrocarbon core", "typical of lipid tails"),
  ours("radius_m", "m", 100e-6, [1e-7, 1e-2], "radius R_0 of the bilayer at rest", "typical droplets"),
  ours(
    "thickness_m",
    "m",
    3e-9,
    [0.5e-9, 1e-7],
    "thickness W_0 at rest",
    "0.5 to 0.7 uF/cm2, typical; thicker with decane",
  ),
  ours("wettingStiffness_N_m2", "N/m2", 9.07900117523437, [1e-6, 1e12], "stiffness k_ew of the rim", CALIBRATED),
  ours("compressionStiffness_N_m", "N/m", 7701081.316393342, [1e-3, 1e15], "stiffness k_ec of the core", CALIBRATED),
  ours("wettingDamping_Ns_m2", "N s/m2", 4.539500587617185, [1e-9, 1e12], "damping zeta_ew of the rim", CALIBRATED),
  ours("compressionDamping_Ns_m", "N s/m", 385054.0658196671, [1e-6, 1e15], "damping zeta_ec of the core", CALIBRATED),
  ours(
    "offsetVoltage_V",
    "V",
    0,
    [-0.5, 0.5],
    "voltage V_off at which the film is relaxed",
    "unequal leaflets; none here",
  ),
];

/** eps, R_0, W_0, k_ew, k_ec, zeta_ew, zeta_ec, V_off: per-junction constants of one film. */
export function filmConstants(value: (name: string) => number): Readonly<Record<string, number>> {
  return {
    permittivity_F_m: VACUUM_PERMITTIVITY_F_M * value("relativePermittivity"),
    restRadius_m: value("radius_m"),
    restThickness_m: value("thickness_m"),
    wettingStiffness_N_m2: value("wettingStiffness_N_m2"),
    compressionStiffness_N_m: value("compressionStiffness_N_m"),
    wettingDamping_Ns_m2: value("wettingDamping_Ns_m2"),
    compressionDamping_Ns_m: value("compressionDamping_Ns_m"),
    offsetVoltage_V: value("offsetVoltage_V"),
  };
}

/** Index of V_off among the constants of `filmConstants`. */
export const OFFSET = 7;

/** C of the film with states x[s], x[s + 1]. */
export function filmCapacitance_F(x: Float64Array, c: Float64Array, s = 0): number {
  return (c[0] * Math.PI * x[s] * x[s]) / x[s + 1];
}

/** R' and W' under a voltage u across the film into slope[s], slope[s + 1]. */
export function filmSlope(u: number, x: Float64Array, c: Float64Array, slope: Float64Array, s = 0): void {
  const radius = x[s];
  const stop = STOP * c[2];
  const thickness = Math.max(x[s + 1], stop);
  const push = (c[0] * square(u)) / (2 * thickness);
  slope[s] = (push - c[3] * (radius - c[1])) / c[5];
  const thinning = (c[4] * (c[2] - thickness) - (push * Math.PI * radius * radius) / thickness) / c[6];
  slope[s + 1] = x[s + 1] <= stop ? Math.max(0, thinning) : thinning;
}

/** C u^2 / 2 and both elastic energies, J. */
export function filmEnergy_J(u: number, x: Float64Array, c: Float64Array, s = 0): number {
  const radius = x[s];
  const rest = c[1];
  // U_ew as a square: its three terms cancel near rest and would leave 1e-27 J of rounding
  const wetting = (Math.PI / 3) * c[3] * (radius - rest) ** 2 * (2 * radius + rest);
  const compression = 0.5 * c[4] * (x[s + 1] - c[2]) ** 2;
  return 0.5 * filmCapacitance_F(x, c, s) * u * u + wetting + compression;
}

/** Jacobian of (R', W') under u, row by row. */
function filmJacobian(u: number, x: Float64Array, c: Float64Array, s: number, jacobian: Float64Array): void {
  const radius = x[s];
  const stop = STOP * c[2];
  const thickness = Math.max(x[s + 1], stop);
  const force = (c[0] * square(u)) / (thickness * thickness);
  jacobian[0] = -c[3] / c[5];
  jacobian[1] = x[s + 1] < stop ? 0 : -force / (2 * c[5]);
  jacobian[2] = (-force * Math.PI * radius) / c[6];
  jacobian[3] = (-c[4] + (force * Math.PI * radius * radius) / thickness) / c[6];
}

const own = new Float64Array(4);

/**
 * Fastest and slowest time constant of the film. The field softens both springs, so that the slow one grows towards the
 * collapse; it is cut at a hundred times those of the springs.
 */
export function filmTimes(u: number, x: Float64Array, c: Float64Array, times_s: Float64Array, s = 0): void {
  filmJacobian(u, x, c, s, own);
  const m = 0.5 * (own[0] + own[3]);
  const q = Math.sqrt(Math.max(0, m * m - (own[0] * own[3] - own[1] * own[2])));
  const rim_s = c[5] / c[3];
  const core_s = c[6] / c[4];
  const slow_s = Math.max(rim_s, core_s);
  times_s[0] = Math.min(rim_s, core_s, 1 / (Math.abs(m) + q));
  times_s[1] = Math.min(100 * slow_s, Math.max(slow_s, 1 / Math.abs(Math.abs(m) - q)));
}

/** The film as the first two states of a junction: adaptive implicit steps, however close to the collapse. */
export function makeFilm(): Dynamics {
  const film = makeStiffPair({
    derivative(v, x, c, _environment, slope) {
      filmSlope(v - c[OFFSET], x, c, slope);
    },
    // loops are made of changes of 1e-4: their area is right to 2e-4 with 4000 steps per period
    tolerance: 1e-7,
    jacobian(v, x, c, _environment, jacobian) {
      filmJacobian(v - c[OFFSET], x, c, 0, jacobian);
      // at the stop the core stands still
      if (x[1] > STOP * c[2]) return;
      filmSlope(v - c[OFFSET], x, c, own);
      if (own[1] === 0) jacobian[2] = jacobian[3] = 0;
    },
  });
  return {
    ...film,
    settle(v, x, c, environment) {
      // along the motion, for Newton's method may find the other side of the collapse
      filmTimes(v - c[OFFSET], x, c, times_s);
      film.advance(v, MEMORY * times_s[1], x, c, environment, NO_DICE);
    },
    times(v, x, c, _environment, times_s) {
      filmTimes(v - c[OFFSET], x, c, times_s);
    },
  };
}
