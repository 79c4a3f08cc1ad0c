import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { RecordError } from "../core/errors.ts";
import { toJson } from "../core/record/json.ts";
import type { RunStopped } from "../core/runEvent.ts";
import type { UnknownStep } from "../core/record/unknownSteps.ts";
import { EVENTS_FILE, isRunFile, LOCK_FILE, MANIFEST_FILE, STOP_FILE } from "./folderLayout.ts";
import { inspectLock } from "./lock.ts";
import { type Closing, listFiles, type OpenedRun, openRun } from "./openRun.ts";
import { QualityWatch } from "./qualityWatch.ts";
import { hashFile } from "./readBytes.ts";

/** "recording": somebody writes it now. "interrupted": nobody does, and nobody closed it. */
export type RunStatus = RunStopped["status"] | "recording" | "interrupted" | "unreadable";

export interface Verification {
  readonly run: string;
  readonly status: RunStatus;
  /** Nothing is missing, changed or unknown. */
  readonly whole: boolean;
  /** What is missing, changed or does not fit, one sentence each. */
  readonly problems: readonly string[];
  readonly unknown: readonly UnknownStep[];
  /** How often the recorder flagged what, and samples that are gaps; these are data and no fault of the folder. */
  readonly flags: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly rows: number;
  readonly events: number;
  readonly files: number;
  readonly bytes: number;
}

/** Checks every byte of a run folder against every other; changes nothing and never throws for what a folder holds. */
export function verifyRun(folder: string): Verification {
  let run: OpenedRun;
  let names: string[];
  try {
    names = listFiles(folder);
    run = openRun(folder);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return { ...NOTHING, run: folder, problems: [error.message] };
  }
  const problems = [...run.warnings];
  const held = names.filter((name) => isRunFile(name) && name !== LOCK_FILE);
  checkExperiment(run, problems);
  if (run.closing) checkFiles(folder, held, run.closing, problems);
  checkOrder(run, problems);
  const { flags, lost } = checkSamples(run, problems);
  const status = run.stop?.status ?? (inspectLock(folder) === "alive" ? "recording" : "interrupted");
  return {
    run: folder,
    status,
    whole: problems.length === 0,
    problems,
    unknown: run.unknown,
    flags,
    lost,
    rows: run.rows,
    events: run.events.length,
    files: held.length,
    bytes: held.reduce((sum, name) => sum + (statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.size ?? 0), 0),
  };
}

const NOTHING = {
  status: "unreadable",
  whole: false,
  unknown: [],
  flags: {},
  lost: 0,
  rows: 0,
  events: 0,
  files: 0,
  bytes: 0,
} as const;

function checkExperiment({ folder, manifest }: OpenedRun, problems: string[]): void {
  const { text, sha256 } = manifest.experiment;
  if (createHash("sha256").update(text).digest("hex") !== sha256)
    problems.push(`${folder}/${MANIFEST_FILE}: experiment.text differs from its SHA-256`);
}

/** Names in stop.json are compared and never opened unless they are names of ours. */
function checkFiles(folder: string, held: readonly string[], { files }: Closing, problems: string[]): void {
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    if (!isRunFile(name)) {
      problems.push(`${folder}/${STOP_FILE}: names ${JSON.stringify(name)}, which is no file of a run`);
    } else if (!existsSync(path)) {
      problems.push(`${path}: is missing, it had ${bytes} bytes`);
    } else {
      const { size } = statSync(path);
      if (size !== bytes) problems.push(`${path}: has ${size} bytes, it had ${bytes} when the run was closed`);
      // openRun has compared these two
      else if (name !== MANIFEST_FILE && name !== EVENTS_FILE && hashFile(path) !== sha256)
        problems.push(`${path}: has changed since the run was closed (SHA-256 differs from ${STOP_FILE})`);
    }
  }
  for (const name of held)
    if (name !== STOP_FILE && !(name in files))
      problems.push(`${folder}/${name}: is not named in ${STOP_FILE}, it was added after the run was closed`);
  for (const name of [MANIFEST_FILE, EVENTS_FILE])
    if (!(name in files)) problems.push(`${folder}/${STOP_FILE}: does not name ${name}`);
}

/** Run, steps and outcomes follow each other as an engine emits them. */
function checkOrder({ folder, events, stop }: OpenedRun, problems: string[]): void {
  const path = `${folder}/${EVENTS_FILE}`;
  const first = events[0];
  if (first?.kind !== "run-started")
    problems.push(`${path}: begins with ${first?.kind ?? "nothing"}, expected run-started`);
  const intended = new Set<number>();
  const open = new Set<number>();
  let latest = -1;
  for (const [seq, event] of events.entries()) {
    const place = `${path}:${seq + 1}:1`;
    if (event.kind === "run-started" && seq > 0) problems.push(`${place}: the run starts a second time`);
    if (event.kind === "run-stopped") {
      if (seq !== events.length - 1) problems.push(`${place}: ${events.length - 1 - seq} events follow run-stopped`);
      if (stop && toJson(stop, "text") !== toJson(event, "text"))
        problems.push(`${place}: run-stopped differs from ${STOP_FILE}`);
    }
    if (event.kind === "step-intended") {
      if (event.step <= latest) problems.push(`${place}: step ${event.step} is intended after step ${latest}`);
      latest = Math.max(latest, event.step);
      intended.add(event.step);
      open.add(event.step);
    }
    if ((event.kind === "step-finished" || event.kind === "products-taken") && !open.delete(event.step))
      problems.push(`${place}: step ${event.step} has ${intended.has(event.step) ? "two outcomes" : "no intent"}`);
  }
  if (stop && events.at(-1)?.kind !== "run-stopped") problems.push(`${path}: the last event is not run-stopped`);
}

interface StepCount {
  rows: number;
  lost: number;
}

/** Counts of samples against outcomes, and order in time against the flags of the recorder. */
function checkSamples(run: OpenedRun, problems: string[]): { flags: Record<string, number>; lost: number } {
  const { folder, events, manifest, stop } = run;
  const watch = new QualityWatch();
  const perStep = new Map<number, StepCount>();
  const found: Record<string, number> = {};
  let lost = 0;
  for (const { step, block } of run.blocks()) {
    const flag = watch.takeBlock(step, block)?.flag;
    if (flag) found[flag] = (found[flag] ?? 0) + 1;
    const count = perStep.get(step) ?? { rows: 0, lost: 0 };
    perStep.set(step, { rows: count.rows + block.current_A.length, lost: count.lost + block.lost });
    const gaps = block.current_A.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
    if (gaps !== block.lost)
      problems.push(
        `${folder}: a block of step ${step} has ${gaps} empty samples and says that ${block.lost} are lost`,
      );
    lost += block.lost;
  }
  const flags: Record<string, number> = {};
  for (const event of events) {
    if (event.kind === "quality-flagged") flags[event.flag] = (flags[event.flag] ?? 0) + 1;
    if (event.kind === "step-intended" && !perStep.has(event.step)) perStep.set(event.step, { rows: 0, lost: 0 });
    if (event.kind !== "step-finished") continue;
    const { rows = 0, lost: gone = 0 } = perStep.get(event.step) ?? {};
    if (rows !== event.reading.samples || gone !== event.reading.lost)
      problems.push(
        `${folder}: step ${event.step} has ${rows} samples, ${gone} lost; its outcome says ${event.reading.samples}, ${event.reading.lost} lost`,
      );
  }
  const intended = new Set(events.flatMap((event) => (event.kind === "step-intended" ? [event.step] : [])));
  for (const step of perStep.keys())
    if (!intended.has(step)) problems.push(`${folder}: there are samples of step ${step}, which was never intended`);
  // the first schema had no flags
  if (manifest.schema >= 2)
    for (const flag of ["out-of-order", "gap"])
      if ((found[flag] ?? 0) !== (flags[flag] ?? 0))
        problems.push(`${folder}: ${found[flag] ?? 0} blocks are ${flag}, ${flags[flag] ?? 0} are flagged`);
  if (stop && (stop.samples !== run.rows || stop.lost !== lost))
    problems.push(
      `${folder}: ${run.rows} samples, ${lost} lost, are there; the end of the run counts ${stop.samples}, ${stop.lost} lost`,
    );
  return { flags, lost };
}
