import { makeArrivals } from "../engines/arrivals.ts";
import type { Dynamics } from "../engines/dynamics.ts";
import { inSequence } from "../engines/edges.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel, ParameterSpec } from "../model.ts";
import { FILM_PARAMETERS, filmCapacitance_F, filmConstants, filmEnergy_J, makeFilm, OFFSET } from "./bilayerFilm.ts";
import { FILM_STATES } from "./memcapacitor.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Droplet interface bilayer without channels, memristive and memcapacitive at once (Li et al. 2025,
 * 10.1126/sciadv.adv6603): the film of bilayerFilm.ts in parallel with a leak that the field opens.
 *
 *   i = G_l (1 + alpha s) v + dq/dt,   q = C(R, W) (v - V_off)
 *   s' = ((v - V_off)^2 / V_s^2 - s) / tau_s
 *
 *   s               -      leakState
 *   G_l             S      leakConductance_S
 *   alpha           -      leakGain: relative growth of the leak at V_s
 *   V_s, tau_s      V, s   leakVoltage_V, leakTime_s
 *
 * Loops do not cross: the leak is even in v. Mechanism published, every number ours; |v| < 0.2 V.
 */
const NO_NUMBERS = "10.1126/sciadv.adv6603 gives the behaviour, no constants";

export const LEAK_PARAMETERS: readonly ParameterSpec[] = [
  ours("leakConductance_S", "S", 1e-9, [0, 1], "conductance G_l of the bilayer at rest", NO_NUMBERS),
  ours("leakGain", "", 1, [0, 1e4], "relative growth alpha of the leak at its voltage scale", NO_NUMBERS),
  ours("leakVoltage_V", "V", 0.1, [1e-3, 10], "voltage scale V_s of the leak", NO_NUMBERS),
  ours("leakTime_s", "s", 1, [1e-6, 1e6], "time constant of the leak", NO_NUMBERS),
];

export const LEAK_STATE = { name: "leakState", unit: "", description: "opening of the leak, 1 at its voltage scale" };

export const bareBilayer: JunctionModel = {
  name: "bare-bilayer",
  aliases: ["dib-bare"],
  title: "Droplet interface bilayer without channels",
  summary: "Memcapacitive film in parallel with a field-opened leak: coupled, non-crossing loops.",
  source: "10.1126/sciadv.adv6603",
  grade: "qualitative",
  plug: "mixed",
  claims: { passive: true, pinched: false },
  validRange_V: [-0.2, 0.2],
  states: [...FILM_STATES, LEAK_STATE],
  parameters: [...FILM_PARAMETERS, ...LEAK_PARAMETERS],

  resolve(given, environment) {
    const parameters = fillParameters(bareBilayer, given);
    const value = (name: string) => numberOf(parameters, name);
    const gain = value("leakGain");
    return makeKernel({
      model: bareBilayer,
      parameters,
      environment,
      states: { bilayerRadius_m: value("radius_m"), bilayerThickness_m: value("thickness_m"), leakState: 0 },
      constants: { ...filmConstants(value), leakConductance_S: value("leakConductance_S") },
      dynamics: inSequence(makeFilm(), makeLeak(value)),
      terminals: {
        conductance: (_v, x, c) => c[OFFSET + 1] * (1 + gain * x[2]),
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

/** s' = ((v - V_off)^2 / V_s^2 - s) / tau_s as the third state: the mean of arrivals is a plain relaxation. */
export function makeLeak(value: (name: string) => number): Dynamics {
  const scale_V = value("leakVoltage_V");
  const tau_s = value("leakTime_s");
  return makeArrivals({
    aim(v, c, _environment, aim) {
      aim[0] = ((v - c[OFFSET]) / scale_V) ** 2;
      aim[1] = tau_s;
    },
    stochastic: false,
    state: 2,
  });
}
