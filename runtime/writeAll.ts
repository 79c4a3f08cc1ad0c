import type { Fs, WritableFile } from "./fs.ts";

/**
 * Writes every byte: a write may take fewer than asked without an error (a disk that fills up does).
 * @throws an error with code ENOSPC when the file takes nothing any more
 */
export async function writeAll(file: WritableFile, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    const taken = await file.write(offset === 0 ? bytes : bytes.subarray(offset));
    if (taken <= 0) throw Object.assign(new Error(`wrote ${offset} of ${bytes.length} bytes`), { code: "ENOSPC" });
    offset += taken;
  }
}

/**
 * A small file that is either whole or not there: temporary name, data sync, rename, folder sync.
 * On failure the temporary file is removed and the first error is thrown.
 */
export async function writeAtomically(fs: Fs, folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${folder}/${name}.tmp`;
  const file = await fs.create(temporary);
  try {
    try {
      await writeAll(file, bytes);
      await file.dataSync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, `${folder}/${name}`);
  } catch (error) {
    await fs.removeFile(temporary).catch(() => undefined);
    throw error;
  }
  await fs.syncFolder(folder);
}
