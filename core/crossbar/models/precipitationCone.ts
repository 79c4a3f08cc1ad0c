import { makeBank } from "../engines/bank.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { Environment } from "../environment.ts";
import type { JunctionModel, ParameterSpec } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Cone in which a sparingly soluble salt (CaHPO4) precipitates where the field enriches it, and dissolves again.
 * Liu et al., arXiv 2510.17442: hysteresis depends on concentration, amplitude and scan rate; learning, forgetting, reset.
 *
 *   i = G v,   G = g_0 [g_min + (1 - g_min)(1 - theta)],   theta' = r - k theta
 *   S = S_0 exp(v / V_s),   r = k_p max(0, S - 1)^n,   k = r + k_d max(0, 1 - min(S, 1)) + k_leak
 *
 *   theta      -     blocked (state): blocked fraction
 *   S_0, V_s   -, V  saturation (of the solution, at 0 V), scale_V
 *   k_p, k_d, k_leak   1/s   precipitation_per_s, dissolution_per_s, leak_per_s; Arrhenius with activation_J_mol from 298.15 K
 *   n, g_min   -     order, minimumRatio
 *
 * Rates up to 1e3/s at 1 V: the junction follows the voltage there. Valid for saturations of 0.1 to 10, |v| < 1 V.
 * Qualitative: behaviour published, all kinetics ours.
 */
export const REFERENCE_K = 298.15;
const GAS_J_MOLK = 8.314462618;

/** Parameters that both kinds of in-pore precipitation share. */
export const precipitationKinetics: readonly ParameterSpec[] = [
  ours("conductance_S", "S", 1e-9, [0, 1], "conductance g_0 of the open pore", "scale only"),
  ours("scale_V", "V", 0.35, [1e-3, 10], "voltage V_s of an e-fold of saturation", "acts below 1 V"),
  ours("order", "", 2, [0.5, 10], "order n of precipitation", "nucleation is steeper than linear"),
  ours("precipitation_per_s", "1/s", 2, [0, 1e6], "precipitation rate k_p", "seconds"),
  ours("dissolution_per_s", "1/s", 0.5, [0, 1e6], "dissolution rate k_d", "seconds"),
  ours("leak_per_s", "1/s", 0.02, [1e-12, 1e6], "loss k_leak at any voltage", "volatile within a minute"),
  ours("activation_J_mol", "J/mol", 50e3, [0, 500e3], "activation energy of all rates", "middle of 40 to 60 kJ/mol"),
];

export const precipitationCone: JunctionModel = {
  name: "precipitation-cone",
  aliases: ["precip", "precipitation"],
  title: "Precipitation in a cone",
  summary: "The field enriches calcium phosphate until it precipitates and blocks the pore; it dissolves again.",
  source: "arXiv 2510.17442",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [{ name: "blocked", unit: "", description: "blocked fraction of the pore" }],
  parameters: [
    ...precipitationKinetics,
    ours("saturation", "", 0.8, [1e-6, 100], "saturation S_0 of the solution", "just below precipitation", [0.1, 10]),
    ours("minimumRatio", "", 0.05, [0, 1], "conductance left when blocked, relative", "on/off of 20"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(precipitationCone, given);
    const number = (name: string) => numberOf(parameters, name);
    const [kp, kd, leak] = [number("precipitation_per_s"), number("dissolution_per_s"), number("leak_per_s")];
    const [order, scale_V, saturation] = [number("order"), number("scale_V"), number("saturation")];
    const speed = makeSpeed(number("activation_J_mol"));
    return makeKernel({
      model: precipitationCone,
      parameters,
      environment,
      states: { blocked: 0 },
      constants: { conductance_S: number("conductance_S"), minimumRatio: number("minimumRatio") },
      dynamics: makeBank({
        states: 1,
        aim(v, _x, _c, now, target, rate) {
          const s = saturation * Math.exp(v / scale_V);
          const r = s > 1 ? kp * (s - 1) ** order : 0;
          const k = r + (s < 1 ? kd * (1 - s) : 0) + leak;
          target[0] = r / k;
          rate[0] = k * speed(now);
        },
      }),
      terminals: { voltageDependent: false, conductance: (_v, x, c) => c[0] * (c[1] + (1 - c[1]) * (1 - x[0])) },
    });
  },
};

/** Arrhenius factor of all rates, 1 at 298.15 K; remembered per environment, since it is asked for every junction. */
export function makeSpeed(activation_J_mol: number): (environment: Environment) => number {
  let known: Environment | undefined;
  let factor = 1;
  return (environment) => {
    if (environment === known) return factor;
    known = environment;
    const { temperature_K } = environment;
    factor =
      temperature_K === undefined
        ? 1
        : Math.exp((activation_J_mol / GAS_J_MOLK) * (1 / REFERENCE_K - 1 / temperature_K));
    return factor;
  };
}
