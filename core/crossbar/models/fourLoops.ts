import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ParameterError } from "./parameters.ts";
import { CONDUCTANCE_STATE, makeRelaxer } from "../engines/relaxation.ts";

/**
 * Generator of the four canonical loop styles, unipolar and bipolar response in parallel with one relaxation time.
 * Robin et al. 2023, 10.1126/science.adc9931 (SI S41 to S43); styles of Ismail et al. 2025, 10.1038/s41467-025-61649-6.
 *
 *   i = g v,   dg/dt = (g_inf - g) / tau,   g_inf = G_u (1 + alpha v^2) + G_b (1 + beta v)
 *
 *   G_u     S       unipolarConductance_S      alpha > 0 non-crossing-1, alpha < 0 non-crossing-2
 *   alpha   1/V^2   unipolarCoefficient_perV2
 *   G_b     S       bipolarConductance_S       beta > 0 crossing-1, beta < 0 crossing-2
 *   beta    1/V     bipolarSlope_perV
 *   tau     s       tau_s
 *
 * Illustrative; published curves are for |v| <= 1 V. g_inf is cut at 0, where the polynomial would make it active.
 */
export const fourLoops: JunctionModel = {
  name: "four-loops",
  aliases: ["fourloop"],
  title: "Generator of the four loop styles",
  summary: "Unipolar (even) and bipolar (odd) conductance changes in parallel; the signs choose the loop style.",
  source: "10.1126/science.adc9931",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-5, 5],
  states: [CONDUCTANCE_STATE],
  parameters: [
    {
      name: "unipolarConductance_S",
      unit: "S",
      description: "conductance G_u of the even part",
      default: 0,
      range: [0, 1],
      provenance: "default of ours",
      source: "scale only",
    },
    {
      name: "unipolarCoefficient_perV2",
      unit: "1/V2",
      description: "relative curvature alpha of the even part",
      default: 0.8,
      range: [-1e3, 1e3],
      provenance: "default of ours",
      source: "magnitude 0.8 as in the worked example of the four styles",
    },
    {
      name: "bipolarConductance_S",
      unit: "S",
      description: "conductance G_b of the odd part",
      default: 1e-9,
      range: [0, 1],
      provenance: "default of ours",
      source: "scale only",
    },
    {
      name: "bipolarSlope_perV",
      unit: "1/V",
      description: "relative slope beta of the odd part",
      default: 0.8,
      range: [-1e3, 1e3],
      provenance: "default of ours",
      source: "magnitude 0.8 as in the worked example of the four styles",
    },
    {
      name: "tau_s",
      unit: "s",
      description: "relaxation time",
      default: 1,
      range: [1e-12, 1e9],
      provenance: "default of ours",
      source: "scale only",
    },
  ],

  resolve(given, environment) {
    const parameters = fillParameters(fourLoops, given);
    const unipolar = numberOf(parameters, "unipolarConductance_S");
    const alpha = numberOf(parameters, "unipolarCoefficient_perV2");
    const bipolar = numberOf(parameters, "bipolarConductance_S");
    const beta = numberOf(parameters, "bipolarSlope_perV");
    const total = unipolar + bipolar;
    if (!(total > 0))
      throw new ParameterError(
        "bipolarConductance_S",
        `four-loops: unipolarConductance_S and bipolarConductance_S are both 0 S, allowed is a sum above 0 S`,
      );
    const even = (unipolar / total) * alpha;
    const odd = (bipolar / total) * beta;
    return makeRelaxer({
      model: fourLoops,
      parameters,
      environment,
      derived: {},
      zeroConductance_S: total,
      tau_s: numberOf(parameters, "tau_s"),
      ratio: (v) => Math.max(0, 1 + (even * v + odd) * v),
    });
  },
};
