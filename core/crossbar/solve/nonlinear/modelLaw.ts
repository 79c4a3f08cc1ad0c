import type { JunctionKernel } from "../../model.ts";
import type { JunctionState } from "../../state.ts";
import type { JunctionLaw } from "../law.ts";

/** Junctions of a model at the states that they have now (read at every evaluation). */
export function modelLaw(kernel: JunctionKernel, state: JunctionState, active: boolean): JunctionLaw {
  return {
    name: kernel.model.name,
    active,
    evaluate(voltage_V, current_A, slope_S) {
      kernel.current(state, voltage_V, current_A);
      kernel.slope(state, voltage_V, slope_S);
    },
  };
}

const PROBES = 65;

/** Whether some junction, at the states that they have now, has dI/dv < 0 at a voltage of the valid range. */
export function isActive(kernel: JunctionKernel, state: JunctionState): boolean {
  const [least, most] = kernel.model.validRange_V;
  const slope_S = new Float64Array(state.grid.rows * state.grid.columns);
  const voltage_V = new Float64Array(slope_S.length);
  for (let probe = 0; probe < PROBES; probe++) {
    voltage_V.fill(least + ((most - least) * probe) / (PROBES - 1));
    kernel.slope(state, voltage_V, slope_S);
    if (slope_S.some((d) => d < 0)) return true;
  }
  return false;
}
