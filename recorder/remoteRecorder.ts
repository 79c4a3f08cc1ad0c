import { RecordError } from "../core/errors.ts";
import { BYTES_PER_SAMPLE } from "../core/record/bytesPerSample.ts";
import type { RunManifest } from "../core/record/runData.ts";
import type { RunEvent, RunStopped } from "../core/runEvent.ts";
import { checkBlock } from "./checkBlock.ts";
import { LARGEST_BACKLOG_BYTES, LARGEST_QUEUE_BYTES } from "./folderLayout.ts";
import { type FromRecorder, packBlock, type RemoteOptions, type ToRecorder } from "./recorderMessages.ts";
import type { Durable, RunRecorder } from "./runRecorder.ts";

/** What a message weighs beside its samples and products. */
const MESSAGE_BYTES = 1024;

/** The way to the recorder's thread. What comes back goes to `take`, and its end to `end`. */
export interface RecorderLink {
  send(message: ToRecorder, transfer: ArrayBuffer[]): void;
  /** Whether the process must stay for what the thread has to say. */
  hold(needed: boolean): void;
  /** The thread is needed no more. */
  release(): Promise<void>;
}

interface Waiting {
  readonly bytes: number;
  readonly settle: (failure?: RecordError) => void;
}

/**
 * A recorder on another thread. Every message holds credit until the recorder has answered it; an append that finds
 * the credit used up waits, and the event loop does not. The thread keeps the process alive only while something is
 * on its way.
 */
export class RemoteRecorder implements RunRecorder {
  readonly folder: string;
  readonly #link: RecorderLink;
  readonly #onDurable: (durable: Durable) => void;
  readonly #waiting = new Map<number | undefined, Waiting>();
  #clock: "virtual" | "wall" = "wall";
  #durable: Durable = { events: 0, rows: 0 };
  #id = 0;
  /** Bytes that hold credit. */
  #inFlight = 0;
  #starved: (() => void)[] = [];
  /** The first thing the recorder refused; `run-stopped` and `close` still reach it. */
  #refusal: RecordError | undefined;
  #ended: RecordError | undefined;
  #closed = false;

  constructor(link: RecorderLink, folder: string, onDurable: (durable: Durable) => void = () => undefined) {
    this.#link = link;
    this.folder = folder;
    this.#onDurable = onDurable;
  }

  /** Makes the folder. @throws RecordError when it is taken or cannot be written; then nothing is left behind */
  async start(manifest: RunManifest, options: RemoteOptions = {}): Promise<void> {
    try {
      await this.#ask(undefined, { kind: "create", folder: this.folder, manifest, options }, MESSAGE_BYTES);
    } catch (error) {
      this.#closed = true;
      await this.#link.release();
      throw error;
    }
  }

  get durable(): Durable {
    return this.#durable;
  }

  async append(event: RunEvent): Promise<void> {
    if (this.#closed) throw new RecordError(`${this.folder}: the run is closed already`);
    if (this.#ended) throw this.#ended;
    if (this.#refusal && event.kind !== "run-stopped") throw this.#refusal;
    if (event.kind === "progressed") return;
    if (event.kind === "run-started") this.#clock = event.capabilities.clock;
    const asked = event.kind === "samples" ? this.#sendBlock(event.step, event.block) : this.#sendEvent(event);
    // what an event was refused for is told here, what samples were refused for by the next append
    if (event.kind !== "samples" && (this.#clock === "wall" || event.kind === "run-started")) return await asked;
    asked.catch(() => undefined);
    while (this.#inFlight > LARGEST_BACKLOG_BYTES && !this.#refusal) await this.#waitForRoom();
    if (this.#refusal && event.kind !== "run-stopped") throw this.#refusal;
  }

  async close(stop: RunStopped): Promise<void> {
    if (this.#closed) throw new RecordError(`${this.folder}: the run is closed already`);
    if (this.#ended) throw this.#ended;
    this.#closed = true;
    const id = this.#id++;
    try {
      await this.#ask(id, { kind: "close", id, stop }, MESSAGE_BYTES);
    } finally {
      await this.#link.release();
    }
  }

  take(message: FromRecorder): void {
    if (message.kind === "settled") return this.#settle(message.id, message.failure);
    this.#durable = message.durable;
    this.#onDurable(message.durable);
  }

  /** The thread is gone: nothing that waits will be answered. */
  end(reason: string): void {
    this.#ended ??= new RecordError(`${this.folder}: ${reason}`);
    this.#refusal ??= this.#ended;
    for (const id of this.#waiting.keys()) this.#settle(id, this.#ended.message);
  }

  #sendBlock(step: number, block: Extract<RunEvent, { kind: "samples" }>["block"]): Promise<void> {
    checkBlock(step, block, this.folder);
    const packed = packBlock(block);
    const bytes = packed.rows * BYTES_PER_SAMPLE + MESSAGE_BYTES;
    if (this.#inFlight + bytes > LARGEST_QUEUE_BYTES && this.#inFlight > 0) {
      const waiting = Math.round(this.#inFlight / 1e6);
      this.#refusal ??= new RecordError(`${this.folder}: the disk is too slow, ${waiting} MB wait to be written`);
      throw this.#refusal;
    }
    const id = this.#id++;
    return this.#ask(id, { kind: "samples", id, step, block: packed }, bytes, [packed.bytes]);
  }

  #sendEvent(event: Exclude<RunEvent, { kind: "samples" }>): Promise<void> {
    const id = this.#id++;
    return this.#ask(id, { kind: "event", id, event }, MESSAGE_BYTES + weighProducts(event));
  }

  #ask(id: number | undefined, message: ToRecorder, bytes: number, transfer: ArrayBuffer[] = []): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) this.#link.hold(true);
      this.#inFlight += bytes;
      this.#waiting.set(id, { bytes, settle: (failure) => (failure ? reject(failure) : resolve()) });
      try {
        this.#link.send(message, transfer);
      } catch (error) {
        // what a thread cannot be sent (a function, say) no file could hold either
        this.#settle(id, `${this.folder}: cannot be recorded (${String(error).replace(/\s+/g, " ")})`);
      }
    });
  }

  #settle(id: number | undefined, failure?: string): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    this.#inFlight -= waiting.bytes;
    if (this.#waiting.size === 0) this.#link.hold(false);
    if (failure === undefined) {
      waiting.settle();
    } else {
      const refusal = new RecordError(failure);
      this.#refusal ??= refusal;
      waiting.settle(refusal);
    }
    if (this.#inFlight > LARGEST_BACKLOG_BYTES && !this.#refusal) return;
    for (const release of this.#starved.splice(0)) release();
  }

  #waitForRoom(): Promise<void> {
    return new Promise((resolve) => this.#starved.push(resolve));
  }
}

/** Bytes of the numbers that make an event heavy. */
function weighProducts(event: RunEvent): number {
  if (event.kind !== "products-taken") return 0;
  return event.inputs_V.byteLength + event.products.current_A.byteLength + (event.expected_A?.byteLength ?? 0);
}
