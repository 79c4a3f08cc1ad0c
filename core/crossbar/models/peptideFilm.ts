import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { makePolymerMemory, POLYMER_PARAMETERS, POLYMER_STATES } from "./ionicPolymer.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Peptide film whose proton conductance rises with humidity, times the memory of an ionic polymer (ionicPolymer.ts).
 *
 *   i = G_0 exp((H - 50 %) / H_e) (1 + sum_k a_k x_k) v
 *
 *   H     %   relativeHumidity_percent
 *   H_e   %   humidityScale_percent, e times more conductance
 *   G_0   S   conductance_S at 50 %
 *
 * Humidity dependence is published for the class, constants are ours. |v| < 1 V.
 */
export const peptideFilm: JunctionModel = {
  name: "peptide-film",
  aliases: ["peptide"],
  title: "Humidity-gated peptide film",
  summary: "Proton-conducting peptides: exponential in humidity, with the slow memory of an ionic polymer.",
  source: "class of devices; no constants published",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: POLYMER_STATES,
  parameters: [
    ours("conductance_S", "S", 1e-8, [0, 1], "conductance G_0 at 50 % relative humidity", "order of a thin film"),
    ours("relativeHumidity_percent", "%", 50, [0, 100], "relative humidity H", "room"),
    ours(
      "humidityScale_percent",
      "%",
      10,
      [1, 1000],
      "humidity H_e that makes the film e times more conductive",
      "class",
    ),
    ...POLYMER_PARAMETERS,
  ],

  resolve(given, environment) {
    const parameters = fillParameters(peptideFilm, given);
    const value = (name: string) => numberOf(parameters, name);
    const { dynamics, gain, states } = makePolymerMemory(peptideFilm.name, value);
    const wet = Math.exp((value("relativeHumidity_percent") - 50) / value("humidityScale_percent"));
    return makeKernel({
      model: peptideFilm,
      parameters,
      environment,
      derived: { humidityFactor: wet },
      states,
      constants: { zeroLoadConductance_S: value("conductance_S") * wet },
      dynamics,
      terminals: { conductance: (_v, x, c) => c[0] * gain(x), voltageDependent: false },
    });
  },
};
