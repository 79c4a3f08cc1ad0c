import { makeKernel } from "../engines/makeKernel.ts";
import { makeRungeKutta } from "../engines/rungeKutta.ts";
import type { JunctionModel } from "../model.ts";
import { LEAK_PARAMETERS } from "./bareBilayer.ts";
import {
  FILM_PARAMETERS,
  filmCapacitance_F,
  filmConstants,
  filmEnergy_J,
  filmSlope,
  filmTimes,
} from "./bilayerFilm.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Two bare bilayers in series around a floating inner droplet that traps charge (droplet networks,
 * 10.1002/aelm.202400644): retention about ten times longer than that of one bilayer.
 *
 *   Q = C_2 v_2 - C_1 v_1,   v_1 + v_2 = v      charge of the inner droplet, hence v_1 = (C_2 v - Q) / (C_1 + C_2)
 *   Q' = G_1 v_1 - G_2 v_2,   G_k = G_lk (1 + alpha s_k),   s_k' = (v_k^2 / V_s^2 - s_k) / tau_s
 *   i = G_1 v_1 + d(C_1 v_1)/dt,   films as in bilayerFilm.ts without offset
 *
 *   Q           C   innerCharge_C; decays with (C_1 + C_2) / (G_1 + G_2)
 *   G_l1        S   leakConductance_S, 31 pS: that decay takes 10 s with capacitances of 195 pF (tau_s is 1 s)
 *   G_l2/G_l1   -   secondLeakRatio; 1 traps nothing
 *
 * To the outside G_1 v_1 is a conductance G_1 C_2 / (C_1 + C_2) with a battery -Q / C_2. The pair takes no more energy
 * out than was put in, but part of what it stores comes through G_1, so the claim for stored charge alone is not made.
 */
const FILM = 8;

export const dropletNetwork: JunctionModel = {
  name: "droplet-network",
  aliases: ["dib-network"],
  title: "Droplet network with trapped charge",
  summary: "Two bare bilayers around a floating droplet: unequal leaks leave a charge behind that outlasts the films.",
  source: "10.1002/aelm.202400644",
  grade: "qualitative",
  plug: "mixed",
  claims: { passive: false, pinched: false },
  validRange_V: [-0.3, 0.3],
  states: [
    { name: "firstRadius_m", unit: "m", description: "radius of the first bilayer" },
    { name: "firstThickness_m", unit: "m", description: "thickness of the first bilayer" },
    { name: "secondRadius_m", unit: "m", description: "radius of the second bilayer" },
    { name: "secondThickness_m", unit: "m", description: "thickness of the second bilayer" },
    { name: "firstLeakState", unit: "", description: "opening of the first leak" },
    { name: "secondLeakState", unit: "", description: "opening of the second leak" },
    { name: "innerCharge_C", unit: "C", description: "charge of the inner droplet" },
  ],
  parameters: [
    ...FILM_PARAMETERS.filter(({ name }) => name !== "offsetVoltage_V"),
    ...LEAK_PARAMETERS.filter(({ name }) => name !== "leakConductance_S"),
    ours("leakConductance_S", "S", 31e-12, [1e-18, 1], "leak of the first bilayer", "retention ten times leakTime_s"),
    ours(
      "secondLeakRatio",
      "",
      0.25,
      [0, 1e3],
      "leak of the second bilayer over that of the first",
      "unequal leaks trap",
    ),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(dropletNetwork, given);
    const value = (name: string) => (name === "offsetVoltage_V" ? 0 : numberOf(parameters, name));
    const radius_m = value("radius_m");
    const thickness_m = value("thickness_m");
    const gain = value("leakGain");
    const scale_V = value("leakVoltage_V");
    const tau_s = value("leakTime_s");
    const first = (v: number, x: Float64Array, c: Float64Array) => {
      const c1 = filmCapacitance_F(x, c, 0);
      const c2 = filmCapacitance_F(x, c, 2);
      return (c2 * v - x[6]) / (c1 + c2);
    };
    const own_s = new Float64Array(2);
    const constants = {
      ...filmConstants(value),
      firstLeak_S: value("leakConductance_S"),
      secondLeak_S: value("leakConductance_S") * value("secondLeakRatio"),
    };
    const states = {
      firstRadius_m: radius_m,
      firstThickness_m: thickness_m,
      secondRadius_m: radius_m,
      secondThickness_m: thickness_m,
      firstLeakState: 0,
      secondLeakState: 0,
      innerCharge_C: 0,
    };
    const capacitance_F = filmCapacitance_F(
      Float64Array.from(Object.values(states)),
      Float64Array.from(Object.values(constants)),
    );
    return makeKernel({
      model: dropletNetwork,
      parameters,
      environment,
      derived: {
        restCapacitance_F: capacitance_F,
        retention_s: (2 * capacitance_F) / (constants.firstLeak_S + constants.secondLeak_S),
      },
      states,
      constants,
      dynamics: makeRungeKutta({
        states: 7,
        derivative(v, x, c, _environment, slope) {
          const v1 = first(v, x, c);
          const v2 = v - v1;
          filmSlope(v1, x, c, slope, 0);
          filmSlope(v2, x, c, slope, 2);
          slope[4] = ((v1 / scale_V) ** 2 - x[4]) / tau_s;
          slope[5] = ((v2 / scale_V) ** 2 - x[5]) / tau_s;
          slope[6] = c[FILM] * (1 + gain * x[4]) * v1 - c[FILM + 1] * (1 + gain * x[5]) * v2;
        },
        times(v, x, c, _environment, times_s) {
          const v1 = first(v, x, c);
          filmTimes(v1, x, c, times_s, 0);
          filmTimes(v - v1, x, c, own_s, 2);
          const leaks = c[FILM] * (1 + gain * x[4]) + c[FILM + 1] * (1 + gain * x[5]);
          const charge_s = (filmCapacitance_F(x, c, 0) + filmCapacitance_F(x, c, 2)) / leaks;
          times_s[0] = Math.min(times_s[0], own_s[0], tau_s, charge_s);
          times_s[1] = Math.max(times_s[1], own_s[1], tau_s, charge_s);
        },
      }),
      terminals: {
        conductance(_v, x, c) {
          const c1 = filmCapacitance_F(x, c, 0);
          const c2 = filmCapacitance_F(x, c, 2);
          return (c[FILM] * (1 + gain * x[4]) * c2) / (c1 + c2);
        },
        emf: (_v, x, c) => -x[6] / filmCapacitance_F(x, c, 2),
        voltageDependent: false,
        charge: (v, x, c) => filmCapacitance_F(x, c, 0) * first(v, x, c),
        storedEnergy(v, x, c) {
          const v1 = first(v, x, c);
          return filmEnergy_J(v1, x, c, 0) + filmEnergy_J(v - v1, x, c, 2);
        },
      },
    });
  },
};
