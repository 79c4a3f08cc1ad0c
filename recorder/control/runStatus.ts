import type { CrossporeError } from "../../core/errors.ts";
import { RecordError, TransportError } from "../../core/errors.ts";
import { describeUnknownStep } from "../../core/record/unknownSteps.ts";
import { inspectLock } from "../lock.ts";
import { openRun } from "../openRun.ts";
import { askControl } from "./askControl.ts";
import type { LiveRun } from "./controlMessages.ts";

/** How a run folder stands, as far as anybody can say. */
export interface RunStatus {
  readonly run: string;
  readonly name: string;
  /**
   * "live" answers by itself; "silent" is recorded by a process that does not answer; "elsewhere" belongs to another
   * machine; "interrupted" has lost its process.
   */
  readonly status: "live" | "silent" | "elsewhere" | "success" | "abort" | "fail" | "interrupted";
  readonly reason: string;
  /** What nobody knows, one sentence each. */
  readonly unknown: readonly string[];
  /** What the reader of the folder had to leave out. */
  readonly warnings: readonly string[];
  readonly steps: number;
  /** Absent for a live run, which is still counting. */
  readonly samples?: number;
  readonly duration_s: number;
  readonly live?: LiveRun;
}

/**
 * @param longest_s how long a live run may take to answer
 * @throws RecordError when the folder is no run or cannot be read
 */
export async function readRunStatus(folder: string, longest_s: number): Promise<RunStatus> {
  const live = await askLive(folder, longest_s);
  if (live.run) {
    const { name, steps, elapsed_s: duration_s } = live.run;
    return {
      run: folder,
      name,
      status: "live",
      reason: "",
      unknown: [],
      warnings: [],
      steps,
      duration_s,
      live: live.run,
    };
  }
  const recorded = openRun(folder);
  const { stop, events, rows, manifest } = recorded;
  const steps = events.filter(({ kind }) => kind === "step-finished" || kind === "products-taken" || kind === "marked");
  const common = {
    run: folder,
    name: manifest.name,
    steps: stop?.steps ?? steps.length,
    samples: stop?.samples ?? rows,
    duration_s: stop?.time_s ?? events.at(-1)?.time_s ?? 0,
  };
  if (stop) {
    const unknown = recorded.unknown.map(describeUnknownStep);
    return { ...common, status: stop.status, reason: stop.reason, unknown, warnings: withoutSteps(recorded) };
  }
  const lock = inspectLock(folder);
  const status = lock === "alive" ? "silent" : lock === "elsewhere" ? "elsewhere" : "interrupted";
  const outputs = {
    silent: `what the outputs do is unknown: the recording process lives and ${live.failure?.message ?? "does not answer"}`,
    elsewhere: "whether the run still goes on is unknown: another machine records it",
    interrupted: "what the outputs did after the last event is unknown: the run has no recorded end",
  }[status];
  const unknown = [outputs, ...recorded.unknown.map(describeUnknownStep)];
  return { ...common, status, reason: "", unknown, warnings: status === "interrupted" ? withoutSteps(recorded) : [] };
}

/** Warnings without what `unknown` and `status` say already. */
function withoutSteps({ warnings }: ReturnType<typeof openRun>): string[] {
  return warnings.filter((text) => !text.includes("has no outcome") && !text.includes("the run was interrupted"));
}

async function askLive(folder: string, longest_s: number): Promise<{ run?: LiveRun; failure?: CrossporeError }> {
  try {
    const answer = await askControl(folder, "status", longest_s);
    return answer.ok ? { run: answer.run } : {};
  } catch (error) {
    if (error instanceof TransportError || error instanceof RecordError) return { failure: error };
    throw error;
  }
}
