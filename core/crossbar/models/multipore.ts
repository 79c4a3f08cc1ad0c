import { makeBank } from "../engines/bank.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Multipore conical membrane, the "ionic memristor" of impedance work: Bisquert, Ramirez, Cervera, Mafe and others,
 * J. Am. Chem. Soc. 2025, 10.1021/jacs.5c04903 (voltage-dependent tau, found by impedance).
 *
 *   i = [g_L + (g_H - g_L) x] v,   tau(v) x' = x_inf(v) - x
 *   x_inf = 1 / (1 + exp(-(v - V_0) / V_m)),   tau = tau_0 / cosh((v - V_0) / (2 V_m)) + tau_min
 *
 *   g_L, g_H       S   lowConductance_S, highConductance_S
 *   V_0, V_m       V   threshold_V, width_V
 *   tau_0, tau_min s   tau_s, tauMinimum_s
 *
 * Small signals: Y = G + (g_H - g_L) v x_inf'(v) / (1 + i w tau), an inductive loop where the second term is positive.
 * Valid |v| < 2 V. Qualitative: form published, numbers ours.
 */
export const multipore: JunctionModel = {
  name: "multipore-membrane",
  aliases: ["multipore"],
  title: "Multipore conical membrane",
  summary: "Sigmoidal steady conductance and a bell-shaped relaxation time, as found by impedance.",
  source: "10.1021/jacs.5c04903",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-2, 2],
  states: [{ name: "x", unit: "", description: "part of the conductance that is switched on" }],
  parameters: [
    ours("lowConductance_S", "S", 0.2e-6, [0, 1], "conductance g_L of the off state", "on/off of ten"),
    ours("highConductance_S", "S", 2e-6, [0, 1], "conductance g_H of the on state", "membrane of many pores"),
    ours("threshold_V", "V", 0.5, [-10, 10], "half activation V_0", "middle of the usual range"),
    ours("width_V", "V", 0.15, [1e-3, 10], "width V_m of the activation", "a few kT/e over a conical pore"),
    ours("tau_s", "s", 0.1, [1e-9, 1e6], "height tau_0 of the bell of the relaxation time", "usual scan rates"),
    ours("tauMinimum_s", "s", 5e-3, [1e-9, 1e6], "relaxation time far from V_0", "usual scan rates"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(multipore, given);
    const threshold_V = numberOf(parameters, "threshold_V");
    const width_V = numberOf(parameters, "width_V");
    return makeKernel({
      model: multipore,
      parameters,
      environment,
      states: { x: 0 },
      constants: {
        lowConductance_S: numberOf(parameters, "lowConductance_S"),
        highConductance_S: numberOf(parameters, "highConductance_S"),
        tau_s: numberOf(parameters, "tau_s"),
        tauMinimum_s: numberOf(parameters, "tauMinimum_s"),
      },
      dynamics: makeBank({
        states: 1,
        aim(v, _x, c, _environment, target, rate) {
          const u = (v - threshold_V) / width_V;
          target[0] = 1 / (1 + Math.exp(-u));
          rate[0] = 1 / (c[2] / Math.cosh(u / 2) + c[3]);
        },
      }),
      terminals: { voltageDependent: false, conductance: (_v, x, c) => c[0] + (c[1] - c[0]) * x[0] },
    });
  },
};
