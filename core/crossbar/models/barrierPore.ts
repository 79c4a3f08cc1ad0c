import { BOLTZMANN_J_K, ELEMENTARY_CHARGE_C } from "../constants.ts";
import type { Environment } from "../environment.ts";

/**
 * Barrier-limited pores, common to bicationPore.ts and multiIonPore.ts (Noh and Smolyanitsky: Sci. Adv. 10, eadr1531,
 * 10.1126/sciadv.adr1531; Small 2026, 10.1002/smll.202511663). An ion in a site hops over a barrier E that the voltage tilts
 * by +- gamma v:
 *
 *   escape rate       k = k_0 e^(-E/kT) [e^(gamma v / kT) + e^(-gamma v / kT)]
 *   carried current   i = e k_0 e^(-E/kT) [e^(gamma v / kT) - e^(-gamma v / kT)]  per open pore
 */
export const REFERENCE_K = 300;

/** kT/e in volt: 25.852 mV at 300 K. */
export function thermal_V({ temperature_K = REFERENCE_K }: Environment): number {
  return (BOLTZMANN_J_K * temperature_K) / ELEMENTARY_CHARGE_C;
}

/** e^(-E/kT) [e^(g v/kT) + e^(-g v/kT)], with E in eV. */
export function escapeFactor(v: number, barrier_eV: number, lever: number, kT_V: number): number {
  return 2 * Math.exp(-barrier_eV / kT_V) * Math.cosh((lever * v) / kT_V);
}

/** Chord conductance of one open pore, i / v, with its limit at 0 V. */
export function hoppingConductance_S(
  v: number,
  attempt_per_s: number,
  barrier_eV: number,
  lever: number,
  kT_V: number,
): number {
  const u = (lever * v) / kT_V;
  const steepness = Math.abs(u) < 1e-4 ? 1 + (u * u) / 6 : Math.sinh(u) / u;
  return ((2 * ELEMENTARY_CHARGE_C * attempt_per_s * lever) / kT_V) * Math.exp(-barrier_eV / kT_V) * steepness;
}

/** di/dv of one open pore. */
export function hoppingSlope_S(
  v: number,
  attempt_per_s: number,
  barrier_eV: number,
  lever: number,
  kT_V: number,
): number {
  const unit = ((2 * ELEMENTARY_CHARGE_C * attempt_per_s * lever) / kT_V) * Math.exp(-barrier_eV / kT_V);
  return unit * Math.cosh((lever * v) / kT_V);
}
