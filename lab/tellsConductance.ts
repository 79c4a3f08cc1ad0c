/** Below this a voltage is the rounding of a sine at its zero, and I / V is no conductance. */
const LEAST_V = 1e-9;

/** Whether the chord conductance I / V of a sample is drawn; elsewhere its line breaks. */
export function tellsConductance(voltage_V: number): boolean {
  return Math.abs(voltage_V) >= LEAST_V;
}
