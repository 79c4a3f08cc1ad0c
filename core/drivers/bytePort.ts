import { TransportError } from "../errors.ts";
import { ByteQueue } from "./framing/byteQueue.ts";
import { ANSWER_TIMEOUT_S } from "./linePort.ts";
import type { Timer } from "./timer.ts";
import type { Transport } from "./transport.ts";

interface Waiting {
  /** Whether what waits is enough now. */
  wake(): void;
  reject(error: Error): void;
}

/**
 * Beside LinePort for instruments that answer without framing: the driver knows how many bytes come next and pulls them.
 * One reader at a time.
 */
export class BytePort {
  readonly transport: Transport;
  readonly timer: Timer;
  readonly #queue = new ByteQueue();
  #waiting: Waiting | undefined;
  #closed: TransportError | undefined;
  #asked = "";

  constructor(transport: Transport, timer: Timer) {
    this.transport = transport;
    this.timer = timer;
    transport.listen({
      bytes: (chunk) => {
        this.#queue.append(chunk);
        this.#waiting?.wake();
      },
      closed: (error) => {
        this.#closed = error;
        this.#waiting?.reject(error);
      },
    });
  }

  /** Why the line is gone, if it is. */
  get closed(): TransportError | undefined {
    return this.#closed;
  }

  /** Bytes that have arrived and nobody has taken. */
  get unread(): number {
    return this.#queue.length;
  }

  async send(text: string): Promise<void> {
    this.#asked = text.length > 60 ? `${text.slice(0, 60)}...` : text;
    await this.transport.write(Buffer.from(text, "latin1"));
  }

  /**
   * The next `count` bytes.
   * @param timeout_s beyond the time that so many bytes take at the port's speed
   * @throws TransportError "timeout" naming the port, what was sent last and how much came; "disconnected" | "canceled"
   */
  bytes(count: number, timeout_s = ANSWER_TIMEOUT_S): Promise<Buffer> {
    return this.#pull(() => this.#queue.take(count), count, timeout_s);
  }

  /** The next text line, without its ending. @throws as `bytes` */
  line(timeout_s = ANSWER_TIMEOUT_S): Promise<string> {
    return this.#pull(() => this.#queue.takeLine(), 128, timeout_s);
  }

  /** Throws away everything that has arrived, until nothing more comes for `quiet_s`. @throws TransportError */
  async settle(quiet_s: number, longest_s = 2): Promise<void> {
    await this.transport.discardInput();
    const end_s = this.timer.now_s() + longest_s;
    for (;;) {
      this.#queue.reset();
      try {
        await this.bytes(1, quiet_s);
      } catch (error) {
        if (error instanceof TransportError && error.kind === "timeout") return;
        throw error;
      }
      if (this.timer.now_s() > end_s)
        throw new TransportError(
          "timeout",
          `${this.transport.name} never falls silent, it is no instrument of this kind`,
        );
    }
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  #pull<T>(take: () => T | undefined, count: number, timeout_s: number): Promise<T> {
    const ready = take();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#waiting) return Promise.reject(new Error(`${this.transport.name} has a reader already`));
    return new Promise((resolve, reject) => {
      const end = () => {
        cancel();
        this.#waiting = undefined;
      };
      const patience_s = timeout_s + (10 * count) / this.transport.bitsPerSecond;
      const cancel = (this.timer.patience ?? this.timer.after).call(this.timer, patience_s, () => {
        end();
        const said = this.#asked === "" ? "" : ` to ${JSON.stringify(this.#asked)}`;
        const some = this.#queue.length === 0 ? "" : ` (${this.#queue.length} bytes came)`;
        reject(
          new TransportError(
            "timeout",
            `${this.transport.name} did not answer${said} within ${Number(timeout_s.toPrecision(3))} s${some}`,
          ),
        );
      });
      this.#waiting = {
        wake: () => {
          const found = take();
          if (found === undefined) return;
          end();
          resolve(found);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
    });
  }
}
