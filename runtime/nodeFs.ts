import { promises } from "node:fs";
import type { Fs, WritableFile } from "./fs.ts";

/** The file system of this machine. */
export const nodeFs: Fs = {
  makeFolder: (path) => promises.mkdir(path, { recursive: true }),
  list: (path) => promises.readdir(path),
  create,
  rename: (from, to) => promises.rename(from, to),
  syncFolder,
  removeFile: (path) => promises.rm(path),
  removeFolder: (path) => promises.rmdir(path),
};

async function create(path: string): Promise<WritableFile> {
  const handle = await promises.open(path, "wx");
  return {
    write: async (bytes) => (await handle.write(bytes, 0, bytes.length)).bytesWritten,
    dataSync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; its journal keeps renames in order by itself
  if (process.platform === "win32") return;
  const handle = await promises.open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
