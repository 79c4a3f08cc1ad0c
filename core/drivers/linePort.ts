import { TransportError } from "../errors.ts";
import { LineSplitter } from "./framing/lineSplitter.ts";
import type { Timer } from "./timer.ts";
import type { Transport } from "./transport.ts";

/** An instrument that says nothing for so long, beyond what its bytes take on the line, does not answer. */
export const ANSWER_TIMEOUT_S = 0.25;
/** Lines that may wait unread; a device that floods is no instrument. */
const LARGEST_QUEUE = 1 << 20;

interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Lines to and from an instrument, pulled one by one, so that a driver reads like the manual: send, line, line.
 * One reader at a time.
 */
export class LinePort {
  readonly transport: Transport;
  readonly timer: Timer;
  readonly #ending: string;
  readonly #splitter = new LineSplitter();
  readonly #clean: (line: string) => string;
  #lines: string[] = [];
  #taken = 0;
  #waiting: Waiting | undefined;
  #closed: TransportError | undefined;
  #asked = "";
  #heardBytes = 0;

  /** @param clean what a driver must strip from every line (XON characters) */
  constructor(transport: Transport, timer: Timer, ending = "\n", clean: (line: string) => string = (line) => line) {
    this.transport = transport;
    this.timer = timer;
    this.#ending = ending;
    this.#clean = clean;
    transport.listen({
      bytes: (chunk) => {
        this.#heardBytes += chunk.length;
        for (const line of this.#splitter.append(chunk)) this.#arrive(this.#clean(line));
      },
      closed: (error) => {
        this.#closed = error;
        this.#waiting?.reject(error);
        this.#waiting = undefined;
      },
    });
  }

  /** Why the line is gone, if it is. */
  get closed(): TransportError | undefined {
    return this.#closed;
  }

  /** Everything that ever came, whether or not it made lines: noise at another speed has no line ends. */
  get heardBytes(): number {
    return this.#heardBytes;
  }

  async send(text: string): Promise<void> {
    this.#asked = text.length > 60 ? `${text.slice(0, 60)}...` : text;
    await this.transport.write(Buffer.from(text + this.#ending, "latin1"));
  }

  /**
   * The next line, without its ending.
   * @param timeout_s beyond the time that a long line takes at the port's speed
   * @throws TransportError "timeout" naming the port and what was sent last; "disconnected" | "canceled" when it is gone
   */
  line(timeout_s = ANSWER_TIMEOUT_S): Promise<string> {
    const ready = this.#lines[this.#taken];
    if (ready !== undefined) {
      this.#taken++;
      if (this.#taken > 1024 && this.#taken * 2 > this.#lines.length) {
        this.#lines = this.#lines.slice(this.#taken);
        this.#taken = 0;
      }
      return Promise.resolve(ready);
    }
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#waiting) return Promise.reject(new Error(`${this.transport.name} has a reader already`));
    return new Promise((resolve, reject) => {
      const patience_s = timeout_s + 1280 / this.transport.bitsPerSecond;
      const cancel = (this.timer.patience ?? this.timer.after).call(this.timer, patience_s, () => {
        this.#waiting = undefined;
        const said = this.#asked === "" ? "" : ` to ${JSON.stringify(this.#asked)}`;
        reject(
          new TransportError(
            "timeout",
            `${this.transport.name} did not answer${said} within ${Number(timeout_s.toPrecision(3))} s`,
          ),
        );
      });
      this.#waiting = {
        resolve: (line) => {
          cancel();
          resolve(line);
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      };
    });
  }

  /** Sends and takes the next line. */
  async ask(text: string, timeout_s?: number): Promise<string> {
    await this.send(text);
    return this.line(timeout_s);
  }

  /** Throws away everything that has arrived, until nothing more comes for `quiet_s`. */
  async settle(quiet_s: number, longest_s = 2): Promise<void> {
    await this.transport.discardInput();
    const end_s = this.timer.now_s() + longest_s;
    for (;;) {
      this.#lines = [];
      this.#taken = 0;
      this.#splitter.reset();
      try {
        await this.line(quiet_s);
      } catch (error) {
        if (error instanceof TransportError && error.kind === "timeout") break;
        throw error;
      }
      if (this.timer.now_s() > end_s)
        throw new TransportError(
          "timeout",
          `${this.transport.name} never falls silent, it is no instrument of this kind`,
        );
    }
    this.#splitter.reset();
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  #arrive(line: string): void {
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      waiting.resolve(line);
      return;
    }
    if (this.#lines.length - this.#taken >= LARGEST_QUEUE) this.#lines.splice(0, this.#taken + 1);
    this.#lines.push(line);
  }
}
