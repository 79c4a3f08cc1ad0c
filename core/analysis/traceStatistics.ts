import type { RunData } from "../record/runData.ts";

/** What the samples of one column between two times add up to. */
export interface TraceStatistics {
  /** Lost ones included. */
  readonly samples: number;
  readonly lost: number;
  readonly overloads: number;
  /** Means and extremes of the samples that are there; NaN without any. */
  readonly mean_A: number;
  readonly least_A: number;
  readonly largest_A: number;
  readonly mean_V: number;
  /** Sum of I dt over the samples that are there. */
  readonly charge_C: number;
  /** Time that was sampled, lost samples left out: the rest is pauses between steps. */
  readonly sampled_s: number;
}

/**
 * Statistics of a stretch of a record, sample by sample. A sample belongs to it when its moment lies in [from_s, to_s).
 * @param column sensed column
 */
export function traceStatistics(run: RunData, column: number, from_s: number, to_s: number): TraceStatistics {
  let [samples, lost, overloads, sum_A, sum_V, voltages, charge_C, sampled_s] = [0, 0, 0, 0, 0, 0, 0, 0];
  let [least_A, largest_A] = [Infinity, -Infinity];
  for (const { block } of run.blocks()) {
    if (block.channel !== column) continue;
    const { startTime_s, samplePeriod_s, current_A, voltage_V, overload } = block;
    const at = (time_s: number) => Math.max(0, Math.ceil((time_s - startTime_s) / samplePeriod_s - 1e-9));
    const end = Math.min(current_A.length, at(to_s));
    for (let k = at(from_s); k < end; k++) {
      samples += 1;
      overloads += overload[k] ?? 0;
      const [i, v] = [current_A[k] ?? Number.NaN, voltage_V[k] ?? Number.NaN];
      if (Number.isFinite(v)) {
        sum_V += v;
        voltages += 1;
      }
      if (Number.isNaN(i)) {
        lost += 1;
        continue;
      }
      sum_A += i;
      charge_C += i * samplePeriod_s;
      sampled_s += samplePeriod_s;
      least_A = Math.min(least_A, i);
      largest_A = Math.max(largest_A, i);
    }
  }
  const kept = samples - lost;
  const none = kept === 0;
  return {
    samples,
    lost,
    overloads,
    mean_A: none ? Number.NaN : sum_A / kept,
    least_A: none ? Number.NaN : least_A,
    largest_A: none ? Number.NaN : largest_A,
    mean_V: voltages === 0 ? Number.NaN : sum_V / voltages,
    charge_C: none ? Number.NaN : charge_C,
    sampled_s,
  };
}
