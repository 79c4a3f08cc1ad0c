import type { JunctionModel } from "../model.ts";
import { allocateState } from "../state.ts";
import { fillParameters, numberOf } from "./parameters.ts";
import { CONDUCTANCE_STATE, copyConductance, multiplyConductance } from "../engines/relaxation.ts";

/**
 * Fixed conductance, i = g v (Ohm's law): the reference of every comparison and the carrier of mapped weights.
 * Its one state never moves by itself; an algorithm programs an array by writing `state.field("conductance_S")`.
 *
 *   g   S   conductance_S, >= 0
 *
 * Valid at every voltage that the electrolyte stands.
 */
export const ohmic: JunctionModel = {
  name: "ohmic",
  aliases: ["resistor"],
  title: "Ohmic junction",
  summary: "Fixed conductance, i = g v; per-junction conductances are set through the state.",
  source: "Ohm's law",
  grade: "quantitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-10, 10],
  states: [{ ...CONDUCTANCE_STATE, description: "programmed conductance; does not move by itself" }],
  parameters: [
    {
      name: "conductance_S",
      unit: "S",
      description: "conductance of every junction",
      default: 1e-9,
      range: [0, 1],
      provenance: "default of ours",
      source: "order of a 10 nm pore in 10 to 100 mM KCl",
    },
  ],

  resolve(given, environment) {
    const parameters = fillParameters(ohmic, given);
    const conductance_S = numberOf(parameters, "conductance_S");
    return {
      model: ohmic,
      parameters,
      derived: {},
      environment,
      voltageDependent: false,
      stochastic: false,
      held: "exact",
      stepRule: "no dynamics",
      allocate(grid) {
        const state = allocateState(grid, ["conductance_S"]);
        state.field("conductance_S").fill(conductance_S);
        return state;
      },
      conductance: copyConductance,
      current: multiplyConductance,
      slope: copyConductance,
      step() {}, // no memory
      steadyConductance: () => conductance_S,
      timescales: () => ({ min_s: Infinity, max_s: Infinity }),
    };
  },
};
