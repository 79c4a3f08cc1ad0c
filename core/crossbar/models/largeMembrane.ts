import { AVOGADRO_PER_MOL, ELEMENTARY_CHARGE_C } from "../constants.ts";
import { makeRungeKutta } from "../engines/rungeKutta.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Membrane of very many pores (anodic alumina, track-etched polymer; 1e7 to 1e10 pores): the current itself makes the salt
 * of the two sides unequal, and that is the memory. Micromachines 16, 882 (2025), 10.3390/mi16080882.
 *
 *   i = g v,   g = g_0 (1 + k dc) between g_min and g_max,   dc' = (t_+ - t_-) i / (F V) - dc / tau_mix
 *
 *   dc          mM   asymmetry_mM (state), right side minus left side
 *   t_+ - t_-   -    selectivity;   V   m^3   volume_m3 of a side;   tau_mix   s   mixingTau_s
 *   k           1/mM sensitivity_permM;   g_min, g_max   -   minimumRatio, maximumRatio
 *
 * Valid |v| < 2 V. Qualitative: form and numbers ours.
 */
export const largeMembrane: JunctionModel = {
  name: "large-membrane",
  aliases: ["multipore-large"],
  title: "Membrane of very many pores",
  summary: "The current pumps salt from one side to the other; the asymmetry it makes is the memory.",
  source: "10.3390/mi16080882",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-2, 2],
  states: [{ name: "asymmetry_mM", unit: "mM", description: "salt gained by the right side" }],
  parameters: [
    ours("conductance_S", "S", 1e-3, [0, 1], "conductance g_0 at equal salt", "1e8 pores"),
    ours("selectivity", "", 0.3, [-1, 1], "difference of transport numbers t_+ - t_-", "moderately charged pores"),
    ours("volume_m3", "m3", 1e-9, [1e-18, 1], "volume of a side that mixes", "1 uL boundary layer"),
    ours("mixingTau_s", "s", 10, [1e-6, 1e6], "mixing time", "stagnant layer"),
    ours("sensitivity_permM", "1/mM", 0.02, [-10, 10], "relative change k of conductance per mM", "some ten percent"),
    ours("minimumRatio", "", 0.1, [0, 1], "lowest g / g_0", "keeps it passive"),
    ours("maximumRatio", "", 10, [1, 1e3], "highest g / g_0", "the salt of both sides is finite: no run-away"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(largeMembrane, given);
    const number = (name: string) => numberOf(parameters, name);
    // mol/m^3 is mM
    const pumped_mM_C = number("selectivity") / (ELEMENTARY_CHARGE_C * AVOGADRO_PER_MOL * number("volume_m3"));
    const [sensitivity, least, most] = [number("sensitivity_permM"), number("minimumRatio"), number("maximumRatio")];
    const conductance = (x: Float64Array, c: Float64Array) =>
      c[0] * Math.min(most, Math.max(least, 1 + sensitivity * x[0]));
    return makeKernel({
      model: largeMembrane,
      parameters,
      environment,
      states: { asymmetry_mM: 0 },
      constants: { conductance_S: number("conductance_S"), mixingTau_s: number("mixingTau_s") },
      dynamics: makeRungeKutta({
        states: 1,
        derivative(v, x, c, _environment, slope) {
          slope[0] = pumped_mM_C * conductance(x, c) * v - x[0] / c[1];
        },
        times(v, _x, c, _environment, times_s) {
          const gain = Math.abs(pumped_mM_C * c[0] * sensitivity * v);
          times_s[0] = 1 / (1 / c[1] + gain);
          times_s[1] = c[1];
        },
      }),
      terminals: { voltageDependent: false, conductance: (_v, x, c) => conductance(x, c) },
    });
  },
};
