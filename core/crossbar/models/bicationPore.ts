import { makeKernel } from "../engines/makeKernel.ts";
import { makeTwoState } from "../engines/twoState.ts";
import type { JunctionModel } from "../model.ts";
import { hopperIn } from "./barrierPore.ts";
import { countOf, fillParameters, numberOf, ours } from "./parameters.ts";
import { isStochastic } from "./stochastic.ts";

/**
 * Crown-like pores in two cations: Na+ binds and blocks, voltage spikes drive it out and K+ permeates until Na+ is back.
 * Noh and Smolyanitsky, Sci. Adv. 10, eadr1531, 10.1126/sciadv.adr1531 (molecular dynamics: 0.1 to 100 aJ per spike).
 *
 *   theta' = k_on (1 - theta) - k_off(v) theta,   k_off = k_0 e^(-E/kT) 2 cosh(g v / kT)
 *   i = N (1 - theta) e k_K e^(-E_K/kT) 2 sinh(g_K v / kT)          voltage-dependent at fixed theta
 *
 *   theta       -     blocked (state): blocked fraction of the N pores
 *   k_on        1/s   capture_per_s
 *   k_0, E, g   1/s, eV, -   blockerAttempt_per_s, blockerBarrier_eV, blockerLever
 *   k_K, E_K, g_K            permeantAttempt_per_s, permeantBarrier_eV, permeantLever
 *   kT          from environment.temperature_K, 300 K otherwise
 *
 * Mean field by default, `stochastic: 1` draws exact binomial numbers of N pores. Valid |v| < 0.5 V, steps of 0.1 ns.
 * Numbers are ours, chosen so that energies and times are those published. Qualitative.
 */
export const bicationPore: JunctionModel = {
  name: "bication-pore",
  aliases: ["bication"],
  title: "Barrier-limited pores in two cations",
  summary: "A bound cation blocks, spikes expel it and potentiate the other cation; attojoules and nanoseconds.",
  source: "10.1126/sciadv.adr1531",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-0.5, 0.5],
  states: [{ name: "blocked", unit: "", description: "fraction of pores blocked by the binding cation" }],
  parameters: [
    ours("pores", "", 100, [1, 1e6], "number N of pores", "energies of the published order"),
    ours("capture_per_s", "1/s", 0.02e9, [0, 1e15], "capture rate of the blocker", "rest recovery in tens of ns"),
    ours("blockerAttempt_per_s", "1/s", 100e9, [0, 1e15], "attempt rate of the blocker", "0.1/ps"),
    ours("blockerBarrier_eV", "eV", 0.33, [0, 3], "barrier of the blocker", "blocked at rest"),
    ours("blockerLever", "", 0.5, [0, 1], "part of the voltage that tilts the blocker's barrier", "site in the middle"),
    ours("permeantAttempt_per_s", "1/s", 20e9, [0, 1e15], "attempt rate of the permeant", "picoampere per pore"),
    ours("permeantBarrier_eV", "eV", 0.25, [0, 3], "barrier of the permeant", "picoampere per pore"),
    ours("permeantLever", "", 0.25, [0, 1], "part of the voltage that tilts the permeant's barrier", "moderate"),
    ours("stochastic", "", 0, [0, 1], "1: exact binomial numbers of pores, 0: mean field", "mean field"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(bicationPore, given);
    const number = (name: string) => numberOf(parameters, name);
    const blocker = hopperIn(number("blockerAttempt_per_s"), number("blockerBarrier_eV"), number("blockerLever"));
    const permeant = hopperIn(number("permeantAttempt_per_s"), number("permeantBarrier_eV"), number("permeantLever"));
    return makeKernel({
      model: bicationPore,
      parameters,
      environment,
      states: { blocked: 1 },
      constants: { capture_per_s: number("capture_per_s"), pores: countOf(parameters, "pores") },
      dynamics: makeTwoState({
        stochastic: isStochastic(parameters),
        channels: 1,
        rates(voltage_V, _x, [capture_per_s], now, block_per_s, free_per_s) {
          const { escape_per_s } = blocker(now);
          for (let k = 0; k < voltage_V.length; k++) {
            block_per_s[k] = capture_per_s[k];
            free_per_s[k] = escape_per_s(voltage_V[k]);
          }
        },
      }),
      terminals: {
        voltageDependent: true,
        conductance: (v, x, c, now) => c[1] * (1 - x[0]) * permeant(now).conductance_S(v),
        slope: (v, x, c, now) => c[1] * (1 - x[0]) * permeant(now).slope_S(v),
      },
    });
  },
};
