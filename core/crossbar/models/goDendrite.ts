import { makeBank } from "../engines/bank.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Graphene-oxide dendrite: several light spots on a membrane pump cations towards one end, nearer spots weigh more and
 * sums are sublinear or superlinear (both regimes published, 2025). Net pumping by asymmetric light:
 * 10.1038/s41467-019-09178-x.
 *
 *   i = g_0 (v + e),   e = [sum_k (u exp(-x_k / lambda))^p]^(1/p),   tau u' = V_oc ln(1 + P / P_0) - u
 *
 *   u        V    photovoltage_V (state) of every lit spot
 *   P        W    environment.opticalPower_W on each spot
 *   x_k      m    first_m + k spacing_m, k = 0 ... spots - 1
 *   lambda   m    decayLength_m;   p   -   exponent: above 1 sublinear, below 1 superlinear
 *
 * Light is a source: not passive while lit. Valid |v| < 1 V. Qualitative: no published numbers.
 */
export const goDendrite: JunctionModel = {
  name: "go-dendrite",
  aliases: [],
  title: "Graphene-oxide dendrite",
  summary: "Photocurrents of several light spots add with distance decay, sublinearly or superlinearly.",
  source: "10.1038/s41467-019-09178-x",
  grade: "qualitative",
  plug: "sourced",
  claims: { passive: false, pinched: false },
  validRange_V: [-1, 1],
  states: [{ name: "photovoltage_V", unit: "V", description: "photovoltage of a lit spot" }],
  parameters: [
    ours("conductance_S", "S", 1e-6, [0, 1], "conductance g_0 of the membrane", "scale only"),
    ours("spots", "", 2, [0, 64], "number of lit spots", "the smallest sum"),
    ours("first_m", "m", 0, [0, 1], "distance of the first spot", "at the electrode"),
    ours("spacing_m", "m", 1e-3, [0, 1], "distance between spots", "scale only"),
    ours("decayLength_m", "m", 2e-3, [1e-9, 1], "decay length lambda", "scale only"),
    ours("exponent", "", 1.5, [0.1, 10], "summation exponent p", "sublinear"),
    ours("openCircuit_V", "V", 0.01, [0, 1], "photovoltage V_oc per e-fold of power", "as the photo-junction"),
    ours(
      "saturationPower_W",
      "W",
      1e-3,
      [1e-12, 100],
      "power P_0 at which the photovoltage bends",
      "as the photo-junction",
    ),
    ours("tau_s", "s", 1, [1e-9, 1e6], "memory of a spot", "paired pulses within seconds"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(goDendrite, given);
    const number = (name: string) => numberOf(parameters, name);
    const exponent = number("exponent");
    const openCircuit_V = number("openCircuit_V");
    const saturation_W = number("saturationPower_W");
    let sum = 0;
    for (let k = 0; k < Math.round(number("spots")); k++)
      sum += Math.exp((-exponent * (number("first_m") + k * number("spacing_m"))) / number("decayLength_m"));
    const reach = sum ** (1 / exponent);
    return makeKernel({
      model: goDendrite,
      parameters,
      environment,
      derived: { reach },
      states: { photovoltage_V: 0 },
      constants: { conductance_S: number("conductance_S"), tau_s: number("tau_s") },
      dynamics: makeBank({
        states: 1,
        aim(_v, _x, c, { opticalPower_W = 0 }, target, rate) {
          target[0] = openCircuit_V * Math.log1p(opticalPower_W / saturation_W);
          rate[0] = 1 / c[1];
        },
      }),
      terminals: { voltageDependent: false, conductance: (_v, _x, c) => c[0], emf: (_v, x) => reach * x[0] },
    });
  },
};
