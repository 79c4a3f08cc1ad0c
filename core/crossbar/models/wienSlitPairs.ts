import { makeKernel } from "../engines/makeKernel.ts";
import { makeStiffPair } from "../engines/stiffPair.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Angstrom slit with ion pairs, level 2: the kinetics of association and field-assisted dissociation.
 * Robin et al. 2023, 10.1126/science.adc9931 (SI S35, S36), arXiv 2205.07653.
 *
 *   t_0 c' = c_0 - c - c^2 / tau_a + p / tau_d(f),   t_0 p' = c^2 / tau_a - p / tau_d(f)
 *   1 / tau_d = (1 + |f / f_c|^n) / tau_d0,   i = G c v
 *
 *   c, p     -   freeIons, pairs (states), relative to the reservoir: c_0 = 1
 *   t_0      s   timeUnit_s, exchange with the reservoirs, 2 L^2 / D
 *   tau_a    -   association, tau_d0 - dissociation without field; in units of t_0
 *   f / f_c  -   v / criticalVoltage_V;   n   exponent (2: slit)
 *   G        S   conductance_S, of the slit at c = 1
 *
 * One mechanism, two loop styles: slow loops deplete (non-crossing-2), fast ones enhance (non-crossing-1).
 * Valid as wienSlit.ts. Qualitative: equations published, numbers ours. Stiff: tau_a << 1 << tau_d0.
 */
export const wienSlitPairs: JunctionModel = {
  name: "wien-slit-pairs",
  aliases: ["wien-slit-l2"],
  title: "Angstrom slit, pair kinetics",
  summary: "Free ions and pairs with field-assisted dissociation and exchange with the reservoirs.",
  source: "10.1126/science.adc9931",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [
    { name: "freeIons", unit: "", description: "free ions in the slit, relative to the reservoir" },
    { name: "pairs", unit: "", description: "ion pairs in the slit, relative to the ions of the reservoir" },
  ],
  parameters: [
    ours(
      "conductance_S",
      "S",
      5e-9,
      [0, 1],
      "conductance of the slit at reservoir concentration",
      "as the level-1 slit",
    ),
    ours("timeUnit_s", "s", 1, [1e-9, 1e6], "exchange time t_0 with the reservoirs", "scale only"),
    ours("association", "", 0.05, [1e-4, 1e3], "association time tau_a, in t_0", "much shorter than the exchange"),
    ours(
      "dissociation",
      "",
      50,
      [1e-3, 1e6],
      "dissociation time tau_d0 without field, in t_0",
      "much longer than the exchange",
    ),
    ours(
      "criticalVoltage_V",
      "V",
      0.2,
      [1e-4, 10],
      "voltage at which the dissociation rate is doubled",
      "inside the range of 1 V",
    ),
    ours("exponent", "", 2, [1, 4], "exponent n of the field, 2 in a slit", "form of the two-dimensional theory"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(wienSlitPairs, given);
    const association = 1 / numberOf(parameters, "association");
    const dissociation = 1 / numberOf(parameters, "dissociation");
    const critical_V = numberOf(parameters, "criticalVoltage_V");
    const exponent = numberOf(parameters, "exponent");
    const breakUp = (v: number) => dissociation * (1 + Math.abs(v / critical_V) ** exponent);
    return makeKernel({
      model: wienSlitPairs,
      parameters,
      environment,
      states: { freeIons: 1, pairs: association / dissociation },
      constants: {
        conductance_S: numberOf(parameters, "conductance_S"),
        timeUnit_s: numberOf(parameters, "timeUnit_s"),
      },
      dynamics: makeStiffPair({
        derivative(v, x, c, _environment, slope) {
          const paired = x[0] * x[0] * association - x[1] * breakUp(v);
          slope[0] = (1 - x[0] - paired) / c[1];
          slope[1] = paired / c[1];
        },
        jacobian(v, x, c, _environment, jacobian) {
          jacobian[2] = (2 * x[0] * association) / c[1];
          jacobian[3] = -breakUp(v) / c[1];
          jacobian[0] = -1 / c[1] - jacobian[2];
          jacobian[1] = -jacobian[3];
        },
      }),
      terminals: { voltageDependent: false, conductance: (_v, x, c) => c[0] * x[0] },
    });
  },
};
