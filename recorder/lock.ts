import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Fs } from "../runtime/fs.ts";
import { findProcess, identifyProcess } from "../runtime/processIdentity.ts";
import { writeAll } from "../runtime/writeAll.ts";
import { LOCK_FILE } from "./folderLayout.ts";
import { attempt } from "./hashedFile.ts";

/**
 * lock.json says which process records into a folder. It outlives a crash, and then the pid and the start of the process
 * tell that its owner is gone, also when the pid belongs to somebody else by now.
 */
const lockSchema = z.strictObject({
  pid: z.int().min(1),
  startTicks: z.int().exactOptional(),
  bootId: z.string().exactOptional(),
  host: z.string(),
});

/** @throws RecordError when there is a lock already */
export async function takeLock(fs: Fs, folder: string): Promise<void> {
  const path = `${folder}/${LOCK_FILE}`;
  const file = await attempt(path, () => fs.create(path));
  const bytes = Buffer.from(`${JSON.stringify(identifyProcess())}\n`, "utf8");
  try {
    await attempt(path, async () => {
      try {
        await writeAll(file, bytes);
      } finally {
        await file.close();
      }
    });
  } catch (error) {
    await fs.removeFile(path).catch(() => undefined);
    throw error;
  }
}

export async function releaseLock(fs: Fs, folder: string): Promise<void> {
  const path = `${folder}/${LOCK_FILE}`;
  await attempt(path, () => fs.removeFile(path));
}

/**
 * Whether somebody records into a folder. "stale": the recorder is gone and left its lock behind, as a crash does.
 * "elsewhere": the lock is another machine's.
 */
export function inspectLock(folder: string): "free" | "alive" | "stale" | "elsewhere" {
  let text: string;
  try {
    text = readFileSync(`${folder}/${LOCK_FILE}`, "utf8");
  } catch {
    return "free";
  }
  try {
    const found = findProcess(lockSchema.parse(JSON.parse(text)));
    return found === "gone" ? "stale" : found;
  } catch {
    // torn by a power cut: whoever wrote it is gone
    return "stale";
  }
}
