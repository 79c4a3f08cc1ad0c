import { registerCommands } from "../commands/commands.ts";
import { lab } from "../connection/index.ts";
import type { Job } from "../../core/labMessages/index.ts";
import { liveJob, useLab } from "../store/lab.ts";
import { currentArray } from "../store/selection.ts";
import { say, sayError, useUi } from "../store/ui.ts";

/** The run that pause, stop and abort mean: of the array in sight, or else the only one there is. */
export function runInSight(): Job | undefined {
  const state = useLab.getState();
  return liveJob(state, currentArray()?.array) ?? liveJob(state);
}

const noRun = () => (runInSight() ? undefined : "nothing runs");

function control(command: "pause" | "resume" | "stop" | "abort", done: string): void {
  const job = runInSight();
  if (!job) return;
  lab.ask("control-run", { job: job.job, command }).then(
    () => say(command === "abort" ? "warning" : "info", `${job.name}: ${done}`),
    (error: unknown) => sayError(error, `${job.name}: ${command} failed`),
  );
}

/** Pauses what runs, resumes what pauses. */
function pauseOrResume(): void {
  const state = runInSight()?.progress?.state;
  if (state === "paused" || state === "pausing") control("resume", "goes on");
  else control("pause", "pauses at its next checkpoint");
}

/** The stop. It is sent whatever this page believes: what it believes may be old. */
export function panic(): void {
  useUi.getState().setOverlay(undefined);
  lab.panic().then(
    ({ unsafe }) => {
      if (unsafe.length === 0) say("warning", "PANIC: every output is idle, runs ended, the queue is held");
      else
        for (const { array, error } of unsafe)
          say(
            "error",
            `PANIC: nobody knows whether ${nameOf(array)} is safe: ${error.message}`,
            error.remedy || "switch the instrument off by hand",
          );
    },
    (error: unknown) => sayError(error, "PANIC could not be sent yet"),
  );
}

function nameOf(array: string): string {
  return useLab.getState().arrays.find((card) => card.array === array)?.name ?? array;
}

export function registerRunCommands(): void {
  registerCommands([
    {
      id: "run.panic",
      title: "PANIC: every output idle at once",
      group: "Stops",
      keys: ["Esc"],
      inFields: true,
      run: panic,
    },
    {
      id: "run.pause",
      title: "Pause the run, or go on",
      group: "Stops",
      keys: ["Space"],
      refusal: noRun,
      run: pauseOrResume,
    },
    {
      id: "run.stop",
      title: "Stop after this cell, keep everything",
      group: "Stops",
      keys: ["Alt+S"],
      inFields: true,
      refusal: noRun,
      run: () => control("stop", "stops after its current cell"),
    },
    {
      id: "run.abort",
      title: "Abort: ramp to 0 V and end the run",
      group: "Stops",
      keys: ["Alt+A"],
      inFields: true,
      refusal: noRun,
      run: () => control("abort", "aborted, outputs safe"),
    },
  ]);
}
