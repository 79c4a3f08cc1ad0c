import { crc32 } from "node:zlib";
import type { Fs } from "../runtime/fs.ts";
import { segmentName } from "./folderLayout.ts";
import { attempt, HashedFile } from "./hashedFile.ts";
import { encodeIndexRecord } from "./indexRecord.ts";
import { encodeBatch, END_OF_STREAM, SCHEMA_MESSAGE, type StepBlock } from "./sampleTable.ts";

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
  /** Index records of messages that are written and not yet synced. */
  #records: Uint8Array[] = [];
  #segments = 0;

  constructor(fs: Fs, folder: string, segmentBytes: number) {
    this.#fs = fs;
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
  }

  get segments(): number {
    return this.#segments;
  }

  /** Writes one message per batch; resolves when all of them and their commit records are durable. */
  async commit(batches: Iterable<readonly StepBlock[]>): Promise<void> {
    for (const batch of batches) {
      const data = this.#data ?? (await this.#open());
      const rows = batch.reduce((sum, { block }) => sum + block.current_A.length, 0);
      await this.#write(data, encodeBatch(batch), rows);
      // after each batch, so that segments depend on the data alone and not on how batches were grouped
      if (data.length >= this.#segmentBytes) await this.finish();
    }
    await this.#sync();
  }

  /** Ends the open segment with Arrow's end-of-stream mark. */
  async finish(): Promise<void> {
    if (!this.#data || !this.#index) return;
    await this.#write(this.#data, END_OF_STREAM, 0);
    await this.#sync();
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

  async #open(): Promise<HashedFile> {
    this.#segments += 1;
    const path = `${this.#folder}/${segmentName(this.#segments)}`;
    const data = await HashedFile.create(this.#fs, `${path}.arrows`);
    this.#data = data;
    this.#index = await HashedFile.create(this.#fs, `${path}.idx`);
    await attempt(this.#folder, () => this.#fs.syncFolder(this.#folder));
    await this.#write(data, SCHEMA_MESSAGE, 0);
    return data;
  }

  async #write(data: HashedFile, bytes: Uint8Array, rows: number): Promise<void> {
    this.#records.push(encodeIndexRecord({ offset: data.length, length: bytes.length, rows, crc32: crc32(bytes) }));
    await data.write(bytes);
  }

  async #sync(): Promise<void> {
    if (!this.#data || !this.#index || this.#records.length === 0) return;
    const records = Buffer.concat(this.#records);
    this.#records = [];
    await this.#data.dataSync();
    await this.#index.write(records);
    await this.#index.dataSync();
  }
}
