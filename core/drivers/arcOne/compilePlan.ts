import type { ChannelPlan } from "../instrument.ts";
import { OUTPUT_STEP_V } from "./codec.ts";

/** A job holds its voltage for at most so long: nothing can stop it, and when the host is gone it ends by itself at 0 V. */
export const LONGEST_JOB_S = 0.4;

/** A stretch of a plan that the instrument plays as one job. */
export type PlanJob =
  /** Held and read at the end of each of `points.length` equal parts: a chronoamperometry. */
  | { readonly kind: "read"; readonly voltage_V: number; readonly each_s: number; readonly points: readonly number[] }
  /** Held; nobody wants to know the current. */
  | { readonly kind: "hold"; readonly voltage_V: number; readonly duration_s: number }
  /** 0 V. Of points that were to be measured the current is 0 by the instrument's own arithmetic (I = V / R). */
  | { readonly kind: "rest"; readonly duration_s: number; readonly points: readonly number[] };

/**
 * Neighbours of one voltage become one job, as far as their times are equal where they are measured and as far as jobs
 * may last. Between two jobs the output is at 0 V for as long as the host takes to send the next.
 */
export function compilePlan({ voltage_V, duration_s, measured }: ChannelPlan): PlanJob[] {
  const jobs: PlanJob[] = [];
  voltage_V.forEach((voltage, point) => {
    const wanted = measured[point] === 1;
    for (const part of divide(duration_s[point] ?? 0)) {
      const points = part.last && wanted ? [point] : [];
      const job = jobOf(voltage, part.duration_s, points);
      const last = jobs.at(-1);
      const joined = last && join(last, job);
      if (joined) jobs[jobs.length - 1] = joined;
      else jobs.push(job);
    }
  });
  return jobs;
}

export function durationOf(job: PlanJob): number {
  return job.kind === "read" ? job.each_s * job.points.length : job.duration_s;
}

function jobOf(voltage_V: number, duration_s: number, points: readonly number[]): PlanJob {
  // less than half a step is 0 V at the output, and a resistance at 0 V is no number
  if (Math.abs(voltage_V) < OUTPUT_STEP_V / 2) return { kind: "rest", duration_s, points };
  if (points.length === 0) return { kind: "hold", voltage_V, duration_s };
  return { kind: "read", voltage_V, each_s: duration_s, points };
}

/** A long point in equal parts; it is measured in the last. */
function divide(duration_s: number): { readonly duration_s: number; readonly last: boolean }[] {
  const parts = Math.max(1, Math.ceil((duration_s / LONGEST_JOB_S) * (1 - 1e-9)));
  return Array.from({ length: parts }, (_, k) => ({ duration_s: duration_s / parts, last: k === parts - 1 }));
}

function join(a: PlanJob, b: PlanJob): PlanJob | undefined {
  if (durationOf(a) + durationOf(b) > LONGEST_JOB_S * (1 + 1e-9)) return undefined;
  if (a.kind === "rest" && b.kind === "rest")
    return { kind: "rest", duration_s: a.duration_s + b.duration_s, points: [...a.points, ...b.points] };
  if (a.kind === "hold" && b.kind === "hold" && a.voltage_V === b.voltage_V)
    return { ...a, duration_s: a.duration_s + b.duration_s };
  if (a.kind !== "read" || b.kind !== "read" || a.voltage_V !== b.voltage_V) return undefined;
  // times that differ in their last digits are equal
  if (Math.abs(a.each_s - b.each_s) > 1e-9 * a.each_s) return undefined;
  return { ...a, points: [...a.points, ...b.points] };
}
