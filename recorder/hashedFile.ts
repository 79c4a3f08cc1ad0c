import { createHash, type Hash } from "node:crypto";
import { RecordError } from "../core/errors.ts";
import type { Fs, WritableFile } from "../runtime/fs.ts";
import { describeSystemError } from "../runtime/systemError.ts";
import { writeAll } from "../runtime/writeAll.ts";

/** An append-only file of a run that knows its length and SHA-256; every failure is a RecordError with its path. */
export class HashedFile {
  readonly path: string;
  readonly #file: WritableFile;
  readonly #hash: Hash = createHash("sha256");
  #length = 0;

  private constructor(path: string, file: WritableFile) {
    this.path = path;
    this.#file = file;
  }

  static async create(fs: Fs, path: string): Promise<HashedFile> {
    return new HashedFile(path, await attempt(path, () => fs.create(path)));
  }

  get length(): number {
    return this.#length;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await attempt(this.path, () => writeAll(this.#file, bytes));
    this.#hash.update(bytes);
    this.#length += bytes.length;
  }

  async dataSync(): Promise<void> {
    await attempt(this.path, () => this.#file.dataSync());
  }

  async close(): Promise<void> {
    await attempt(this.path, () => this.#file.close());
  }

  /** Of everything written; callable once. */
  digest(): { bytes: number; sha256: string } {
    return { bytes: this.#length, sha256: this.#hash.digest("hex") };
  }
}

/** @throws RecordError "PATH: what went wrong" */
export async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof RecordError) throw error;
    throw new RecordError(`${path}: ${describeSystemError(error)}`, { cause: error });
  }
}
