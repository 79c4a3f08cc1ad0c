import { TransportError } from "../../errors.ts";
import type { Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { FrameReader, type FrameRun, type Info } from "./codec.ts";
import { frameBytes, PACKETS_PER_FRAME } from "./models.ts";

/** An amplifier that streams never falls silent for so long. */
export const SILENCE_S = 0.5;
/** Raw bytes that are looked at while nobody knows what streams: more than buffers hold. */
const SNIFFED_BYTES = 1 << 20;

/** USB chip, operating system and a read under way; what is more is lost. */
const BUFFER_BYTES = 1 << 17;

interface Sink {
  take(run: FrameRun): void;
  fail(error: Error): void;
}

/**
 * The frames of one amplifier, handed to whoever follows them at the moment; the others are counted and thrown away, because
 * the stream never rests.
 */
export class FrameStream {
  readonly transport: Transport;
  readonly #timer: Timer;
  readonly #reader: FrameReader;
  #sink: Sink | undefined;
  #closed: TransportError | undefined;
  /** Who wants raw bytes; nothing when the port is gone. */
  #sniffer: ((chunk: Uint8Array | undefined) => void) | undefined;
  #frames = 0;
  #lost = 0;
  /** Of the present rate: frames since, and the earliest moment at which frame 0 can have been sampled. */
  #counted = 0;
  #rate_Hz = 1;
  #first_s = Infinity;
  /** Samples that the buffers between amplifier and this program can hold. */
  readonly #most: number;

  constructor(transport: Transport, timer: Timer, inputs: number, tellInfo?: (info: Info) => void) {
    this.transport = transport;
    this.#timer = timer;
    this.#reader = new FrameReader(inputs, tellInfo);
    this.#most = (BUFFER_BYTES / frameBytes(inputs)) * PACKETS_PER_FRAME;
    transport.listen({
      bytes: (chunk) => {
        this.#take(chunk);
      },
      closed: (error) => {
        this.#closed = error;
        this.#sink?.fail(error);
        this.#sniffer?.(undefined);
      },
    });
  }

  get closed(): TransportError | undefined {
    return this.#closed;
  }

  /** Frames since the port was opened, those that were lost as far as bytes tell, and how often the sync word was. */
  get figures(): { readonly frames: number; readonly lost: number; readonly resyncs: number } {
    return { frames: this.#frames, lost: this.#lost, resyncs: this.#reader.resyncs };
  }

  /** The sampling rate changes with what is on its way: arrival times are reckoned anew. */
  restart(rate_Hz: number): void {
    this.#rate_Hz = rate_Hz;
    this.#counted = 0;
    this.#first_s = Infinity;
  }

  /** Samples that the amplifier has taken and this computer has not read yet, as far as their arrival tells. */
  get backlog(): number {
    if (this.#first_s === Infinity) return 0;
    const late = (this.#timer.now_s() - this.#first_s) * this.#rate_Hz - this.#counted * PACKETS_PER_FRAME;
    return Math.max(0, Math.min(late, this.#most));
  }

  /** Forgets an unfinished frame. */
  reset(): void {
    this.#reader.reset();
  }

  /** Raw bytes as they come, whatever they are, until there are enough (or a few frames), or `patience_s` is over. */
  sniff(patience_s: number, enough: (bytes: Buffer) => boolean): Promise<Buffer> {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      let found: Buffer = Buffer.alloc(0);
      const end = () => {
        cancel();
        this.#sniffer = undefined;
        if (this.#closed) reject(this.#closed);
        else resolve(found);
      };
      const cancel = this.#timer.after(patience_s, end);
      this.#sniffer = (chunk) => {
        if (chunk) found = Buffer.concat([found, chunk]);
        if (!chunk || found.length >= SNIFFED_BYTES || enough(found)) end();
      };
    });
  }

  /**
   * Hands every run of frames to `take` until it answers true.
   * @throws TransportError when the port is gone or falls silent; what `take` throws; what `stop` was aborted with
   */
  follow(take: (run: FrameRun) => boolean, stop?: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#sink) return Promise.reject(new Error(`${this.transport.name} is followed already`));
    return new Promise((resolve, reject) => {
      let heard = true;
      let cancel = () => {};
      const end = () => {
        cancel();
        stop?.removeEventListener("abort", onStop);
        this.#sink = undefined;
      };
      const fail = (error: unknown) => {
        end();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const onStop = () => fail(stop?.reason);
      const watch = () => {
        cancel = this.#timer.after(SILENCE_S, () => {
          if (!heard) {
            fail(new TransportError("timeout", `${this.transport.name} has sent no frame for ${SILENCE_S} s`));
            return;
          }
          heard = false;
          watch();
        });
      };
      this.#sink = {
        take: (run) => {
          heard = true;
          try {
            if (!take(run)) return;
          } catch (error) {
            fail(error);
            return;
          }
          end();
          resolve();
        },
        fail,
      };
      stop?.addEventListener("abort", onStop);
      watch();
      if (stop?.aborted) onStop();
    });
  }

  #take(chunk: Uint8Array): void {
    this.#sniffer?.(chunk);
    for (const run of this.#reader.append(chunk)) {
      this.#frames += run.frames;
      this.#lost += run.lost;
      this.#counted += run.frames + run.lost;
      const first_s = this.#timer.now_s() - (this.#counted * PACKETS_PER_FRAME) / this.#rate_Hz;
      if (first_s < this.#first_s) this.#first_s = first_s;
      this.#sink?.take(run);
    }
  }
}

const SYNC = Buffer.of(0x7f, 0xff, 0x80, 0x00);

/** Current channels of whatever streams here, judged by the distance of its sync words; undefined when nothing we know does. */
export function countInputs(bytes: Buffer, known: readonly number[]): number | undefined {
  return known.find((inputs) => {
    const size = frameBytes(inputs);
    let found = 0;
    for (let at = bytes.indexOf(SYNC); at >= 0; at = bytes.indexOf(SYNC, at + 1))
      if (at + size + SYNC.length <= bytes.length && bytes.subarray(at + size, at + size + SYNC.length).equals(SYNC))
        found++;
    return found >= 2;
  });
}
