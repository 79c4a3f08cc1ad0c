import { existsSync, openSync, closeSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { TransportError } from "../../errors.ts";
import type { Timer } from "../timer.ts";
import type { Transport } from "../transport.ts";
import { Listening } from "./listening.ts";

/** Two text files of one folder, as HEKA's programs exchange messages. */
export const IN_FILE = "E9Batch.In";
export const OUT_FILE = "E9Batch.Out";
/** As often as Wavesurfer looks. */
const POLL_S = 0.005;
/** What is larger is no answer. */
const LARGEST_FILE = 1 << 22;

/**
 * A folder as a line: what is written becomes the In file, what changes in the Out file arrives. A message is written whole
 * under a minus, which a plus replaces at last; only what stands under a plus is read. Times of files are too coarse to tell
 * of changes, so contents are compared.
 * @throws TransportError naming the folder when it is not there
 */
export function openFolder(path: string, timer: Timer): Transport {
  const name = `folder:${path}`;
  if (!(existsSync(path) && statSync(path).isDirectory()))
    throw new TransportError("disconnected", `${name}: there is no such folder`);
  return new FolderTransport(name, path, timer);
}

class FolderTransport implements Transport {
  readonly name: string;
  readonly bitsPerSecond = Infinity;
  readonly #path: string;
  readonly #timer: Timer;
  readonly #listening = new Listening();
  #seen = "";
  #cancel = () => {};

  constructor(name: string, path: string, timer: Timer) {
    this.name = name;
    this.#path = path;
    this.#timer = timer;
    this.#poll();
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { ended } = this.#listening;
    if (ended) throw ended;
    try {
      writeSigned(join(this.#path, IN_FILE), Buffer.from(bytes).toString("latin1"));
    } catch (cause) {
      throw this.#hangUp(cause);
    }
  }

  listen(listener: Parameters<Transport["listen"]>[0]): void {
    this.#listening.listen(listener);
  }

  async discardInput(): Promise<void> {
    this.#listening.discard();
  }

  async close(): Promise<void> {
    this.#cancel();
    this.#listening.end(new TransportError("canceled", `${this.name} was closed`));
  }

  #poll(): void {
    this.#cancel = this.#timer.after(POLL_S, () => {
      if (this.#listening.ended) return;
      try {
        const text = readSigned(join(this.#path, OUT_FILE));
        if (text !== undefined && text !== this.#seen) {
          this.#seen = text;
          this.#listening.take(Buffer.from(text.endsWith("\n") ? text : `${text}\n`, "latin1"));
        }
      } catch (cause) {
        this.#hangUp(cause);
        return;
      }
      this.#poll();
    });
  }

  #hangUp(cause: unknown): TransportError {
    const error = new TransportError(
      "disconnected",
      `${this.name} is gone: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
    this.#listening.end(error);
    return error;
  }
}

/** Writes a message that begins with its sign: under a minus first, the plus when everything is there. */
export function writeSigned(file: string, text: string): void {
  writeFileSync(file, `-${text.slice(1)}`, "latin1");
  const handle = openSync(file, "r+");
  try {
    writeSync(handle, "+", 0, "latin1");
  } finally {
    closeSync(handle);
  }
}

/** The message of a file, once it is whole; undefined before, or where there is none. Line ends of all systems become LF. */
export function readSigned(file: string): string | undefined {
  if (!existsSync(file) || statSync(file).size > LARGEST_FILE) return undefined;
  const text = readFileSync(file, "latin1").replace(/\r\n?/g, "\n");
  return text.startsWith("+") && text.includes("\n") ? text : undefined;
}
