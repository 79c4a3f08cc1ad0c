import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { ProtocolError, RecordError, TransportError } from "../../core/errors.ts";
import { formatSI } from "../../core/units.ts";
import { listRuns } from "../../recorder/catalogue.ts";
import { askControl } from "../../recorder/control/askControl.ts";
import type { ControlCommand, LiveRun } from "../../recorder/control/controlMessages.ts";
import { type RunStatus, readRunStatus } from "../../recorder/control/runStatus.ts";
import { inspectLock } from "../../recorder/lock.ts";
import { MANIFEST_FILE } from "../../recorder/folderLayout.ts";
import { clean } from "../exit.ts";
import { formatClock } from "../progress.ts";
import { printJson, printText } from "../terminal.ts";

interface ControlFlags {
  readonly json?: boolean;
  readonly runs: string;
  readonly timeout: number;
}

const WHAT: Readonly<Record<ControlCommand, { summary: string; description: string; timeout_s: number }>> = {
  status: {
    summary: "say how a run stands",
    description: "Say how a run stands, live or not, and what about it is unknown.",
    timeout_s: 5,
  },
  pause: {
    summary: "hold a live run between two steps",
    description:
      "Hold a live run at its next checkpoint, between two steps, with its lines at the declared hold level.",
    timeout_s: 5,
  },
  resume: { summary: "go on with a paused run", description: "Go on with a paused run.", timeout_s: 5 },
  stop: {
    summary: "end a live run after its current cell",
    description: "End a live run after its current cell, as a success.",
    timeout_s: 5,
  },
  abort: {
    summary: "ramp a live run to 0 V and end it",
    description: "Ramp the outputs of a live run to 0 V and end it; answers when the outputs are safe.",
    timeout_s: 60,
  },
  panic: {
    summary: "idle the outputs of a live run at once",
    description:
      "Idle the outputs of a live run at once, without a ramp, and end it; answers when the outputs are safe.",
    timeout_s: 60,
  },
};

export function add(program: Command): void {
  for (const [name, { summary, description, timeout_s }] of Object.entries(WHAT))
    program
      .command(name)
      .summary(summary)
      .description(description)
      .argument("[run]", "run folder (default: the only live run)")
      .option("--runs <folder>", "folder in which the only live run is looked for", "runs")
      .option("--timeout <seconds>", "how long the run may take to answer", parseTimeout, timeout_s)
      .option("--json", "the answer as JSON")
      .action((run: string | undefined, flags: ControlFlags) => control(name as ControlCommand, run, flags));
}

function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400) || text.trim() === "")
    throw new InvalidArgumentError("allowed are numbers of seconds above 0 up to 86400.");
  return seconds;
}

async function control(command: ControlCommand, run: string | undefined, flags: ControlFlags): Promise<void> {
  const folder = run ?? findLiveRun(flags.runs);
  if (!existsSync(join(folder, MANIFEST_FILE)))
    throw new RecordError(`${folder}: not a run folder, it has no ${MANIFEST_FILE}`);
  if (command === "status") {
    const status = await readRunStatus(folder, flags.timeout);
    if (flags.json) printJson(status);
    else printText(clean(describeStatus(status)));
    return;
  }
  if (inspectLock(folder) === "elsewhere")
    throw new RecordError(`${folder}: another machine records this run, ask there`);
  const answer = await askControl(folder, command, flags.timeout);
  if (!answer.ok) {
    if (answer.reason === "refused") throw new RecordError(`${folder}: refused, ${answer.error}`);
    throw new TransportError("disconnected", `${folder}: what the outputs do is UNKNOWN: ${answer.error}`);
  }
  if (flags.json) printJson({ command, folder, ...answer.run });
  else printText(clean(`${folder}: ${describeLive(answer.run)}\n`));
}

/** @throws ProtocolError (usage) naming all when there are several, RecordError when there is none */
function findLiveRun(parent: string): string {
  const live = existsSync(parent) ? listRuns(parent).filter(({ status }) => status === "recording") : [];
  const [only] = live;
  if (!only) throw new RecordError(`no live run in ${parent}; name a run folder`);
  if (live.length === 1) return join(parent, only.run);
  const names = live.map(({ run }) => join(parent, run)).join(", ");
  throw new ProtocolError(
    { file: parent, line: 0, column: 0, path: "" },
    `${live.length} live runs, name one: ${names}`,
  );
}

function describeLive(run: LiveRun): string {
  const level = run.level_V === null ? "" : ` at ${formatSI(run.level_V, "V", 6)}`;
  const outputs = run.outputs === "unknown" ? "UNKNOWN" : `${run.outputs}${level}`;
  const left = run.left_s === null ? "" : `, about ${formatClock(run.left_s)} left`;
  const array = `${formatSI(run.elapsed_s, "s")} of ${formatSI(run.plannedDuration_s, "s")} of array time`;
  return `${run.state}, outputs ${outputs}; ${run.steps} of ${run.plannedSteps} steps, ${array}${left}; process ${run.pid}`;
}

function describeStatus(status: RunStatus): string {
  const { run, name, reason, steps, samples, duration_s, live } = status;
  const figures = live
    ? describeLive(live)
    : `${status.status}${reason === "" ? "" : ` (${reason})`}; ${steps} steps, ${samples ?? 0} samples, ${formatSI(duration_s, "s")} of array time`;
  const lines = [`${run}: ${name}`, `  ${figures}`];
  for (const unknown of status.unknown) lines.push(`  UNKNOWN: ${unknown}`);
  for (const warning of status.warnings) lines.push(`  note: ${warning.replace(/\s+/g, " ")}`);
  return `${lines.join("\n")}\n`;
}
