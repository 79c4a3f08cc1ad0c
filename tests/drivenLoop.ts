import { loopArea } from "../core/analysis/loop.ts";
import { makeGrid } from "../core/crossbar/grid.ts";
import type { JunctionKernel } from "../core/crossbar/model.ts";

/**
 * The last of `cycles` periods of a sine from rest, any junction: voltage, current or charge at step ends, states advanced
 * with the voltage at mid-step. Areas of both lobes against the voltage.
 */
export function drivenLoop(
  kernel: JunctionKernel,
  amplitude_V: number,
  frequency_Hz: number,
  options: { readonly cycles?: number; readonly steps?: number; readonly of?: "current" | "charge" } = {},
) {
  const { cycles = 4, steps = 4000, of = "current" } = options;
  const state = kernel.allocate(makeGrid(1, 1));
  const voltage = new Float64Array(1);
  const out = new Float64Array(1);
  const voltage_V = new Float64Array(steps + 1);
  const value = new Float64Array(steps + 1);
  const conductance_S = new Float64Array(steps + 1);
  const record = (k: number) => {
    voltage[0] = (2 * k) % steps === 0 ? 0 : amplitude_V * Math.sin((2 * Math.PI * k) / steps);
    if (of === "current") kernel.current(state, voltage, out);
    else kernel.charge?.(state, voltage, out);
    voltage_V[k] = voltage[0];
    value[k] = out[0] as number;
    kernel.conductance(state, voltage, out);
    conductance_S[k] = out[0] as number;
  };
  for (let cycle = 0; cycle < cycles; cycle++) {
    record(0);
    for (let k = 1; k <= steps; k++) {
      voltage[0] = amplitude_V * Math.sin((2 * Math.PI * (k - 0.5)) / steps);
      kernel.step(state, voltage, 1 / (frequency_Hz * steps));
      record(k);
    }
  }
  const area = loopArea(voltage_V, value);
  return { voltage_V, value, conductance_S, ...area };
}
