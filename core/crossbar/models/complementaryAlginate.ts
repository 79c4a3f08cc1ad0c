import { withEdges } from "../engines/edges.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import { makeRungeKutta } from "../engines/rungeKutta.ts";
import type { JunctionModel } from "../model.ts";
import { ALGINATE_PARAMETERS, beginsPulse, beyond_V } from "./alginate.ts";
import { fillParameters, numberOf, ours, ParameterError } from "./parameters.ts";

/**
 * Complementary pair: two alginate gels (alginate.ts) in series, the second turned round.
 *
 *   v_1 = v G_2 / (G_1 + G_2),   i = v G_1 G_2 / (G_1 + G_2)
 *   x_1' = d k s(v_1) x_1 (1 - x_1),   x_2' = -d k s(v - v_1) x_2 (1 - x_2),   s the voltage beyond the dead zone
 *
 *   x_1, x_2   -   firstCrosslinked, secondCrosslinked; one of them is free: high resistance in both stored states
 *   d          -   sensitivity, common: every pulse above the threshold over the pair costs exp(-1 / n_0)
 *
 * As in alginate.ts all constants are ours; |v| < 2 V over the pair.
 */
const LEAST = 1e-6;

export const complementaryAlginate: JunctionModel = {
  name: "complementary-alginate",
  aliases: ["alginate-complementary"],
  title: "Complementary pair of alginate gels",
  summary: "Two gels in series, one turned round: both stored states look alike at low voltage.",
  source: "class of devices; no constants published",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-2, 2],
  states: [
    { name: "firstCrosslinked", unit: "", description: "crosslinked part of the first gel" },
    { name: "secondCrosslinked", unit: "", description: "crosslinked part of the second gel" },
    { name: "sensitivity", unit: "", description: "sensitivity left by the pulses so far" },
    { name: "lastVoltage_V", unit: "V", description: "voltage of the last step" },
  ],
  parameters: [
    ...ALGINATE_PARAMETERS,
    ours(
      "firstCrosslinked",
      "",
      0.95,
      [LEAST, 1 - LEAST],
      "fraction of the first gel at the start",
      "one gel high, one low",
    ),
    ours(
      "secondCrosslinked",
      "",
      0.05,
      [LEAST, 1 - LEAST],
      "fraction of the second gel at the start",
      "one gel high, one low",
    ),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(complementaryAlginate, given);
    const value = (name: string) => numberOf(parameters, name);
    const threshold_V = value("thresholdVoltage_V");
    if (!(threshold_V > 0))
      throw new ParameterError(
        "thresholdVoltage_V",
        "complementary-alginate: thresholdVoltage_V is 0 V, allowed is above (without a dead zone no state is stored)",
      );
    const rate_perVs = value("rate_perVs");
    const recovery_s = value("recoveryTime_s");
    const kept = Math.exp(-1 / value("pulsesToDesensitise"));
    const of = (x: number, c: Float64Array) => c[0] + (c[1] - c[0]) * x;
    const firstOf = (v: number, x: Float64Array, c: Float64Array) => {
      const second_S = of(x[1], c);
      return (v * second_S) / (of(x[0], c) + second_S);
    };
    return makeKernel({
      model: complementaryAlginate,
      parameters,
      environment,
      states: {
        firstCrosslinked: value("firstCrosslinked"),
        secondCrosslinked: value("secondCrosslinked"),
        sensitivity: 1,
        lastVoltage_V: 0,
      },
      constants: {
        freeConductance_S: value("freeConductance_S"),
        crosslinkedConductance_S: value("crosslinkedConductance_S"),
      },
      dynamics: withEdges({
        lastVoltage: 3,
        onChange(from_V, to_V, x) {
          if (beginsPulse(from_V, to_V, threshold_V)) x[2] *= kept;
        },
        between: makeRungeKutta({
          states: 3,
          derivative(v, x, c, _environment, slope) {
            const v1 = firstOf(v, x, c);
            const k = rate_perVs * x[2];
            slope[0] = k * beyond_V(v1, threshold_V) * x[0] * (1 - x[0]);
            slope[1] = -k * beyond_V(v - v1, threshold_V) * x[1] * (1 - x[1]);
            slope[2] = (1 - x[2]) / recovery_s;
          },
          times(v, _x, _c, _environment, times_s) {
            // either gel may come to carry nearly all of the voltage
            const moving = Math.abs(rate_perVs * beyond_V(v, threshold_V));
            times_s[0] = Math.min(recovery_s, 1 / moving);
            times_s[1] = recovery_s;
          },
        }),
      }),
      terminals: {
        conductance(_v, x, c) {
          const first_S = of(x[0], c);
          const second_S = of(x[1], c);
          return (first_S * second_S) / (first_S + second_S);
        },
        voltageDependent: false,
      },
    });
  },
};
