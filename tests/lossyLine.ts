import { streamOf, uniform } from "../core/crossbar/random.ts";
import type { Transport, TransportListener } from "../core/drivers/transport.ts";

const END = 0xc0;

/** What becomes of frames on a bad line, each by chance; both ways. */
export interface Losses {
  readonly seed: number;
  readonly garbled: number;
  readonly doubled: number;
  /** Arrives after the one behind it. */
  readonly late: number;
}

/** One way of the line: takes whole frames, passes on what is left of them. */
class LossyWay {
  readonly #losses: Losses;
  readonly #stream: number;
  readonly #pass: (bytes: Uint8Array) => void;
  #index = 0;
  #held: Uint8Array | undefined;

  constructor(losses: Losses, name: string, pass: (bytes: Uint8Array) => void) {
    this.#losses = losses;
    this.#stream = streamOf(name);
    this.#pass = pass;
  }

  take(frame: Uint8Array): void {
    const { garbled, doubled, late } = this.#losses;
    const bytes = frame.slice();
    if (this.#draw() < garbled) {
      const at = Math.floor(this.#draw() * bytes.length);
      // another byte than it was: bit errors of any number, the emergency byte among them
      bytes[at] = ((bytes[at] ?? 0) + 1 + Math.floor(this.#draw() * 255)) & 255;
    }
    const held = this.#held;
    this.#held = undefined;
    if (!held && this.#draw() < late) {
      this.#held = bytes;
      return;
    }
    this.#pass(bytes);
    if (this.#draw() < doubled) this.#pass(bytes);
    if (held) this.#pass(held);
  }

  #draw(): number {
    return uniform(this.#losses.seed, this.#stream, this.#index++);
  }
}

/** A transport whose frames (of firmware-bridge/PROTOCOL.md) are garbled, doubled and late by chance. `deafen` loses every answer. */
export class LossyLine implements Transport {
  readonly name: string;
  readonly bitsPerSecond: number;
  deafen = false;
  readonly #line: Transport;
  readonly #there: LossyWay;
  readonly #back: LossyWay;
  #listener: TransportListener | undefined;
  #pending: number[] = [];

  constructor(line: Transport, losses: Losses) {
    this.#line = line;
    this.name = line.name;
    this.bitsPerSecond = line.bitsPerSecond;
    this.#there = new LossyWay(losses, "to device", (bytes) => void line.write(bytes).catch(() => {}));
    this.#back = new LossyWay(losses, "to host", (bytes) => {
      if (!this.deafen) this.#listener?.bytes(bytes);
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#there.take(bytes);
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#line.listen({
      bytes: (chunk) => {
        for (const byte of chunk) {
          this.#pending.push(byte);
          if (byte !== END || this.#pending.length === 1) continue;
          this.#back.take(Uint8Array.from(this.#pending));
          this.#pending = [];
        }
      },
      closed: (error) => {
        listener.closed(error);
      },
    });
  }

  discardInput(): Promise<void> {
    return this.#line.discardInput();
  }

  close(): Promise<void> {
    return this.#line.close();
  }
}
