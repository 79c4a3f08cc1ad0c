import { makeDrift } from "../engines/drift.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours, ParameterError } from "./parameters.ts";

/**
 * Organic electrochemical transistor as a memory cell (ECRAM), the electronic-ionic reference of a crossbar.
 *
 *   i = K (V_th - phi + v / 2) v,   K = mu W d C* / L,   saturated where the bracket would change sign along the channel
 *   phi = V_th - [G_min + (G_max - G_min) x] / K        gate potential that the doping charge x stands for
 *   |v| <= V_a: x held;   beyond: x' = sgn(v) (|v| - V_a) / [(V_w - V_a) n t_w], between 0 and 1
 *
 * The device has three terminals. This is its two-terminal reduction: the gate hangs on the row through an access
 * switch that conducts beyond V_a, as in ionic floating-gate memory (Fuller et al., Science 364, 570 (2019),
 * 10.1126/science.aaw5581), so that pulses of V_w and t_w write one of n linear levels and small voltages read.
 *
 *   x                  -      doping, 0 to 1: charge of the channel between its extremes
 *   mu, C*             m2/Vs, F/m3   mobility_m2_Vs, volumetricCapacitance_F_m3
 *   W, d, L            m      width_m, depth_m, length_m
 *   G_min, G_max       S      leastConductance_S, largestConductance_S
 *   n, V_w, t_w, V_a   -, V, s, V    levels, writeVoltage_V, writeTime_s, accessVoltage_V
 *
 * Valid for |v| < 1 V. Published: writing in less than 1 us, more than 1e9 write-read cycles. Energy of the gate is not
 * counted in i v.
 */
const CHANNEL = "typical PEDOT:PSS channel, nominal";

export const oect: JunctionModel = {
  name: "electrochemical-transistor",
  aliases: ["oect", "ecram"],
  title: "Organic electrochemical transistor (ECRAM)",
  summary:
    "Channel whose doping charge is written in linear levels by 1 V, 1 us pulses and held below the access voltage.",
  source: "10.1126/science.aaw5581",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [{ name: "doping", unit: "", description: "doping charge of the channel between its extremes" }],
  parameters: [
    ours("mobility_m2_Vs", "m2/(V s)", 1.9e-4, [1e-10, 1], "hole mobility mu", CHANNEL),
    ours("volumetricCapacitance_F_m3", "F/m3", 3.9e7, [1, 1e10], "capacitance C* per volume", CHANNEL),
    ours("width_m", "m", 10e-6, [1e-8, 1e-1], "width W of the channel", CHANNEL),
    ours("depth_m", "m", 100e-9, [1e-9, 1e-3], "thickness d of the channel", CHANNEL),
    ours("length_m", "m", 10e-6, [1e-8, 1e-1], "length L of the channel", CHANNEL),
    ours("leastConductance_S", "S", 1e-4, [0, 1], "conductance at doping 0", CHANNEL),
    ours("largestConductance_S", "S", 5e-4, [1e-15, 1], "conductance at doping 1", CHANNEL),
    ours("levels", "", 100, [1, 1e9], "write pulses n from one end to the other", "weight update is linear"),
    ours("writeVoltage_V", "V", 1, [1e-3, 10], "voltage V_w of a write pulse", "recalled for the published cell"),
    ours("writeTime_s", "s", 1e-6, [1e-12, 1e3], "length t_w of a write pulse", "ECRAM as reviewed: less than 1 us"),
    ours("accessVoltage_V", "V", 0.5, [0, 10], "voltage V_a of the access switch", "half of the write voltage"),
    ours("initialDoping", "", 0.5, [0, 1], "doping at the start", "middle"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(oect, given);
    const value = (name: string) => numberOf(parameters, name);
    const least_S = value("leastConductance_S");
    const largest_S = value("largestConductance_S");
    if (!(least_S < largest_S))
      throw new ParameterError(
        "leastConductance_S",
        `electrochemical-transistor: leastConductance_S is ${least_S} S, allowed is below largestConductance_S, ${largest_S} S`,
      );
    const access_V = value("accessVoltage_V");
    const write_V = value("writeVoltage_V");
    if (!(access_V < write_V))
      throw new ParameterError(
        "accessVoltage_V",
        `electrochemical-transistor: accessVoltage_V is ${access_V} V, allowed is below writeVoltage_V, ${write_V} V`,
      );
    const transconductance_S_V =
      (value("mobility_m2_Vs") * value("volumetricCapacitance_F_m3") * value("width_m") * value("depth_m")) /
      value("length_m");
    const speed_perVs = 1 / ((write_V - access_V) * value("levels") * value("writeTime_s"));
    return makeKernel({
      model: oect,
      parameters,
      environment,
      derived: { transconductance_S_V },
      states: { doping: value("initialDoping") },
      constants: { leastConductance_S: least_S, largestConductance_S: largest_S },
      dynamics: makeDrift((v) => (Math.abs(v) <= access_V ? 0 : Math.sign(v) * (Math.abs(v) - access_V) * speed_perVs)),
      terminals: {
        conductance(v, x, c) {
          const zero_S = c[0] + (c[1] - c[0]) * x[0];
          const bent_S = zero_S + 0.5 * transconductance_S_V * v;
          // K (V_th - phi + v/2) v has its turning point at v = -zero/K; beyond, the current saturates
          return v < -zero_S / transconductance_S_V ? (zero_S * zero_S) / (-2 * transconductance_S_V * v) : bent_S;
        },
        voltageDependent: true,
      },
    });
  },
};
