import { LARGEST_V, OUTPUT_STEP_V } from "./codec.ts";

/**
 * What lies between the emulated firmware and the junctions. The manual gives the voltage range alone; steps and ranges
 * are defaults of ours: a 16-bit output over +-12 V, a transimpedance amplifier with a full scale per decade and a signed
 * 16-bit converter behind it.
 */
export const FULL_SCALES_A: readonly number[] = [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2];
const CODES = 32_767;
/** Time of one conversion; a reading is the mean of `cycles` of them. */
export const CONVERSION_S = 1e-5;

/** The voltage that the output holds when it is told another one. */
export function quantiseVoltage(asked_V: number): number {
  const limited_V = Math.max(-LARGEST_V, Math.min(LARGEST_V, asked_V));
  return Math.round(limited_V / OUTPUT_STEP_V) * OUTPUT_STEP_V;
}

/**
 * The resistance that the instrument reports for a current at a voltage: in the narrowest range that holds it, at the
 * end of the widest one where none does. Below half a step it is what half a step would be: an open junction reads high, never infinite.
 */
export function measureResistance(voltage_V: number, current_A: number): number {
  const magnitude_A = Math.abs(current_A);
  const full_A = FULL_SCALES_A.find((scale_A) => magnitude_A <= scale_A) ?? 1e-2;
  const code = Math.max(-CODES, Math.min(CODES, Math.round((current_A / full_A) * CODES)));
  const measured_A = code === 0 ? (Math.sign(voltage_V) * (full_A / CODES)) / 2 : (code / CODES) * full_A;
  return Math.fround(voltage_V / measured_A);
}
