import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { describeSystemError } from "../../runtime/systemError.ts";

/**
 * What a mirror remembers of a run: how far it has come, and the little it needs to go on exactly as if it had never
 * stopped. A file beside the run's own, which are the spool. Lost, damaged or outdated, the run is sent again from its
 * beginning, which changes nothing on the server: the same run always makes the same points.
 */
const count = z.int().min(0);
const windowSchema = z.strictObject({
  column: count,
  step: count,
  /** Which window of the array's clock. */
  index: z.int(),
  /** Of its first sample, nanoseconds from the start of the run. */
  start_ns: z.number(),
  lane: count,
  samples: count,
  lost: count,
  overloads: count,
  least_A: z.number(),
  most_A: z.number(),
  sum_A: z.number(),
  voltages: count,
  sum_V: z.number(),
});

const cursorSchema = z.strictObject({
  mirror: z.literal(1),
  /** SHA-256 of run.json. */
  run: z.string(),
  /** Length of a window, 0 for every sample. */
  every_s: z.number().min(0),
  /** Name that the run had on the server. */
  label: z.string(),
  events: z.strictObject({ bytes: count, lines: count }),
  samples: z.strictObject({ segment: z.int().min(1), records: count, bytes: count }),
  /** Array and source, from the run's first event. */
  array: z.strictObject({ name: z.string(), source: z.string() }).exactOptional(),
  /** Latest time of each series that is made of events, nanoseconds from the start of the run. */
  stamps: z.record(z.string(), z.number()),
  lanes: z.array(
    z.strictObject({
      step: count,
      before_ns: z.number(),
      latest_ns: z.number(),
      columns: z.record(z.string(), z.number()),
    }),
  ),
  windows: z.array(windowSchema),
  /** Lines that the server has taken, repetitions included, and lines that it refused for ever. */
  points: count,
  rejected: count,
  /** The run was closed and everything of it is there. */
  complete: z.boolean(),
});

export type OpenWindow = z.output<typeof windowSchema>;
export type Cursor = z.output<typeof cursorSchema>;

/** One file per server and database; the name holds neither of them in clear. */
export function cursorFile(target: string): string {
  return `mirror-${createHash("sha256").update(target).digest("hex").slice(0, 12)}.json`;
}

/** How a run begins that was never mirrored. */
export function freshCursor(run: string, every_s: number, label: string): Cursor {
  return {
    mirror: 1,
    run,
    every_s,
    label,
    events: { bytes: 0, lines: 0 },
    samples: { segment: 1, records: 0, bytes: 0 },
    stamps: {},
    lanes: [],
    windows: [],
    points: 0,
    rejected: 0,
    complete: false,
  };
}

/** Undefined when there is none that belongs to this run, this name and these windows. */
export function readCursor(path: string, run: string, every_s: number, label: string): Cursor | undefined {
  try {
    const cursor = cursorSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    return cursor.run === run && cursor.every_s === every_s && cursor.label === label ? cursor : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whole or not at all. Not synced: a power cut that takes it only has the run sent again.
 * @returns why it could not be written, e.g. because the folder is read-only
 */
export function writeCursor(path: string, cursor: Cursor): string | undefined {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    rmSync(temporary, { force: true });
    writeFileSync(temporary, `${JSON.stringify(cursor)}\n`, { flag: "wx" });
    renameSync(temporary, path);
    return undefined;
  } catch (error) {
    rmSync(temporary, { force: true });
    return `${path}: ${describeSystemError(error)}`;
  }
}
