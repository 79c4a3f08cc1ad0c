import { makeBank } from "../engines/bank.ts";
import type { Dynamics } from "../engines/dynamics.ts";
import { diffusionRatio } from "../electrolyte.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import { ROOM_TEMPERATURE_K } from "../constants.ts";
import type { JunctionModel, ParameterSpec, StateSpec } from "../model.ts";
import { fillParameters, numberOf, ours, ParameterError } from "./parameters.ts";

/**
 * Ionic polymer: ions that diffuse over many lengths at once, a Warburg-like memory as four exponentials.
 *
 *   i = G_0 (1 + sum_k a_k x_k) v,   tau_k x_k' = tanh(v / V_s) - x_k
 *
 *   x_k         -      loadA .. loadD
 *   G_0, V_s    S, V   conductance_S, scaleVoltage_V
 *   tau_k, a_k  s, -   0.1, 1, 10, 100 s times timeFactor; weightA .. weightD, sum of |a_k| below 1
 *
 * Retention of minutes to hours is published for the class, no constants: all ours. |v| < 1 V. tau scales as 1/D(T) from 25 C.
 */
export const MEMORY_TIMES_S: readonly number[] = [0.1, 1, 10, 100];
const CLASS = "retention from minutes to hours is all that is stated for the class";
const LETTERS = ["A", "B", "C", "D"] as const;

export const POLYMER_STATES: readonly StateSpec[] = LETTERS.map((letter, k) => ({
  name: `load${letter}`,
  unit: "",
  description: `ions over the length that takes ${MEMORY_TIMES_S[k]} s`,
}));

export const POLYMER_PARAMETERS: readonly ParameterSpec[] = [
  ours("scaleVoltage_V", "V", 0.25, [1e-3, 100], "voltage V_s that saturates the loading", CLASS),
  ours("timeFactor", "", 1, [1e-6, 1e6], "factor on all four time constants", CLASS),
  ...[0.1, 0.2, 0.3, 0.3].map((weight, k) =>
    ours(`weight${LETTERS[k]}`, "", weight, [-1, 1], `weight of the memory of ${MEMORY_TIMES_S[k]} s`, CLASS),
  ),
];

/** Four loads and the factor that they give; the first four states of a model. */
export function makePolymerMemory(model: string, value: (name: string) => number) {
  const weights = LETTERS.map((letter) => value(`weight${letter}`));
  const total = weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
  if (!(total < 1))
    throw new ParameterError(
      "weightA",
      `${model}: weights have a sum of magnitudes of ${total}, allowed is below 1 (beyond, the film would drive current)`,
    );
  const scale_V = value("scaleVoltage_V");
  const factor = value("timeFactor");
  const dynamics: Dynamics = makeBank({
    states: 4,
    aim(v, _x, _c, environment, target, rate) {
      const { temperature_K } = environment;
      const faster = temperature_K === undefined ? 1 : diffusionRatio(temperature_K, ROOM_TEMPERATURE_K);
      target.fill(Math.tanh(v / scale_V));
      for (let k = 0; k < 4; k++) rate[k] = faster / (factor * MEMORY_TIMES_S[k]);
    },
  });
  const gain = (x: Float64Array): number =>
    1 + weights[0] * x[0] + weights[1] * x[1] + weights[2] * x[2] + weights[3] * x[3];
  const states = Object.fromEntries(POLYMER_STATES.map(({ name }) => [name, 0]));
  return { dynamics, gain, states };
}

export const ionicPolymer: JunctionModel = {
  name: "ionic-polymer",
  aliases: ["polymer"],
  title: "Ionic polymer film",
  summary:
    "Four exponentials from 0.1 to 100 s stand for diffusion over many lengths; conductance follows the polarity.",
  source: "class of devices; no constants published",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: POLYMER_STATES,
  parameters: [
    ours("conductance_S", "S", 1e-6, [0, 1], "conductance G_0 without loading", "order of a thin film"),
    ...POLYMER_PARAMETERS,
  ],

  resolve(given, environment) {
    const parameters = fillParameters(ionicPolymer, given);
    const value = (name: string) => numberOf(parameters, name);
    const { dynamics, gain, states } = makePolymerMemory(ionicPolymer.name, value);
    return makeKernel({
      model: ionicPolymer,
      parameters,
      environment,
      states,
      constants: { zeroLoadConductance_S: value("conductance_S") },
      dynamics,
      terminals: { conductance: (_v, x, c) => c[0] * gain(x), voltageDependent: false },
    });
  },
};
