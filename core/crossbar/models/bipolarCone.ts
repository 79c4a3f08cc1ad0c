import { diffusionRatio } from "../electrolyte.ts";
import { makeCubicTable } from "../engines/cubicTable.ts";
import { CONDUCTANCE_STATE, makeRelaxer } from "../engines/relaxation.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours, published } from "./parameters.ts";

/**
 * Conical channel with bipolar surface charge: the same concentration polarization with far stronger rectification, so
 * that biological voltages suffice. Kamsma et al., Faraday Discuss. 246, 125 (2023), 10.1039/d3fd00022b.
 *
 *   i = g v,   dg/dt = (g_inf(v) - g) / tau,   g_inf = g_0 [1 - A tanh(v / V_s)],   tau = L^2 / (12 D)
 *
 *   g_0   S       conductance_S
 *   A     -       amplitude, below 1: passive
 *   V_s   V       scale_V
 *   L, D  m, m^2/s   length_m, diffusion_m2_s at 293.15 K
 *
 * Qualitative: the source gives the mechanism and the range of voltages; tanh and its numbers are ours. Valid |v| < 0.3 V.
 * Temperature: tau as 1/D(T), g_0 as D(T)/T.
 */
const REFERENCE_K = 293.15;

export const bipolarCone: JunctionModel = {
  name: "bipolar-cone",
  aliases: ["cone-bipolar"],
  title: "Conical channel with bipolar charge",
  summary: "Opposite charges on base and tip make concentration polarization strong at 0.1 V.",
  source: "10.1039/d3fd00022b",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-0.3, 0.3],
  states: [CONDUCTANCE_STATE],
  parameters: [
    published("length_m", "m", 10e-6, [1e-8, 1e-2], "length L", "10.1103/PhysRevLett.130.268401"),
    ours("conductance_S", "S", 4.2e-12, [0, 1], "conductance at rest g_0", "as the unipolar cone of the same size"),
    ours(
      "amplitude",
      "",
      0.9,
      [0, 1],
      "relative change A of the steady conductance",
      "strong rectification, still passive",
    ),
    ours("scale_V", "V", 0.1, [1e-3, 10], "voltage V_s of saturation", "biological voltages of 0.1 V act"),
    published(
      "diffusion_m2_s",
      "m2/s",
      1.75e-9,
      [1e-14, 1e-7],
      "diffusion coefficient D at 293.15 K",
      "authors' code MarjoleinDijkstraGroupUU/Memriki-Logic",
    ),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(bipolarCone, given);
    const temperature_K = environment.temperature_K ?? REFERENCE_K;
    const mobility = diffusionRatio(temperature_K, REFERENCE_K);
    const amplitude = numberOf(parameters, "amplitude");
    const scale_V = numberOf(parameters, "scale_V");
    // cubics over +-8 scales err by 4e-9 at most, three times faster than tanh
    const ratio = makeCubicTable((v) => 1 - amplitude * Math.tanh(v / scale_V), -8 * scale_V, 8 * scale_V, 1600);
    return makeRelaxer({
      model: bipolarCone,
      parameters,
      environment,
      derived: { temperature_K },
      zeroConductance_S: numberOf(parameters, "conductance_S") * mobility * (REFERENCE_K / temperature_K),
      tau_s: numberOf(parameters, "length_m") ** 2 / (12 * numberOf(parameters, "diffusion_m2_s") * mobility),
      ratio,
      under(now) {
        const now_K = now.temperature_K ?? REFERENCE_K;
        const faster = diffusionRatio(now_K, temperature_K);
        return { conductanceFactor: faster * (temperature_K / now_K), tauFactor: 1 / faster, ratio };
      },
    });
  },
};
