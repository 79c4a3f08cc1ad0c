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

/** A hopping ion at one temperature. */
export interface Hopper {
  /** Escape rate from its site, 1/s. */
  escape_per_s(v: number): number;
  /** Chord conductance i / v of one open pore, with its limit at 0 V. */
  conductance_S(v: number): number;
  /** di/dv of one open pore. */
  slope_S(v: number): number;
}

/** @param barrier_eV E, @param lever gamma */
export function makeHopper(attempt_per_s: number, barrier_eV: number, lever: number, kT_V: number): Hopper {
  const rate = attempt_per_s * Math.exp(-barrier_eV / kT_V);
  const tilt = lever / kT_V;
  const unit_S = 2 * ELEMENTARY_CHARGE_C * rate * tilt;
  return {
    escape_per_s(v) {
      const factor = Math.exp(tilt * v);
      return rate * (factor + 1 / factor);
    },
    conductance_S(v) {
      const u = tilt * v;
      return unit_S * (Math.abs(u) < 1e-4 ? 1 + (u * u) / 6 : Math.sinh(u) / u);
    },
    slope_S: (v) => unit_S * Math.cosh(tilt * v),
  };
}

/** The hopper of the present environment, made anew when that changes: it is asked for every junction. */
export function hopperIn(
  attempt_per_s: number,
  barrier_eV: number,
  lever: number,
): (environment: Environment) => Hopper {
  let known: Environment | undefined;
  let hopper: Hopper | undefined;
  return (environment) => {
    if (hopper !== undefined && environment === known) return hopper;
    known = environment;
    hopper = makeHopper(attempt_per_s, barrier_eV, lever, thermal_V(environment));
    return hopper;
  };
}
