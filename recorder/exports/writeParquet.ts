import { asyncBufferFromFile, parquetMetadataAsync, parquetRead, type SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { WritableFile } from "../../runtime/fs.ts";
import { writeAll } from "../../runtime/writeAll.ts";
import { RecordError } from "../../core/errors.ts";
import type { OpenedRun } from "../openRun.ts";
import { ColumnDigest, type ColumnSum } from "./columnDigest.ts";
import { describeSteps, type StepText } from "./describeSteps.ts";
import type { ExportContext, ExportFormat } from "./exportRun.ts";
import { eventLines, runFacts } from "./runFacts.ts";
import { NO_ROW, SAMPLE_COLUMNS, type SampleChunk, type SampleColumn, sampleChunks } from "./sampleChunks.ts";

/** Rows of a row group: what a reader takes at once, and what is in memory here. */
const GROUP_ROWS = 262_144;

/** A reader parses the whole footer to see a single column: events beyond this stay in the run folder, and that is said. */
export const LARGEST_EVENTS_BYTES = 16 * 1024 * 1024;

/** https://parquet.apache.org/docs/file-format/types/; null where a column says OPTIONAL, NaN stays NaN. */
const SCHEMA: SchemaElement[] = [
  { name: "samples", num_children: 10 },
  { name: "step", type: "INT32", repetition_type: "REQUIRED" },
  { name: "time_s", type: "DOUBLE", repetition_type: "REQUIRED" },
  { name: "row", type: "INT32", converted_type: "INT_16", repetition_type: "OPTIONAL" },
  { name: "column", type: "INT32", converted_type: "INT_16", repetition_type: "REQUIRED" },
  { name: "voltage_V", type: "DOUBLE", repetition_type: "REQUIRED" },
  { name: "current_A", type: "DOUBLE", repetition_type: "REQUIRED" },
  { name: "overload", type: "INT32", converted_type: "UINT_8", repetition_type: "REQUIRED" },
  { name: "protocol", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  { name: "role", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  { name: "label", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
];

const TEXT_COLUMNS = ["protocol", "role", "label"] as const;
const NO_TEXT: StepText = { protocol: "", role: "", label: "" };

/** Parquet: one row per sample; units and what the run says about itself as key-value metadata of the file. */
export const parquetFormat: ExportFormat = { write: writeParquet, read: readColumns };

async function writeParquet(run: OpenedRun, path: string, { fs, checkAbort, warn }: ExportContext) {
  const digest = startDigest();
  const steps = describeSteps(run.events);
  const file = await fs.create(path);
  try {
    const bytes = new FileWriter(file);
    const writer = new ParquetWriter({ writer: bytes, schema: SCHEMA, createdBy: "crosspore" });
    for (const chunk of sampleChunks(run, GROUP_ROWS)) {
      checkAbort();
      for (const { name } of SAMPLE_COLUMNS) digest.add(name, chunk[name]);
      const described = Array.from(chunk.step, (step) => steps.get(step) ?? NO_TEXT);
      const texts = TEXT_COLUMNS.map((name) => ({ name, data: described.map((step) => step[name]) }));
      for (const { name, data } of texts) digest.addTexts(name, data);
      const numbers = SAMPLE_COLUMNS.map(({ name }) => ({
        name,
        data: columnData(chunk, name),
        ...encodingOf(chunk, name),
      }));
      await writer.write({ columnData: [...numbers, ...texts], rowGroupSize: GROUP_ROWS });
    }
    const sums = digest.finish();
    writer.kvMetadata = describeFile(run, sums, warn);
    await writer.finish();
    await bytes.flush();
    return sums;
  } finally {
    await file.close();
  }
}

function startDigest(): ColumnDigest {
  const digest = new ColumnDigest();
  for (const { name } of SAMPLE_COLUMNS) digest.add(name, new Uint8Array());
  for (const name of TEXT_COLUMNS) digest.addTexts(name, []);
  return digest;
}

/** Doubles plainly: the library's dictionaries take 0 and -0 for one value. */
function encodingOf(chunk: SampleChunk, name: SampleColumn): { readonly encoding?: "PLAIN" } {
  return chunk[name] instanceof Float64Array ? { encoding: "PLAIN" } : {};
}

/** The library keeps no array beyond the call. */
function columnData(chunk: SampleChunk, name: SampleColumn) {
  if (name === "row") return Array.from(chunk.row, (row) => (row === NO_ROW ? null : row));
  return name === "column" ? Int32Array.from(chunk.column) : chunk[name];
}

function describeFile(run: OpenedRun, sums: ReadonlyMap<string, ColumnSum>, warn: (text: string) => void) {
  const entries = new Map([...runFacts(run)].map(([name, text]) => [`crosspore.${name}`, text]));
  const units = Object.fromEntries(SAMPLE_COLUMNS.map(({ name, unit }) => [name, unit]));
  entries.set("crosspore.units_json", JSON.stringify(units));
  for (const { name, unit } of SAMPLE_COLUMNS) entries.set(`unit.${name}`, unit);
  entries.set("crosspore.sha256_json", JSON.stringify(Object.fromEntries([...sums].map(([k, v]) => [k, v.sha256]))));
  const events = eventLines(run).join("");
  if (Buffer.byteLength(events) <= LARGEST_EVENTS_BYTES) entries.set("crosspore.events_ndjson", events);
  else {
    const what = `${run.events.length} events of more than ${LARGEST_EVENTS_BYTES} bytes`;
    entries.set("crosspore.events_left_out", `${what}, they are in events.ndjson of the run`);
    warn(`${what} are left out of a Parquet file, hdf5 and nwb take them`);
  }
  return [...entries].map(([key, value]) => ({ key, value }));
}

/** Bytes gather in memory until the end of a row group, and of the footer. */
class FileWriter extends ByteWriter {
  readonly #file: WritableFile;

  constructor(file: WritableFile) {
    super(1024 * 1024);
    this.#file = file;
  }

  async flush(): Promise<void> {
    await writeAll(this.#file, new Uint8Array(this.buffer, 0, this.index));
    this.index = 0;
  }
}

async function readColumns(path: string): Promise<ReadonlyMap<string, ColumnSum>> {
  const digest = startDigest();
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const part = { file, metadata, rowStart, rowEnd };
    for (const { name } of SAMPLE_COLUMNS)
      await parquetRead({
        ...part,
        columns: [name],
        onChunk: ({ columnData }) => digest.add(name, toNumbers(name, columnData)),
      });
    for (const name of TEXT_COLUMNS)
      await parquetRead({
        ...part,
        columns: [name],
        onChunk: ({ columnData }) => digest.addTexts(name, Array.from(columnData, String)),
      });
    rowStart = rowEnd;
  }
  return digest.finish();
}

function toNumbers(name: SampleColumn, values: ArrayLike<unknown>) {
  const numbers = Array.from(values, (value) => {
    if (value === null && name === "row") return NO_ROW;
    if (typeof value !== "number") throw new RecordError(`column ${name} holds ${typeof value}, expected numbers`);
    return value;
  });
  if (name === "step") return Int32Array.from(numbers);
  if (name === "row" || name === "column") return Int16Array.from(numbers);
  return name === "overload" ? Uint8Array.from(numbers) : Float64Array.from(numbers);
}
