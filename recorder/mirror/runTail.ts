import { existsSync } from "node:fs";
import { crc32 } from "node:zlib";
import { RecordError } from "../../core/errors.ts";
import { decodeEvent, type EventLine } from "../../core/record/eventCodec.ts";
import { EVENTS_FILE, segmentName, segmentNumber } from "../folderLayout.ts";
import { decodeIndexRecord, INDEX_RECORD_BYTES, type IndexRecord } from "../indexRecord.ts";
import { listFiles } from "../openRun.ts";
import { withFile } from "../readBytes.ts";
import { decodeBatch, END_OF_STREAM, type StepBlock } from "../sampleTable.ts";

/** How far the events of a run were read. */
export interface EventPosition {
  readonly bytes: number;
  readonly lines: number;
}

/** How far the samples of a run were read: index records of a segment, and where the last of them ends in its data. */
export interface SamplePosition {
  readonly segment: number;
  readonly records: number;
  readonly bytes: number;
}

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 10;

/**
 * The whole lines behind `from`, about a megabyte of them at once; none when nothing has been added.
 * A last line without its newline is being written, or torn: it is left for later.
 * @throws RecordError with file:line:column for a damaged line
 */
export function readEventsFrom(
  folder: string,
  from: EventPosition,
): { readonly events: readonly EventLine[]; readonly next: EventPosition } {
  const path = `${folder}/${EVENTS_FILE}`;
  const bytes = withFile(path, (file) => {
    if (file.size < from.bytes)
      throw new RecordError(`${path}: has ${file.size} bytes, ${from.bytes} of them were mirrored before`);
    // a line may be longer than a chunk
    for (let length = CHUNK_BYTES; ; length *= 2) {
      const left = file.size - from.bytes;
      const chunk = file.read(from.bytes, Math.min(length, left));
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      if (end > 0 || length >= left) return chunk.subarray(0, end);
    }
  });
  const events: EventLine[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    const line = from.lines + events.length;
    const event = decodeEvent(Buffer.from(bytes.subarray(start, end)).toString("utf8"), { file: path, line: line + 1 });
    if (event.seq !== line) throw new RecordError(`${path}:${line + 1}:1: seq ${event.seq}, expected ${line}`);
    events.push(event);
    start = end + 1;
  }
  return { events, next: { bytes: from.bytes + start, lines: from.lines + events.length } };
}

/** Committed batches one after another, also of a run that is being recorded; what is not committed is never read. */
export class SampleTail {
  readonly #folder: string;
  readonly #onProblem: (problem: string) => void;
  #position: SamplePosition;
  /** A damaged index is met each time that one looks for more. */
  #told: string | undefined;
  #schema: { readonly segment: number; readonly message: Uint8Array } | undefined;

  /** @param onProblem takes what is left out, one sentence each, as `openRun` does in its warnings */
  constructor(folder: string, position: SamplePosition, onProblem: (problem: string) => void) {
    this.#folder = folder;
    this.#position = position;
    this.#onProblem = onProblem;
  }

  get position(): SamplePosition {
    return this.#position;
  }

  /** The blocks of the next committed batch; undefined when no more are there yet. */
  next(): StepBlock[] | undefined {
    for (;;) {
      const { segment, records, bytes } = this.#position;
      const paths = this.#pathsOf(segment);
      const record = paths ? readIndexRecord(paths.index, records) : undefined;
      if (!paths || record === undefined) {
        if (!this.#beginLaterSegment(paths === undefined)) return undefined;
        continue;
      }
      if (record === "damaged" || record.offset !== bytes) {
        const problem = `${paths.index}: record ${records + 1} is damaged, it and what follows is left out`;
        if (problem !== this.#told) this.#onProblem(problem);
        this.#told = problem;
        if (!this.#beginLaterSegment(false)) return undefined;
        continue;
      }
      const blocks = this.#take(paths.data, record);
      if (this.#position.segment === segment)
        this.#position = { segment, records: records + 1, bytes: bytes + record.length };
      if (blocks && blocks.length > 0) return blocks;
    }
  }

  #pathsOf(segment: number): { readonly data: string; readonly index: string } | undefined {
    const path = `${this.#folder}/${segmentName(segment)}`;
    const [data, index] = [`${path}.arrows`, `${path}.idx`];
    return existsSync(data) && existsSync(index) ? { data, index } : undefined;
  }

  #beginLaterSegment(missing: boolean): boolean {
    const { segment } = this.#position;
    const later = listFiles(this.#folder)
      .map(segmentNumber)
      .filter((number) => number !== undefined && number > segment)
      .reduce<number | undefined>((least, number) => Math.min(least ?? Infinity, number ?? Infinity), undefined);
    if (later === undefined) return false;
    if (missing)
      this.#onProblem(
        `${this.#folder}/${segmentName(segment)}: no such segment, the samples of this segment are left out`,
      );
    this.#position = { segment: later, records: 0, bytes: 0 };
    return true;
  }

  /** Nothing for the schema, the end mark, and a batch that is damaged. */
  #take(path: string, record: IndexRecord): StepBlock[] | undefined {
    const { segment, records } = this.#position;
    try {
      const schema = records === 0 || this.#schema?.segment === segment ? this.#schema : this.#readSchema(path);
      const message = readMessage(path, record);
      if (records === 0) this.#schema = { segment, message };
      else if (record.rows > 0 || message.length !== END_OF_STREAM.length)
        return decodeBatch(schema?.message ?? new Uint8Array(), message);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.#onProblem(`${path}: batch ${records} cannot be read (${error.message}), ${record.rows} rows are left out`);
    }
    return undefined;
  }

  #readSchema(path: string): { readonly segment: number; readonly message: Uint8Array } | undefined {
    const record = readIndexRecord(path.replace(/\.arrows$/, ".idx"), 0);
    if (record === undefined || record === "damaged") return undefined;
    this.#schema = { segment: this.#position.segment, message: readMessage(path, record) };
    return this.#schema;
  }
}

function readMessage(path: string, record: IndexRecord): Uint8Array {
  const message = withFile(path, (file) => file.read(record.offset, record.length));
  if (crc32(message) !== record.crc32) throw new RecordError("it fails its check sum");
  return message;
}

/** Undefined when the index does not reach so far yet. */
function readIndexRecord(path: string, number: number): IndexRecord | "damaged" | undefined {
  return withFile(path, (file) => {
    const offset = number * INDEX_RECORD_BYTES;
    if (offset + INDEX_RECORD_BYTES > file.size) return undefined;
    return decodeIndexRecord(file.read(offset, INDEX_RECORD_BYTES)) ?? "damaged";
  });
}
