import { inSequence } from "../engines/edges.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import { makeTwoState } from "../engines/twoState.ts";
import type { JunctionModel } from "../model.ts";
import { hopperIn, thermal_V } from "./barrierPore.ts";
import { countOf, fillParameters, numberOf, ours, switchOf } from "./parameters.ts";
import { isStochastic } from "./stochastic.ts";

/**
 * Barrier-limited pores with two independent blocking sites, building blocks of multi-ion transport: site A is emptied by
 * voltage (activation), site B is filled by it (inactivation), both together answer a step with a pulse.
 * Noh and Smolyanitsky, Small 2026, 10.1002/smll.202511663.
 *
 *   i = N (1 - theta_A)(1 - theta_B) i_1(v)
 *   i_1 = e k_K e^(-E_K/kT) 2 sinh(g_K v / kT), or g_1 v where ohmicConductance_S is above 0
 *   theta_A' = k_on (1 - theta_A) - k_0 e^(-E/kT) 2 cosh(g v / kT) theta_A
 *   theta_B' = k_in (1 - theta_B) - k_out theta_B,   k_in = k_i e^(g_B v / 4kT),   k_out = k_u e^(-g_B v / 4kT)
 *
 *   theta_A, theta_B   -   activationBlocked, inactivationBlocked (states)
 *   activation, inactivation   0 | 1   which of the two sites is there
 *   ionConfigurations.ts enumerates all 2^N choices of which of N ions block and which permeate
 *
 * Valid |v| < 0.5 V. Qualitative: numbers ours, chosen for nanoseconds and attojoules.
 */
export const multiIonPore: JunctionModel = {
  name: "multi-ion-pore",
  aliases: ["multi-ion"],
  title: "Barrier-limited pores with two blocking sites",
  summary: "Voltage empties one site and fills another: activation, inactivation, or a pulse in answer to a step.",
  source: "10.1002/smll.202511663",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-0.5, 0.5],
  states: [
    { name: "activationBlocked", unit: "", description: "fraction of pores blocked at site A" },
    { name: "inactivationBlocked", unit: "", description: "fraction of pores blocked at site B" },
  ],
  parameters: [
    ours("pores", "", 100, [1, 1e6], "number N of pores", "energies of the published order"),
    ours("activation", "", 1, [0, 1], "1: site A is there", "both sites: pulse"),
    ours("inactivation", "", 1, [0, 1], "1: site B is there", "both sites: pulse"),
    ours("capture_per_s", "1/s", 0.02e9, [0, 1e15], "capture rate of site A", "as the bication pore"),
    ours("blockerAttempt_per_s", "1/s", 100e9, [0, 1e15], "attempt rate of site A", "as the bication pore"),
    ours("blockerBarrier_eV", "eV", 0.33, [0, 3], "barrier of site A", "as the bication pore"),
    ours("blockerLever", "", 0.5, [0, 1], "part of the voltage that tilts the barrier of A", "as the bication pore"),
    ours("entry_per_s", "1/s", 0.002e9, [0, 1e15], "entry rate k_i of site B at 0 V", "free at rest"),
    ours("exit_per_s", "1/s", 0.05e9, [0, 1e15], "exit rate k_u of site B at 0 V", "free at rest"),
    ours("inactivationLever", "", 0.8, [0, 4], "g_B of site B", "filled at 0.4 V"),
    ours("permeantAttempt_per_s", "1/s", 20e9, [0, 1e15], "attempt rate of the permeant", "as the bication pore"),
    ours("permeantBarrier_eV", "eV", 0.25, [0, 3], "barrier of the permeant", "as the bication pore"),
    ours(
      "permeantLever",
      "",
      0.25,
      [0, 1],
      "part of the voltage that tilts the permeant's barrier",
      "as the bication pore",
    ),
    ours("ohmicConductance_S", "S", 0, [0, 1], "conductance g_1 of one open pore instead of a barrier", "barrier"),
    ours("stochastic", "", 0, [0, 1], "1: exact binomial numbers of pores, 0: mean field", "mean field"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(multiIonPore, given);
    const number = (name: string) => numberOf(parameters, name);
    const stochastic = isStochastic(parameters);
    const blocker = hopperIn(number("blockerAttempt_per_s"), number("blockerBarrier_eV"), number("blockerLever"));
    const permeant = hopperIn(number("permeantAttempt_per_s"), number("permeantBarrier_eV"), number("permeantLever"));
    const [entry, exit, inactivationLever] = [number("entry_per_s"), number("exit_per_s"), number("inactivationLever")];
    const ohmic_S = number("ohmicConductance_S");
    const active = switchOf(parameters, "activation");
    const inactive = switchOf(parameters, "inactivation");
    const open = (x: Float64Array, c: Float64Array) => c[1] * (1 - x[0]) * (1 - x[1]);
    return makeKernel({
      model: multiIonPore,
      parameters,
      environment,
      states: { activationBlocked: 0, inactivationBlocked: 0 },
      constants: { capture_per_s: number("capture_per_s"), pores: countOf(parameters, "pores") },
      dynamics: inSequence(
        makeTwoState({
          state: 0,
          stochastic,
          channels: 1,
          rates(voltage_V, _x, [capture_per_s], now, block_per_s, free_per_s) {
            const { escape_per_s } = blocker(now);
            for (let k = 0; k < voltage_V.length; k++) {
              block_per_s[k] = active ? capture_per_s[k] : 0;
              free_per_s[k] = active ? escape_per_s(voltage_V[k]) : 0;
            }
          },
        }),
        makeTwoState({
          state: 1,
          stochastic,
          channels: 1,
          rates(voltage_V, _x, _c, now, enter_per_s, leave_per_s) {
            const perVolt = inactivationLever / (4 * thermal_V(now));
            for (let k = 0; k < voltage_V.length; k++) {
              const tilt = Math.exp(perVolt * voltage_V[k]);
              enter_per_s[k] = inactive ? entry * tilt : 0;
              leave_per_s[k] = inactive ? exit / tilt : 0;
            }
          },
        }),
      ),
      terminals: {
        voltageDependent: ohmic_S === 0,
        conductance: (v, x, c, now) => open(x, c) * (ohmic_S > 0 ? ohmic_S : permeant(now).conductance_S(v)),
        slope: (v, x, c, now) => open(x, c) * (ohmic_S > 0 ? ohmic_S : permeant(now).slope_S(v)),
      },
    });
  },
};
