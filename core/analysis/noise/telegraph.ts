import type { NoFit } from "../expFit.ts";
import { decodeLevels, type HiddenLevels, learnLevels } from "./hiddenLevels.ts";

/** One level of random telegraph noise. */
export interface TelegraphLevel {
  readonly level: number;
  /** Part of the time spent here. */
  readonly occupancy: number;
  /** Mean dwell time from the learned transition probabilities; with two levels corrected for dwells between two samples. */
  readonly dwell_s: number;
  /** 95 %: whole dwells are exponential, their mean scatters by 1 / sqrt(count). */
  readonly interval95_s: readonly [number, number];
  /** Whole dwells on the most probable path, in order; the first and the last of the record are cut and left out. */
  readonly dwells_s: readonly number[];
}

export interface Telegraph {
  readonly kind: "fit";
  /** Ascending. For two levels of a current: low is the captured state (tau_e), high the empty one (tau_c). */
  readonly levels: readonly TelegraphLevel[];
  /** Noise around the levels. */
  readonly deviation: number;
  /** Largest minus smallest level, and over the mean of the record: dI/I. */
  readonly step: number;
  readonly relativeStep: number;
  /** Two levels only: corner of the Lorentzian, (1/tau_low + 1/tau_high) / (2 pi), 10.1063/1.1721637; NaN otherwise. */
  readonly corner_Hz: number;
  /** Gain of the Bayesian information criterion over one level less: above 10 the levels are there beyond doubt. */
  readonly evidence: number;
}

/** Below this gain the record is called a single level with noise (Kass & Raftery, 10.1080/01621459.1995.10476572: "very strong"). */
const VERY_STRONG = 10;

/**
 * Levels and dwell times of random telegraph noise by a hidden Markov model: levels with Gaussian noise of one width,
 * learned by Baum & Welch and decoded by Viterbi (Rabiner, Proc. IEEE 77, 257 (1989), 10.1109/5.18626).
 * With two levels the rates follow exactly from the step matrix exp(Q dt), whatever the sampling: k = p K / s,
 * K = -ln(1 - s) / dt, s = p_01 + p_10.
 * @param record NaN where a sample was lost: it then says nothing, time goes on
 * @param options.levels number of levels, 2 to 4; default as many as the evidence supports
 * @throws RangeError for a period that is not positive, less than 100 samples, other numbers of levels
 */
export function findTelegraph(
  record: ArrayLike<number>,
  samplePeriod_s: number,
  options: { readonly levels?: number } = {},
): Telegraph | NoFit {
  if (!(samplePeriod_s > 0)) throw new RangeError(`samplePeriod_s is ${samplePeriod_s}, allowed are positive numbers`);
  if (record.length < 100) throw new RangeError(`the record has ${record.length} samples, allowed are 100 and more`);
  const { levels } = options;
  if (levels !== undefined && !(Number.isInteger(levels) && levels >= 2 && levels <= 4))
    throw new RangeError(`levels is ${levels}, allowed are 2, 3 and 4`);
  let below = learnLevels(record, 1);
  if (!below || !(below.deviation > 0)) return { kind: "none", reason: "the record does not change" };
  let best: { model: HiddenLevels; evidence: number } | undefined;
  for (let count = 2; count <= (levels ?? 4); count++) {
    const model = learnLevels(record, count);
    if (!model) break;
    const evidence = below.criterion - model.criterion;
    if (levels === undefined && evidence < VERY_STRONG) break;
    best = { model, evidence };
    below = model;
  }
  if (!best || best.evidence < VERY_STRONG)
    return { kind: "none", reason: "one level with noise explains the record as well as several" };
  return describe(record, samplePeriod_s, best.model, best.evidence);
}

function describe(record: ArrayLike<number>, dt_s: number, model: HiddenLevels, evidence: number): Telegraph {
  const count = model.levels.length;
  const path = decodeLevels(record, model);
  const time = new Float64Array(count);
  const dwells: number[][] = model.levels.map(() => []);
  let start = 0;
  let sum = 0;
  for (let k = 0; k < path.length; k++) {
    time[path[k]!]!++;
    sum += model.levels[path[k]!]!;
    if (k > 0 && path[k] !== path[k - 1]) {
      if (start > 0) dwells[path[k - 1]!]!.push((k - start) * dt_s);
      start = k;
    }
  }
  const levels = model.levels.map((level, s) => {
    const dwell_s = dwellOf(model, s, dt_s);
    const spread = 1.96 / Math.sqrt(Math.max(1, dwells[s]!.length));
    return {
      level,
      occupancy: time[s]! / path.length,
      dwell_s,
      interval95_s: [dwell_s * Math.exp(-spread), dwell_s * Math.exp(spread)] as const,
      dwells_s: dwells[s]!,
    };
  });
  const step = model.levels.at(-1)! - model.levels[0]!;
  const [low, high] = levels;
  return {
    kind: "fit",
    levels,
    deviation: model.deviation,
    step,
    relativeStep: step / Math.abs(sum / path.length),
    corner_Hz: count === 2 && low && high ? (1 / low.dwell_s + 1 / high.dwell_s) / (2 * Math.PI) : Number.NaN,
    evidence,
  };
}

function dwellOf(model: HiddenLevels, state: number, dt_s: number): number {
  const stay = model.transition[state]![state]!;
  if (model.levels.length > 2) return -dt_s / Math.log(stay);
  const leave = 1 - stay;
  const both = leave + 1 - model.transition[1 - state]![1 - state]!;
  // both >= 1: faster than the samples can tell
  return both < 1 ? (dt_s * both) / (-Math.log1p(-both) * leave) : Number.NaN;
}
