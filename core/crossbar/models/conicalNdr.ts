import { makeBank } from "../engines/bank.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Conical pore with negative differential resistance: above V_1 the pore closes faster than the voltage rises.
 * Yang et al. 2024, J. Am. Chem. Soc., 10.1021/jacs.4c00922.
 *
 *   i = [g_L + (g_H - g_L) x] v,   tau x' = x_inf(v) - x,   x_inf = 1 / (1 + exp((v - V_1) / V_m))
 *
 *   g_L, g_H   S   lowConductance_S, highConductance_S
 *   V_1, V_m   V   threshold_V, width_V
 *   tau        s   tau_s
 *
 * The quasi-static I-V is N-shaped while g_H / g_L is large and V_1 > 2 V_m. In a circuit two operating points may exist.
 * Valid |v| < 1.5 V. Qualitative: mechanism published, form and numbers ours.
 */
export const conicalNdr: JunctionModel = {
  name: "conical-ndr",
  aliases: ["conical-NDR"],
  title: "Conical pore with negative differential resistance",
  summary: "Steady conductance falls above a threshold voltage: N-shaped I-V.",
  source: "10.1021/jacs.4c00922",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1.5, 1.5],
  states: [{ name: "x", unit: "", description: "part of the conductance that is open" }],
  parameters: [
    ours("lowConductance_S", "S", 0.2e-6, [0, 1], "conductance g_L of the closed pore", "on/off of ten"),
    ours("highConductance_S", "S", 2e-6, [0, 1], "conductance g_H of the open pore", "as the multipore membrane"),
    ours("threshold_V", "V", 0.6, [-10, 10], "half closing V_1", "inside the range of 1.5 V"),
    ours("width_V", "V", 0.08, [1e-3, 10], "width V_m of the closing", "N-shaped at these values"),
    ours("tau_s", "s", 0.05, [1e-9, 1e6], "relaxation time", "usual scan rates"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(conicalNdr, given);
    const threshold_V = numberOf(parameters, "threshold_V");
    const width_V = numberOf(parameters, "width_V");
    return makeKernel({
      model: conicalNdr,
      parameters,
      environment,
      states: { x: 1 },
      constants: {
        lowConductance_S: numberOf(parameters, "lowConductance_S"),
        highConductance_S: numberOf(parameters, "highConductance_S"),
        tau_s: numberOf(parameters, "tau_s"),
      },
      dynamics: makeBank({
        states: 1,
        aim(v, _x, c, _environment, target, rate) {
          target[0] = 1 / (1 + Math.exp((v - threshold_V) / width_V));
          rate[0] = 1 / c[2];
        },
      }),
      terminals: { voltageDependent: false, conductance: (_v, x, c) => c[0] + (c[1] - c[0]) * x[0] },
    });
  },
};
