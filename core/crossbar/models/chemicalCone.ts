import { makeBank } from "../engines/bank.ts";
import { makeFollower } from "../engines/follower.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import { CONDUCTANCE_STATE } from "../engines/relaxation.ts";
import type { Environment } from "../environment.ts";
import type { JunctionModel } from "../model.ts";
import { makeConeRatio } from "./coneRatio.ts";
import { conicalChannel, deriveCone, E_C, surroundCone } from "./conicalChannel.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Conical channel whose wall charge is regulated by ions that bind to it (trivalent ones at uM to mM): a slow weight
 * under the fast volatile memory. arXiv 2406.03195 (mechanism; kinetics ours).
 *
 *   theta' = k_on c (1 - theta) - k_off theta,   sigma = sigma_0 (1 - n theta)
 *   i = g v,   g' = (g_0 [1 + dg(sigma) I(Pe(sigma, v))] - g) / tau      as conicalChannel.ts
 *
 *   theta   -        theta            bound fraction, state
 *   c       mM       agent_mM; environment.saltRight_mM overrides
 *   k_on    1/(mM s) binding_per_mMs
 *   k_off   1/s      release_per_s
 *   n       -        neutralization   1: full coverage neutralizes, 2: it reverses the charge
 *
 * With Du ~ sigma and 1/w ~ psi_0(sigma), dg ~ sigma / psi_0 and Pe ~ psi_0: one table of I serves every sigma.
 * Temperature acts as on the cone, on tau and the polarization; binding rates are kept. Qualitative.
 */
export const chemicalCone: JunctionModel = {
  ...conicalChannel,
  name: "chemical-cone",
  aliases: ["cone-chemical", "chemical"],
  title: "Conical channel with chemically regulated charge",
  summary: "Ions that bind to the wall change its charge: a slow weight that sets how much the fast memory acts.",
  source: "arXiv 2406.03195",
  grade: "qualitative",
  states: [{ name: "theta", unit: "", description: "fraction of wall sites with a bound ion" }, CONDUCTANCE_STATE],
  parameters: [
    ...conicalChannel.parameters.filter(({ name }) => name !== "orientation"),
    ours("agent_mM", "mM", 0, [0, 100], "concentration c of the binding ion", "none: the bare cone", [0, 10]),
    ours("binding_per_mMs", "1/(mM s)", 1, [1e-6, 1e6], "binding rate k_on", "minutes at uM to mM"),
    ours("release_per_s", "1/s", 1e-2, [1e-9, 1e3], "release rate k_off", "100 s of retention"),
    ours("neutralization", "", 1, [0, 2], "charge taken away at full coverage, relative", "full coverage neutralizes"),
  ],

  resolve(given, environment) {
    const filled = fillParameters(chemicalCone, given);
    const parameters = surroundCone(filled, environment);
    const bare = deriveCone(parameters);
    const { zeroConductance_S, tau_s, ...derived } = bare;
    const table = makeConeRatio({ polarization: 1, exponent_perV: bare.exponent_perV, taper: bare.taper });
    const neutralization = numberOf(parameters, "neutralization");
    const reach =
      (2 * Math.PI * bare.debyeLength_m * bare.bjerrumLength_m * numberOf(parameters, "surfaceCharge_C_m2")) / E_C;
    const wall = Math.asinh(reach);
    const agent_mM = (now: Environment) => now.saltRight_mM ?? numberOf(parameters, "agent_mM");
    return makeKernel({
      model: chemicalCone,
      parameters,
      environment,
      derived,
      states: { theta: 0, conductance_S: zeroConductance_S },
      constants: {
        zeroConductance_S,
        tau_s,
        binding_per_mMs: numberOf(parameters, "binding_per_mMs"),
        release_per_s: numberOf(parameters, "release_per_s"),
      },
      dynamics: makeFollower({
        leader: makeBank({
          states: 1,
          aim(_v, _x, c, now, target, rate) {
            const bind = c[2] * agent_mM(now);
            rate[0] = bind + c[3];
            target[0] = bind / rate[0];
          },
        }),
        state: 1,
        target(v, x, c) {
          const part = 1 - neutralization * x[0];
          const psi = wall === 0 ? 0 : Math.asinh(reach * part) / wall;
          // a neutral wall polarizes nothing
          return psi === 0 ? c[0] : c[0] * Math.max(0, 1 + ((bare.polarization * part) / psi) * (table(v * psi) - 1));
        },
        tau_s: (_v, c) => c[1],
      }),
      terminals: { voltageDependent: false, conductance: (_v, x) => x[1] },
    });
  },
};
