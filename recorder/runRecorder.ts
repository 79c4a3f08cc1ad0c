import type { SampleBlock } from "../core/arrayBackend.ts";
import { RecordError } from "../core/errors.ts";
import { encodeEvent } from "../core/record/eventCodec.ts";
import { toJson } from "../core/record/json.ts";
import { RUN_SCHEMA, type RecordedEvent } from "../core/record/runData.ts";
import type { RunEvent, RunStopped } from "../core/runEvent.ts";
import type { Fs } from "../runtime/fs.ts";
import { writeAtomically } from "../runtime/writeAll.ts";
import {
  BATCH_ROWS,
  BATCH_SPAN_s,
  EVENT_GROUP_CHARACTERS,
  LARGEST_BACKLOG_BYTES,
  LARGEST_BLOCK_ROWS,
  STOP_FILE,
} from "./folderLayout.ts";
import { attempt, type HashedFile } from "./hashedFile.ts";
import { encodeBatch, type StepBlock } from "./sampleTable.ts";
import type { FileDigest, SegmentWriter } from "./segmentWriter.ts";

/** Writes the events of one run. After the first failure every call rejects with that failure. */
export interface RunRecorder {
  readonly folder: string;
  /**
   * Takes the next event; calls keep their order and need not be awaited one by one, but a caller that awaits them
   * keeps memory bounded. On a wall-clock array everything but samples is durable when this resolves, so an intent
   * is on the disk before the step is sent. On a virtual-clock array only `run-started` is; the rest is grouped.
   * @throws RecordError
   */
  append(event: RunEvent): Promise<void>;
  /** Commits everything, writes stop.json and closes the folder. @throws RecordError; the data written so far stay */
  close(stop: RunStopped): Promise<void>;
}

export interface RecorderParts {
  readonly fs: Fs;
  readonly folder: string;
  readonly events: HashedFile;
  readonly segments: SegmentWriter;
  readonly manifest: { readonly name: string; readonly digest: FileDigest };
  /** Wall clock of the stamps. */
  readonly now: () => Date;
}

/**
 * When something is committed depends on the data alone, never on how fast the disk or the caller is: two runs with one
 * seed have the same batches, byte for byte. A commit writes pending samples first and then the events that follow
 * them, so that no recorded outcome lacks its samples.
 */
export class FolderRecorder implements RunRecorder {
  readonly folder: string;
  readonly #parts: RecorderParts;
  #clock: "virtual" | "wall" = "wall";
  #entries: StepBlock[] = [];
  #rows = 0;
  #lines: string[] = [];
  #characters = 0;
  #seq = 0;
  #counts = { events: 0, rows: 0, batches: 0 };
  #stopped = false;
  #closed = false;
  #tail: Promise<void> = Promise.resolve();
  #backlog = 0;
  #failure: RecordError | undefined;

  constructor(parts: RecorderParts) {
    this.folder = parts.folder;
    this.#parts = parts;
  }

  async append(event: RunEvent): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#closed) throw new RecordError(`${this.folder}: the run is closed already`);
    if (event.kind === "progressed") return;
    if (event.kind === "samples") {
      this.#takeSamples(event.step, event.block);
    } else {
      this.#takeEvent(event);
      if (this.#clock === "wall" || event.kind === "run-started") return await this.#commit();
      if (this.#characters >= EVENT_GROUP_CHARACTERS) void this.#commit();
    }
    if (this.#backlog > LARGEST_BACKLOG_BYTES) await this.#settle();
  }

  async close(stop: RunStopped): Promise<void> {
    if (this.#closed) throw new RecordError(`${this.folder}: the run is closed already`);
    const { events, segments } = this.#parts;
    try {
      if (!this.#stopped) await this.append(stop);
      this.#closed = true;
      await this.#commit();
      await segments.finish();
      await events.close();
      await this.#writeStop(stop);
    } catch (error) {
      this.#closed = true;
      // after the first failure the handles matter, not what closing them has to say
      await segments.release().catch(() => undefined);
      await events.close().catch(() => undefined);
      throw error;
    }
  }

  #takeSamples(step: number, block: SampleBlock): void {
    checkBlock(step, block, this.folder);
    for (const piece of splitBlock(block)) {
      this.#entries.push({ step, block: piece });
      this.#rows += piece.current_A.length;
      // the promise of a background commit is held by the queue, its failure by #failure
      if (this.#isBatchDue(piece)) void this.#commit();
    }
  }

  #isBatchDue(last: SampleBlock): boolean {
    if (this.#rows >= BATCH_ROWS) return true;
    const first = this.#entries[0]?.block;
    if (this.#clock === "virtual" || !first) return false;
    return last.startTime_s + last.current_A.length * last.samplePeriod_s - first.startTime_s >= BATCH_SPAN_s;
  }

  #takeEvent(event: RecordedEvent): void {
    if (event.kind === "run-started") this.#clock = event.capabilities.clock;
    if (event.kind === "run-stopped") this.#stopped = true;
    const line = this.#encode(event);
    this.#seq += 1;
    this.#lines.push(line);
    this.#characters += line.length;
  }

  #encode(event: RecordedEvent): string {
    try {
      return `${encodeEvent(event, this.#seq, this.#parts.now().toISOString())}\n`;
    } catch (error) {
      throw new RecordError(`${this.#parts.events.path}: event ${this.#seq} (${event.kind}) cannot be written`, {
        cause: error,
      });
    }
  }

  /** Queues what is pending as one group; resolves when it is durable. Never an unhandled rejection by itself. */
  #commit(): Promise<void> {
    const { events, segments } = this.#parts;
    const rows = this.#rows;
    const batch = rows > 0 ? encodeBatch(this.#entries) : undefined;
    const lines = this.#lines;
    const text = Buffer.from(lines.join(""), "utf8");
    this.#entries = [];
    this.#rows = 0;
    this.#lines = [];
    this.#characters = 0;
    const bytes = text.length + (batch?.length ?? 0);
    this.#backlog += bytes;
    const work = this.#tail.then(async () => {
      if (this.#failure) throw this.#failure;
      if (batch) {
        await segments.commit(batch, rows);
        this.#counts.batches += 1;
        this.#counts.rows += rows;
      }
      if (text.length > 0) {
        await events.write(text);
        await events.dataSync();
        this.#counts.events += lines.length;
      }
    });
    const done = work.catch((error: unknown) => {
      this.#failure ??= error instanceof RecordError ? error : new RecordError(String(error), { cause: error });
      throw this.#failure;
    });
    this.#tail = done.then(
      () => this.#settleBacklog(bytes),
      () => this.#settleBacklog(bytes),
    );
    done.catch(() => undefined);
    return done;
  }

  #settleBacklog(bytes: number): void {
    this.#backlog -= bytes;
  }

  async #settle(): Promise<void> {
    await this.#tail;
    if (this.#failure) throw this.#failure;
  }

  async #writeStop(stop: RunStopped): Promise<void> {
    const { fs, folder, events, segments, manifest, now } = this.#parts;
    const files = { [manifest.name]: manifest.digest, "events.ndjson": events.digest() };
    const text = toJson(
      {
        schema: RUN_SCHEMA,
        wall: now().toISOString(),
        stop,
        counts: { ...this.#counts, segments: segments.segments },
        files: { ...files, ...Object.fromEntries(segments.digests) },
      },
      "text",
    );
    const bytes = Buffer.from(`${text}\n`, "utf8");
    await attempt(`${folder}/${STOP_FILE}`, () => writeAtomically(fs, folder, STOP_FILE, bytes));
  }
}

/** @throws RecordError when a block cannot be what an array measured */
function checkBlock(step: number, block: SampleBlock, folder: string): void {
  const rows = block.current_A.length;
  if (block.voltage_V.length !== rows || block.overload.length !== rows)
    throw new RecordError(
      `${folder}: a sample block has ${rows} currents, ${block.voltage_V.length} voltages and ${block.overload.length} overload flags, expected as many of each`,
    );
  if (!Number.isFinite(block.startTime_s) || !Number.isFinite(block.samplePeriod_s))
    throw new RecordError(`${folder}: a sample block starts at ${block.startTime_s} s every ${block.samplePeriod_s} s`);
  if (!Number.isInteger(step) || step < 0 || step > 0x7fffffff)
    throw new RecordError(`${folder}: samples of step ${step}, allowed are integers from 0 to 2147483647`);
  if (!Number.isInteger(block.channel) || block.channel < 0 || block.channel > 0x7fff)
    throw new RecordError(`${folder}: samples of column ${block.channel}, allowed are integers from 0 to 32767`);
}

function* splitBlock(block: SampleBlock): Generator<SampleBlock, void, undefined> {
  const rows = block.current_A.length;
  if (rows === 0) return;
  if (rows <= LARGEST_BLOCK_ROWS) return yield block;
  for (let at = 0; at < rows; at += LARGEST_BLOCK_ROWS) {
    const end = Math.min(rows, at + LARGEST_BLOCK_ROWS);
    const current_A = block.current_A.subarray(at, end);
    yield {
      ...block,
      startTime_s: block.startTime_s + at * block.samplePeriod_s,
      current_A,
      voltage_V: block.voltage_V.subarray(at, end),
      overload: block.overload.subarray(at, end),
      lost: block.lost === 0 ? 0 : current_A.reduce((lost, value) => lost + (Number.isNaN(value) ? 1 : 0), 0),
    };
  }
}
