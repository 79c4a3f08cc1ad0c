import { CONDUCTANCE_STATE, makeRelaxer } from "../engines/relaxation.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours, ParameterError, published } from "./parameters.ts";

/**
 * Angstrom slit with ion pairs that a field breaks up (second Wien effect), level 1: the fitted kernel model.
 * Robin et al. 2023, 10.1126/science.adc9931; mechanism Robin et al. 2021, 10.1126/science.abf7923.
 *
 *   i = g v,   dg/dt = (G_0 + G_1 |v|^alpha - g) / tau
 *
 *   G_0     S         conductance_S
 *   G_1     S/V^a     increment_S, at 1 V
 *   alpha   -         exponent, 2 to 3 published
 *   tau     s         tau_s, the constant of the equation; 1 / f_max = 4 pi tau for alpha = 2 (published 50 to 400 s)
 *
 * Unipolar, non-crossing loop. Valid for slits below 10 nm and salt of at least 0.1 M, |v| < 1 V. G_0, G_1 and tau are
 * ours, chosen inside the range of axes of the published 1 nm slit in 3 M KCl (5 to 30 nS at 0.4 V, 8 mHz).
 */
export const wienSlit: JunctionModel = {
  name: "wien-slit",
  aliases: ["wien-slit-l1"],
  title: "Angstrom slit, unipolar (Wien effect)",
  summary: "Fields set ions free from pairs: conductance grows with |v| and remembers for minutes.",
  source: "10.1126/science.adc9931",
  grade: "quantitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [CONDUCTANCE_STATE],
  parameters: [
    ours(
      "conductance_S",
      "S",
      5e-9,
      [1e-15, 1],
      "conductance G_0 at 0 V",
      "lower end of the published axis, 1 nm, 3 M KCl",
    ),
    ours("increment_S", "S", 156e-9, [0, 1], "increase G_1 at 1 V", "reaches the upper end of the published axis"),
    published("exponent", "", 2, [1, 4], "exponent alpha of the increase", "10.1126/science.adc9931", [2, 3]),
    ours("tau_s", "s", 8, [1e-3, 1e6], "relaxation time", "memory time 1 / f_max = 100 s, published 50 to 400 s"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(wienSlit, given);
    const rest_S = numberOf(parameters, "conductance_S");
    const growth = numberOf(parameters, "increment_S") / rest_S;
    const exponent = numberOf(parameters, "exponent");
    if (!(rest_S > 0)) throw new ParameterError("conductance_S", "wien-slit: conductance_S must be above 0 S");
    return makeRelaxer({
      model: wienSlit,
      parameters,
      environment,
      derived: {},
      zeroConductance_S: rest_S,
      tau_s: numberOf(parameters, "tau_s"),
      ratio: exponent === 2 ? (v) => 1 + growth * v * v : (v) => 1 + growth * Math.abs(v) ** exponent,
    });
  },
};
