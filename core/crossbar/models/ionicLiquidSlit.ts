import { makeBank } from "../engines/bank.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Pure ionic liquid (EMIM-TFSI) in a two-dimensional channel: the negative control. Its loop is capacitive and not
 * pinched; memristance comes back only with a solvent (acetonitrile) or a salt gradient. Faraday Discuss. 2026,
 * 10.1039/d5fd00142k.
 *
 *   i = q',   tau q' = C v - q
 *
 *   q     C   charge_C (state), of the double layers, charged through the liquid's own resistance tau / C
 *   C     F   capacitance_F
 *   tau   s   tau_s
 *
 * Energy: q^2 / 2C is stored, i^2 tau / C dissipated. Valid |v| < 2 V (electrochemical window). Numbers ours: qualitative.
 */
export const ionicLiquidSlit: JunctionModel = {
  name: "ionic-liquid-slit",
  aliases: ["il-only"],
  title: "Pure ionic liquid in a slit (negative control)",
  summary: "Double layers that charge through the liquid: a capacitive loop that is not pinched, no memristance.",
  source: "10.1039/d5fd00142k",
  grade: "qualitative",
  plug: "memcapacitive",
  claims: { passive: true, pinched: false },
  validRange_V: [-2, 2],
  states: [{ name: "charge_C", unit: "C", description: "charge of the double layers" }],
  parameters: [
    ours("capacitance_F", "F", 1e-9, [1e-18, 1], "capacitance C of the double layers", "scale only"),
    ours("tau_s", "s", 0.1, [1e-9, 1e6], "charging time through the liquid", "scale only"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(ionicLiquidSlit, given);
    return makeKernel({
      model: ionicLiquidSlit,
      parameters,
      environment,
      states: { charge_C: 0 },
      constants: { capacitance_F: numberOf(parameters, "capacitance_F"), tau_s: numberOf(parameters, "tau_s") },
      dynamics: makeBank({
        states: 1,
        aim(v, _x, c, _environment, target, rate) {
          target[0] = c[0] * v;
          rate[0] = 1 / c[1];
        },
      }),
      terminals: {
        voltageDependent: false,
        conductance: () => 0,
        charge: (_v, x) => x[0],
        storedEnergy: (_v, x, c) => (0.5 * x[0] * x[0]) / c[0],
      },
    });
  },
};
