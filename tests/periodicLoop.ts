import { loopArea } from "../core/analysis/loop.ts";
import { makeGrid } from "../core/crossbar/grid.ts";
import type { JunctionKernel } from "../core/crossbar/model.ts";

/**
 * One period of a sine in the periodic steady state of a junction with one relaxing conductance, g and V at step ends,
 * g advanced with V at mid-step. One period maps g to a + b g (the equation is linear in g), so two runs find the fixed point.
 */
export function periodicLoop(kernel: JunctionKernel, amplitude_V: number, frequency_Hz: number, steps = 4000) {
  const run = (start_S: number) => {
    const state = kernel.allocate(makeGrid(1, 1));
    const g = state.field("conductance_S");
    g[0] = start_S;
    const voltage = new Float64Array(1);
    const voltage_V = new Float64Array(steps + 1);
    const conductance_S = new Float64Array(steps + 1);
    const current_A = new Float64Array(steps + 1);
    for (let k = 0; k <= steps; k++) {
      if (k > 0) {
        voltage[0] = amplitude_V * Math.sin((2 * Math.PI * (k - 0.5)) / steps);
        kernel.step(state, voltage, 1 / (frequency_Hz * steps));
      }
      voltage_V[k] = (2 * k) % steps === 0 ? 0 : amplitude_V * Math.sin((2 * Math.PI * k) / steps);
      conductance_S[k] = g[0];
      current_A[k] = g[0] * (voltage_V[k] as number);
    }
    return { voltage_V, current_A, conductance_S };
  };
  const g0 = kernel.steadyConductance(0);
  const fromZero = run(0).conductance_S[steps] as number;
  const fromRest = run(g0).conductance_S[steps] as number;
  const slope = (fromRest - fromZero) / g0;
  const loop = run(fromZero / (1 - slope));
  const area = loopArea(loop.voltage_V, loop.current_A);
  return { ...loop, ...area, total_W: Math.abs(area.positive_W) + Math.abs(area.negative_W) };
}

/** Place of the maximum of a function with one maximum, by golden section on a logarithmic axis. */
export function findMaximum(of: (x: number) => number, from: number, to: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let low = Math.log(from);
  let high = Math.log(to);
  while (high - low > 1e-4) {
    const a = high - golden * (high - low);
    const b = low + golden * (high - low);
    if (of(Math.exp(a)) < of(Math.exp(b))) low = a;
    else high = b;
  }
  return Math.exp((low + high) / 2);
}
