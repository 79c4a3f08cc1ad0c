import { close, read, write } from "node:fs";
import { promisify } from "node:util";
import type { SerialPort } from "serialport";

export type SerialBindingPort = Awaited<ReturnType<typeof SerialPort.binding.open>>;

/** The part of the binding's poller that is used: level-triggered, one shot, told which events to watch. */
interface Poller {
  on(event: "readable" | "writable", listener: (error: Error | null) => void): unknown;
  poll(events: number): void;
}

const READABLE = 1;
const WRITABLE = 2;
const readFile = promisify(read);
const writeFile = promisify(write);
const closeFile = promisify(close);

/**
 * Reads and writes of an open serial port. On Linux and macOS it does both itself on the binding's file descriptor,
 * for two faults of the stock binding (13.0.0): its reader takes the end of the line for an empty read and asks again for ever
 * (bindings-cpp #162), and of a reader and a writer that wait at the same time one replaces the other in the poller, so that
 * either can sleep for ever. Windows has neither.
 */
export class SerialHandle {
  readonly #port: SerialBindingPort;
  readonly #poller: Poller | undefined;
  /** Who waits for what. */
  readonly #waiting = new Map<number, { readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  #closed = false;

  constructor(port: SerialBindingPort) {
    this.#port = port;
    if (!("poller" in port)) return;
    const { poller } = port;
    this.#poller = poller;
    poller.on("readable", (error: Error | null) => {
      this.#happened(READABLE, error);
    });
    poller.on("writable", (error: Error | null) => {
      this.#happened(WRITABLE, error);
    });
  }

  /** At least one byte. @throws at the end of the line, whatever it is called */
  async read(buffer: Buffer): Promise<number> {
    if (!this.#poller) return (await this.#port.read(buffer, 0, buffer.length)).bytesRead;
    for (;;) {
      const bytesRead = await tryNow(() => readFile(this.#fd(), buffer, 0, buffer.length, null));
      if (bytesRead?.bytesRead === 0) throw new Error("the device hung up");
      if (bytesRead) return bytesRead.bytesRead;
      await this.#wait(READABLE);
    }
  }

  /** All of them. */
  async write(bytes: Buffer): Promise<void> {
    if (!this.#poller) {
      await this.#port.write(bytes);
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      const from = at;
      const done = await tryNow(() => writeFile(this.#fd(), bytes, from, bytes.length - from));
      if (done) at += done.bytesWritten;
      else await this.#wait(WRITABLE);
    }
  }

  flush(): Promise<void> {
    return this.#port.flush();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const gone = new Error("the port is closed");
    for (const { reject } of this.#waiting.values()) reject(gone);
    this.#waiting.clear();
    const fd = "fd" in this.#port ? this.#port.fd : undefined;
    try {
      await this.#port.close();
    } catch (error) {
      // the lock lives as long as the descriptor: a poller that fails on the way must not keep it
      if (typeof fd !== "number") throw error;
      await closeFile(fd);
    }
  }

  #fd(): number {
    const fd = "fd" in this.#port ? this.#port.fd : undefined;
    if (this.#closed || typeof fd !== "number") throw new Error("the port is closed");
    return fd;
  }

  #wait(event: number): Promise<void> {
    this.#fd();
    return new Promise((resolve, reject) => {
      this.#waiting.set(event, { resolve, reject });
      this.#watch();
    });
  }

  /** The poller forgets what it was told before, so it is always told everything. */
  #watch(): void {
    const events = [...this.#waiting.keys()].reduce((mask, event) => mask | event, 0);
    if (events !== 0 && !this.#closed) this.#poller?.poll(events);
  }

  #happened(event: number, error: Error | null): void {
    const waiting = this.#waiting.get(event);
    this.#waiting.delete(event);
    if (error) waiting?.reject(error);
    else waiting?.resolve();
    this.#watch();
  }
}

/** The result, or undefined when the device is not ready. */
async function tryNow<T>(attempt: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof Error && "code" in error && ["EAGAIN", "EWOULDBLOCK", "EINTR"].includes(`${error.code}`))
      return undefined;
    throw error;
  }
}
