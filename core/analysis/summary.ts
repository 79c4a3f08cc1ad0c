import type { Grid } from "../crossbar/grid.ts";
import type { RunData } from "../record/runData.ts";
import type { RunStarted } from "../runEvent.ts";
import { collectSteps } from "./runSteps.ts";
import { type AnalysisSection, analyseProtocol, latestMap } from "./sections.ts";

/** Everything that can be said about a run from its record, as data. Non-finite numbers become null in JSON. */
export interface RunAnalysis {
  readonly name: string;
  /** "interrupted" when the run has no closing record: crash, power cut, kill. */
  readonly status: "success" | "abort" | "fail" | "interrupted";
  readonly reason: string;
  /** "unknown" when the run ended before it started. */
  readonly source: "emulated" | "measured" | "unknown";
  readonly backend: string;
  readonly grid: Grid | null;
  readonly plannedSteps: number;
  readonly intendedSteps: number;
  readonly finishedSteps: number;
  readonly samples: number;
  readonly lost: number;
  readonly overloads: number;
  /** Array time from start to the last event. */
  readonly duration_s: number;
  /** What a reader must know before believing the figures; first things first. */
  readonly warnings: readonly string[];
  readonly sections: readonly AnalysisSection[];
}

/**
 * Analyses whatever a run contains, finished or not: one section or more per protocol, in the experiment's order.
 * @param findings what the reader of the run had to leave out, one sentence each; they become warnings
 */
export function analyseRun(run: RunData, findings: readonly string[] = []): RunAnalysis {
  const started = run.events.find((event): event is RunStarted => event.kind === "run-started");
  const groups = collectSteps(run);
  const grid = started?.grid ?? null;
  const intended = groups.reduce((sum, group) => sum + group.steps.length, 0);
  let [finished, samples, lost, overloads, end_s] = [0, 0, 0, 0, started?.time_s ?? 0];
  for (const event of run.events) {
    end_s = Math.max(end_s, event.time_s);
    if (event.kind === "products-taken") finished++;
    if (event.kind !== "step-finished") continue;
    finished++;
    samples += event.reading.samples;
    lost += event.reading.lost;
    overloads += event.reading.overloads;
  }
  const { stop } = run;
  const status = stop?.status ?? "interrupted";
  const counts = {
    samples: Math.max(samples, stop?.samples ?? 0),
    lost: Math.max(lost, stop?.lost ?? 0),
    overloads: Math.max(overloads, stop?.overloads ?? 0),
  };
  const warnings: string[] = [];
  if (status === "interrupted")
    warnings.push(
      "The run was interrupted: it has no closing record, and the array may not have been left at 0 V by the run itself.",
    );
  else if (status !== "success")
    warnings.push(
      `The run ended by ${status === "abort" ? "an abort" : "a failure"}: ${stop?.reason || "no reason recorded"}.`,
    );
  if (!started) warnings.push("The run ended before the array was ready; nothing was applied.");
  if (intended > finished)
    warnings.push(
      `${intended - finished} of ${intended} steps have no outcome. They may have reached the array and were not sent again.`,
    );
  if (counts.lost > 0)
    warnings.push(`${counts.lost} of ${counts.samples} samples were lost; they are gaps, not zeros.`);
  if (counts.overloads > 0)
    warnings.push(`${counts.overloads} samples saturated the amplifier; currents there are lower bounds.`);
  warnings.push(...findings);
  const sections: AnalysisSection[] = [];
  if (grid) for (const group of groups) sections.push(...analyseProtocol(run, group, grid, latestMap(sections, grid)));
  return {
    name: run.manifest.name,
    status,
    reason: stop?.reason ?? "",
    source: started?.capabilities.source ?? "unknown",
    backend: started?.capabilities.name ?? "",
    grid,
    plannedSteps: started?.plannedSteps ?? 0,
    intendedSteps: intended,
    finishedSteps: finished,
    ...counts,
    duration_s: end_s - (started?.time_s ?? 0),
    warnings,
    sections,
  };
}
