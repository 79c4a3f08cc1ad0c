import type { Dynamics } from "../engines/dynamics.ts";
import { makeKernel } from "../engines/makeKernel.ts";
import type { JunctionModel } from "../model.ts";
import { conductivityRatio, makeMobility } from "./mobility.ts";
import { fillParameters, numberOf, ours } from "./parameters.ts";

/**
 * Pore lined with a polyimidazolium brush, whose anions leave and enter slowly: facilitation at one polarity, depression
 * at the other, at biological voltages. Xiong et al. 2023, Science 379, 156, 10.1126/science.adc9150.
 *
 *   i = G0 exp(a x) v,   x' = (tanh(v / V_s) - x) / tau,   tau = tau_load while |x| grows, tau_unload while it shrinks
 *   a -> anion a (1 - K c / (1 + K c)),   tau -> anion tau
 *
 *   x           -      anions loaded into (x > 0) or drained out of (x < 0) the brush
 *   G0          S      conductance_S
 *   a           -      gain, logarithm of the conductance between an empty and a neutral brush
 *   V_s         V      scale_V
 *   tau_load    s      loading_s
 *   tau_unload  s      unloading_s
 *   anion       -      anionFactor: 1 chloride, above for anions that bind more strongly (perchlorate)
 *   K, c        1/mM, mM   binding_per_mM, binder_mM: a binder such as ATP takes the places of the anions
 *
 * Qualitative: the source shows mechanism, polarity and energy class (fJ to pJ), no time constant or conductance is stated.
 * Form and defaults are ours. Temperature acts through D(T) of the anions. Holds below 0.5 V, 1 to 100 mM.
 * A chemical gradient across the brush is a battery in series with it; what then spikes is a circuit, not a junction.
 */
export const polyimidazoliumBrush: JunctionModel = {
  name: "polyimidazolium-brush",
  aliases: ["brush"],
  title: "Polyimidazolium-brush pore",
  summary: "Anions load into and drain out of a brush with two different time constants; conductance is exp(a x).",
  source: "10.1126/science.adc9150",
  grade: "qualitative",
  plug: "memristive",
  claims: { passive: true, pinched: true },
  validRange_V: [-0.5, 0.5],
  states: [{ name: "loading", unit: "", description: "anions in the brush relative to rest, -1 to 1" }],
  parameters: [
    ours("conductance_S", "S", 2e-9, [0, 1], "conductance G0 at rest", "0.2 pJ per 0.1 V, 10 ms spike: fJ to pJ class"),
    ours(
      "gain",
      "",
      1.5,
      [-10, 10],
      "logarithmic conductance change a of a full brush",
      "order of the paired-pulse ratios",
    ),
    ours(
      "scale_V",
      "V",
      0.25,
      [1e-3, 10],
      "voltage V_s that loads the brush to 76 %",
      "response at biological voltages",
    ),
    ours(
      "loading_s",
      "s",
      0.05,
      [1e-6, 1e6],
      "time constant while |x| grows",
      "ms to s, as in the source's spike trains",
    ),
    ours(
      "unloading_s",
      "s",
      0.2,
      [1e-6, 1e6],
      "time constant while |x| shrinks",
      "slower than loading: anions stay bound",
    ),
    ours("anionFactor", "", 1, [0, 100], "factor of the anion on a and tau, 1 for chloride", "order ClO4 > Cl only"),
    ours("binder_mM", "mM", 0, [0, 1e3], "concentration c of a binder such as ATP", "none"),
    ours("binding_per_mM", "1/mM", 1, [0, 1e6], "binding constant K of the binder", "scale only"),
  ],

  resolve(given, environment) {
    const parameters = fillParameters(polyimidazoliumBrush, given);
    const anion = numberOf(parameters, "anionFactor");
    const bound = numberOf(parameters, "binding_per_mM") * numberOf(parameters, "binder_mM");
    const mobility = makeMobility();
    return makeKernel({
      model: polyimidazoliumBrush,
      parameters,
      environment,
      states: { loading: 0 },
      constants: {
        restConductance_S: numberOf(parameters, "conductance_S"),
        gain: (anion * numberOf(parameters, "gain")) / (1 + bound),
        scale_V: numberOf(parameters, "scale_V"),
        loading_s: anion * numberOf(parameters, "loading_s"),
        unloading_s: anion * numberOf(parameters, "unloading_s"),
      },
      dynamics: makeBrushDynamics(mobility),
      terminals: {
        voltageDependent: false,
        conductance: (_v, x, c, now) => c[0] * Math.exp(c[1] * x[0]) * conductivityRatio(mobility(now), now),
      },
    });
  },
};

/** Exact: a held voltage empties the brush first, with one time constant, and then loads it with the other. */
function makeBrushDynamics(mobility: ReturnType<typeof makeMobility>): Dynamics {
  return {
    held: "exact",
    rule: "exact exponential with a cut where the brush is empty, any step",
    stochastic: false,
    advance(v, dt_s, x, c, environment) {
      const speed = mobility(environment);
      const target = Math.tanh(v / c[2]);
      let left_s = dt_s * speed;
      // |x| shrinks where x lies beyond the target or on the other side of 0
      if (x[0] !== 0 && (target - x[0]) * x[0] <= 0) {
        const crosses = target * x[0] < 0;
        const empty_s = crosses ? c[4] * Math.log1p(-x[0] / target) : Infinity;
        if (left_s < empty_s) {
          x[0] -= (target - x[0]) * Math.expm1(-left_s / c[4]);
          return;
        }
        x[0] = 0;
        left_s -= empty_s;
      }
      if (c[3] > 0) x[0] -= (target - x[0]) * Math.expm1(-left_s / c[3]);
      else x[0] = target;
    },
    settle(v, x, c) {
      x[0] = Math.tanh(v / c[2]);
    },
    times(_v, _x, c, environment, times_s) {
      const speed = mobility(environment);
      times_s[0] = Math.min(c[3], c[4]) / speed;
      times_s[1] = Math.max(c[3], c[4]) / speed;
    },
  };
}
