import { countOf, numberOf, ours, ParameterError } from "../models/parameters.ts";
import { normal, streamOf, uniform } from "../random.ts";
import type { Effect, EffectSpec } from "./effect.ts";

/**
 * Molecules that pass through the pores and block part of their current: captures are a Poisson process whose rate follows
 * the voltage (drift, e.g. Grosberg and Rabin, J. Chem. Phys. 133, 165102 (2010), 10.1063/1.3495481), an occupied pore
 * takes no second one.
 *
 *   rate = R max(0, s v - v0)     conductance = g (1 - depth)     dwell = sum of n exponential steps, mean T
 *
 *   R   1/(s V)  captures per second and volt      s  sign of the voltage that drives molecules; 0: both do
 *   v0  V        no capture below                   n  1: exponential dwells; relative spread 1/sqrt(n)
 *
 * Times are exact where the voltage is held: the integral of the rate between two captures is an exponential number that
 * (seed, junction, capture) give, whatever the steps. Samples see a pore as it is at their instant; a blockade between two
 * samples is in the list and in no sample. Edges have no duration here: the low-pass of the amplifier rounds them.
 */
export interface Translocation {
  /** Row-major. */
  readonly junction: number;
  /** Seconds of the array's clock. */
  readonly start_s: number;
  readonly end_s: number;
  /** Blocked part of the conductance, 0 to 1. */
  readonly depth: number;
}

export interface TranslocationEffect extends Effect {
  /** Every capture so far in the order of their starts within a junction; the first million, the figures count all. */
  readonly events: readonly Translocation[];
}

const MOST_LISTED = 1_000_000;
/** Steps in a mean dwell while a pore is blocked, so that what follows the current between samples sees it. */
const STEPS_PER_DWELL = 10;

export const translocations: EffectSpec = {
  name: "translocations",
  title: "Translocations",
  summary: "Molecules pass through the pores and block part of their current: the signal of a nanopore sensor.",
  source: "10.1063/1.3495481; numbers of ours",
  parameters: [
    ours(
      "capture_Hz_V",
      "Hz/V",
      1000,
      [0, 1e9],
      "captures per second and volt R",
      "tens of nM through a pore at 0.1 V",
    ),
    ours("threshold_V", "V", 0, [0, 100], "no capture below v0", "0: drift alone"),
    ours("polarity", "", 1, [-1, 1], "sign of the voltage that drives molecules in; 0: both", "DNA towards the anode"),
    ours("depth", "", 0.3, [0, 1], "mean blocked part of the conductance", "order of PEG in alpha-haemolysin"),
    ours("depthSpread", "", 0.03, [0, 1], "standard deviation of the blocked part", "10 % of the depth"),
    ours("dwell_s", "s", 1e-3, [1e-9, 1e6], "mean dwell T", "ms: slow enough for a patch-clamp amplifier"),
    ours("dwellSteps", "", 1, [1, 1000], "exponential steps of a dwell n", "1: one barrier"),
  ],
  make(given, { grid, seed }): TranslocationEffect {
    const read = (name: string) => numberOf(given, name);
    const [capture_Hz_V, threshold_V, polarity] = [read("capture_Hz_V"), read("threshold_V"), read("polarity")];
    if (polarity !== -1 && polarity !== 0 && polarity !== 1)
      throw new ParameterError("polarity", `translocations: polarity is ${polarity}, allowed are -1, 0 and 1`);
    const [depth, depthSpread, dwell_s] = [read("depth"), read("depthSpread"), read("dwell_s")];
    const steps = countOf(given, "dwellSteps");
    const count = grid.rows * grid.columns;
    const streams = Array.from({ length: count }, (_, k) => ({
      capture: streamOf(`translocation-capture-${k}`),
      dwell: streamOf(`translocation-dwell-${k}`),
      depth: streamOf(`translocation-depth-${k}`),
    }));
    /** What is left of the integral of the rate until the next capture. */
    const left = Float64Array.from(streams, (stream) => -Math.log(uniform(seed, stream.capture, 0)));
    const captures = new Float64Array(count);
    /** When the pore is free again; -Infinity while it is. */
    const until_s = new Float64Array(count).fill(-Infinity);
    const blocked = new Float64Array(count);
    const events: Translocation[] = [];
    let [busy, total, totalDwell_s, totalDepth] = [false, 0, 0, 0];

    const capture = (k: number, start_s: number): void => {
      const { capture, dwell, depth: depths } = streams[k];
      const event = captures[k];
      captures[k] = event + 1;
      left[k] = -Math.log(uniform(seed, capture, event + 1));
      let own_s = 0;
      for (let n = 0; n < steps; n++) own_s -= (Math.log(uniform(seed, dwell, event * steps + n)) * dwell_s) / steps;
      const part = Math.min(1, Math.max(0, depth + depthSpread * normal(seed, depths, event)));
      until_s[k] = start_s + own_s;
      blocked[k] = part;
      total++;
      totalDwell_s += own_s;
      totalDepth += part;
      if (events.length < MOST_LISTED) events.push({ junction: k, start_s, end_s: start_s + own_s, depth: part });
    };

    return {
      name: "translocations",
      events,
      gains(gain) {
        for (let k = 0; k < count; k++) if (until_s[k] > -Infinity) gain[k] = gain[k] * (1 - blocked[k]);
      },
      largestStep_s: () => (busy ? dwell_s / STEPS_PER_DWELL : Infinity),
      advance({ time_s, voltage_V }, dt_s) {
        const end_s = time_s + dt_s;
        let changed = false;
        busy = false;
        for (let k = 0; k < count; k++) {
          const v = voltage_V[k];
          const rate_Hz = capture_Hz_V * Math.max(0, (polarity === 0 ? Math.abs(v) : polarity * v) - threshold_V);
          const before = until_s[k] > -Infinity ? blocked[k] : 0;
          let now_s = time_s;
          for (;;) {
            if (until_s[k] > end_s) break;
            // free from here on in this step
            now_s = Math.max(now_s, until_s[k]);
            until_s[k] = -Infinity;
            const hazard = rate_Hz * (end_s - now_s);
            if (!(left[k] <= hazard)) {
              left[k] = left[k] - hazard;
              break;
            }
            capture(k, now_s + left[k] / rate_Hz);
          }
          const after = until_s[k] > -Infinity ? blocked[k] : 0;
          if (after !== before) changed = true;
          if (until_s[k] > -Infinity) busy = true;
        }
        return changed;
      },
      figures: () => ({
        captures: total,
        meanDwell_s: total > 0 ? totalDwell_s / total : 0,
        meanDepth: total > 0 ? totalDepth / total : 0,
      }),
    };
  },
};
