import {
  Field,
  Float64,
  Int16,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Uint8,
} from "apache-arrow";
import type { SampleBlock } from "../core/arrayBackend.ts";
import { RecordError } from "../core/errors.ts";

/**
 * Samples as Arrow IPC messages. One row per sample; what a row cannot say (where a block began, its exact period)
 * is in the metadata of the batch under "blocks": a JSON list of [rows, startTime_s, samplePeriod_s, lost].
 * Format: https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
 */
const FIELDS = [
  new Field("step", new Int32(), false, new Map([["unit", "1"]])),
  new Field("column", new Int16(), false, new Map([["unit", "1"]])),
  new Field("time_s", new Float64(), false, new Map([["unit", "s"]])),
  new Field("voltage_V", new Float64(), false, new Map([["unit", "V"]])),
  new Field("current_A", new Float64(), false, new Map([["unit", "A"]])),
  new Field("overload", new Uint8(), false, new Map([["unit", "1"]])),
];
const SCHEMA = new Schema(FIELDS, new Map([["crosspore.schema", "1"]]));

/** End of stream: continuation mark and length 0. */
export const END_OF_STREAM = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);

/** The schema message, the first bytes of every segment. */
export const SCHEMA_MESSAGE = writeStream([]);

export interface StepBlock {
  readonly step: number;
  readonly block: SampleBlock;
}

/**
 * One record batch message for whole blocks, in their order.
 * @returns bytes whose length is a multiple of 8
 */
export function encodeBatch(entries: readonly StepBlock[]): Uint8Array {
  const rows = entries.reduce((sum, { block }) => sum + block.current_A.length, 0);
  const step = new Int32Array(rows);
  const column = new Int16Array(rows);
  const time_s = new Float64Array(rows);
  const voltage_V = new Float64Array(rows);
  const current_A = new Float64Array(rows);
  const overload = new Uint8Array(rows);
  let at = 0;
  for (const { step: number, block } of entries) {
    const length = block.current_A.length;
    step.fill(number, at, at + length);
    column.fill(block.channel, at, at + length);
    for (let n = 0; n < length; n++) time_s[at + n] = block.startTime_s + n * block.samplePeriod_s;
    voltage_V.set(block.voltage_V, at);
    current_A.set(block.current_A, at);
    overload.set(block.overload, at);
    at += length;
  }
  const struct = makeData({
    type: new Struct(FIELDS),
    length: rows,
    nullCount: 0,
    children: [
      makeData({ type: new Int32(), data: step }),
      makeData({ type: new Int16(), data: column }),
      makeData({ type: new Float64(), data: time_s }),
      makeData({ type: new Float64(), data: voltage_V }),
      makeData({ type: new Float64(), data: current_A }),
      makeData({ type: new Uint8(), data: overload }),
    ],
  });
  const blocks = entries.map(({ block }) => [
    block.current_A.length,
    block.startTime_s,
    block.samplePeriod_s,
    block.lost,
  ]);
  const metadata = new Map([["blocks", JSON.stringify(blocks)]]);
  return writeStream([new RecordBatch(SCHEMA, struct, metadata)]).slice(SCHEMA_MESSAGE.length);
}

/** A stream without its end mark. */
function writeStream(batches: readonly RecordBatch[]): Uint8Array {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, SCHEMA);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  const bytes = writer.toUint8Array(true);
  return bytes.subarray(0, bytes.length - END_OF_STREAM.length);
}

/**
 * Inverse of `encodeBatch`; the blocks own their arrays.
 * @param schemaMessage the first message of the segment
 * @throws RecordError when the bytes are no batch of ours
 */
export function decodeBatch(schemaMessage: Uint8Array, message: Uint8Array): StepBlock[] {
  try {
    return splitBatch(readBatch(schemaMessage, message));
  } catch (error) {
    if (error instanceof RecordError) throw error;
    throw new RecordError(`not an Arrow record batch (${(error as Error).message.replace(/\s+/g, " ")})`);
  }
}

function readBatch(schemaMessage: Uint8Array, message: Uint8Array): RecordBatch {
  const bytes = new Uint8Array(schemaMessage.length + message.length + END_OF_STREAM.length);
  bytes.set(schemaMessage);
  bytes.set(message, schemaMessage.length);
  bytes.set(END_OF_STREAM, schemaMessage.length + message.length);
  const batches = [...RecordBatchReader.from(bytes)];
  const batch = batches[0];
  if (!batch || batches.length !== 1) throw new RecordError(`expected one record batch, found ${batches.length}`);
  return batch;
}

function splitBatch(batch: RecordBatch): StepBlock[] {
  const [step, column, , voltage, current, overload] = FIELDS.map((field, index) => {
    const stored = batch.schema.fields[index];
    if (stored?.name !== field.name || String(stored.type) !== String(field.type))
      throw new RecordError(`column ${index + 1} is ${String(stored)}, expected ${field.name}: ${String(field.type)}`);
    const values: unknown = batch.getChildAt(index)?.data[0]?.values;
    return ArrayBuffer.isView(values) ? values : undefined;
  });
  if (
    !(step instanceof Int32Array && column instanceof Int16Array && overload instanceof Uint8Array) ||
    !(voltage instanceof Float64Array && current instanceof Float64Array)
  )
    throw new RecordError("a column of the batch has no values");
  let at = 0;
  const entries = readBlockList(batch.metadata.get("blocks")).map(([rows, startTime_s, samplePeriod_s, lost]) => {
    const end = at + rows;
    const number = step[at];
    const channel = column[at];
    if (number === undefined || channel === undefined || end > batch.numRows)
      throw new RecordError(`the blocks of a batch have more rows than its ${batch.numRows}`);
    const block: SampleBlock = {
      channel,
      startTime_s,
      samplePeriod_s,
      current_A: current.slice(at, end),
      voltage_V: voltage.slice(at, end),
      overload: overload.slice(at, end),
      lost,
    };
    at = end;
    return { step: number, block };
  });
  if (at !== batch.numRows) throw new RecordError(`the blocks of a batch have ${at} rows, the batch ${batch.numRows}`);
  return entries;
}

type BlockShape = readonly [rows: number, startTime_s: number, samplePeriod_s: number, lost: number];

function readBlockList(text: string | undefined): readonly BlockShape[] {
  const list: unknown = JSON.parse(text ?? "null");
  if (!Array.isArray(list) || !list.every(isBlockShape)) throw new RecordError("a batch does not list its blocks");
  return list;
}

function isBlockShape(item: unknown): item is BlockShape {
  if (!Array.isArray(item) || item.length !== 4) return false;
  const parts: readonly unknown[] = item;
  return parts.every((part) => typeof part === "number") && Number.isInteger(parts[0]) && Number(parts[0]) > 0;
}
