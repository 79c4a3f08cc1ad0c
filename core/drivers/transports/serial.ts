import { SerialPort } from "serialport";
import { TransportError } from "../../errors.ts";
import type { Transport } from "../transport.ts";
import { Listening } from "./listening.ts";
import { type SerialBindingPort, SerialHandle } from "./serialHandle.ts";

export interface SerialSettings {
  readonly path: string;
  readonly baudRate: number;
  readonly dataBits?: 5 | 6 | 7 | 8;
  readonly parity?: "none" | "even" | "odd";
  readonly stopBits?: 1 | 2;
  /** XON/XOFF by the operating system, both ways. */
  readonly softwareFlow?: boolean;
  readonly hardwareFlow?: boolean;
}

const READ_BYTES = 65_536;

/**
 * Opens a serial port (or a pseudo-terminal: any baud rate is accepted there) and locks it.
 * @throws TransportError naming the port: not there, busy, not permitted, settings refused
 */
export async function openSerial(settings: SerialSettings): Promise<Transport> {
  const { path, baudRate, dataBits = 8, parity = "none", stopBits = 1 } = settings;
  const { softwareFlow = false, hardwareFlow: rtscts = false } = settings;
  const name = `serial:${path}`;
  let port: SerialBindingPort;
  try {
    port = await SerialPort.binding.open({
      path,
      baudRate,
      dataBits,
      parity,
      stopBits,
      rtscts,
      xon: softwareFlow,
      xoff: softwareFlow,
      lock: true,
      hupcl: true,
    });
  } catch (cause) {
    throw new TransportError("disconnected", `${name} cannot be opened: ${explain(cause)}`);
  }
  const startAndStop = 1 + stopBits + (parity === "none" ? 0 : 1);
  // ten bits carry a byte in 8N1; what is left of them is framing
  const bitsPerSecond = baudRate * (8 / (dataBits + startAndStop));
  return new SerialTransport(name, bitsPerSecond * 1.25, new SerialHandle(port));
}

class SerialTransport implements Transport {
  readonly name: string;
  readonly bitsPerSecond: number;
  readonly #port: SerialHandle;
  readonly #listening = new Listening();
  #writing: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(name: string, bitsPerSecond: number, port: SerialHandle) {
    this.name = name;
    this.bitsPerSecond = bitsPerSecond;
    this.#port = port;
    void this.#readOn();
  }

  /** One after the other: two writes at once may overtake each other on their way through the thread pool. */
  write(bytes: Uint8Array): Promise<void> {
    const copy = Buffer.from(bytes);
    const done = this.#writing.then(() => this.#write(copy));
    this.#writing = done.catch(() => {});
    return done;
  }

  async #write(bytes: Buffer): Promise<void> {
    const { ended } = this.#listening;
    if (ended) throw ended;
    try {
      await this.#port.write(bytes);
    } catch (error) {
      this.#hangUp(error);
      throw this.#listening.ended ?? error;
    }
  }

  listen(listener: Parameters<Transport["listen"]>[0]): void {
    this.#listening.listen(listener);
  }

  async discardInput(): Promise<void> {
    await this.#port.flush().catch(() => {}); // a pseudo-terminal that has hung up cannot, and has nothing
    this.#listening.discard();
  }

  close(): Promise<void> {
    this.#listening.end(new TransportError("canceled", `${this.name} was closed`));
    this.#closing ??= this.#port.close().catch(() => {});
    return this.#closing;
  }

  async #readOn(): Promise<void> {
    try {
      for (;;) {
        const buffer = Buffer.allocUnsafe(READ_BYTES);
        const count = await this.#port.read(buffer);
        if (this.#listening.ended) return;
        // a small chunk must not keep a large buffer alive
        this.#listening.take(
          count * 4 < READ_BYTES ? Buffer.from(buffer.subarray(0, count)) : buffer.subarray(0, count),
        );
      }
    } catch (error) {
      this.#hangUp(error);
    }
  }

  #hangUp(cause: unknown): void {
    this.#listening.end(new TransportError("disconnected", `${this.name} is gone: ${explain(cause)}`));
    void this.close();
  }
}

/** What the operating system said, with the remedy. */
function explain(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/No such file/i.test(text)) return "there is no such port (`crosspore ports` lists those there are)";
  if (/lock/i.test(text)) return "another program has it open";
  if (/Permission denied|EACCES/i.test(text))
    return "not permitted (on Linux, join the group dialout and log in again)";
  if (/EIO|ENXIO|EBADF|bad file descriptor|closed|hung up/i.test(text)) return "the device was unplugged or hung up";
  return text.replace(/^Error:?\s*/, "");
}
