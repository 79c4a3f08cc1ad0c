import { makeHopper, thermal_V } from "./barrierPore.ts";

/** One ion species at a barrier-limited pore. */
export interface IonSpecies {
  readonly name: string;
  /** Capture rate at its concentration, 1/s. */
  readonly capture_per_s: number;
  readonly attempt_per_s: number;
  readonly barrier_eV: number;
  /** Part of the voltage that tilts the barrier. */
  readonly lever: number;
}

export interface IonConfiguration {
  /** In the order of the ions: true where the ion stays in the pore and blocks, false where it permeates. */
  readonly blocks: readonly boolean[];
  readonly label: string;
  /** Steady current of one pore in ampere, held at `voltage_V`. */
  steadyCurrent_A(voltage_V: number): number;
}

/**
 * The design space of a multi-ion pore (Noh and Smolyanitsky, Small 2026, 10.1002/smll.202511663): all 2^N choices of
 * which of N ions block and which permeate. Blockers share one site,
 *
 *   theta_j = K_j / (1 + sum K),   K_j = capture_j / escape_j(v)
 *
 * and every permeant carries its hopping current through the pores that are free.
 * @param ions 1 to 16 species
 */
export function enumerateConfigurations(ions: readonly IonSpecies[], temperature_K = 300): IonConfiguration[] {
  if (ions.length < 1 || ions.length > 16) throw new RangeError(`${ions.length} ions, allowed are 1 to 16`);
  const hoppers = ions.map(({ attempt_per_s, barrier_eV, lever }) =>
    makeHopper(attempt_per_s, barrier_eV, lever, thermal_V({ temperature_K })),
  );
  return Array.from({ length: 2 ** ions.length }, (_, code) => {
    const blocks = ions.map((_ion, j) => ((code >> j) & 1) === 1);
    return {
      blocks,
      label: ions.map(({ name }, j) => `${name} ${blocks[j] ? "blocks" : "permeates"}`).join(", "),
      steadyCurrent_A(voltage_V) {
        let occupied = 0;
        let conductance_S = 0;
        hoppers.forEach((hopper, j) => {
          if (blocks[j]) occupied += ions[j].capture_per_s / hopper.escape_per_s(voltage_V);
          else conductance_S += hopper.conductance_S(voltage_V);
        });
        return (conductance_S * voltage_V) / (1 + occupied);
      },
    };
  });
}
