import { makeBank } from "../engines/bank.ts";
import { makeFollower } from "../engines/follower.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import { CONDUCTANCE_STATE } from "../engines/relaxation.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Heterojunction nanopore: light makes a photovoltage that adds to the applied one and drives a volatile memristor.
 * Niu et al., as reviewed: photovoltage of tens of mV, response within about 50 ms.
 *
 *   i = g (v + s V_ph),   g' = (g_0 max(0, 1 + b (v + s V_ph)) - g) / tau
 *   tau_ph V_ph' = V_oc ln(1 + P / P_0) - V_ph
 *
 *   V_ph      V     photovoltage_V (state)
 *   P         W     environment.opticalPower_W, 0 where the environment has none
 *   V_oc      V     openCircuit_V; 30 mV at 20 P_0
 *   P_0       W     saturationPower_W
 *   tau_ph    s     photoTau_s; 10 to 90 % in 2.2 tau_ph = 50 ms
 *   g_0, b, tau     conductance_S, slope_perV, tau_s of the memristor
 *   s         -     sign of the junction, 1 or -1
 *
 * Light is a source: the junction is not passive while lit. Valid |v| < 1 V, linear optics. Qualitative.
 */
export const photoJunction: JunctionModel = {
  name: "photo-junction",
  aliases: [],
  title: "Photovoltaic heterojunction pore",
  summary: "Light adds a photovoltage to the voltage of a volatile memristor; response in 50 ms.",
  source: "Niu et al., heterojunction nanopore, in the review of fluidic ionic memristors (section 3.4)",
  grade: "qualitative",
  plug: "sourced",
  claims: { passive: false, pinched: false },
  validRange_V: [-1, 1],
  states: [
    { name: "photovoltage_V", unit: "V", description: "photovoltage, adds to the applied voltage" },
    CONDUCTANCE_STATE,
  ],
  parameters: [
    ours("conductance_S", "S", 1e-9, [0, 1], "conductance g_0 at rest", "scale only"),
    ours("slope_perV", "1/V", -0.3, [-10, 10], "relative slope b of the steady conductance", "moderate rectification"),
    ours("tau_s", "s", 5e-3, [1e-9, 1e6], "relaxation time of the memristor", "as a 10 um cone"),
    ours("openCircuit_V", "V", 0.01, [0, 1], "photovoltage V_oc per e-fold of power", "tens of mV stated"),
    ours("saturationPower_W", "W", 1e-3, [1e-12, 100], "power P_0 at which the photovoltage bends", "linear below"),
    {
      ...ours("photoTau_s", "s", 0.05 / 2.2, [1e-9, 1e6], "response time of the photovoltage", ""),
      provenance: "derived",
      source: "published response of about 50 ms, taken as 10 to 90 %",
    },
    ours("sign", "", 1, [-1, 1], "1: light adds to positive voltages, -1: to negative ones", "orientation"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(photoJunction, given);
    const sign = numberOf(parameters, "sign") < 0 ? -1 : 1;
    const openCircuit_V = numberOf(parameters, "openCircuit_V");
    const saturation_W = numberOf(parameters, "saturationPower_W");
    const slope = numberOf(parameters, "slope_perV");
    return makeKernel({
      model: photoJunction,
      parameters,
      environment,
      states: { photovoltage_V: 0, conductance_S: 0 },
      constants: {
        zeroConductance_S: numberOf(parameters, "conductance_S"),
        tau_s: numberOf(parameters, "tau_s"),
        photoTau_s: numberOf(parameters, "photoTau_s"),
      },
      dynamics: makeFollower({
        leader: makeBank({
          states: 1,
          aim(_v, _x, c, { opticalPower_W = 0 }, target, rate) {
            target[0] = openCircuit_V * Math.log1p(opticalPower_W / saturation_W);
            rate[0] = 1 / c[2];
          },
        }),
        state: 1,
        target: (v, x, c) => c[0] * Math.max(0, 1 + slope * (v + sign * x[0])),
        tau_s: (_v, c) => c[1],
      }),
      terminals: { voltageDependent: false, conductance: (_v, x) => x[1], emf: (_v, x) => sign * x[0] },
    });
  },
};
