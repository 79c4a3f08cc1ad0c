import { existsSync } from "node:fs";
import { crc32 } from "node:zlib";
import { RecordError } from "../core/errors.ts";
import { segmentName } from "./folderLayout.ts";
import { decodeIndexRecord, INDEX_RECORD_BYTES, type IndexRecord } from "./indexRecord.ts";
import { type OpenFile, withFile } from "./readBytes.ts";
import { decodeBatch, END_OF_STREAM, type StepBlock } from "./sampleTable.ts";

/** A committed batch whose bytes have been verified once. */
export interface BatchEntry extends IndexRecord {
  readonly path: string;
  readonly schemaMessage: Uint8Array;
  readonly firstStep: number;
  readonly lastStep: number;
}

/** A segment of 256 MiB has at most some 10^6 batches of 24 bytes; a batch holds two of the longest blocks at most. */
const LARGEST_INDEX_BYTES = 64 * 1024 * 1024;
const LARGEST_BATCH_BYTES = 256 * 1024 * 1024;

/**
 * Verifies one segment from its first to its last byte, one batch in memory at a time.
 * What was never committed, or no longer verifies, is left out and said in `warnings`.
 */
export function scanSegment(folder: string, number: number, warnings: string[]): BatchEntry[] {
  const dataPath = `${folder}/${segmentName(number)}.arrows`;
  const indexPath = `${folder}/${segmentName(number)}.idx`;
  for (const path of [dataPath, indexPath])
    if (!existsSync(path)) {
      warnings.push(`${path}: no such file, the samples of this segment are left out`);
      return [];
    }
  const index = withFile(indexPath, ({ size, read }) => (size > LARGEST_INDEX_BYTES ? undefined : read(0, size)));
  if (!index) {
    const most = `more than ${LARGEST_INDEX_BYTES} bytes, no recorder writes that`;
    warnings.push(`${indexPath}: has ${most}, the samples of this segment are left out`);
    return [];
  }
  return withFile(dataPath, (data) => scanRecords(data, index, indexPath, warnings));
}

function scanRecords(data: OpenFile, index: Uint8Array, indexPath: string, warnings: string[]): BatchEntry[] {
  const batches: BatchEntry[] = [];
  const count = Math.floor(index.length / INDEX_RECORD_BYTES);
  let schemaMessage: Uint8Array | undefined;
  let end = 0;
  for (let i = 0; i < count; i++) {
    const record = decodeIndexRecord(index.subarray(i * INDEX_RECORD_BYTES, (i + 1) * INDEX_RECORD_BYTES));
    if (!record || record.offset !== end || record.length > LARGEST_BATCH_BYTES) {
      warnings.push(`${indexPath}: record ${i + 1} of ${count} is damaged, it and what follows is left out`);
      return batches;
    }
    if (record.offset + record.length > data.size) {
      warnings.push(`${data.path}: ends at byte ${data.size} inside committed batch ${i + 1} of ${count}`);
      return batches;
    }
    end += record.length;
    const message = data.read(record.offset, record.length);
    const intact = crc32(message) === record.crc32;
    if (i === 0) {
      if (!intact || record.rows !== 0) {
        warnings.push(`${data.path}: the schema fails its check sum, the samples of this segment are left out`);
        return batches;
      }
      schemaMessage = message;
    } else if (!intact) {
      warnings.push(`${data.path}: batch ${i} fails its check sum, ${record.rows} rows are left out`);
    } else if (schemaMessage && !(record.rows === 0 && isEndOfStream(message))) {
      const entry = describeBatch(record, data.path, schemaMessage, message, i, warnings);
      if (entry) batches.push(entry);
    }
  }
  if (index.length % INDEX_RECORD_BYTES !== 0)
    warnings.push(`${indexPath}: the last record is torn, ${index.length % INDEX_RECORD_BYTES} bytes are left out`);
  if (end < data.size) warnings.push(`${data.path}: ${data.size - end} bytes were never committed and are left out`);
  return batches;
}

function isEndOfStream(message: Uint8Array): boolean {
  return message.length === END_OF_STREAM.length && message.every((byte, i) => byte === END_OF_STREAM[i]);
}

function describeBatch(
  record: IndexRecord,
  path: string,
  schemaMessage: Uint8Array,
  message: Uint8Array,
  number: number,
  warnings: string[],
): BatchEntry | undefined {
  try {
    const blocks = decodeBatch(schemaMessage, message);
    const rows = blocks.reduce((sum, { block }) => sum + block.current_A.length, 0);
    if (rows !== record.rows) throw new RecordError(`it has ${rows} rows, its index record says ${record.rows}`);
    const steps = blocks.map(({ step }) => step);
    const firstStep = steps.reduce((least, step) => Math.min(least, step), Infinity);
    const lastStep = steps.reduce((most, step) => Math.max(most, step), -Infinity);
    return { ...record, path, schemaMessage, firstStep, lastStep };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    warnings.push(`${path}: batch ${number} cannot be read (${error.message}), ${record.rows} rows are left out`);
    return undefined;
  }
}

/** Reads a verified batch again. @throws RecordError when the file has changed since */
export function readBatch(entry: BatchEntry): StepBlock[] {
  return withFile(entry.path, (file) => {
    const message = file.read(entry.offset, entry.length);
    if (crc32(message) !== entry.crc32)
      throw new RecordError(`${entry.path}: bytes ${entry.offset} to ${entry.offset + entry.length} have changed`);
    return decodeBatch(entry.schemaMessage, message);
  });
}
