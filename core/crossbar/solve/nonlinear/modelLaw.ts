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
