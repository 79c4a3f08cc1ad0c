import type { SampleBlock } from "../core/arrayBackend.ts";
import { RecordError } from "../core/errors.ts";
import { BYTES_PER_SAMPLE } from "../core/record/bytesPerSample.ts";
import { encodeEvent } from "../core/record/eventCodec.ts";
import { toJson } from "../core/record/json.ts";
import { RUN_SCHEMA, type RecordedEvent } from "../core/record/runData.ts";
import type { QualityFlagged, RunEvent, RunStopped } from "../core/runEvent.ts";
import type { Fs } from "../runtime/fs.ts";
import { writeAtomically } from "../runtime/writeAll.ts";
import { checkBlock, splitBlock } from "./checkBlock.ts";
import {
  BATCH_ROWS,
  BATCH_SPAN_s,
  EVENT_GROUP_CHARACTERS,
  EVENTS_FILE,
  LARGEST_BACKLOG_BYTES,
  LARGEST_QUEUE_BYTES,
  MANIFEST_FILE,
  STOP_FILE,
} from "./folderLayout.ts";
import { attempt, type HashedFile } from "./hashedFile.ts";
import { releaseLock } from "./lock.ts";
import { QualityWatch } from "./qualityWatch.ts";
import type { StepBlock } from "./sampleTable.ts";
import type { FileDigest, SegmentWriter } from "./segmentWriter.ts";

/** Writes the events of one run. After the first failure every call rejects with that failure. */
export interface RunRecorder {
  readonly folder: string;
  /** What survives a power cut for certain: lines of events, rows of samples. */
  readonly durable: Durable;
  /**
   * Takes the next event; calls keep their order and need not be awaited one by one, but a caller that awaits them
   * keeps memory bounded. On a wall-clock array everything but samples is durable when this resolves, so an intent
   * is on the disk before the step is sent. On a virtual-clock array only `run-started` is; the rest is grouped.
   * When the disk comes down to its reserve this rejects for everything but `run-stopped`: what was taken before is
   * still written, and `close` closes the folder.
   * @throws RecordError
   */
  append(event: RunEvent): Promise<void>;
  /** Commits everything, writes stop.json and closes the folder. @throws RecordError; the data written so far stay */
  close(stop: RunStopped): Promise<void>;
}

export interface Durable {
  readonly events: number;
  readonly rows: number;
}

export interface RecorderParts {
  readonly fs: Fs;
  readonly folder: string;
  readonly events: HashedFile;
  readonly segments: SegmentWriter;
  readonly manifest: FileDigest;
  /** Wall clock of the stamps, and a monotonic clock to judge it by. */
  readonly now: () => Date;
  readonly elapsed_s: () => number;
  /** Calls back after a delay; the answer cancels it. */
  readonly schedule: (delay_s: number, action: () => void) => () => void;
  readonly reserveBytes: number;
  /** Called whenever `durable` has grown. */
  readonly onDurable: (durable: Durable) => void;
}

/** What is committed together: samples, then the events that follow them. */
interface Part {
  readonly batch: readonly StepBlock[];
  readonly rows: number;
  readonly lines: readonly string[];
  readonly bytes: number;
}

/**
 * Gathers events and samples into parts, and writes them one group of parts after another: what comes while a group is
 * on its way shares the syncs of the next one. Where a part ends depends, on a virtual-clock array, on the data alone
 * and never on how fast the disk or the caller is: two runs with one seed have the same batches, byte for byte.
 * Samples are committed before the events that follow them, so that no recorded outcome lacks its samples.
 */
export class FolderRecorder implements RunRecorder {
  readonly folder: string;
  readonly #parts: RecorderParts;
  readonly #watch = new QualityWatch();
  #clock: "virtual" | "wall" = "wall";
  // the part that is gathering
  #entries: StepBlock[] = [];
  #rows = 0;
  #lines: string[] = [];
  #characters = 0;
  #bytes = 0;
  // the parts that wait for their group, and the group that waits for its turn
  #sealed: Part[] = [];
  #next: Promise<void> | undefined;
  #tail: Promise<void> = Promise.resolve();
  /** Bytes taken and not yet written. */
  #backlog = 0;
  #cancelTimer: (() => void) | undefined;
  #seq = 0;
  #counts = { events: 0, rows: 0, batches: 0 };
  #stopped = false;
  #closed = false;
  /** Nothing can be written any more. */
  #failure: RecordError | undefined;
  /** The run must end, but what was taken can be written and the folder closed. */
  #refusal: RecordError | undefined;

  constructor(parts: RecorderParts) {
    this.folder = parts.folder;
    this.#parts = parts;
  }

  get durable(): Durable {
    return { events: this.#counts.events, rows: this.#counts.rows };
  }

  async append(event: RunEvent): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#closed) throw new RecordError(`${this.folder}: the run is closed already`);
    if (this.#refusal && event.kind !== "run-stopped") throw this.#refusal;
    if (event.kind === "progressed") return;
    if (event.kind === "samples") {
      this.#takeSamples(event.step, event.block);
      if (this.#backlog > LARGEST_QUEUE_BYTES)
        this.#refusal ??= new RecordError(
          `${this.folder}: the disk is too slow, ${Math.round(this.#backlog / 1e6)} MB wait to be written; the run must end`,
        );
    } else {
      this.#takeEvent(event);
      if (this.#clock === "wall" || event.kind === "run-started") return await this.#commit();
      if (this.#characters >= EVENT_GROUP_CHARACTERS) void this.#commit();
    }
    while (this.#backlog > LARGEST_BACKLOG_BYTES && !this.#failure) await this.#tail;
    if (this.#failure) throw this.#failure;
  }

  async close(stop: RunStopped): Promise<void> {
    if (this.#closed) throw new RecordError(`${this.folder}: the run is closed already`);
    const { fs, events, segments } = this.#parts;
    try {
      if (!this.#stopped) await this.append(stop);
      this.#closed = true;
      await this.#commit();
      await segments.finish();
      await events.close();
      await this.#writeStop(stop);
      await releaseLock(fs, this.folder);
    } catch (error) {
      this.#closed = true;
      this.#cancelTimer?.();
      // after the first failure the handles matter, not what closing them has to say
      await segments.release().catch(() => undefined);
      await events.close().catch(() => undefined);
      await releaseLock(fs, this.folder).catch(() => undefined);
      throw error;
    }
  }

  #takeSamples(step: number, block: SampleBlock): void {
    checkBlock(step, block, this.folder);
    if (block.current_A.length === 0) return;
    this.#flag(this.#watch.takeBlock(step, block));
    for (const piece of splitBlock(block)) {
      const rows = piece.current_A.length;
      this.#entries.push({ step, block: piece });
      this.#rows += rows;
      this.#count(rows * BYTES_PER_SAMPLE);
      // the promise of a background commit is held by the queue, its failure by #failure
      if (this.#isBatchDue(piece)) void this.#commit();
    }
    if (this.#clock === "wall" && this.#rows > 0)
      this.#cancelTimer ??= this.#parts.schedule(BATCH_SPAN_s, () => void this.#commit());
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
    const wall = this.#readClocks();
    this.#takeLine(event, wall);
  }

  #flag(flag: QualityFlagged | undefined): void {
    if (flag) this.#takeLine(flag, this.#parts.now());
  }

  /** The stamp of now, after a flag when the wall clock has jumped. */
  #readClocks(): Date {
    const wall = this.#parts.now();
    const jump = this.#watch.takeClocks(wall, this.#parts.elapsed_s());
    if (jump) this.#takeLine(jump, wall);
    return wall;
  }

  #takeLine(event: RecordedEvent, wall: Date): void {
    const line = this.#encode(event, wall);
    this.#seq += 1;
    this.#lines.push(line);
    this.#characters += line.length;
    this.#count(line.length);
  }

  #encode(event: RecordedEvent, wall: Date): string {
    try {
      return `${encodeEvent(event, this.#seq, wall.toISOString())}\n`;
    } catch (error) {
      throw new RecordError(`${this.#parts.events.path}: event ${this.#seq} (${event.kind}) cannot be written`, {
        cause: error,
      });
    }
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#backlog += bytes;
  }

  #seal(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#rows === 0 && this.#lines.length === 0) return;
    this.#sealed.push({ batch: this.#entries, rows: this.#rows, lines: this.#lines, bytes: this.#bytes });
    this.#entries = [];
    this.#rows = 0;
    this.#lines = [];
    this.#characters = 0;
    this.#bytes = 0;
  }

  /** Seals what has gathered; resolves when it is durable. Never an unhandled rejection by itself. */
  #commit(): Promise<void> {
    // a long step has samples and no events: the wall clock is looked at here too
    if (this.#clock === "wall" && this.#rows > 0) this.#readClocks();
    this.#seal();
    if (this.#next) return this.#next;
    const group = this.#tail.then(async () => {
      this.#next = undefined;
      const parts = this.#sealed;
      this.#sealed = [];
      try {
        if (this.#failure) throw this.#failure;
        await this.#write(parts);
      } catch (error) {
        this.#failure ??= error instanceof RecordError ? error : new RecordError(String(error), { cause: error });
        throw this.#failure;
      } finally {
        this.#backlog -= parts.reduce((sum, { bytes }) => sum + bytes, 0);
      }
    });
    this.#next = group;
    this.#tail = group.catch(() => undefined);
    return group;
  }

  async #write(parts: readonly Part[]): Promise<void> {
    const { events, segments, onDurable } = this.#parts;
    const batches = parts.filter(({ rows }) => rows > 0);
    if (batches.length > 0) {
      await segments.commit(batches.map(({ batch }) => batch));
      this.#counts.batches += batches.length;
      this.#counts.rows += batches.reduce((sum, { rows }) => sum + rows, 0);
    }
    const lines = parts.flatMap(({ lines }) => lines);
    if (lines.length > 0) {
      await events.write(Buffer.from(lines.join(""), "utf8"));
      await events.dataSync();
      this.#counts.events += lines.length;
    }
    if (parts.length > 0) onDurable(this.durable);
    await this.#checkReserve();
  }

  async #checkReserve(): Promise<void> {
    const { fs, reserveBytes } = this.#parts;
    if (this.#refusal || reserveBytes === 0) return;
    this.#refusal = await findShortage(fs, this.folder, reserveBytes);
  }

  async #writeStop(stop: RunStopped): Promise<void> {
    const { fs, folder, events, segments, manifest, now } = this.#parts;
    const text = toJson(
      {
        schema: RUN_SCHEMA,
        wall: now().toISOString(),
        stop,
        counts: { ...this.#counts, segments: segments.segments },
        files: { [MANIFEST_FILE]: manifest, [EVENTS_FILE]: events.digest(), ...Object.fromEntries(segments.digests) },
      },
      "text",
    );
    const bytes = Buffer.from(`${text}\n`, "utf8");
    await attempt(`${folder}/${STOP_FILE}`, () => writeAtomically(fs, folder, STOP_FILE, bytes));
  }
}

/** Why a run must not go on, or not begin, on the disk of `folder`. */
export async function findShortage(fs: Fs, folder: string, reserveBytes: number): Promise<RecordError | undefined> {
  const free = await attempt(folder, () => fs.freeBytes(folder));
  if (free >= reserveBytes) return undefined;
  return new RecordError(
    `${folder}: the disk has ${Math.floor(free / 1e6)} MB left and a run ends at ${Math.ceil(reserveBytes / 1e6)} MB; what was taken before is kept`,
  );
}
