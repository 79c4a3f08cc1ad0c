import { createHash } from "node:crypto";
import { dirname, resolve } from "node:path";
import { LARGEST_FILE_BYTES } from "../core/largestFile.ts";
import { RecordError } from "../core/errors.ts";
import { encodeManifest } from "../core/record/manifest.ts";
import { RUN_SCHEMA, type RunManifest } from "../core/record/runData.ts";
import type { Fs } from "../runtime/fs.ts";
import { nodeFs } from "../runtime/nodeFs.ts";
import { writeAtomically } from "../runtime/writeAll.ts";
import { EVENTS_FILE, LOCK_FILE, MANIFEST_FILE, RESERVE_BYTES, SEGMENT_BYTES } from "./folderLayout.ts";
import { attempt, HashedFile } from "./hashedFile.ts";
import { inspectLock, takeLock } from "./lock.ts";
import { type Durable, findShortage, FolderRecorder, type RunRecorder } from "./runRecorder.ts";
import { SegmentWriter } from "./segmentWriter.ts";

export interface CreateRunOptions {
  /** Wall clock of the stamps. */
  readonly now?: () => Date;
  /** A monotonic clock, to notice when the wall clock jumps; seconds since any moment. */
  readonly elapsed_s?: () => number;
  /** Calls back after a delay; the answer cancels it. */
  readonly schedule?: (delay_s: number, action: () => void) => () => void;
  readonly fs?: Fs;
  /** Size after which a new sample segment begins, bytes. */
  readonly segmentBytes?: number;
  /** The run ends while the disk still has this much; 0 switches that off. */
  readonly reserveBytes?: number;
  /** Called whenever more of the run survives a power cut. */
  readonly onDurable?: (durable: Durable) => void;
}

/**
 * Makes a run folder. run.json comes last and at once: a folder without it is no run.
 * @param folder does not exist yet, or is empty; parents are made
 * @throws RecordError when the folder is taken or cannot be written; then nothing is left behind
 */
export async function createRun(
  folder: string,
  manifest: RunManifest,
  options: CreateRunOptions = {},
): Promise<RunRecorder> {
  const { fs = nodeFs, segmentBytes = SEGMENT_BYTES, reserveBytes = RESERVE_BYTES } = options;
  const bytes = encodeChecked(manifest, folder);
  const topmost = await attempt(folder, () => fs.makeFolder(folder));
  const created: string[] = [];
  let events: HashedFile | undefined;
  try {
    const there = await attempt(folder, () => fs.list(folder));
    if (there.length > 0) throw new RecordError(describeTaken(folder));
    const shortage = reserveBytes === 0 ? undefined : await findShortage(fs, folder, reserveBytes);
    if (shortage) throw shortage;
    await takeLock(fs, folder);
    created.push(LOCK_FILE);
    events = await HashedFile.create(fs, `${folder}/${EVENTS_FILE}`);
    created.push(EVENTS_FILE, MANIFEST_FILE);
    await attempt(`${folder}/${MANIFEST_FILE}`, () => writeAtomically(fs, folder, MANIFEST_FILE, bytes));
    if (topmost !== undefined) await syncParents(fs, folder, topmost);
  } catch (error) {
    await events?.close().catch(() => undefined);
    for (const name of created) await fs.removeFile(`${folder}/${name}`).catch(() => undefined);
    if (topmost !== undefined) await removeFolders(fs, folder, topmost);
    throw error;
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return new FolderRecorder({
    fs,
    folder,
    events,
    segments: new SegmentWriter(fs, folder, segmentBytes),
    manifest: { bytes: bytes.length, sha256 },
    now: options.now ?? (() => new Date()),
    elapsed_s: options.elapsed_s ?? (() => performance.now() / 1000),
    schedule: options.schedule ?? startTimer,
    reserveBytes,
    onDurable: options.onDurable ?? (() => undefined),
  });
}

/** Why a folder with something in it is refused. */
function describeTaken(folder: string): string {
  return inspectLock(folder) === "alive"
    ? `${folder}: another recorder is writing there, a run needs a new folder`
    : `${folder}: the folder is not empty, a run needs a new one`;
}

function startTimer(delay_s: number, action: () => void): () => void {
  const timer = setTimeout(action, delay_s * 1000);
  return () => clearTimeout(timer);
}

function encodeChecked(manifest: RunManifest, folder: string): Uint8Array {
  if (manifest.schema !== RUN_SCHEMA)
    throw new RecordError(`${folder}: asked to write schema ${manifest.schema}, this version writes ${RUN_SCHEMA}`);
  const text = encodeManifest(manifest);
  if (text.length > LARGEST_FILE_BYTES)
    throw new RecordError(
      `${folder}: ${MANIFEST_FILE} would have ${text.length} characters, allowed are ${LARGEST_FILE_BYTES}`,
    );
  return Buffer.from(text, "utf8");
}

/** The folders from `folder` up to `topmost`, the deepest first. */
function foldersBetween(folder: string, topmost: string): string[] {
  const folders: string[] = [];
  const last = resolve(topmost);
  for (let path = resolve(folder); ; path = dirname(path)) {
    folders.push(path);
    if (path === last || path === dirname(path)) return folders;
  }
}

async function syncParents(fs: Fs, folder: string, topmost: string): Promise<void> {
  for (const path of foldersBetween(folder, topmost)) {
    const parent = dirname(path);
    await attempt(parent, () => fs.syncFolder(parent));
  }
}

async function removeFolders(fs: Fs, folder: string, topmost: string): Promise<void> {
  for (const path of foldersBetween(folder, topmost)) await fs.removeFolder(path).catch(() => undefined);
}
