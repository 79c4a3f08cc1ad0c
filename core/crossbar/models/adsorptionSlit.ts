import { CONDUCTANCE_STATE, makeRelaxer } from "../engines/relaxation.ts";
import type { Environment } from "../environment.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Charged slit (activated carbon) with unequal entrances, bipolar, level 1: the fitted kernel model.
 * Robin et al. 2023, 10.1126/science.adc9931.
 *
 *   i = g v,   dg/dt = (G_qs(v) - g) / tau,   G_qs = G_+ (v > 0), G_- (v < 0), their mean at 0 V
 *
 *   G_+, G_-   S   positiveConductance_S, negativeConductance_S; ratio 1 to 5 published
 *   tau        s   tau_s, constant of the equation, 50 to 400 s published as memory time
 *   pK_a       -   acidity of the wall: G_+ / G_- - 1 scales with 1 / (1 + 10^(pKa - pH)) where the environment has a pH
 *
 * Crossing loop. Valid for Dukhin numbers of 1 to 1000, 1 to 100 mM, |v| < 1 V. Conductances are ours inside the axis of
 * the published 13 nm device in 1 mM CaCl2 (50 to 300 nS); so is tau. 1 / f_max would be 565 s for tau = 100 s: of the two
 * definitions in the source (1 / f_max, and omega tau = 1 at the maximum) the second is meant here.
 */
export const adsorptionSlit: JunctionModel = {
  name: "adsorption-slit",
  aliases: ["adsorb-slit", "adsorb-slit-l1"],
  title: "Charged slit, bipolar (entrance asymmetry)",
  summary: "Unequal entrances accumulate or deplete salt with the sign of v; adsorption makes it last for minutes.",
  source: "10.1126/science.adc9931",
  grade: "quantitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [CONDUCTANCE_STATE],
  parameters: [
    ours(
      "positiveConductance_S",
      "S",
      250e-9,
      [1e-15, 1],
      "steady conductance G_+ at v > 0",
      "axis of the published 13 nm device",
    ),
    ours(
      "negativeConductance_S",
      "S",
      50e-9,
      [1e-15, 1],
      "steady conductance G_- at v < 0",
      "axis of the published 13 nm device",
    ),
    ours("tau_s", "s", 100, [1e-3, 1e6], "relaxation time", "inside the published memory times of 50 to 400 s"),
    ours("acidity_pKa", "", 4.5, [0, 14], "pK_a of the charged groups of the wall", "carboxyl groups"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(adsorptionSlit, given);
    const minus_S = numberOf(parameters, "negativeConductance_S");
    const rectification = numberOf(parameters, "positiveConductance_S") / minus_S;
    const acidity = numberOf(parameters, "acidity_pKa");
    const ratioIn = ({ pH }: Environment) => {
      const charged = pH === undefined ? 1 : 1 / (1 + 10 ** (acidity - pH));
      const plus = 1 + (rectification - 1) * charged;
      return (v: number) => (v > 0 ? plus : v < 0 ? 1 : 0.5 * (1 + plus));
    };
    return makeRelaxer({
      model: adsorptionSlit,
      parameters,
      environment,
      derived: { rectification },
      zeroConductance_S: minus_S,
      tau_s: numberOf(parameters, "tau_s"),
      ratio: ratioIn(environment),
      under: (now) => ({ conductanceFactor: 1, tauFactor: 1, ratio: ratioIn(now) }),
    });
  },
};
