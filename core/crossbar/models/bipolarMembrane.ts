import { BOLTZMANN_J_K, ELEMENTARY_CHARGE_C, ROOM_TEMPERATURE_K, thermalVoltage_V } from "../constants.ts";
import { makeBank } from "../engines/bank.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { VACUUM_PERMITTIVITY_F_M } from "./bilayerFilm.ts";
import { derived, fillParameters, numberOf, ours } from "./parameters.ts";
import { wienEnhancement } from "./wienEnhancement.ts";

/**
 * Bipolar membrane: a diode of ions whose reverse current is water taken apart by the field.
 *
 *   i = I_s (1 + kappa q) D(v / (n V_t)) - G_w K(b) max(0, -v - V_w),   tau q' = tanh(v / V_q) - q
 *   D(u) = exp(u) - 1; above the u at which its slope is that of the bare membrane, G_m, the tangent
 *   K(b) = I_1(sqrt(8 b)) / sqrt(2 b) = 1 + b + b^2/3 + ...,   b = e^3 E / (8 pi eps (kT)^2),   E = -v / d
 *   V_w = 59.16 mV x 14 = 0.83 V; K is Onsager's second Wien effect (J. Chem. Phys. 2, 599 (1934), 10.1063/1.1749541)
 *
 *   q                  -     interfaceLoad: ions at the junction, enriched forward, depleted in reverse
 *   I_s, n, G_m        A, -, S   saturationCurrent_A, ideality, membraneConductance_S
 *   kappa, tau, V_q    -, s, V   loadEffect, loadTime_s, loadVoltage_V
 *   G_w, V_w, d        S, V, m   waterConductance_S, waterVoltage_V, depletionWidth_m
 *
 * |v| < 1.2 V. Constants are ours but for V_w; temperature acts on V_t and b.
 */
const NONE = "order of a small ion-exchange patch; no constants published";
const WATER = VACUUM_PERMITTIVITY_F_M * 78.4;
const LARGEST_FIELD_NUMBER = 1e4;

export const bipolarMembrane: JunctionModel = {
  name: "bipolar-membrane",
  aliases: ["bpm"],
  title: "Bipolar membrane",
  summary: "Ion diode with water dissociation in reverse (second Wien effect) and a slow load of its interface.",
  source: "10.1063/1.1749541 for the dissociation; memory constants ours",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1.2, 1.2],
  states: [{ name: "interfaceLoad", unit: "", description: "ions at the junction: -1 depleted, 1 enriched" }],
  parameters: [
    ours("saturationCurrent_A", "A", 1e-9, [1e-15, 1], "saturation current I_s", NONE),
    ours("ideality", "", 2, [1, 10], "ideality n of the forward current", "recombination"),
    ours("membraneConductance_S", "S", 1e-5, [1e-15, 1], "slope limit G_m of the forward current", NONE),
    ours("loadEffect", "", 0.5, [0, 0.99], "relative change kappa of I_s by the load", NONE),
    ours("loadTime_s", "s", 5, [1e-6, 1e6], "time constant tau of the load", NONE),
    ours("loadVoltage_V", "V", 0.2, [1e-3, 10], "voltage scale V_q of the load", NONE),
    ours("waterConductance_S", "S", 1e-7, [0, 1], "conductance G_w of water dissociation without field", NONE),
    derived("waterVoltage_V", "V", 0.82824, [0, 10], "onset V_w of dissociation", "Nernst: 59.16 mV per pH times 14"),
    ours("depletionWidth_m", "m", 5e-9, [1e-10, 1e-6], "width d of the depleted layer", NONE),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(bipolarMembrane, given);
    const value = (name: string) => numberOf(parameters, name);
    const ideality = value("ideality");
    const effect = value("loadEffect");
    const rate_per_s = 1 / value("loadTime_s");
    const load_V = value("loadVoltage_V");
    const water_S = value("waterConductance_S");
    const onset_V = value("waterVoltage_V");
    const width_m = value("depletionWidth_m");
    const membrane_S = value("membraneConductance_S");
    return makeKernel({
      model: bipolarMembrane,
      parameters,
      environment,
      states: { interfaceLoad: 0 },
      constants: { saturationCurrent_A: value("saturationCurrent_A") },
      dynamics: makeBank({
        states: 1,
        aim(v, _x, _c, _environment, target, rate) {
          target[0] = Math.tanh(v / load_V);
          rate[0] = rate_per_s;
        },
      }),
      terminals: {
        conductance(v, x, c, around) {
          const temperature_K = around.temperature_K ?? ROOM_TEMPERATURE_K;
          const unit_V = ideality * thermalVoltage_V(temperature_K);
          const current_A = c[0] * (1 + effect * x[0]);
          if (Math.abs(v) < 1e-12 * unit_V) return current_A / unit_V;
          const split_V = Math.max(0, -v - onset_V);
          const energy_J = BOLTZMANN_J_K * temperature_K;
          const field = (-v / width_m) * (ELEMENTARY_CHARGE_C ** 3 / (8 * Math.PI * WATER * energy_J * energy_J));
          const split_A = split_V > 0 ? water_S * wienEnhancement(Math.min(field, LARGEST_FIELD_NUMBER)) * split_V : 0;
          return (current_A * diode(v / unit_V, (membrane_S * unit_V) / c[0]) - split_A) / v;
        },
        voltageDependent: true,
      },
    });
  },
};

/** exp(u) - 1, continued by its tangent where its slope exp(u) reaches `steepest`. */
function diode(u: number, steepest: number): number {
  const top = Math.log(Math.max(1, steepest));
  return u <= top ? Math.expm1(u) : Math.expm1(top) + Math.exp(top) * (u - top);
}
