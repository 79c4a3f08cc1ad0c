import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { TextDecoder } from "node:util";
import { z } from "zod";
import { RecordError } from "../core/errors.ts";
import { decodeEvent, runStoppedFields } from "../core/record/eventCodec.ts";
import { decodeManifest, readVersioned } from "../core/record/manifest.ts";
import type { RecordedEvent, RunData, RunManifest } from "../core/record/runData.ts";
import type { RunStopped } from "../core/runEvent.ts";
import { describeUnknownStep, findUnknownSteps, type UnknownStep } from "../core/record/unknownSteps.ts";
import { EVENTS_FILE, isRunFile, MANIFEST_FILE, STOP_FILE, segmentNumber } from "./folderLayout.ts";
import { attemptSync, hashFile, readLines } from "./readBytes.ts";
import type { StepBlock } from "./sampleTable.ts";
import { type BatchEntry, readBatch, scanSegment } from "./readSegments.ts";

export interface OpenedRun extends RunData {
  readonly folder: string;
  /** Everything that was left out or does not fit, one sentence each; empty for a whole run. */
  readonly warnings: readonly string[];
  /** Samples that verify. */
  readonly rows: number;
  /** Steps that may have been sent and have no outcome; the state of their junctions is unknown. */
  readonly unknown: readonly UnknownStep[];
  /** SHA-256, length and counts as stop.json has them; absent when the run was interrupted. */
  readonly closing?: Closing;
}

/**
 * Opens a run folder, whole, interrupted or damaged, and never changes it. Every batch of samples is verified here
 * (one in memory at a time) and again when it is read; events are kept in memory.
 * A run without stop.json was interrupted: `stop` is absent.
 * @throws RecordError in one line, with file:line:column where a text file is wrong
 */
export function openRun(folder: string): OpenedRun {
  const names = listFiles(folder);
  if (!names.includes(MANIFEST_FILE)) throw new RecordError(`${folder}: not a run folder, it has no ${MANIFEST_FILE}`);
  const manifest = readManifest(folder);
  const warnings: string[] = [];
  const events = readEvents(`${folder}/${EVENTS_FILE}`, warnings);
  const batches = scanSegments(folder, names, warnings);
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const stopped = readStop(folder, warnings);
  if (stopped) checkAgainstStop(folder, stopped, { rows, events: events.length }, warnings);
  else warnings.push(`${folder}: the run was interrupted, it has no whole ${STOP_FILE}`);
  const unknown = findUnknownSteps(events);
  for (const step of unknown) warnings.push(`${folder}: ${describeUnknownStep(step)}`);
  return {
    folder,
    manifest,
    events,
    rows,
    warnings,
    unknown,
    blocks: (step) => readBlocks(batches, step),
    ...(stopped ? { stop: stopped.stop, closing: stopped } : {}),
  };
}

/**
 * Names in a run folder. A run is plain files: a symbolic link among them could show a file of somewhere else as data.
 * @throws RecordError when one of the run's own files is a link, or anything but a file
 */
export function listFiles(folder: string): string[] {
  const entries: Dirent[] = attemptSync(folder, () => readdirSync(folder, { withFileTypes: true }));
  for (const entry of entries) {
    if (!isRunFile(entry.name) || entry.isFile()) continue;
    const what = entry.isSymbolicLink() ? "a symbolic link" : "no file";
    throw new RecordError(`${folder}/${entry.name}: is ${what}, a run holds plain files only`);
  }
  return entries.map(({ name }) => name);
}

function* readBlocks(batches: readonly BatchEntry[], step?: number): Generator<StepBlock, void, undefined> {
  for (const batch of batches) {
    if (step !== undefined && (step < batch.firstStep || step > batch.lastStep)) continue;
    for (const entry of readBatch(batch)) if (step === undefined || entry.step === step) yield entry;
  }
}

/** @throws RecordError with file:line:column */
export function readManifest(folder: string): RunManifest {
  const path = `${folder}/${MANIFEST_FILE}`;
  return decodeManifest(readSmallFile(path), path);
}

/** Text of a file that a run holds once and small. */
function readSmallFile(path: string): string {
  const size = attemptSync(path, () => statSync(path)).size;
  // UTF-8 of the largest document that our reader takes; beyond it nothing of ours was written
  if (size > 64 * 1024 * 1024) throw new RecordError(`${path}: has ${size} bytes, allowed are ${64 * 1024 * 1024}`);
  return attemptSync(path, () => readFileSync(path, "utf8"));
}

/**
 * A torn last line is what a crash leaves and is left out; a wrong line before it is damage and refused.
 * @param warnings what was left out is added here
 * @throws RecordError with file:line:column
 */
export function readEvents(path: string, warnings: string[]): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  let number = 0;
  readLines(path, ({ bytes, whole, last }) => {
    number += 1;
    if (!whole) {
      warnings.push(`${path}:${number}:1: the last line is torn, ${bytes.length} bytes are left out`);
      return;
    }
    try {
      const { seq, event } = decodeEvent(decodeText(utf8, bytes, path, number), { file: path, line: number });
      if (seq !== events.length) throw new RecordError(`${path}:${number}:1: seq ${seq}, expected ${events.length}`);
      events.push(event);
    } catch (error) {
      if (!last || !(error instanceof RecordError)) throw error;
      warnings.push(`${error.message}; the last line is left out`);
    }
  });
  return events;
}

function decodeText(utf8: TextDecoder, bytes: Uint8Array, path: string, line: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new RecordError(`${path}:${line}:1: not valid UTF-8`);
  }
}

function scanSegments(folder: string, names: readonly string[], warnings: string[]): BatchEntry[] {
  const numbers = names.map(segmentNumber).filter((number) => number !== undefined);
  const last = numbers.reduce((most, number) => Math.max(most, number), 0);
  const known = new Set(numbers);
  const batches: BatchEntry[] = [];
  for (const number of [...known].sort((a, b) => a - b)) batches.push(...scanSegment(folder, number, warnings));
  if (known.size < last || known.has(0))
    warnings.push(`${folder}: has ${known.size} sample segments, the last is number ${last}`);
  return batches;
}

const stopSchema = z.strictObject({
  schema: z.int(),
  wall: z.string(),
  stop: z.strictObject(runStoppedFields),
  counts: z.strictObject({ events: z.int(), rows: z.int(), batches: z.int(), segments: z.int() }),
  files: z.record(z.string(), z.strictObject({ bytes: z.int(), sha256: z.string() })),
});

/** What stop.json says about the folder. */
export type Closing = z.output<typeof stopSchema> & { readonly stop: RunStopped };

/** Undefined when the run was interrupted, or when what is there cannot be read, which is added to `warnings`. */
export function readStop(folder: string, warnings: string[]): Closing | undefined {
  const path = `${folder}/${STOP_FILE}`;
  if (!existsSync(path)) return undefined;
  try {
    return readVersioned(readSmallFile(path), path, stopSchema);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    warnings.push(error.message);
    return undefined;
  }
}

function checkAgainstStop(
  folder: string,
  { counts, files }: Closing,
  found: { rows: number; events: number },
  warnings: string[],
): void {
  if (found.rows !== counts.rows)
    warnings.push(`${folder}: ${found.rows} of ${counts.rows} recorded samples can be read`);
  if (found.events !== counts.events)
    warnings.push(`${folder}: ${found.events} of ${counts.events} recorded events can be read`);
  // samples have their own check sums, verified batch by batch
  for (const name of [MANIFEST_FILE, EVENTS_FILE]) {
    const path = `${folder}/${name}`;
    if (hashFile(path) !== files[name]?.sha256)
      warnings.push(`${path}: has changed since the run was closed (SHA-256 differs from ${STOP_FILE})`);
  }
}
