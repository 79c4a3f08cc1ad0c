import { makeLinearPair } from "../engines/linearPair.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Charged slit, level 2: salt in the slit exchanges with the reservoirs and with adsorption sites on its walls.
 * Robin et al. 2023, 10.1126/science.adc9931 (SI S26 to S29), arXiv 2205.07653.
 *
 *   t_d c' = 1 + f dc - c - k c + lambda s,   t_d s' = k c - lambda s,   f = v / 1 V,   i = G c v
 *
 *   c, s     -    salt, adsorbed (states), relative to the mean salt
 *   t_d      s    diffusionTime_s, L^2/D of the slit
 *   k        -    adsorption, lambda - desorption; in 1 / t_d; k / lambda is about the Dukhin number, 100 to 1000
 *   dc       1/V  contrast_perV, change of the steady salt by the unequal entrances
 *
 * Largest loop at omega t_d = lambda / sqrt((1 + k)^2 + 2 k lambda + lambda^2): memory of Dukhin number times t_d, minutes
 * where diffusion alone takes 0.1 s. Valid |v| < 1 V and |dc v| < 1. Qualitative: equations published, numbers ours inside
 * published orders of magnitude.
 */
export const adsorptionSlitExchange: JunctionModel = {
  name: "adsorption-slit-exchange",
  aliases: ["adsorb-slit-l2"],
  title: "Charged slit, adsorption kinetics",
  summary: "Salt exchanges with wall sites: memory is the diffusion time multiplied by the Dukhin number.",
  source: "10.1126/science.adc9931",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [
    { name: "salt", unit: "", description: "salt in the slit, relative to its mean" },
    { name: "adsorbed", unit: "", description: "salt on the walls, in the same unit" },
  ],
  parameters: [
    ours("conductance_S", "S", 100e-9, [0, 1], "conductance G at mean salt", "order of the published 13 nm device"),
    ours("diffusionTime_s", "s", 0.1, [1e-9, 1e6], "diffusion time of the slit", "10 um long"),
    ours("adsorption", "", 300, [0, 1e6], "adsorption rate k, in 1 / t_d", "Dukhin number between 100 and 1000"),
    ours("desorption", "", 1, [1e-6, 1e6], "desorption rate lambda, in 1 / t_d", "scale of k"),
    ours(
      "contrast_perV",
      "1/V",
      0.5,
      [-1, 1],
      "relative change of the steady salt per volt",
      "rectification of 3 at 1 V, published 1 to 5",
    ),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(adsorptionSlitExchange, given);
    const k = numberOf(parameters, "adsorption");
    const lambda = numberOf(parameters, "desorption");
    const contrast = numberOf(parameters, "contrast_perV");
    const diffusionTime_s = numberOf(parameters, "diffusionTime_s");
    const omegaLargest_perS = lambda / Math.sqrt((1 + k) ** 2 + 2 * k * lambda + lambda ** 2) / diffusionTime_s;
    return makeKernel({
      model: adsorptionSlitExchange,
      parameters,
      environment,
      derived: { omegaLargest_perS, memoryTime_s: (2 * Math.PI) / omegaLargest_perS },
      states: { salt: 1, adsorbed: k / lambda },
      constants: { conductance_S: numberOf(parameters, "conductance_S"), diffusionTime_s },
      dynamics: makeLinearPair({
        system(v, c, _environment, system) {
          system[0] = -(1 + k) / c[1];
          system[1] = lambda / c[1];
          system[2] = k / c[1];
          system[3] = -lambda / c[1];
          system[4] = Math.max(0, 1 + contrast * v) / c[1];
          system[5] = 0;
        },
      }),
      terminals: { voltageDependent: false, conductance: (_v, x, c) => c[0] * Math.max(0, x[0]) },
    });
  },
};
