import { makeBank } from "../engines/bank.ts";
import { withEdges } from "../engines/edges.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours, published } from "./parameters.ts";

/**
 * Charged slit as a synapse: short- and long-term plasticity under write and erase pulses. Robin et al. 2023,
 * 10.1126/science.adc9931 (30 writes of +1 V, 10 s raise the conductance by 12 %, 30 erases bring it back; 5 nm slit,
 * 1 mM CaCl2; reads +0.1 V, 5 s).
 *
 *   i = G_0 (1 + s + l) v,   l' = kappa v - l / tau_l for |v| > V_w, else -l / tau_l,   s' = -s / tau_s
 *   at the end of a pulse beyond V_w:  s += gain sgn(v)
 *
 *   s, l     -        shortTerm, longTerm (states); lastVoltage_V finds the edges
 *   kappa    1/(V s)  writeRate_perVs: 30 x 10 s x 4e-4 = 12 %
 *   V_w      V        writeThreshold_V
 *   tau_l, tau_s  s   longTau_s, shortTau_s; published: short memory gone after 2 min, the long one stays
 *
 * Valid |v| <= 1 V, the published pulses. Voltage coincidences beyond V_w give spike-timing
 * plasticity; a window of 40 s follows from pulses of 80 s (`stdpDrive`).
 */
export const plasticSlit: JunctionModel = {
  name: "adsorption-slit-plastic",
  aliases: ["adsorb-slit-plastic", "plastic-slit"],
  title: "Charged slit as a synapse",
  summary: "Pulses beyond a threshold write a lasting and a passing change of conductance.",
  source: "10.1126/science.adc9931",
  grade: "quantitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [
    { name: "shortTerm", unit: "", description: "passing relative change of conductance" },
    { name: "longTerm", unit: "", description: "lasting relative change of conductance" },
    { name: "lastVoltage_V", unit: "V", description: "voltage of the step before, to find pulse edges" },
  ],
  parameters: [
    ours("conductance_S", "S", 50e-9, [0, 1], "conductance G_0 at rest", "order of the published slits"),
    {
      ...published(
        "writeRate_perVs",
        "1/(V s)",
        4e-4,
        [0, 1],
        "lasting change per volt second",
        "10.1126/science.adc9931: 30 writes of 1 V, 10 s give 12 %",
      ),
      provenance: "derived",
    },
    ours(
      "writeThreshold_V",
      "V",
      0.5,
      [0, 10],
      "voltage beyond which pulses write",
      "between published read and write",
    ),
    ours("longTau_s", "s", 1e7, [1, 1e12], "retention of the lasting change", "no loss seen within a published series"),
    ours("shortGain", "", 0.04, [0, 1], "passing change per pulse", "visible beside the lasting one"),
    ours("shortTau_s", "s", 40, [1e-3, 1e6], "decay of the passing change", "gone after the published 2 minutes"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(plasticSlit, given);
    const threshold_V = numberOf(parameters, "writeThreshold_V");
    const gain = numberOf(parameters, "shortGain");
    return makeKernel({
      model: plasticSlit,
      parameters,
      environment,
      states: { shortTerm: 0, longTerm: 0, lastVoltage_V: 0 },
      constants: {
        conductance_S: numberOf(parameters, "conductance_S"),
        writeRate_perVs: numberOf(parameters, "writeRate_perVs"),
        longTau_s: numberOf(parameters, "longTau_s"),
        shortTau_s: numberOf(parameters, "shortTau_s"),
      },
      dynamics: withEdges({
        lastVoltage: 2,
        onChange(from_V, to_V, x) {
          const goesOn = Math.abs(to_V) > threshold_V && from_V * to_V > 0;
          if (Math.abs(from_V) > threshold_V && !goesOn) x[0] += gain * Math.sign(from_V);
        },
        between: makeBank({
          states: 2,
          aim(v, _x, c, _environment, target, rate) {
            target[0] = 0;
            rate[0] = 1 / c[3];
            target[1] = Math.abs(v) > threshold_V ? c[1] * v * c[2] : 0;
            rate[1] = 1 / c[2];
          },
        }),
      }),
      terminals: { voltageDependent: false, conductance: (_v, x, c) => c[0] * Math.max(0, 1 + x[0] + x[1]) },
    });
  },
};
