import { type ExponentialFit, fitExponential, type NoFit } from "./expFit.ts";

/** Short-term facilitation or depression by a train of equal pulses (STF, STD). */
export interface ShortTermTrain {
  /** I_n / I_1 of each pulse; NaN where lost. */
  readonly indices: readonly number[];
  readonly behaviour: "facilitation" | "depression" | "none";
  /** I_n / I_1 of the last pulse that was seen. */
  readonly last: number;
  /**
   * I_n / I_1 = offset + amplitude exp(-(n - 1) / tau): the offset is the level it saturates at, tau the number of pulses
   * n_0. Exact for a linear relaxer, whose n_0 is its time constant over the period (width + gap) of the train.
   */
  readonly fit: ExponentialFit | NoFit;
  /** n_0 times the period: the time constant of a linear relaxer, seconds; NaN without a fit. */
  readonly memory_s: number;
}

/**
 * @param current_A of every pulse in order, all in one sense (end of pulse, or mean of a window)
 * @param period_s from one pulse to the next
 * @throws RangeError when the period is not positive
 */
export function analyseShortTermTrain(current_A: ArrayLike<number>, period_s: number): ShortTermTrain {
  if (!(period_s > 0)) throw new RangeError(`period_s is ${period_s}, allowed are positive numbers`);
  const first = current_A[0] ?? Number.NaN;
  const indices = Array.from(current_A, (current) => current / first);
  const fit = fitExponential(
    indices.map((_, n) => n),
    indices,
    "decay",
  );
  const last = indices.findLast(Number.isFinite) ?? Number.NaN;
  return {
    indices,
    behaviour: !(Math.abs(last - 1) > 1e-6) ? "none" : last > 1 ? "facilitation" : "depression",
    last,
    fit,
    memory_s: fit.kind === "fit" ? fit.tau * period_s : Number.NaN,
  };
}
