import { makeBank } from "../engines/bank.ts";
import type { Environment } from "../environment.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { deriveCone, surroundCone } from "./conicalChannel.ts";
import { makeConeRatio, makeQuadrature } from "./coneRatio.ts";
import { fillParameters, numberOf, ours, ParameterError } from "./parameters.ts";

/**
 * Conical PET pore filled with a gel: it rectifies as the open cone does (reported), more slowly, and swells.
 * Cone of 10.1103/PhysRevLett.130.268401 (conical-channel).
 *
 *   i = g0 x v / (1 + k s)
 *   x' = (r(v) - x) / tau,   r = g_inf / g0 of the open cone,   g0 = g0(open) D_gel / D,   tau = L^2 / (12 D_gel)
 *   tau_s s' = (E / E_c)^2 - s,   E = v / L
 *
 *   x       -      polarization, conductance relative to an unpolarized cone
 *   s       -      swelling, which narrows the pore              k     -   swellingResistance
 *   D_gel   m2/s   gelDiffusion_m2_s, at 25 degrees Celsius      tau_s s   swelling_s          E_c  V/m  swellingField_V_m
 *
 * A gel slows ions and electro-osmosis alike, which leaves the wall's w, and with it r(v), as in the open cone.
 * Qualitative: rectification is reported to survive, no number of gel or swelling is. |v| < 2 V.
 */
export const gelCone: JunctionModel = {
  name: "gel-cone",
  aliases: ["gel-filled-cone"],
  title: "Gel-filled conical pore",
  summary: "The polarization of a cone at the pace of ions in a gel, in series with slow swelling by the field.",
  source: "gel-filled PET cones as reviewed (rectification kept); cone 10.1103/PhysRevLett.130.268401",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-2, 2],
  states: [
    { name: "polarization", unit: "", description: "conductance relative to an unpolarized cone" },
    { name: "swelling", unit: "", description: "swelling of the gel, 0 at rest" },
  ],
  parameters: [
    ours("length_m", "m", 12e-6, [1e-8, 1e-2], "length L", "thickness of a track-etched PET film"),
    ours("baseRadius_m", "m", 200e-9, [1e-9, 1e-4], "radius of the wide end", "as the open cone"),
    ours(
      "tipRadius_m",
      "m",
      50e-9,
      [1e-9, 1e-4],
      "radius of the narrow end, at most the base radius",
      "as the open cone",
    ),
    ours("salt_mM", "mM", 0.1, [1e-3, 1e3], "KCl of both reservoirs", "as the open cone", [0.1, 10]),
    ours("surfaceCharge_C_m2", "C/m2", -2.4e-4, [-1, 1], "charge density of the wall", "as the open cone, rounded"),
    ours("diffusion_m2_s", "m2/s", 1.75e-9, [1e-14, 1e-7], "diffusion coefficient of KCl in water", "as the open cone"),
    ours("gelDiffusion_m2_s", "m2/s", 2e-10, [1e-15, 1e-7], "diffusion coefficient in the gel", "a decade below water"),
    ours("temperature_K", "K", 293.15, [250, 400], "operating temperature", "as the open cone"),
    ours("swelling_s", "s", 3, [1e-3, 1e6], "time constant of the swelling", "order of seconds"),
    ours("swellingField_V_m", "V/m", 1e5, [1, 1e10], "field E_c that swells the gel by 1", "1.2 V across the film"),
    ours("swellingResistance", "", 0.3, [0, 1e3], "relative rise k of the resistance per swelling", "a mild effect"),
    ours(
      "orientation",
      "",
      1,
      [-1, 1],
      "1: conductance falls for v > 0; -1: the cone the other way round",
      "as the cone",
    ),
  ],

  resolve(given, environment) {
    const filled = fillParameters(gelCone, given);
    const orientation = numberOf(filled, "orientation");
    if (Math.abs(orientation) !== 1)
      throw new ParameterError("orientation", `gel-cone: orientation is ${orientation}, allowed are 1 and -1`);
    if (numberOf(filled, "tipRadius_m") > numberOf(filled, "baseRadius_m"))
      throw new ParameterError(
        "tipRadius_m",
        `gel-cone: tipRadius_m is ${numberOf(filled, "tipRadius_m")} m, allowed is at most the base radius of ${numberOf(filled, "baseRadius_m")} m`,
      );
    const parameters = surroundCone(filled, environment);
    const cone = deriveCone(parameters);
    const obstruction = numberOf(filled, "gelDiffusion_m2_s") / numberOf(filled, "diffusion_m2_s");
    const reference = makeConeRatio(cone);
    const length_m = numberOf(parameters, "length_m");
    const field_V_m = numberOf(parameters, "swellingField_V_m");
    let surroundings = environment;
    let paceNow = 1;
    let conductanceNow = 1;
    let ratio = reference;
    const surround = (now: Environment): void => {
      if (now === surroundings) return;
      surroundings = now;
      if (now === environment) {
        [paceNow, conductanceNow, ratio] = [1, 1, reference];
        return;
      }
      const other = deriveCone(surroundCone(filled, now));
      paceNow = cone.tau_s / other.tau_s;
      conductanceNow = other.zeroConductance_S / cone.zeroConductance_S;
      // no table for surroundings that may last one step
      ratio = other.polarization === 0 ? () => 1 : makeQuadrature(other);
    };
    const tau_s = cone.tau_s / obstruction;
    const restConductance_S = cone.zeroConductance_S * obstruction;
    return makeKernel({
      model: gelCone,
      parameters,
      environment,
      derived: { tau_s, restConductance_S, dukhin: cone.dukhin, debyeLength_m: cone.debyeLength_m },
      states: { polarization: 1, swelling: 0 },
      constants: {
        restConductance_S,
        tau_s,
        swelling_s: numberOf(parameters, "swelling_s"),
        swellingResistance: numberOf(parameters, "swellingResistance"),
      },
      dynamics: makeBank({
        states: 2,
        aim(v, _x, c, now, target, rate_per_s) {
          surround(now);
          target[0] = ratio(orientation * v);
          rate_per_s[0] = paceNow / c[1];
          target[1] = (v / length_m / field_V_m) ** 2;
          rate_per_s[1] = 1 / c[2];
        },
      }),
      terminals: {
        voltageDependent: false,
        conductance(_v, x, c, now) {
          surround(now);
          return (c[0] * conductanceNow * x[0]) / (1 + c[3] * x[1]);
        },
      },
    });
  },
};
