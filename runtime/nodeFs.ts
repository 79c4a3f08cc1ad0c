import { promises } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Fs, WritableFile } from "./fs.ts";

/** The file system of this machine. */
export const nodeFs: Fs = {
  makeFolder,
  list: (path) => promises.readdir(path),
  create,
  rename: (from, to) => promises.rename(from, to),
  syncFile,
  syncFolder,
  freeBytes,
  removeFile: (path) => promises.rm(path),
  removeFolder: (path) => promises.rmdir(path),
};

/**
 * Level by level: the recursive mkdir of Node 20 never returns where a file system answers ENOENT to every attempt
 * (/proc does).
 */
async function makeFolder(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let level = resolve(path); ; level = dirname(level)) {
    const stat = await promises.stat(level).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    if (stat?.isDirectory()) break;
    if (stat) throw Object.assign(new Error(`${level} is not a folder`), { code: "ENOTDIR" });
    missing.unshift(level);
  }
  for (const level of missing)
    await promises.mkdir(level).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") throw new Error("the file system refuses to make this folder");
      // somebody else was faster
      if (error.code !== "EEXIST") throw error;
    });
  return missing[0];
}

async function create(path: string): Promise<WritableFile> {
  const handle = await promises.open(path, "wx");
  return {
    write: async (bytes) => (await handle.write(bytes, 0, bytes.length)).bytesWritten,
    dataSync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await promises.statfs(path);
  return bavail * bsize;
}

async function syncFile(path: string): Promise<void> {
  const handle = await promises.open(path, "r+");
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
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
