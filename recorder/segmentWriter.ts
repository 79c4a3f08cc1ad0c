import { crc32 } from "node:zlib";
import type { Fs } from "../runtime/fs.ts";
import { segmentName } from "./folderLayout.ts";
import { attempt, HashedFile } from "./hashedFile.ts";
import { encodeIndexRecord } from "./indexRecord.ts";
import { END_OF_STREAM, SCHEMA_MESSAGE } from "./sampleTable.ts";

export interface FileDigest {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Sample segments: `samples-NNNN.arrows` is an Arrow IPC stream, `samples-NNNN.idx` commits its messages.
 * The order is the promise: data, data sync, index, index sync. Not reentrant; the recorder queues the calls.
 */
export class SegmentWriter {
  readonly digests = new Map<string, FileDigest>();
  readonly #fs: Fs;
  readonly #folder: string;
  readonly #segmentBytes: number;
  #data: HashedFile | undefined;
  #index: HashedFile | undefined;
  #segments = 0;

  constructor(fs: Fs, folder: string, segmentBytes: number) {
    this.#fs = fs;
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
  }

  get segments(): number {
    return this.#segments;
  }

  /** Resolves when the batch and its commit record are durable. */
  async commit(batch: Uint8Array, rows: number): Promise<void> {
    const { data, index } = await this.#open();
    await append(data, index, batch, rows);
    if (data.length >= this.#segmentBytes) await this.finish();
  }

  /** Ends the open segment with Arrow's end-of-stream mark. */
  async finish(): Promise<void> {
    if (!this.#data || !this.#index) return;
    await append(this.#data, this.#index, END_OF_STREAM, 0);
    const name = segmentName(this.#segments);
    this.digests.set(`${name}.arrows`, this.#data.digest());
    this.digests.set(`${name}.idx`, this.#index.digest());
    await this.release();
  }

  /** Closes the files as they are, both even when one complains. */
  async release(): Promise<void> {
    const files = [this.#data, this.#index];
    this.#data = undefined;
    this.#index = undefined;
    const closed = await Promise.allSettled(files.map(async (file) => file?.close()));
    for (const result of closed) if (result.status === "rejected") throw result.reason;
  }

  async #open(): Promise<{ data: HashedFile; index: HashedFile }> {
    if (this.#data && this.#index) return { data: this.#data, index: this.#index };
    this.#segments += 1;
    const path = `${this.#folder}/${segmentName(this.#segments)}`;
    const data = await HashedFile.create(this.#fs, `${path}.arrows`);
    this.#data = data;
    const index = await HashedFile.create(this.#fs, `${path}.idx`);
    this.#index = index;
    await attempt(this.#folder, () => this.#fs.syncFolder(this.#folder));
    await append(data, index, SCHEMA_MESSAGE, 0);
    return { data, index };
  }
}

async function append(data: HashedFile, index: HashedFile, bytes: Uint8Array, rows: number): Promise<void> {
  const offset = data.length;
  await data.write(bytes);
  await data.dataSync();
  await index.write(encodeIndexRecord({ offset, length: bytes.length, rows, crc32: crc32(bytes) }));
  await index.dataSync();
}
