import { makeKernel } from "../engines/makeKernel.ts";
import { makeTwoState } from "../engines/twoState.ts";
import type { JunctionModel } from "../model.ts";
import { countOf, fillParameters, numberOf, ours } from "./parameters.ts";
import { isStochastic } from "./stochastic.ts";

/**
 * Pore that opens and closes by precipitation at random, with a history that sets how often: memory in the frequency of
 * oscillations (Cho et al., in the review of fluidic ionic memristors; scan-direction-dependent statistics).
 *
 *   i = [g_c + (g_o - g_c) p] v,   p: open fraction of N pores, closed <-> open
 *   k_close = k_c exp((v + w h) / V_c),   k_open = k_o exp(-(v + w h) / V_c),   h' = (tanh(v / V_h) - h) / tau_h
 *
 *   p, h            -     open, history (states)
 *   k_c, k_o        1/s   closing_per_s, opening_per_s
 *   V_c, V_h, w     V     scale_V, historyScale_V, historyWeight_V
 *   tau_h           s     historyTau_s
 *   g_o, g_c, N     S, -  openConductance_S, closedConductance_S, channels
 *
 * Observables: p_open = k_open / (k_open + k_close), switching rate k_o k_c / (k_o + k_c). Mean field by default,
 * `stochastic: 1` draws exact binomial numbers. Valid 0.2 to 1 V. Qualitative: all rates ours.
 */
export const precipitationOscillator: JunctionModel = {
  name: "precipitation-oscillator",
  aliases: ["precip-osc"],
  title: "Precipitation oscillator",
  summary: "A pore blinks by precipitation; slow history shifts how long it stays open: frequency memory.",
  source: "Cho et al., in the review of fluidic ionic memristors (in-pore chemistry)",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [
    { name: "open", unit: "", description: "open fraction of the pores" },
    { name: "history", unit: "", description: "slow memory of the sign of the voltage, -1 to 1" },
  ],
  parameters: [
    ours("openConductance_S", "S", 1e-9, [0, 1], "conductance of an open pore, all N together", "scale only"),
    ours("closedConductance_S", "S", 1e-11, [0, 1], "conductance left when closed", "on/off of 100"),
    ours("closing_per_s", "1/s", 5, [0, 1e9], "closing rate k_c at v = h = 0", "oscillations of some hertz"),
    ours("opening_per_s", "1/s", 5, [0, 1e9], "opening rate k_o at v = h = 0", "oscillations of some hertz"),
    ours("scale_V", "V", 0.4, [1e-3, 10], "voltage V_c of an e-fold of the rates", "acts from 0.2 to 1 V"),
    ours("historyScale_V", "V", 0.5, [1e-3, 10], "voltage V_h that saturates the history", "half the range"),
    ours("historyWeight_V", "V", 0.3, [-10, 10], "voltage that full history adds", "visible beside V_c"),
    ours("historyTau_s", "s", 30, [1e-3, 1e6], "memory of the history", "conditioning within a minute"),
    ours("channels", "", 1, [1, 1e6], "number N of pores", "a single pore blinks"),
    ours("stochastic", "", 0, [0, 1], "1: exact binomial switching, 0: mean field", "mean field"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(precipitationOscillator, given);
    const number = (name: string) => numberOf(parameters, name);
    const [closing, opening] = [number("closing_per_s"), number("opening_per_s")];
    const [perScale_V, perSaturation_V] = [1 / number("scale_V"), 1 / number("historyScale_V")];
    const weight_V = number("historyWeight_V");
    return makeKernel({
      model: precipitationOscillator,
      parameters,
      environment,
      states: { open: 0.5, history: 0 },
      constants: {
        openConductance_S: number("openConductance_S"),
        closedConductance_S: number("closedConductance_S"),
        historyTau_s: number("historyTau_s"),
        channels: countOf(parameters, "channels"),
      },
      dynamics: makeTwoState({
        state: 0,
        channels: 3,
        stochastic: isStochastic(parameters),
        history: { state: 1, tau: 2, target: (v) => Math.tanh(v * perSaturation_V) },
        rates(voltage_V, [, history], _c, _environment, open_per_s, close_per_s) {
          for (let k = 0; k < voltage_V.length; k++) {
            const shift = Math.exp((voltage_V[k] + weight_V * history[k]) * perScale_V);
            open_per_s[k] = opening / shift;
            close_per_s[k] = closing * shift;
          }
        },
      }),
      terminals: { voltageDependent: false, conductance: (_v, x, c) => c[1] + (c[0] - c[1]) * x[0] },
    });
  },
};
