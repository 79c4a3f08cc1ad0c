import type { JunctionKernel } from "../model.ts";
import type { JunctionState } from "../state.ts";

/**
 * Junctions that store charge, each under its own current: C dv/dt = I - i(v, x), with C the slope of the charge at fixed
 * states. Strang's splitting: half a step of the states at the old voltage, the voltage by the exponential of its
 * linearised equation (Rosenbrock and Euler, exact for linear i), half a step of the states at the new voltage. Charge that a
 * changing shape displaces, v dC/dt, is part of the balance: the charge is what is kept over a step of the states.
 */
export interface CurrentClamp {
  /** Voltages of the junctions, moved by `step`. */
  readonly voltage_V: Float64Array;
  /** @param current_A one value per junction, held over the step */
  step(current_A: Float64Array, dt_s: number): void;
}

/** @throws RangeError for a kernel that stores no charge: without capacitance a current gives a voltage at once */
export function makeCurrentClamp(kernel: JunctionKernel, state: JunctionState): CurrentClamp {
  const { charge } = kernel;
  if (charge === undefined)
    throw new RangeError(`${kernel.model.name} stores no charge, a clamped current needs a junction that does`);
  const count = state.grid.rows * state.grid.columns;
  const voltage_V = new Float64Array(count);
  const zero_V = new Float64Array(count);
  const one_V = new Float64Array(count).fill(1);
  const at = Array.from({ length: 5 }, () => new Float64Array(count));
  const [kept_C, charge0_C, charge1_C, carried_A, slope_S] = at as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  /** Half a step of the states at constant charge, for they move while no charge flows. */
  const moveStates = (dt_s: number): void => {
    charge(state, voltage_V, kept_C);
    kernel.step(state, voltage_V, dt_s);
    readCapacitance();
    for (let k = 0; k < count; k++) voltage_V[k] = (kept_C[k] - charge0_C[k]) / (charge1_C[k] - charge0_C[k]);
  };
  const readCapacitance = (): void => {
    charge(state, zero_V, charge0_C);
    charge(state, one_V, charge1_C);
  };
  return {
    voltage_V,
    step(current_A, dt_s) {
      if (current_A.length !== count) throw new RangeError(`Got ${current_A.length} currents for ${count} junctions`);
      if (!(dt_s >= 0)) throw new RangeError(`dt_s is ${dt_s}, allowed are values from 0`);
      moveStates(dt_s / 2);
      kernel.current(state, voltage_V, carried_A);
      kernel.slope(state, voltage_V, slope_S);
      for (let k = 0; k < count; k++) {
        const capacitance_F = charge1_C[k] - charge0_C[k];
        const rate = slope_S[k] / capacitance_F;
        const reach_s = Math.abs(rate * dt_s) < 1e-12 ? dt_s : -Math.expm1(-rate * dt_s) / rate;
        voltage_V[k] += ((current_A[k] - carried_A[k]) / capacitance_F) * reach_s;
      }
      moveStates(dt_s / 2);
    },
  };
}
