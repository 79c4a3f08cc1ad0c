import type { RunData } from "../record/runData.ts";
import { decimate } from "./decimate.ts";
import type { TimeTrace } from "./traceFigure.ts";

/** Blocks are thinned one by one as they pass: a run of any length leaves this many points at most. */
const POINTS_PER_BLOCK = 64;
const LARGEST = 16384;

/** The first sampled column of a whole run over time, thinned as it streams by; null when the run has no samples. */
export function overviewTrace(
  run: RunData,
): { readonly trace: TimeTrace; readonly column: number; readonly samples: number } | null {
  let column = -1;
  let samples = 0;
  let time: number[] = [];
  let voltage: number[] = [];
  let current: number[] = [];
  for (const { block } of run.blocks()) {
    if (column < 0) column = block.channel;
    if (block.channel !== column) continue;
    samples += block.current_A.length;
    const times = block.current_A.map((_, n) => block.startTime_s + n * block.samplePeriod_s);
    // positions of the kept points: extremes of the current and of the voltage
    const byCurrent = decimate(times, block.current_A, POINTS_PER_BLOCK);
    const byVoltage = decimate(times, block.voltage_V, POINTS_PER_BLOCK);
    const kept = [...new Set([...byCurrent.x, ...byVoltage.x])].sort((a, b) => a - b);
    for (const t of kept) {
      const n = Math.round((t - block.startTime_s) / block.samplePeriod_s);
      time.push(t);
      voltage.push(block.voltage_V[n] ?? Number.NaN);
      current.push(block.current_A[n] ?? Number.NaN);
    }
    if (time.length > LARGEST) [time, voltage, current] = halve(time, voltage, current);
  }
  return column < 0 ? null : { trace: { time_s: time, voltage_V: voltage, current_A: current }, column, samples };
}

/** Keeps the extremes of both curves at common times. */
function halve(time: number[], voltage: number[], current: number[]): [number[], number[], number[]] {
  const index = Float64Array.from(time, (_, k) => k);
  const kept = [
    ...new Set([...decimate(index, voltage, LARGEST / 4).x, ...decimate(index, current, LARGEST / 4).x]),
  ].sort((a, b) => a - b);
  return [
    kept.map((k) => time[k] ?? 0),
    kept.map((k) => voltage[k] ?? Number.NaN),
    kept.map((k) => current[k] ?? Number.NaN),
  ];
}
