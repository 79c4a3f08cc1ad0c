/** CODATA 2018 exact values; a model fitted with older ones keeps its own beside its equation. */
export const ELEMENTARY_CHARGE_C = 1.602176634e-19;
export const BOLTZMANN_J_K = 1.380649e-23;
export const AVOGADRO_PER_MOL = 6.02214076e23;
/** 25 degrees Celsius, where handbook conductivities and diffusion coefficients are given. */
export const ROOM_TEMPERATURE_K = 298.15;

/** kT/e in volt: 25.69 mV at 25 degrees Celsius. */
export function thermalVoltage_V(temperature_K: number): number {
  return (BOLTZMANN_J_K * temperature_K) / ELEMENTARY_CHARGE_C;
}
