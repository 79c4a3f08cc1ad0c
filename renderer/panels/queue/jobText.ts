import type { Job } from "../../../core/labMessages/index.ts";
import { clock, quantity } from "../../components/quantity.ts";

/** What a job says of its time: "0:48 done, 6:30 left", "about 1:03", "took 0:05". */
export function timeText(job: Pick<Job, "state" | "progress" | "duration_s">): string {
  const { progress } = job;
  if (job.state === "waiting") return `${durationText(job.duration_s)} of array time`;
  if (job.state !== "running" || !progress) return durationText(job.duration_s);
  const left = Number.isFinite(progress.left_s) ? `${clock(progress.left_s)} left` : "time left unknown yet";
  return `${clock(progress.worked_s)} so far, ${left}`;
}

/** "75 ms", "12.5 s", "2:05": short ones with their unit, long ones as clocks do. */
export function durationText(duration_s: number): string {
  return duration_s < 100 ? quantity(duration_s, "s") : clock(duration_s);
}

/** Share of the planned array time, 0 to 1. */
export function shareDone({ progress }: Pick<Job, "progress">): number {
  if (!progress || !(progress.plannedDuration_s > 0)) return 0;
  return Math.min(1, Math.max(0, progress.elapsed_s / progress.plannedDuration_s));
}

/** When the last of some jobs will have ended if each takes as long as planned; NaN where nobody can say. */
export function queueLeft_s(jobs: readonly Job[]): number {
  let total = 0;
  for (const job of jobs) {
    if (job.state === "running") total += job.progress?.left_s ?? Number.NaN;
    // array time is wall time on instruments; emulated arrays are faster, so this is the most it takes
    if (job.state === "waiting") total += job.duration_s;
  }
  return total;
}

export const STATE_TEXT: Readonly<Record<Job["state"], string>> = {
  waiting: "waiting",
  running: "running",
  success: "complete",
  abort: "aborted",
  failed: "failed",
  refused: "refused",
  canceled: "canceled",
  interrupted: "interrupted",
};

/** How its word is coloured. */
export const STATE_TONE: Readonly<Record<Job["state"], "ok" | "warn" | "stop" | "mute" | "accent">> = {
  waiting: "mute",
  running: "accent",
  success: "ok",
  abort: "warn",
  failed: "stop",
  refused: "stop",
  canceled: "mute",
  interrupted: "stop",
};

/** Before which waiting job one must be put so that it moves by `step` places; undefined where it is at the end already. */
export function moveTarget(
  waiting: readonly { readonly job: string }[],
  job: string,
  step: number,
): string | null | undefined {
  const from = waiting.findIndex((other) => other.job === job);
  const to = from + step;
  if (from < 0 || to < 0 || to >= waiting.length) return undefined;
  const others = waiting.filter((other) => other.job !== job);
  return others[to]?.job ?? null;
}
