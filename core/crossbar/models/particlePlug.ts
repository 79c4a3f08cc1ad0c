import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel, ParameterSpec } from "../model.ts";
import { fillParameters, numberOf, ours, ParameterError } from "./parameters.ts";
import { makePlugDynamics } from "./plugStates.ts";

/**
 * Particles that plug a pore. PNAS 119, e2200845119 (2022), 10.1073/pnas.2200845119: a stimulus of about 200 mV or 1 atm
 * plugs the pore, with response down to milliseconds; rigid particles are trapped while they are pushed (volatile), soft
 * liposomes (DPhPC) wedge, close up to 100 % and stay (nonvolatile).
 *
 *   i = G [o + 0.1 t + 0 w] v,   o + t + w = 1
 *   open -> trapped   k_c = k_c0 exp(u)          u = v / V_c + dp / p_c, dp = environment.pressure_Pa, into the pore
 *   trapped -> open   k_r = k_r0 exp(-u)
 *   trapped -> wedged k_w = k_w0 (exp(u) - 1) for u > 0: only a push wedges (liposomes alone)
 *   anything -> open  at once where -dp > p_reset
 *
 *   t, w    -     trapped, wedged
 *   G       S     openConductance_S       0.1   -   trappedRatio
 *   k_c0    1/s   capture_per_s        V_c   V   scale_V
 *   k_r0    1/s   release_per_s        p_c   Pa  scale_Pa, such that 1 atm acts as 200 mV
 *   k_w0    1/s   wedging_per_s
 *   p_reset Pa    reset_Pa
 *
 * Qualitative: stimulus, time class and volatility are published, rates are ours. k_c(0.2 V) = 2.73/s; a millisecond
 * response takes k_c0 = 20/s (more particles). Two values were at hand for k_r0, 50/s and 1000/s; with the larger one rigid
 * particles would plug a seventh of the time at the published 200 mV, hence 50/s. Valid below 0.5 V and 2 atm.
 */
export const ATMOSPHERE_PA = 101325;
const PLUGS = "10.1073/pnas.2200845119";

export function makePlugModel(
  about: Pick<JunctionModel, "name" | "aliases" | "title" | "summary">,
  soft: boolean,
): JunctionModel {
  const wedging: readonly ParameterSpec[] = soft
    ? [ours("wedging_per_s", "1/s", 10, [0, 1e6], "wedging rate k_w0 of a trapped liposome", "within a push of 0.1 s")]
    : [];
  const model: JunctionModel = {
    ...about,
    source: PLUGS,
    grade: "qualitative",
    plug: "memristive",
    claims: { passive: true, pinched: true },
    validRange_V: [-0.5, 0.5],
    states: [
      { name: "trapped", unit: "", description: "part of the pores with a trapped particle" },
      { name: "wedged", unit: "", description: "part of the pores with a wedged particle" },
    ],
    parameters: [
      ours("openConductance_S", "S", 10e-9, [0, 1], "conductance G of the open pore", "scale only"),
      ours(
        "trappedRatio",
        "",
        0.1,
        [0, 1],
        "conductance with a trapped particle over that of the open pore",
        "strong, not complete",
      ),
      ours(
        "capture_per_s",
        "1/s",
        0.05,
        [0, 1e6],
        "capture rate k_c0, proportional to the number of particles",
        "2.73/s at 0.2 V",
      ),
      ours("release_per_s", "1/s", 50, [0, 1e6], "release rate k_r0", "20 ms without a push"),
      ...wedging,
      ours("scale_V", "V", 0.05, [1e-3, 10], "voltage V_c of an e-fold", "a quarter of the published stimulus"),
      ours(
        "scale_Pa",
        "Pa",
        ATMOSPHERE_PA / 4,
        [1, 1e9],
        "pressure p_c of an e-fold",
        "1 atm acts as 200 mV, the published stimuli",
      ),
      ours(
        "reset_Pa",
        "Pa",
        ATMOSPHERE_PA,
        [0, 1e9],
        "pressure out of the pore that empties it",
        "order of the published stimulus",
        [0, 2 * ATMOSPHERE_PA],
      ),
      ours("pores", "", 1, [1, 1e6], "pores at a crossing, a whole number, where stochastic", "single pore"),
      ours("stochastic", "", 0, [0, 1], "0: mean of many pores, 1: whole particles", "mean field"),
      ours("orientation", "", 1, [-1, 1], "1: v > 0 drives particles in; -1: v < 0 does", "sign convention"),
    ],

    resolve(given, environment) {
      const parameters = fillParameters(model, given);
      const value = (name: string) => numberOf(parameters, name);
      const orientation = value("orientation");
      if (Math.abs(orientation) !== 1)
        throw new ParameterError("orientation", `${model.name}: orientation is ${orientation}, allowed are 1 and -1`);
      const [pores, stochastic] = [value("pores"), value("stochastic")];
      if (!Number.isInteger(pores))
        throw new ParameterError("pores", `${model.name}: pores is ${pores}, allowed are whole numbers from 1`);
      if (stochastic !== 0 && stochastic !== 1)
        throw new ParameterError("stochastic", `${model.name}: stochastic is ${stochastic}, allowed are 0 and 1`);
      return makeKernel({
        model,
        parameters,
        environment,
        states: { trapped: 0, wedged: 0 },
        // in the order of PLUG
        constants: {
          openConductance_S: value("openConductance_S"),
          capture_per_s: value("capture_per_s"),
          release_per_s: value("release_per_s"),
          wedging_per_s: soft ? value("wedging_per_s") : 0,
          scale_V: value("scale_V"),
          scale_Pa: value("scale_Pa"),
          reset_Pa: value("reset_Pa"),
          pores,
          trappedRatio: value("trappedRatio"),
        },
        dynamics: makePlugDynamics(orientation, stochastic === 1),
        terminals: {
          voltageDependent: false,
          conductance: (_v, x, c) => c[0] * Math.max(0, 1 - x[1] - (1 - c[8]) * x[0]),
        },
      });
    },
  };
  return model;
}
