import { type Arrivals, makeArrivals } from "../engines/arrivals.ts";
import { makeBank } from "../engines/bank.ts";
import { inSequence } from "../engines/edges.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel, ParameterSpec } from "../model.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";
import { isStochastic, STOCHASTIC } from "./stochastic.ts";

/**
 * Droplet interface bilayer with alamethicin: a voltage above threshold inserts channels, and electrowetting widens the
 * bilayer. Najem et al., ACS Nano 12, 4702 (2018), 10.1021/acsnano.8b01282; the two state variables, channel density and
 * area, are confirmed in 10.1038/s41467-019-11223-8.
 *
 *   i = (G_leak + g_1 n) A v
 *   n' = (n_inf - n) / tau_N,   g_1 n_inf = min(G_max, G_ref exp((|v| - V_0) / V_e)),   tau_N = tau_0 exp(|v| / V_tau)
 *   A' = (1 + alpha v^2 - A) / tau_ew
 *
 *   n              -          channelCount; mean field (fractions allowed), or discrete channels (stochastic: 1)
 *   A              -          areaRatio, bilayer area over that at rest
 *   g_1            S          channelConductance_S of one channel
 *   G_ref, V_0     S, V       referenceConductance_S of all channels at thresholdVoltage_V
 *   V_e            V          efoldVoltage_V (alamethicin: 4 to 6 mV)
 *   G_max, G_leak  S          largestConductance_S, leakConductance_S
 *   tau_0, V_tau   s, V       insertionTime_s, insertionVoltage_V
 *   alpha, tau_ew  1/V^2, s   electrowetting_perV2, electrowettingTime_s
 *
 * Form as published, numbers ours or typical of alamethicin. Symmetric, volatile, |v| < 0.2 V.
 */
const FORM_ONLY = "form of 10.1021/acsnano.8b01282; number nominal, not verified";
const LARGEST_EXPONENT = 300;

export const CHANNEL_PARAMETERS: readonly ParameterSpec[] = [
  ours(
    "channelConductance_S",
    "S",
    1e-9,
    [1e-12, 1e-6],
    "conductance g_1 of one channel",
    "typical step of alamethicin",
  ),
  ours("referenceConductance_S", "S", 100e-9, [0, 1], "conductance of the channels at the threshold", FORM_ONLY),
  ours("thresholdVoltage_V", "V", 0.14, [0, 1], "threshold V_0", FORM_ONLY),
  ours("efoldVoltage_V", "V", 5.4e-3, [1e-3, 1], "voltage V_e that inserts e times as many channels", FORM_ONLY),
  ours("largestConductance_S", "S", 1e-6, [0, 1], "limit of the steady conductance of the channels", "crowded bilayer"),
  ours("insertionTime_s", "s", 2e-3, [1e-9, 1e6], "time constant tau_0 of insertion at 0 V", FORM_ONLY),
  ours("insertionVoltage_V", "V", 0.052, [1e-3, 10], "voltage V_tau that slows insertion e times", FORM_ONLY),
];

/** n_inf and tau_N of one junction, from filled parameters. */
export function channelAim(value: (name: string) => number): Arrivals["aim"] {
  const unit_S = value("channelConductance_S");
  const reference_S = value("referenceConductance_S");
  const largest_S = value("largestConductance_S");
  const threshold_V = value("thresholdVoltage_V");
  const efold_V = value("efoldVoltage_V");
  const slow_s = value("insertionTime_s");
  const slow_V = value("insertionVoltage_V");
  return (v, _c, _environment, aim) => {
    const u = Math.abs(v);
    aim[0] =
      Math.min(largest_S, reference_S * Math.exp(Math.min(LARGEST_EXPONENT, (u - threshold_V) / efold_V))) / unit_S;
    aim[1] = slow_s * Math.exp(Math.min(LARGEST_EXPONENT, u / slow_V));
  };
}

export const alamethicin: JunctionModel = {
  name: "alamethicin-bilayer",
  aliases: ["alamethicin", "dib-alamethicin"],
  title: "Droplet interface bilayer with alamethicin",
  summary: "Voltage inserts ion channels above a sharp threshold and widens the bilayer. Symmetric, volatile.",
  source: "10.1021/acsnano.8b01282",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-0.2, 0.2],
  states: [
    { name: "areaRatio", unit: "", description: "area of the bilayer over that at rest" },
    { name: "channelCount", unit: "", description: "channels inserted per area of the bilayer at rest" },
  ],
  parameters: [
    ours("leakConductance_S", "S", 0.1e-9, [0, 1], "conductance of the bilayer without channels", FORM_ONLY),
    ...CHANNEL_PARAMETERS,
    ours("electrowetting_perV2", "1/V2", 7, [0, 1e4], "relative growth of the area alpha", FORM_ONLY),
    ours("electrowettingTime_s", "s", 0.6, [1e-6, 1e6], "time constant of the area", FORM_ONLY),
    STOCHASTIC,
  ],

  resolve(given, environment) {
    const parameters = fillParameters(alamethicin, given);
    const value = (name: string) => numberOf(parameters, name);
    const growth = value("electrowetting_perV2");
    const rate_per_s = 1 / value("electrowettingTime_s");
    const area = makeBank({
      states: 1,
      aim(v, _x, _c, _environment, target, rate) {
        target[0] = 1 + growth * v * v;
        rate[0] = rate_per_s;
      },
    });
    const channels = makeArrivals({ aim: channelAim(value), stochastic: isStochastic(parameters), state: 1 });
    return makeKernel({
      model: alamethicin,
      parameters,
      environment,
      states: { areaRatio: 1, channelCount: 0 },
      constants: {
        leakConductance_S: value("leakConductance_S"),
        channelConductance_S: value("channelConductance_S"),
      },
      dynamics: inSequence(area, channels),
      terminals: { conductance: (_v, x, c) => (c[0] + c[1] * x[1]) * x[0], voltageDependent: false },
    });
  },
};
