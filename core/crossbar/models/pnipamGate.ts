import { ROOM_TEMPERATURE_K } from "../constants.ts";
import { makeBank } from "../engines/bank.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { fillParameters, numberOf, ours, published } from "./parameters.ts";

/**
 * Thermoplasmonic gate: light heats gold at the mouth of a pore, its PNIPAM brush collapses above 32 degrees Celsius and
 * opens the pore. Reported: on/off about 60, rise and fall of a few ms, kHz class, spot below 1 um.
 *
 *   i = [G_off + (G_on - G_off) x] v
 *   tau_th T' = T0 + R_th P - T
 *   x' = (x_inf(T) - x) / (tau_c while x rises, tau_s while it falls),   x_inf = 1 / (1 + exp(-(T - T_c) / w))
 *
 *   T       K      spot_K, temperature of the spot
 *   x       -      collapsed, part of the brush that is collapsed
 *   P       W      optical power: environment.opticalPower_W, a waveform as a rule
 *   T0      K      temperature_K, of the chip; environment.temperature_K overrides it
 *   R_th    K/W    heating_K_W          tau_th  s   heating_s
 *   T_c, w  K      transition_K, width_K
 *   tau_c   s      collapse_s           tau_s   s   swelling_s
 *   G_on    S      openConductance_S    G_off = G_on / onOffRatio
 *
 * Qualitative apart from on/off, speed and the transition of the polymer: thermal resistance and times are ours. The
 * on/off of a run is G(lit)/G(dark) at 298.15 K, hence 59.96 rather than 60: seven kelvin below T_c a trace is collapsed.
 * A neighbour at distance r is heated by R_th P r_spot / r: give it that temperature. Holds for 20 to 60 degrees Celsius.
 */
export const pnipamGate: JunctionModel = {
  name: "pnipam-gate",
  aliases: ["pnipam"],
  title: "Thermoplasmonic PNIPAM gate",
  summary:
    "Light heats a spot, a thermoresponsive brush collapses and opens the pore; the memory lasts while it is lit.",
  source: "thermoplasmonic PNIPAM nanopore (2025), as reviewed: on/off about 60, a few ms",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-1, 1],
  states: [
    { name: "spot_K", unit: "K", description: "temperature of the spot" },
    { name: "collapsed", unit: "", description: "part of the brush that is collapsed, 0 to 1" },
  ],
  parameters: [
    ours("openConductance_S", "S", 20e-9, [0, 1], "conductance of the open pore", "scale only"),
    published("onOffRatio", "", 60, [1, 1e6], "conductance open over closed", "thermoplasmonic PNIPAM nanopore (2025)"),
    ours(
      "temperature_K",
      "K",
      ROOM_TEMPERATURE_K,
      [250, 400],
      "temperature T0 of the chip",
      "room temperature",
      [293.15, 333.15],
    ),
    ours(
      "heating_K_W",
      "K/W",
      12e3,
      [0, 1e9],
      "thermal resistance R_th of the spot",
      "1 mW crosses the transition by 5 K",
    ),
    ours("heating_s", "s", 0.2e-3, [1e-9, 1e3], "thermal time constant of the spot", "faster than the polymer"),
    ours(
      "transition_K",
      "K",
      305.15,
      [250, 400],
      "transition of PNIPAM in water",
      "handbook value 32 degrees C, nominal",
    ),
    ours("width_K", "K", 0.6, [1e-3, 50], "width of the transition", "sharp transition of a homopolymer"),
    ours("collapse_s", "s", 1.5e-3, [1e-9, 1e3], "time constant of the collapse", "reported rise of a few ms"),
    ours("swelling_s", "s", 3e-3, [1e-9, 1e3], "time constant of the swelling", "reported fall of a few ms"),
  ],

  resolve(given, environment) {
    const filled = fillParameters(pnipamGate, given);
    const { temperature_K } = environment;
    const parameters = temperature_K === undefined ? filled : { ...filled, temperature_K };
    const chip_K = numberOf(parameters, "temperature_K");
    const open_S = numberOf(parameters, "openConductance_S");
    const closed_S = open_S / numberOf(parameters, "onOffRatio");
    return makeKernel({
      model: pnipamGate,
      parameters,
      environment,
      derived: { closedConductance_S: closed_S },
      states: { spot_K: chip_K, collapsed: 0 },
      constants: {
        openConductance_S: open_S,
        closedConductance_S: closed_S,
        heating_K_W: numberOf(parameters, "heating_K_W"),
        heating_s: numberOf(parameters, "heating_s"),
        transition_K: numberOf(parameters, "transition_K"),
        width_K: numberOf(parameters, "width_K"),
        collapse_s: numberOf(parameters, "collapse_s"),
        swelling_s: numberOf(parameters, "swelling_s"),
      },
      dynamics: makeBank({
        states: 2,
        coupled: true,
        aim(_v, x, c, now, target, rate_per_s) {
          target[0] = (now.temperature_K ?? chip_K) + c[2] * (now.opticalPower_W ?? 0);
          rate_per_s[0] = 1 / c[3];
          target[1] = 1 / (1 + Math.exp(-(x[0] - c[4]) / c[5]));
          rate_per_s[1] = 1 / (target[1] > x[1] ? c[6] : c[7]);
        },
      }),
      terminals: {
        voltageDependent: false,
        conductance: (_v, x, c) => c[1] + (c[0] - c[1]) * x[1],
      },
    });
  },
};
