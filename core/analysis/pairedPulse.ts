import { type ExponentialFit, fitExponential, type NoFit } from "./expFit.ts";
import { mean, sampleDeviation } from "./statistics.ts";

/** Paired-pulse index I2 / I1 at one gap, over its repeats. */
export interface PairedIndex {
  readonly gap_s: number;
  readonly index: number;
  /** Standard deviation over the repeats; NaN for one. */
  readonly deviation: number;
  readonly n: number;
}

export interface PairedPulseResult {
  readonly indices: readonly PairedIndex[];
  /** Whether the second pulse carries more current (facilitation) or less (depression) at the shortest gap. */
  readonly behaviour: "facilitation" | "depression" | "none";
  /** A0 + A1 exp(-gap/tau) where the index falls with the gap, A0 + A1 (1 - exp(-gap/tau)) where it rises. */
  readonly fit: ExponentialFit | NoFit;
}

/**
 * Paired-pulse facilitation or depression. The fit takes every pair on its own, so repeats carry their scatter.
 * @param pairs currents of the two pulses, both in the same sense (end of pulse or mean of a window)
 */
export function analysePairs(
  pairs: readonly { gap_s: number; first_A: number; second_A: number }[],
): PairedPulseResult {
  const byGap = new Map<number, number[]>();
  const gaps: number[] = [];
  const values: number[] = [];
  for (const { gap_s, first_A, second_A } of pairs) {
    const index = second_A / first_A;
    if (!Number.isFinite(index)) continue;
    const list = byGap.get(gap_s) ?? [];
    list.push(index);
    byGap.set(gap_s, list);
    gaps.push(gap_s);
    values.push(index);
  }
  const indices = [...byGap]
    .sort(([a], [b]) => a - b)
    .map(([gap_s, list]) => ({ gap_s, index: mean(list), deviation: sampleDeviation(list), n: list.length }));
  const decay = fitExponential(gaps, values, "decay");
  const fit = decay.kind === "fit" && decay.amplitude < 0 ? fitExponential(gaps, values, "recovery") : decay;
  const shortest = indices[0]?.index ?? Number.NaN;
  const away = Math.abs(shortest - 1) > 1e-6;
  return {
    indices,
    behaviour: !away || Number.isNaN(shortest) ? "none" : shortest > 1 ? "facilitation" : "depression",
    fit,
  };
}
