import { makeKernel } from "../engines/makeKernel.ts";
import { makeTwoState } from "../engines/twoState.ts";
import type { JunctionModel } from "../model.ts";
import { countOf, fillParameters, numberOf, ours, ParameterError } from "./parameters.ts";
import { isStochastic, STOCHASTIC } from "./stochastic.ts";

/**
 * Aerolysin: the charged lumen rectifies at once, the beta-barrel gates slowly between two states.
 *
 *   i = N [p g_o(v) + (1 - p) g_c] v,   g_o(v) = g_o0 (1 + q r tanh(u / V_r)),   u = orientation v
 *   p' = k_open (1 - p) - k_close p
 *   u < 0: k_close = |q| k_c exp((|u| - V_g) / V_c),   k_open = k_o exp(-(|u| - V_g) / V_o)
 *   u >= 0: k_close = |q| k_1,   k_open = k_o
 *
 *   p              -     openFraction; mean field, or exact binomial flips of N pores (stochastic: 1)
 *   N              -     poreCount
 *   g_o0, g_c      S     openConductance_S, closedConductance_S of one pore
 *   r, V_r         -, V  rectification, rectificationVoltage_V
 *   q              -     lumenCharge relative to the wild type: a mutant of opposite charge rectifies the other way
 *   k_o, k_c, k_1  1/s   openingRate_per_s, closingRate_per_s at V_g, restClosingRate_per_s
 *   V_g, V_c, V_o  V     gatingVoltage_V, closingVoltage_V, openingVoltage_V
 *
 * The mechanism is known (memory in aerolysin pores, 2025), its rates are not published: all defaults are ours. |v| < 0.2 V.
 */
const NO_RATES = "rates of the barrel are not published";
const LARGEST_EXPONENT = 300;

export const aerolysin: JunctionModel = {
  name: "aerolysin-pore",
  aliases: ["aerolysin"],
  title: "Aerolysin pores",
  summary: "Lumen charge rectifies at once, slow bistable gating of the beta-barrel closes pores at one polarity.",
  source: "reported for aerolysin in 2025; no rates published",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-0.2, 0.2],
  states: [{ name: "openFraction", unit: "", description: "part of the pores whose barrel is open" }],
  parameters: [
    ours("poreCount", "", 100, [1, 1e6], "pores N per junction", "ensemble"),
    ours("openConductance_S", "S", 0.5e-9, [0, 1], "conductance of an open pore at 0 V", "order of 1 M KCl"),
    ours("closedConductance_S", "S", 0.05e-9, [0, 1], "conductance of a closed pore", "a tenth of the open pore"),
    ours("rectification", "", 0.3, [0, 1], "relative change r of the open conductance at high voltage", NO_RATES),
    ours("rectificationVoltage_V", "V", 0.1, [1e-3, 10], "voltage scale V_r of the rectification", NO_RATES),
    ours("lumenCharge", "", 1, [-5, 5], "charge of the lumen over that of the wild type", "mutants"),
    ours("openingRate_per_s", "1/s", 2, [0, 1e9], "opening rate k_o", NO_RATES),
    ours("closingRate_per_s", "1/s", 0.05, [0, 1e9], "closing rate k_c at the gating voltage", NO_RATES),
    ours("restClosingRate_per_s", "1/s", 1e-3, [0, 1e9], "closing rate k_1 at the other polarity", NO_RATES),
    ours("gatingVoltage_V", "V", 0.1, [0, 1], "gating voltage V_g", NO_RATES),
    ours("closingVoltage_V", "V", 0.02, [1e-3, 10], "voltage scale V_c of closing", NO_RATES),
    ours("openingVoltage_V", "V", 0.04, [1e-3, 10], "voltage scale V_o of opening", NO_RATES),
    ours("orientation", "", 1, [-1, 1], "1: gates at v < 0, -1: pores inserted from the other side", "wild type"),
    STOCHASTIC,
  ],

  resolve(given, environment) {
    const parameters = fillParameters(aerolysin, given);
    const value = (name: string) => numberOf(parameters, name);
    const orientation = value("orientation");
    if (Math.abs(orientation) !== 1)
      throw new ParameterError("orientation", `aerolysin-pore: orientation is ${orientation}, allowed are 1 and -1`);
    const charge = value("lumenCharge");
    const r = value("rectification") * charge;
    if (Math.abs(r) > 1)
      throw new ParameterError(
        "rectification",
        `aerolysin-pore: rectification times lumenCharge is ${r}, allowed are -1 to 1 (beyond, a pore would drive current)`,
      );
    const scale_V = value("rectificationVoltage_V");
    const gate_V = value("gatingVoltage_V");
    const close_V = value("closingVoltage_V");
    const open_V = value("openingVoltage_V");
    const closing = Math.abs(charge) * value("closingRate_per_s");
    const restClosing = Math.abs(charge) * value("restClosingRate_per_s");
    const opening = value("openingRate_per_s");
    const openAt = (v: number, c: Float64Array) => c[1] * (1 + r * Math.tanh((orientation * v) / scale_V));
    return makeKernel({
      model: aerolysin,
      parameters,
      environment,
      states: { openFraction: 1 },
      constants: {
        poreCount: countOf(parameters, "poreCount"),
        openConductance_S: value("openConductance_S"),
        closedConductance_S: value("closedConductance_S"),
      },
      dynamics: makeTwoState({
        rates(voltage_V, _x, _c, _environment, open_per_s, close_per_s) {
          for (let k = 0; k < voltage_V.length; k++) {
            const u = orientation * voltage_V[k];
            if (u >= 0) {
              open_per_s[k] = opening;
              close_per_s[k] = restClosing;
              continue;
            }
            const over_V = -u - gate_V;
            open_per_s[k] = opening * Math.exp(Math.min(LARGEST_EXPONENT, -over_V / open_V));
            close_per_s[k] = closing * Math.exp(Math.min(LARGEST_EXPONENT, over_V / close_V));
          }
        },
        stochastic: isStochastic(parameters),
        channels: 0,
      }),
      terminals: {
        conductance: (v, x, c) => c[0] * (x[0] * openAt(v, c) + (1 - x[0]) * c[2]),
        voltageDependent: true,
        slope(v, x, c) {
          const t = Math.tanh((orientation * v) / scale_V);
          const bend = (c[1] * r * orientation * (1 - t * t)) / scale_V;
          return c[0] * (x[0] * (openAt(v, c) + bend * v) + (1 - x[0]) * c[2]);
        },
      },
    });
  },
};
