/** Names inside a run folder, and when its data are committed. docs/run-folder.md is the public description. */
export const MANIFEST_FILE = "run.json";
export const EVENTS_FILE = "events.ndjson";
export const STOP_FILE = "stop.json";
/** Who records, as long as somebody does. */
export const LOCK_FILE = "lock.json";

/** Where a live run listens, and where it says so when the folder's own path is too long. No part of the record. */
export const CONTROL_SOCKET = "control.sock";
export const CONTROL_POINTER = "control.json";

/** @param number 1 for the first segment */
export function segmentName(number: number): string {
  return `samples-${String(number).padStart(4, "0")}`;
}

/** Number of a segment file, undefined for any other name. */
export function segmentNumber(name: string): number | undefined {
  const match = /^samples-(\d{4,})\.(?:arrows|idx)$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/** Whether the name is one that a recorder writes; anything else in a folder is not the run's. */
export function isRunFile(name: string): boolean {
  return [MANIFEST_FILE, EVENTS_FILE, STOP_FILE, LOCK_FILE].includes(name) || segmentNumber(name) !== undefined;
}

/** A batch is committed when it holds this many rows ... */
export const BATCH_ROWS = 65_536;
/**
 * ... or, on a wall-clock array, when its samples span this much of the array's time, or have waited so long. One batch
 * gathers while the one before it is on its way, so that at most 250 ms of samples are not yet on the disk as long as
 * the disk takes a batch within 150 ms.
 */
export const BATCH_SPAN_s = 0.05;
/** A longer block is recorded as several: one Arrow message stays far below the 4 GB its index record can name. */
export const LARGEST_BLOCK_ROWS = 1_048_576;
/** On a virtual-clock array events wait for a batch, or for this many characters of events. */
export const EVENT_GROUP_CHARACTERS = 1_048_576;
/** A segment is closed after the batch that takes it past this size. */
export const SEGMENT_BYTES = 256 * 1024 * 1024;
/** An append waits while more than this is on its way to the disk. */
export const LARGEST_BACKLOG_BYTES = 16 * 1024 * 1024;
/** Of a caller that does not wait: beyond this the disk is too slow and the run ends. */
export const LARGEST_QUEUE_BYTES = 256 * 1024 * 1024;
/** A run ends while the disk still has this much: room for what is on its way and for the end of the run. */
export const RESERVE_BYTES = 128 * 1024 * 1024;
