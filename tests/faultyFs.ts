import type { Fs, WritableFile } from "../runtime/fs.ts";
import { nodeFs } from "../runtime/nodeFs.ts";

/** How a file system misbehaves. */
export interface Faults {
  /** Operation that fails with EIO, counted from 1. */
  readonly failAt?: number;
  /** Whether every operation after it fails too. */
  readonly forever?: boolean;
  /** Most bytes that one write takes. */
  readonly mostPerWrite?: number;
  /** Bytes after which the disk is full: the last write is short, the next one an error. */
  readonly diskBytes?: number;
}

/** The real file system with faults; counts and names its operations. */
export class FaultyFs implements Fs {
  readonly operations: string[] = [];
  readonly #faults: Faults;
  #written = 0;

  constructor(faults: Faults = {}) {
    this.#faults = faults;
  }

  makeFolder(path: string): Promise<string | undefined> {
    return this.#run("makeFolder", () => nodeFs.makeFolder(path));
  }

  list(path: string): Promise<readonly string[]> {
    return this.#run("list", () => nodeFs.list(path));
  }

  async create(path: string): Promise<WritableFile> {
    const file = await this.#run("create", () => nodeFs.create(path));
    return {
      write: (bytes) => this.#run("write", () => this.#write(file, bytes)),
      dataSync: () => this.#run("dataSync", () => file.dataSync()),
      close: async () => {
        // the handle is released even when closing reports an error, as on Linux
        await file.close();
        await this.#run("close", () => Promise.resolve());
      },
    };
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run("rename", () => nodeFs.rename(from, to));
  }

  syncFile(path: string): Promise<void> {
    return this.#run("syncFile", () => nodeFs.syncFile(path));
  }

  syncFolder(path: string): Promise<void> {
    return this.#run("syncFolder", () => nodeFs.syncFolder(path));
  }

  freeBytes(path: string): Promise<number> {
    return this.#run("freeBytes", () => nodeFs.freeBytes(path));
  }

  removeFile(path: string): Promise<void> {
    return this.#run("removeFile", () => nodeFs.removeFile(path));
  }

  removeFolder(path: string): Promise<void> {
    return this.#run("removeFolder", () => nodeFs.removeFolder(path));
  }

  async #write(file: WritableFile, bytes: Uint8Array): Promise<number> {
    const { mostPerWrite = Infinity, diskBytes = Infinity } = this.#faults;
    const room = Math.min(bytes.length, mostPerWrite, diskBytes - this.#written);
    if (room <= 0 && bytes.length > 0) throw systemError("ENOSPC");
    const count = await file.write(bytes.subarray(0, room));
    this.#written += count;
    return count;
  }

  async #run<T>(name: string, action: () => Promise<T>): Promise<T> {
    const number = this.operations.push(name);
    const { failAt = Infinity, forever = false } = this.#faults;
    if (number === failAt || (forever && number > failAt)) throw systemError("EIO");
    return await action();
  }
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
