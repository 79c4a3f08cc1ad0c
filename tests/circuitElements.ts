import type { CircuitElement, SourceValue } from "../core/crossbar/circuit/circuit.ts";
import { GROUND } from "../core/crossbar/circuit/circuit.ts";

/** Elements in one line each, for tests. */
export const R = (name: string, from: string, to: string, resistance_ohm: number): CircuitElement => ({
  kind: "resistor",
  name,
  from,
  to,
  resistance_ohm,
});
export const C = (name: string, from: string, to: string, capacitance_F: number, initial_V = 0): CircuitElement => ({
  kind: "capacitor",
  name,
  from,
  to,
  capacitance_F,
  initial_V,
});
export const L = (name: string, from: string, to: string, inductance_H: number, initial_A = 0): CircuitElement => ({
  kind: "inductor",
  name,
  from,
  to,
  inductance_H,
  initial_A,
});
export const E = (name: string, from: string, to: string, voltage_V: number): CircuitElement => ({
  kind: "battery",
  name,
  from,
  to,
  voltage_V,
});
export const V = (name: string, from: string, voltage_V: SourceValue): CircuitElement => ({
  kind: "voltage-source",
  name,
  from,
  to: GROUND,
  voltage_V,
});
export const I = (name: string, from: string, to: string, current: number | SourceValue): CircuitElement => ({
  kind: "current-source",
  name,
  from,
  to,
  current_A: typeof current === "number" ? { at: () => current, edges_s: [] } : current,
});
export const P = (name: string, from: string, to: string, ...coefficients: number[]): CircuitElement => ({
  kind: "polynomial-conductor",
  name,
  from,
  to,
  coefficients,
});
export const J = (
  name: string,
  from: string,
  to: string,
  model: string,
  parameters: Record<string, number> = {},
): CircuitElement => ({ kind: "junction", name, from, to, model, parameters });

/** Mean time between upward crossings of a level, without the first `skip`; NaN for fewer than two. */
export function meanPeriod(time_s: Float64Array, value: Float64Array, level: number, skip = 0): number {
  const crossings: number[] = [];
  for (let k = 1; k < time_s.length; k++)
    if (value[k - 1] < level && value[k] >= level)
      crossings.push(
        time_s[k - 1] + ((time_s[k] - time_s[k - 1]) * (level - value[k - 1])) / (value[k] - value[k - 1]),
      );
  const kept = crossings.slice(skip);
  return kept.length < 2 ? Number.NaN : (kept[kept.length - 1] - kept[0]) / (kept.length - 1);
}
