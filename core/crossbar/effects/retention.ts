import { numberOf, ours } from "../models/parameters.ts";
import type { EffectSpec } from "./effect.ts";

/**
 * How long a written state is there. For one relaxation time, g(t) = g_0 + (g - g_0) e^(-t / tau):
 *
 *   time until a part eps of the excess is lost     t_r = tau ln(1 / (1 - eps)): the refresh period
 *   levels that reads tell apart                    range / (2 x 3 sigma_read)
 *
 * As an effect: junctions that would hold their conductance for ever (ohmic) relax towards g_rest with tau. Models with
 * a relaxation of their own need none and are refused.
 */
export function retained_S(conductance_S: number, rest_S: number, tau_s: number, time_s: number): number {
  return rest_S + (conductance_S - rest_S) * Math.exp(-time_s / tau_s);
}

/** @param loss part of the excess that may be lost, between 0 and 1 */
export function refreshPeriod_s(tau_s: number, loss: number): number {
  if (!(loss > 0 && loss < 1)) throw new RangeError(`loss is ${loss}, allowed are values between 0 and 1`);
  return -tau_s * Math.log1p(-loss);
}

/** Levels between two conductances that reads of this standard deviation tell apart, 3 sigma to either side. */
export function levelCount(range_S: number, readSigma_S: number): number {
  return Math.floor(range_S / (6 * readSigma_S));
}

export const retention: EffectSpec = {
  name: "retention",
  title: "Retention",
  summary: "Programmed conductances relax towards a rest value with one time constant.",
  source: "first-order loss; numbers of ours",
  parameters: [
    ours("tau_s", "s", 3600, [1e-9, 1e12], "time constant of the loss", "2D slits: minutes to hours"),
    ours("rest_S", "S", 1e-9, [0, 1], "conductance that is left", "order of a 10 nm pore"),
  ],
  make(given, { kernel, state }) {
    const [tau_s, rest_S] = [numberOf(given, "tau_s"), numberOf(given, "rest_S")];
    const holds = kernel.timescales(state).min_s === Infinity && state.names.includes("conductance_S");
    if (!holds)
      throw new RangeError(
        `retention does not fit ${kernel.model.name}, whose states move by themselves; allowed are junctions that hold a conductance (ohmic)`,
      );
    const g = state.field("conductance_S");
    return {
      name: "retention",
      largestStep_s: () => 0.1 * tau_s,
      advance(_moment, dt_s) {
        const left = Math.exp(-dt_s / tau_s);
        for (let k = 0; k < g.length; k++) g[k] = rest_S + (g[k] - rest_S) * left;
        return true;
      },
      figures: () => ({ tau_s, refreshPeriod1Percent_s: refreshPeriod_s(tau_s, 0.01) }),
    };
  },
};
