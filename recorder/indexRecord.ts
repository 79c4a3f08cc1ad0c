/**
 * One commit of a sample segment: 24 bytes, little endian, in samples-NNNN.idx. Written after the bytes that it
 * describes are durable, so a record whose bytes verify is a promise and everything behind the last one is not.
 *
 * | offset | type | field                                                        |
 * |--------|------|--------------------------------------------------------------|
 * | 0      | u64  | offset of the message in samples-NNNN.arrows                 |
 * | 8      | u32  | length in bytes                                              |
 * | 12     | u32  | rows; 0 for the schema and for the end-of-stream mark        |
 * | 16     | u32  | CRC-32 of these bytes (ISO-HDLC, as in zlib and PNG)         |
 * | 20     | u32  | reserved, 0                                                  |
 */
export interface IndexRecord {
  readonly offset: number;
  readonly length: number;
  readonly rows: number;
  readonly crc32: number;
}

export const INDEX_RECORD_BYTES = 24;

export function encodeIndexRecord(record: IndexRecord): Uint8Array {
  const bytes = new Uint8Array(INDEX_RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(record.offset), true);
  view.setUint32(8, record.length, true);
  view.setUint32(12, record.rows, true);
  view.setUint32(16, record.crc32, true);
  return bytes;
}

/** Undefined when the 24 bytes cannot be a record (reserved field set, or an offset no file reaches). */
export function decodeIndexRecord(bytes: Uint8Array): IndexRecord | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, INDEX_RECORD_BYTES);
  const offset = Number(view.getBigUint64(0, true));
  if (!Number.isSafeInteger(offset) || view.getUint32(20, true) !== 0) return undefined;
  return {
    offset,
    length: view.getUint32(8, true),
    rows: view.getUint32(12, true),
    crc32: view.getUint32(16, true),
  };
}
