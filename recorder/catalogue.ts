import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { RecordError } from "../core/errors.ts";
import { findUnknownSteps } from "../core/record/unknownSteps.ts";
import type { RecordedEvent } from "../core/record/runData.ts";
import { EVENTS_FILE, isRunFile, MANIFEST_FILE } from "./folderLayout.ts";
import { decodeIndexRecord, INDEX_RECORD_BYTES } from "./indexRecord.ts";
import { inspectLock } from "./lock.ts";
import { listFiles, readEvents, readManifest, readStop } from "./openRun.ts";
import { attemptSync } from "./readBytes.ts";

/** Beside the runs; deleted, damaged or outdated it is made again. Nothing depends on it but speed. */
export const CATALOGUE_FILE = ".crosspore-runs.json";

const summarySchema = z.strictObject({
  /** Name of the folder. */
  run: z.string(),
  name: z.string(),
  /** ISO 8601. */
  created: z.string(),
  status: z.enum(["success", "abort", "fail", "recording", "interrupted", "unreadable"]),
  /** Why it ended so; for an unreadable one, what is wrong. */
  reason: z.string(),
  source: z.enum(["emulated", "measured", "unknown"]),
  steps: z.int(),
  samples: z.int(),
  duration_s: z.number(),
  /** Steps whose outcome nobody knows. */
  unknown: z.int(),
});

export type RunSummary = z.output<typeof summarySchema>;

const catalogueSchema = z.strictObject({
  catalogue: z.literal(1),
  runs: z.record(z.string(), z.strictObject({ key: z.string(), summary: summarySchema })),
});

type Entries = z.output<typeof catalogueSchema>["runs"];

/**
 * The runs directly inside `parent`, the oldest first. Folders that are no runs are left out, symbolic links are not
 * followed. What is in a summary is what the run says of itself; `verifyRun` checks it.
 * @throws RecordError when `parent` cannot be read
 */
export function listRuns(parent: string): RunSummary[] {
  const known = readCatalogue(parent);
  const entries: Entries = {};
  const summaries: RunSummary[] = [];
  for (const entry of attemptSync(parent, () => readdirSync(parent, { withFileTypes: true }))) {
    if (!entry.isDirectory()) continue;
    const folder = `${parent}/${entry.name}`;
    const key = describeState(folder);
    if (key === undefined) continue;
    const old = Object.hasOwn(known, entry.name) ? known[entry.name] : undefined;
    const summary = old?.key === key && old.summary.run === entry.name ? old.summary : summarise(folder, entry.name);
    summaries.push(summary);
    // a recorder may die without touching a file
    if (summary.status !== "recording")
      Object.defineProperty(entries, entry.name, { value: { key, summary }, enumerable: true });
  }
  writeCatalogue(parent, entries);
  return summaries.sort((a, b) => compare(a.created, b.created) || compare(a.run, b.run));
}

/** One of them. @throws RecordError when it is no run */
export function summariseRun(parent: string, run: string): RunSummary {
  const folder = `${parent}/${run}`;
  if (describeState(folder) === undefined)
    throw new RecordError(`${folder}: not a run folder, it has no ${MANIFEST_FILE}`);
  return summarise(folder, run);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Names, sizes and times of a run's files: as long as these stay, so does the summary. Undefined for what is no run. */
function describeState(folder: string): string | undefined {
  let names: string[];
  try {
    names = readdirSync(folder).filter(isRunFile).sort();
  } catch {
    return undefined;
  }
  if (!names.includes(MANIFEST_FILE)) return undefined;
  const parts = names.map((name) => {
    const stat = lstatSync(`${folder}/${name}`, { throwIfNoEntry: false });
    return `${name} ${stat?.size} ${stat?.mtimeMs}`;
  });
  return parts.join("; ");
}

function summarise(folder: string, run: string): RunSummary {
  try {
    const names = listFiles(folder);
    const manifest = readManifest(folder);
    const stop = readStop(folder, [])?.stop;
    const events = readEvents(`${folder}/${EVENTS_FILE}`, []);
    const started = events.find((event) => event.kind === "run-started");
    return {
      run,
      name: manifest.name,
      created: manifest.created,
      status: stop?.status ?? (inspectLock(folder) === "alive" ? "recording" : "interrupted"),
      reason: stop?.reason ?? "",
      source: started?.capabilities.source ?? "unknown",
      steps: stop?.steps ?? countOutcomes(events),
      samples: stop?.samples ?? countRows(folder, names),
      duration_s: stop?.time_s ?? events.at(-1)?.time_s ?? 0,
      unknown: findUnknownSteps(events).length,
    };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return { ...UNREADABLE, run, reason: error.message };
  }
}

const UNREADABLE = {
  name: "",
  created: "",
  status: "unreadable",
  source: "unknown",
  steps: 0,
  samples: 0,
  duration_s: 0,
  unknown: 0,
} as const;

function countOutcomes(events: readonly RecordedEvent[]): number {
  return events.filter(({ kind }) => kind === "step-finished" || kind === "products-taken" || kind === "marked").length;
}

/** Rows that the index of an interrupted run promises. */
function countRows(folder: string, names: readonly string[]): number {
  let rows = 0;
  for (const name of names) {
    if (!name.endsWith(".idx") || !isRunFile(name)) continue;
    const bytes = attemptSync(`${folder}/${name}`, () => readFileSync(`${folder}/${name}`));
    for (let at = 0; at + INDEX_RECORD_BYTES <= bytes.length; at += INDEX_RECORD_BYTES)
      rows += decodeIndexRecord(bytes.subarray(at))?.rows ?? 0;
  }
  return rows;
}

function readCatalogue(parent: string): Entries {
  try {
    return catalogueSchema.parse(JSON.parse(readFileSync(`${parent}/${CATALOGUE_FILE}`, "utf8"))).runs;
  } catch {
    return {};
  }
}

/** A folder that cannot be written has no catalogue, and is read anew each time. */
function writeCatalogue(parent: string, runs: Entries): void {
  const temporary = `${parent}/${CATALOGUE_FILE}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify({ catalogue: 1, runs }), { flag: "wx" });
    renameSync(temporary, `${parent}/${CATALOGUE_FILE}`);
  } catch {
    rmSync(temporary, { force: true });
  }
}
