/** Names inside a run folder, and when its data are committed. docs/run-folder.md is the public description. */
export const MANIFEST_FILE = "run.json";
export const EVENTS_FILE = "events.ndjson";
export const STOP_FILE = "stop.json";

/** @param number 1 for the first segment */
export function segmentName(number: number): string {
  return `samples-${String(number).padStart(4, "0")}`;
}

/** Number of a segment file, undefined for any other name. */
export function segmentNumber(name: string): number | undefined {
  const match = /^samples-(\d{4,})\.(?:arrows|idx)$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/** A batch is committed when it holds this many rows ... */
export const BATCH_ROWS = 65_536;
/** ... or, on a wall-clock array, when its samples span this much of the array's time. */
export const BATCH_SPAN_s = 0.25;
/** A longer block is recorded as several: one Arrow message stays far below the 4 GB its index record can name. */
export const LARGEST_BLOCK_ROWS = 1_048_576;
/** On a virtual-clock array events wait for a batch, or for this many characters of events. */
export const EVENT_GROUP_CHARACTERS = 1_048_576;
/** A segment is closed after the batch that takes it past this size. */
export const SEGMENT_BYTES = 256 * 1024 * 1024;
/** An append waits while more than this is on its way to the disk. */
export const LARGEST_BACKLOG_BYTES = 16 * 1024 * 1024;
