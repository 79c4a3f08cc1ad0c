import { finiteOf, mean, sampleDeviation } from "./statistics.ts";

/** What repeated trains say about the updates of a junction. One cycle = conductances before the first pulse and after each. */
export interface UpdateStatistics {
  readonly cycles: number;
  readonly pulses: number;
  /** Mean over the cycles after each pulse, siemens. */
  readonly mean_S: readonly number[];
  /** Standard deviation over the cycles after each pulse, siemens; NaN for one cycle. */
  readonly deviation_S: readonly number[];
  /** Mean step of each pulse and its deviation over the cycles. */
  readonly step_S: readonly number[];
  readonly stepDeviation_S: readonly number[];
  /** Pooled step deviation over the range of the mean train: sigma_CtoC of NeuroSim (0.035 for its example). */
  readonly cycleToCycle: number;
  /** Pulses whose mean step is larger than its deviation. */
  readonly effectiveStates: number;
  /** Mean over the pulses of (mean step / its deviation)^2. */
  readonly signalToNoise: number;
}

/** @throws RangeError when there is no cycle, or cycles differ in length */
export function analyseUpdates(cycles_S: readonly ArrayLike<number>[]): UpdateStatistics {
  const length = cycles_S[0]?.length ?? 0;
  if (length < 2) throw new RangeError(`a train has ${length} reads, allowed are 2 and more`);
  cycles_S.forEach((cycle, k) => {
    if (cycle.length !== length)
      throw new RangeError(`cycle ${k} has ${cycle.length} reads and cycle 0 has ${length}, they must be equal`);
  });
  const at = (n: number) => cycles_S.map((cycle) => cycle[n] ?? Number.NaN);
  const places = Array.from({ length }, (_, n) => n);
  const mean_S = places.map((n) => mean(at(n)));
  const steps = places.slice(1).map((n) => cycles_S.map((cycle) => (cycle[n] ?? 0) - (cycle[n - 1] ?? 0)));
  const step_S = steps.map(mean);
  const stepDeviation_S = steps.map(sampleDeviation);
  const range = Math.max(...finiteOf(mean_S)) - Math.min(...finiteOf(mean_S));
  const pooled = Math.sqrt(mean(stepDeviation_S.map((s) => s * s)));
  return {
    cycles: cycles_S.length,
    pulses: length - 1,
    mean_S,
    deviation_S: places.map((n) => sampleDeviation(at(n))),
    step_S,
    stepDeviation_S,
    cycleToCycle: pooled / range,
    effectiveStates: step_S.filter((step, n) => Math.abs(step) > (stepDeviation_S[n] ?? Number.NaN)).length,
    signalToNoise: mean(step_S.map((step, n) => (step / (stepDeviation_S[n] ?? Number.NaN)) ** 2)),
  };
}

/**
 * Mean over n of |G_p(n) - G_d(N - n)| over the range: 0 where the fall retraces the rise (definition of this project).
 * `worst` is the largest instead of the mean, another "NL" of the literature.
 * @param rise_S, fall_S the same number of reads each, in order of time
 * @throws RangeError when the trains differ in length
 */
export function symmetricError(
  rise_S: ArrayLike<number>,
  fall_S: ArrayLike<number>,
): { readonly mean: number; readonly worst: number } {
  if (rise_S.length !== fall_S.length)
    throw new RangeError(`rise has ${rise_S.length} reads and fall ${fall_S.length}, they must be equal`);
  const all = finiteOf([...Array.from(rise_S), ...Array.from(fall_S)]);
  const range = Math.max(...all) - Math.min(...all);
  const off = Array.from(rise_S, (g, n) => Math.abs(g - (fall_S[fall_S.length - 1 - n] ?? Number.NaN)) / range);
  return { mean: mean(off), worst: Math.max(...finiteOf(off)) };
}

/**
 * The symmetry point: where steps up and down are of one size (Gokmen & Haensch, Front. Neurosci. 14, 103 (2020),
 * 10.3389/fnins.2020.00103). Alternating pulses converge to it; the second half of the train is averaged, so its scatter shows.
 * @param conductance_S after each of alternating up and down pulses
 * @throws RangeError below 8 finite reads
 */
export function symmetryPoint(conductance_S: ArrayLike<number>): {
  readonly conductance_S: number;
  readonly deviation_S: number;
  /** Change of the mean from the third to the fourth quarter: large where the train has not converged. */
  readonly drift_S: number;
} {
  const values = finiteOf(conductance_S);
  if (values.length < 8) throw new RangeError(`a symmetry point needs 8 reads, there are ${values.length}`);
  // whole pairs of up and down, so that the mean is not biased to one side
  const pairs = values.slice(values.length % 2).reduce<number[]>((list, g, n, all) => {
    if (n % 2 === 1) list.push((g + (all[n - 1] ?? 0)) / 2);
    return list;
  }, []);
  const half = pairs.slice(pairs.length >> 1);
  const middle = half.length >> 1;
  return {
    conductance_S: mean(half),
    deviation_S: sampleDeviation(half),
    drift_S: mean(half.slice(middle)) - mean(half.slice(0, middle)),
  };
}
