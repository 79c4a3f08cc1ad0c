import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import type { RunManifest } from "../../core/record/runData.ts";
import { RecordError } from "../../core/errors.ts";

/** What places a run on a server: the same for the same run, wherever and however often it is mirrored. */
export interface RunStamp {
  /** SHA-256 of run.json. */
  readonly id: string;
  /** Value of the field `run`: name of the folder, and the first digits of `id` to tell equal names apart. */
  readonly label: string;
  /** Time 0 of the run's clock, nanoseconds since 1970. */
  readonly start_ns: bigint;
  /** One of 16, for a tag: runs that overlap in time rarely share a series. */
  readonly slot: string;
}

/**
 * `run` is a field and no tag (one series per run would fill the server's index), so what keeps the points of two runs
 * apart is their time. `created` is known to the millisecond; the six digits below it come from the run's hash. Two
 * emulated runs whose clocks overlap and that are sampled every 10 us share a nanosecond with a chance of one in
 * 16 x 10,000, every 1 ms of one in 16 x 1,000,000; runs of one real instrument cannot overlap.
 * @throws RecordError when `created` is no date
 */
export function stampRun(folder: string, manifest: RunManifest, manifestBytes: Uint8Array): RunStamp {
  const id = createHash("sha256").update(manifestBytes).digest("hex");
  const created_ms = Date.parse(manifest.created);
  if (Number.isNaN(created_ms))
    throw new RecordError(
      `${folder}/run.json: created is ${JSON.stringify(manifest.created)}, expected an ISO 8601 date`,
    );
  const below_ns = Number.parseInt(id.slice(0, 12), 16) % 1_000_000;
  return {
    id,
    label: `${basename(resolve(folder))}@${id.slice(0, 8)}`,
    start_ns: BigInt(created_ms) * 1_000_000n + BigInt(below_ns),
    slot: String(Number.parseInt(id.slice(-1), 16)),
  };
}

/** Time of the array's clock as whole nanoseconds. */
export function toNanoseconds(time_s: number): number {
  return Math.round(time_s * 1e9);
}
