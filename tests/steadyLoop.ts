import { loopArea } from "../core/analysis/loop.ts";
import { makeGrid } from "../core/crossbar/grid.ts";
import type { JunctionKernel } from "../core/crossbar/model.ts";
import type { JunctionState } from "../core/crossbar/state.ts";

/** Voltage over one period; the argument is the part of the period, 0 to 1. */
export type Shape = (turns: number) => number;

export const sineOf =
  (amplitude_V: number): Shape =>
  (turns) =>
    amplitude_V * ((2 * turns) % 1 === 0 ? 0 : Math.sin(2 * Math.PI * turns));

/** From 0, rising first. */
export const triangleOf =
  (amplitude_V: number): Shape =>
  (turns) => {
    const t = turns - Math.floor(turns);
    return amplitude_V * (t < 0.25 ? 4 * t : t < 0.75 ? 2 - 4 * t : 4 * t - 4);
  };

export interface LoopOptions {
  readonly steps?: number;
  /** Periods run; the last is recorded. */
  readonly cycles?: number;
  readonly prepare?: (state: JunctionState) => void;
}

/**
 * The last of some periods of any one-junction kernel, states advanced with V at mid-step, V and current at step ends;
 * `states` holds every state of the model at the step ends.
 */
export function steadyLoop(kernel: JunctionKernel, shape: Shape, frequency_Hz: number, options: LoopOptions = {}) {
  const { steps = 4000, cycles = 3, prepare } = options;
  const state = kernel.allocate(makeGrid(1, 1));
  prepare?.(state);
  const voltage = new Float64Array(1);
  const out = new Float64Array(1);
  const voltage_V = new Float64Array(steps + 1);
  const current_A = new Float64Array(steps + 1);
  const conductance_S = new Float64Array(steps + 1);
  const states = Object.fromEntries(kernel.model.states.map(({ name }) => [name, new Float64Array(steps + 1)]));
  for (let cycle = 0; cycle < cycles; cycle++)
    for (let k = 0; k <= steps; k++) {
      if (k > 0) {
        voltage[0] = shape((k - 0.5) / steps);
        kernel.step(state, voltage, 1 / (frequency_Hz * steps));
      }
      voltage[0] = shape(k / steps);
      voltage_V[k] = voltage[0];
      kernel.current(state, voltage, out);
      current_A[k] = out[0] as number;
      kernel.conductance(state, voltage, out);
      conductance_S[k] = out[0] as number;
      for (const [name, trace] of Object.entries(states)) trace[k] = state.field(name)[0] as number;
    }
  const area = loopArea(voltage_V, current_A);
  return { voltage_V, current_A, conductance_S, states, state, ...area };
}
