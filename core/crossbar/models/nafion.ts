import { makeKernel } from "../engines/makeKernel.ts";
import { makeTwoState } from "../engines/twoState.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Nafion film: protons are trapped at sulfonate clusters, a field frees them.
 *
 *   i = G_0 (1 - f x) v,   x' = k_t (1 - x) - k_d exp(|v| / V_d) x
 *
 *   x          -    trappedFraction, mean field
 *   f          -    trapEffect: part of the conductance that trapping takes
 *   k_t, k_d   1/s  trappingRate_per_s, detrappingRate_per_s at 0 V
 *   V_d        V    detrappingVoltage_V
 *
 * Low bias, |v| < 0.5 V. No constants are published: all ours.
 */
const NONE = "no constants published; retention of minutes";
const LARGEST_EXPONENT = 300;

export const nafion: JunctionModel = {
  name: "nafion-film",
  aliases: ["nafion"],
  title: "Nafion film",
  summary: "Protons trapped at rest are freed by the field; unipolar, slow.",
  source: "class of devices; no constants published",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-0.5, 0.5],
  states: [{ name: "trappedFraction", unit: "", description: "part of the protons that are trapped" }],
  parameters: [
    ours("conductance_S", "S", 1e-5, [0, 1], "conductance G_0 with all protons free", "order of a thin film"),
    ours("trapEffect", "", 0.9, [0, 1], "part f of the conductance that trapping takes", NONE),
    ours("trappingRate_per_s", "1/s", 0.01, [0, 1e9], "trapping rate k_t", NONE),
    ours("detrappingRate_per_s", "1/s", 0.002, [1e-12, 1e9], "detrapping rate k_d at 0 V", NONE),
    ours("detrappingVoltage_V", "V", 0.08, [1e-3, 10], "voltage V_d that frees e times faster", NONE),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(nafion, given);
    const value = (name: string) => numberOf(parameters, name);
    const trapping = value("trappingRate_per_s");
    const freeing = value("detrappingRate_per_s");
    const scale_V = value("detrappingVoltage_V");
    const effect = value("trapEffect");
    return makeKernel({
      model: nafion,
      parameters,
      environment,
      states: { trappedFraction: 0 },
      constants: { freeConductance_S: value("conductance_S") },
      dynamics: makeTwoState({
        rates(voltage_V, _x, _c, _environment, trap_per_s, free_per_s) {
          for (let k = 0; k < voltage_V.length; k++) {
            trap_per_s[k] = trapping;
            free_per_s[k] = freeing * Math.exp(Math.min(LARGEST_EXPONENT, Math.abs(voltage_V[k]) / scale_V));
          }
        },
        stochastic: false,
      }),
      terminals: { conductance: (_v, x, c) => c[0] * (1 - effect * x[0]), voltageDependent: false },
    });
  },
};
