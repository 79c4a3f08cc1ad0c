import type { RunData } from "../record/runData.ts";
import { decimate } from "./decimate.ts";
import type { TimeTrace } from "./traceFigure.ts";

/** Points kept of a whole run: far more than a drawing has pixels, far less than a run has samples. */
const POINTS = 16384;
/** However short a block is beside the run, its extremes stay. */
const LEAST_PER_BLOCK = 16;

/** The column with the most samples by the record's own counts, so that no sample is read to choose it. */
function busiestColumn(run: RunData): { readonly column: number; readonly samples: number } {
  const counts = new Map<number, number>();
  for (const event of run.events) {
    if (event.kind !== "step-finished") continue;
    const { columns, samples } = event.reading;
    for (const column of columns) counts.set(column, (counts.get(column) ?? 0) + samples / columns.length);
  }
  const [best] = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
  return { column: best?.[0] ?? -1, samples: best?.[1] ?? 0 };
}

/** The busiest column of a whole run over time, thinned as it streams by; null when the run has no samples. */
export function overviewTrace(
  run: RunData,
): { readonly trace: TimeTrace; readonly column: number; readonly samples: number } | null {
  const busiest = busiestColumn(run);
  let column = busiest.column;
  let samples = 0;
  let end_s = Number.NaN;
  let time: number[] = [];
  let voltage: number[] = [];
  let current: number[] = [];
  for (const { block } of run.blocks()) {
    // a run that was cut in its first step has samples but no finished step to count
    if (column < 0) column = block.channel;
    if (block.channel !== column || block.current_A.length === 0) continue;
    const { startTime_s, samplePeriod_s } = block;
    samples += block.current_A.length;
    if (Math.abs(startTime_s - end_s) > 0.5 * samplePeriod_s) {
      // nothing was sampled in between: the curve breaks
      time.push(startTime_s);
      voltage.push(Number.NaN);
      current.push(Number.NaN);
    }
    end_s = startTime_s + block.current_A.length * samplePeriod_s;
    // every stretch of the run is thinned alike
    const share = block.current_A.length / Math.max(1, busiest.samples);
    const target = Math.max(LEAST_PER_BLOCK, Math.ceil(POINTS * share));
    const index = Float64Array.from(block.current_A, (_, n) => n);
    const kept = new Set([
      ...decimate(index, block.current_A, target).x,
      ...decimate(index, block.voltage_V, target).x,
    ]);
    for (const n of [...kept].sort((a, b) => a - b)) {
      time.push(startTime_s + n * samplePeriod_s);
      voltage.push(block.voltage_V[n] ?? Number.NaN);
      current.push(block.current_A[n] ?? Number.NaN);
    }
    if (time.length > 8 * POINTS) [time, voltage, current] = halve(time, voltage, current);
  }
  return samples === 0 ? null : { trace: { time_s: time, voltage_V: voltage, current_A: current }, column, samples };
}

/** Keeps the extremes and gaps of both curves at common times. */
function halve(time: number[], voltage: number[], current: number[]): [number[], number[], number[]] {
  const index = Float64Array.from(time, (_, k) => k);
  const kept = [...new Set([...decimate(index, voltage, POINTS).x, ...decimate(index, current, POINTS).x])].sort(
    (a, b) => a - b,
  );
  const pick = (values: number[]) => kept.map((k) => values[k] ?? Number.NaN);
  return [pick(time), pick(voltage), pick(current)];
}
