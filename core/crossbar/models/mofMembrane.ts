import { makeBank } from "../engines/bank.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * MOF membrane transistor: light charges the pore walls, extra cations enter and leave the more slowly the more there are
 * (short-term becomes long-term memory). Angew. Chem. 2025, 64, e202418949, 10.1002/anie.202418949.
 *
 *   i = G_0 (1 + n) v,   n' = eta P - n / tau_r,   tau_r = tau_1 (1 + (n / n_0)^m)
 *
 *   n       -     extraCations (state), relative to the dark ones
 *   P       W     environment.opticalPower_W
 *   eta     1/J   efficiency_perJ
 *   tau_1   s     tau_s;   n_0   -   doseScale;   m   -   doseExponent
 *   G_0     S     conductance_S
 *
 * Light sets the conductance only: passive and pinched. After the light n decays towards 0, paired pulses of light give
 * 1 + A exp(-dt / tau_r) at small doses. Valid |v| < 1 V, linear optics. Qualitative: mechanism published, numbers ours.
 */
export const mofMembrane: JunctionModel = {
  name: "mof-membrane",
  aliases: ["mof"],
  title: "Light-gated MOF membrane",
  summary: "Light adds cations to the pores; the larger the dose, the longer they stay.",
  source: "10.1002/anie.202418949",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [{ name: "extraCations", unit: "", description: "cations gained by light, relative to the dark ones" }],
  parameters: [
    ours("conductance_S", "S", 1e-6, [0, 1], "dark conductance G_0", "scale only"),
    ours("efficiency_perJ", "1/J", 1e3, [0, 1e12], "relative cations gained per joule", "doubles in 1 s at 1 mW"),
    ours("tau_s", "s", 2, [1e-6, 1e6], "relaxation time after a small dose", "short-term memory of seconds"),
    ours("doseScale", "", 1, [1e-6, 1e6], "n_0 at which the relaxation time has doubled", "scale only"),
    ours("doseExponent", "", 2, [0, 4], "exponent m of the dose", "long-term memory after strong light"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(mofMembrane, given);
    const efficiency = numberOf(parameters, "efficiency_perJ");
    const scale = numberOf(parameters, "doseScale");
    const exponent = numberOf(parameters, "doseExponent");
    return makeKernel({
      model: mofMembrane,
      parameters,
      environment,
      states: { extraCations: 0 },
      constants: { conductance_S: numberOf(parameters, "conductance_S"), tau_s: numberOf(parameters, "tau_s") },
      dynamics: makeBank({
        states: 1,
        coupled: true,
        aim(_v, x, c, { opticalPower_W = 0 }, target, rate) {
          const tau_s = c[1] * (1 + (Math.max(0, x[0]) / scale) ** exponent);
          target[0] = efficiency * opticalPower_W * tau_s;
          rate[0] = 1 / tau_s;
        },
      }),
      terminals: { voltageDependent: false, conductance: (_v, x, c) => c[0] * (1 + x[0]) },
    });
  },
};
