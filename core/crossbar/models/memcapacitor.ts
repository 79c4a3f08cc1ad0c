import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel, StateSpec } from "../model.ts";
import { FILM_PARAMETERS, filmCapacitance_F, filmConstants, filmEnergy_J, makeFilm, OFFSET } from "./bilayerFilm.ts";
import { fillParameters, numberOf } from "./parameters.ts";

/**
 * Droplet interface bilayer without channels as a memcapacitor. Najem et al., Nat. Commun. 10, 3239 (2019),
 * 10.1038/s41467-019-11223-8; per-device offsets: arXiv 2405.09545. Equations and energy balance in bilayerFilm.ts.
 *
 *   i = dq/dt,   q = C(R, W) (v - V_off)
 *
 *   R, W   m   bilayerRadius_m, bilayerThickness_m
 *
 * The charge, not the current, is what the junction gives: the current is the difference of the charge over a step.
 * Not pinched in i (a capacitor carries C dv/dt at 0 V), pinched in q for V_off = 0. C never falls below that at V_off.
 * Oil sets the split: hexadecane thin and wetting, decane thicker and compressed. |v| < 0.2 V, numbers ours.
 */
export const FILM_STATES: readonly StateSpec[] = [
  { name: "bilayerRadius_m", unit: "m", description: "radius R of the bilayer" },
  { name: "bilayerThickness_m", unit: "m", description: "thickness W of its hydrocarbon core" },
];

export const memcapacitor: JunctionModel = {
  name: "bilayer-memcapacitor",
  aliases: ["dib-memcap", "dib-memcapacitor"],
  title: "Droplet interface bilayer as a memcapacitor",
  summary: "Electrowetting widens and electrocompression thins an insulating lipid bilayer; the charge has the memory.",
  source: "10.1038/s41467-019-11223-8",
  grade: "qualitative",
  plug: "memcapacitive",
  claims: { passive: true, pinched: false },
  validRange_V: [-0.2, 0.2],
  states: FILM_STATES,
  parameters: FILM_PARAMETERS,

  resolve(given, environment) {
    const parameters = fillParameters(memcapacitor, given);
    const value = (name: string) => numberOf(parameters, name);
    const constants = filmConstants(value);
    const states = { bilayerRadius_m: value("radius_m"), bilayerThickness_m: value("thickness_m") };
    return makeKernel({
      model: memcapacitor,
      parameters,
      environment,
      derived: {
        restCapacitance_F: filmCapacitance_F(
          Float64Array.from(Object.values(states)),
          Float64Array.from(Object.values(constants)),
        ),
        wettingTime_s: value("wettingDamping_Ns_m2") / value("wettingStiffness_N_m2"),
        compressionTime_s: value("compressionDamping_Ns_m") / value("compressionStiffness_N_m"),
      },
      states,
      constants,
      dynamics: makeFilm(),
      terminals: {
        conductance: () => 0,
        voltageDependent: false,
        charge: (v, x, c) => filmCapacitance_F(x, c) * (v - c[OFFSET]),
        storedEnergy(v, x, c) {
          const u = v - c[OFFSET];
          return filmEnergy_J(u, x, c) + c[OFFSET] * filmCapacitance_F(x, c) * u;
        },
      },
    });
  },
};
