import { mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import type { Fs, WritableFile } from "./fs.ts";

/** The file system of this machine. */
export const nodeFs: Fs = {
  makeFolder: (path) => mkdir(path, { recursive: true }),
  list: (path) => readdir(path),
  create,
  rename: (from, to) => rename(from, to),
  syncFolder,
  removeFile: (path) => rm(path),
  removeFolder: (path) => rmdir(path),
};

async function create(path: string): Promise<WritableFile> {
  const handle = await open(path, "wx");
  return {
    write: async (bytes) => (await handle.write(bytes, 0, bytes.length)).bytesWritten,
    dataSync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; its journal keeps renames in order by itself
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
