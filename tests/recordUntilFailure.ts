import { expect } from "vitest";
import { RecordError } from "../core/errors.ts";
import type { RunManifest } from "../core/record/runData.ts";
import type { CreateRunOptions } from "../recorder/createRun.ts";
import type { RunRecorder } from "../recorder/runRecorder.ts";
import type { FaultyFs } from "./faultyFs.ts";
import { makeEvents, makeManifest, makeWallClock, STOP } from "./recordedRun.ts";

/**
 * Records three steps of a wall-clock array on `fs` until something rejects, with the recorder that `create` makes, on
 * the caller's thread or behind a port.
 * @returns the reason, undefined when nothing failed, and how many events had been acknowledged by then
 */
export async function recordUntilFailure(
  create: (folder: string, manifest: RunManifest, options: CreateRunOptions) => Promise<RunRecorder>,
  folder: string,
  fs: FaultyFs,
): Promise<{ reason: unknown; acknowledged: number }> {
  let acknowledged = 0;
  try {
    const recorder = await create(folder, makeManifest(), { fs, now: makeWallClock(), elapsed_s: () => 0 });
    try {
      for (const event of makeEvents(3, 4, "wall")) {
        await recorder.append(event);
        if (event.kind !== "samples" && event.kind !== "progressed") acknowledged += 1;
      }
    } catch (error) {
      await expect(recorder.close(STOP)).rejects.toBeInstanceOf(RecordError);
      throw error;
    }
    await recorder.close(STOP);
  } catch (reason) {
    return { reason, acknowledged };
  }
  return { reason: undefined, acknowledged };
}
