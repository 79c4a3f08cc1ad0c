import { existsSync, readFileSync } from "node:fs";
import { RecordError } from "../../core/errors.ts";
import { decodeManifest } from "../../core/record/manifest.ts";
import { MANIFEST_FILE, STOP_FILE } from "../folderLayout.ts";
import { inspectLock } from "../lock.ts";
import { listFiles } from "../openRun.ts";
import { attemptSync } from "../readBytes.ts";
import { type Cursor, cursorFile, freshCursor, readCursor, writeCursor } from "./cursor.ts";
import { EventMaker, type RunFacts } from "./eventPoints.ts";
import { Lanes } from "./lanes.ts";
import { type RunStamp, stampRun } from "./runStamp.ts";
import { readEventsFrom, SampleTail } from "./runTail.ts";
import { scanLines } from "./scanPoints.ts";
import { LineMaker } from "./series.ts";
import { WindowMaker } from "./windowPoints.ts";

export interface MirrorOptions {
  /** Server and database, as `describeTarget` says them: each has a cursor of its own. */
  readonly target: string;
  /** Length of a window of samples, 0 for every sample. */
  readonly every_s: number;
  /** Resolves to how many lines were taken, when none of these lines has to be sent again. */
  readonly send: (lines: readonly string[]) => Promise<number>;
  /** What is left out of a damaged run, and a cursor that cannot be kept; one sentence each. */
  readonly onProblem: (problem: string) => void;
}

/** Lines go out in parts of at most this many, and a cursor is kept when at least `FEWEST_LINES` of them were sent. */
export const MOST_LINES = 5000;
const FEWEST_LINES = 1000;
const MOST_CHARACTERS = 4 * 1024 * 1024;

/**
 * One run on its way to one server. The run folder is the spool: this reads committed bytes, sends what they mean, and
 * moves its cursor when the server has them. It shares nothing with the recorder but the disk.
 */
export class RunMirror {
  readonly folder: string;
  readonly #options: MirrorOptions;
  readonly #stamp: RunStamp;
  readonly #facts: RunFacts;
  readonly #path: string;
  #cursor: Cursor;
  #lines: string[] = [];
  #characters = 0;
  #skipped = 0;
  #interrupted = false;
  #cursorProblem: string | undefined;
  readonly #samples: SampleTail;
  /** Absent until the run's first event was read. */
  #makers: Makers | undefined;

  /** @throws RecordError when the folder is no run that can be read */
  constructor(folder: string, options: MirrorOptions) {
    this.folder = folder;
    this.#options = options;
    const path = `${folder}/${MANIFEST_FILE}`;
    if (!listFiles(folder).includes(MANIFEST_FILE))
      throw new RecordError(`${folder}: not a run folder, it has no ${MANIFEST_FILE}`);
    const bytes = attemptSync(path, () => readFileSync(path));
    const manifest = decodeManifest(bytes.toString("utf8"), path);
    const { name, operator, crosspore, seed } = manifest;
    this.#facts = { name, operator, crosspore, seed };
    this.#stamp = stampRun(folder, manifest, bytes);
    this.#path = `${folder}/${cursorFile(options.target)}`;
    const { id, label } = this.#stamp;
    this.#cursor = readCursor(this.#path, id, options.every_s, label) ?? freshCursor(id, options.every_s, label);
    this.#samples = new SampleTail(folder, this.#cursor.samples, options.onProblem);
    if (this.#cursor.array) this.#makers = this.#begin(this.#cursor.array);
  }

  /** The file that says how far this run has come. */
  get cursorPath(): string {
    return this.#path;
  }

  /** Value of the field `run` on the server. */
  get label(): string {
    return this.#stamp.label;
  }

  /** How far it is; `points` counts lines that the server has taken, repetitions included. */
  get progress(): Pick<Cursor, "points" | "rejected" | "complete"> & { readonly skipped: number } {
    const { points, rejected, complete } = this.#cursor;
    return { points, rejected, complete, skipped: this.#skipped + (this.#makers?.lines.skipped ?? 0) };
  }

  /** Nothing more will come: the run was closed, or nobody records it any more, and all of it was sent. */
  get ended(): boolean {
    return this.#cursor.complete || this.#interrupted;
  }

  /**
   * Sends what was committed since, until nothing more is there or about `most` lines were sent.
   * @returns true when there may be more at once
   * @throws RecordError for a damaged run; what `send` throws
   */
  async drain(most = Infinity): Promise<boolean> {
    if (this.#cursor.complete) return false;
    // looked at before the data: what was recorded until then is there
    const closed = existsSync(`${this.folder}/${STOP_FILE}`);
    const abandoned =
      !closed && ["free", "stale"].includes(inspectLock(this.folder)) && !existsSync(`${this.folder}/${STOP_FILE}`);
    const before = this.#cursor.points + this.#cursor.rejected;
    for (let more = true; more; ) {
      more = await this.#takeEvents();
      if (this.#makers && (await this.#takeSamples(this.#makers))) more = true;
      if (more && this.#cursor.points + this.#cursor.rejected - before >= most) return true;
    }
    if (this.#makers) await this.#takeAll(this.#makers.windows?.takeOpen() ?? []);
    if (this.#makers && abandoned) await this.#takeAll(this.#makers.events.interrupted());
    await this.#flush();
    this.#interrupted = abandoned;
    if (closed || this.#cursor.points + this.#cursor.rejected > before) this.#keep(closed);
    return false;
  }

  #begin(array: { readonly name: string; readonly source: string }): Makers {
    const { stamps, lanes: latest, windows, every_s } = this.#cursor;
    const tags = { array: array.name, source: array.source, slot: this.#stamp.slot };
    const lines = new LineMaker(this.#stamp, tags);
    const lanes = new Lanes(latest);
    return {
      lines,
      lanes,
      events: new EventMaker(lines, this.#facts, stamps),
      windows: every_s === 0 ? undefined : new WindowMaker(lines, lanes, every_s, windows),
    };
  }

  async #takeEvents(): Promise<boolean> {
    const { events, next } = readEventsFrom(this.folder, this.#cursor.events);
    for (const line of events) {
      const { event } = line;
      if (event.kind === "run-started" && !this.#makers) {
        const { name, source } = event.capabilities;
        this.#cursor = { ...this.#cursor, array: { name, source } };
        this.#makers = this.#begin({ name, source });
      }
      this.#makers ??= this.#begin({ name: "unknown", source: "unknown" });
      await this.#takeAll(this.#makers.events.take(line));
    }
    this.#cursor = { ...this.#cursor, events: next };
    await this.#flushWhenDue();
    return events.length > 0;
  }

  /** A batch, or a few small ones. */
  async #takeSamples({ lines, lanes, windows }: Makers): Promise<boolean> {
    const blocks = this.#samples.next();
    if (blocks) await this.#takeAll(windows ? windows.take(blocks) : scanLines(lines, lanes, blocks));
    this.#cursor = { ...this.#cursor, samples: this.#samples.position };
    await this.#flushWhenDue();
    return blocks !== undefined;
  }

  async #takeAll(lines: Iterable<string>): Promise<void> {
    for (const line of lines) {
      this.#lines.push(line);
      this.#characters += line.length;
      if (this.#lines.length >= MOST_LINES || this.#characters >= MOST_CHARACTERS) await this.#flush();
    }
  }

  /** Only here, between whole batches, does the cursor describe exactly what was sent. */
  async #flushWhenDue(): Promise<void> {
    if (this.#lines.length < FEWEST_LINES) return;
    await this.#flush();
    this.#keep(false);
  }

  async #flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    const taken = await this.#options.send(lines);
    const { points, rejected } = this.#cursor;
    this.#cursor = { ...this.#cursor, points: points + taken, rejected: rejected + lines.length - taken };
  }

  #keep(complete: boolean): void {
    if (!this.#makers && !complete) return;
    this.#cursor = {
      ...this.#cursor,
      complete,
      stamps: this.#makers?.events.state() ?? {},
      lanes: this.#makers?.lanes.state() ?? [],
      windows: this.#makers?.windows?.state() ?? [],
    };
    const problem = writeCursor(this.#path, this.#cursor);
    if (problem !== undefined && problem !== this.#cursorProblem)
      this.#options.onProblem(`${problem}; the run will be sent again from its beginning, which changes nothing`);
    this.#cursorProblem = problem;
  }
}

/** What turns a run into lines, and remembers what it needs for that. */
interface Makers {
  readonly lines: LineMaker;
  readonly lanes: Lanes;
  readonly events: EventMaker;
  readonly windows: WindowMaker | undefined;
}
