import { makeDrift } from "../engines/drift.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Interface between an ionic liquid and an aqueous salt that moves along a pore like a piston, pinned without voltage.
 * Zhang et al., Nano Lett. 19, 4279 (2019), 10.1021/acs.nanolett.9b00525.
 *
 *   i = v / R,   R = (L / A) [x / s_KCl + (1 - x) / s_IL],   x' = (mu / L) sgn(v) max(0, |v| - V_pin),   0 <= x <= 1
 *
 *   x             -        filled (state): part of the pore that holds the aqueous salt
 *   L, A          m, m^2   length_m, area_m2
 *   s_KCl, s_IL   S/m      saltConductivity_S_m (1 M KCl), liquidConductivity_S_m (BmimPF6)
 *   mu            m/(V s)  mobility_m_Vs
 *   V_pin         V        pinning_V: below it the position is held for ever
 *
 * On/off is at most s_KCl / s_IL. Valid |v| < 3 V; creep below V_pin is neglected. Published: pinched loop, pulse
 * programming of many states, retention; numbers ours. Qualitative.
 */
export const ionicLiquidPiston: JunctionModel = {
  name: "ionic-liquid-piston",
  aliases: ["il-piston"],
  title: "Ionic liquid piston",
  summary: "A liquid-liquid interface moves along the pore beyond a pinning voltage and stays where it is left.",
  source: "10.1021/acs.nanolett.9b00525",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-3, 3],
  states: [{ name: "filled", unit: "", description: "part of the pore filled with aqueous salt" }],
  parameters: [
    ours("length_m", "m", 10e-6, [1e-8, 1e-2], "pore length L", "scale only"),
    ours("area_m2", "m2", 1e-12, [1e-18, 1e-6], "cross-section A", "scale only"),
    ours("saltConductivity_S_m", "S/m", 11.19, [1e-6, 100], "conductivity of the aqueous salt", "1 M KCl, handbook"),
    ours("liquidConductivity_S_m", "S/m", 0.146, [1e-6, 100], "conductivity of the ionic liquid", "BmimPF6, nominal"),
    ours(
      "mobility_m_Vs",
      "m/(V s)",
      1e-6,
      [1e-12, 1],
      "speed of the interface per volt beyond pinning",
      "seconds to fill",
    ),
    ours("pinning_V", "V", 0.3, [0, 10], "pinning voltage V_pin", "between read and write"),
    ours("filled", "", 0.5, [0, 1], "position at the start", "half way"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(ionicLiquidPiston, given);
    const number = (name: string) => numberOf(parameters, name);
    const pinning_V = number("pinning_V");
    const salt_S = (number("saltConductivity_S_m") * number("area_m2")) / number("length_m");
    const liquid_S = (number("liquidConductivity_S_m") * number("area_m2")) / number("length_m");
    return makeKernel({
      model: ionicLiquidPiston,
      parameters,
      environment,
      derived: { largestRatio: salt_S / liquid_S },
      states: { filled: number("filled") },
      constants: {
        saltConductance_S: salt_S,
        liquidConductance_S: liquid_S,
        speed_perVs: number("mobility_m_Vs") / number("length_m"),
      },
      dynamics: makeDrift((v, c) => {
        const beyond = Math.abs(v) - pinning_V;
        return beyond > 0 ? c[2] * Math.sign(v) * beyond : 0;
      }),
      terminals: {
        voltageDependent: false,
        conductance: (_v, x, c) => 1 / (x[0] / c[0] + (1 - x[0]) / c[1]),
      },
    });
  },
};
