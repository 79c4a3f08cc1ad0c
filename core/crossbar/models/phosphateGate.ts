import { makeBank } from "../engines/bank.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";
import { makeSpeed, precipitationKinetics } from "./precipitationCone.ts";

/**
 * Voltage gate of metal phosphate: phosphate on one side, Ca, Mn or Mg chloride on the other. Cations enter for v > 0 alone
 * and precipitate; the pore closes almost completely and opens again for v < 0. Sub-nanowatt, extreme rectification.
 *
 *   equations of precipitationCone.ts with S = S_m f(pH) exp(v / V_s) for v > 0, S = 0 otherwise
 *   f = 1 / (1 + 10^(7.2 - pH)), the fraction of HPO4
 *
 *   S_m   -   saturation, at full deprotonation;   pH   environment.pH, else the parameter pH
 *
 * Rectification tends to 1 / g_min. Valid |v| < 1 V, pH 6 to 9. Qualitative: behaviour published, all kinetics ours.
 */
const SECOND_PKA = 7.2;

export const phosphateGate: JunctionModel = {
  name: "phosphate-gate",
  aliases: [],
  title: "Metal-phosphate voltage gate",
  summary: "Phosphate and metal ions meet in the pore at positive voltage alone, precipitate and close it.",
  source: "metal-phosphate gated pores, in the review of fluidic ionic memristors (in-pore chemistry)",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [{ name: "blocked", unit: "", description: "blocked fraction of the pore" }],
  parameters: [
    ...precipitationKinetics,
    ours("saturation", "", 1.3, [1e-6, 100], "saturation S_m where all phosphate is HPO4", "0.8 at pH 7.4"),
    ours("minimumRatio", "", 1e-3, [0, 1], "conductance left when blocked, relative", "extreme rectification"),
    ours("pH", "", 7.4, [0, 14], "pH of the phosphate side", "physiological", [6, 9]),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(phosphateGate, given);
    const number = (name: string) => numberOf(parameters, name);
    const [kp, kd, leak] = [number("precipitation_per_s"), number("dissolution_per_s"), number("leak_per_s")];
    const [order, scale_V, saturation, preset] = [
      number("order"),
      number("scale_V"),
      number("saturation"),
      number("pH"),
    ];
    const speed = makeSpeed(number("activation_J_mol"));
    return makeKernel({
      model: phosphateGate,
      parameters,
      environment,
      states: { blocked: 0 },
      constants: { conductance_S: number("conductance_S"), minimumRatio: number("minimumRatio") },
      dynamics: makeBank({
        states: 1,
        aim(v, _x, _c, now, target, rate) {
          const s = v > 0 ? (saturation * Math.exp(v / scale_V)) / (1 + 10 ** (SECOND_PKA - (now.pH ?? preset))) : 0;
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
