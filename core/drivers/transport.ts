import type { TransportError } from "../errors.ts";

/**
 * Bytes to and from one instrument, in order; knows nothing of protocols. Every transport keeps the same promises
 * (transport.promises.ts): chunks arrive in order and at any length, nothing arrives after `closed`, `closed` comes once.
 */
export interface Transport {
  /** For messages and records, e.g. "serial:/dev/ttyUSB0". */
  readonly name: string;
  /** What the line carries, bits per second; Infinity where it sets no pace. Time-outs are reckoned from it. */
  readonly bitsPerSecond: number;
  /**
   * Resolves when the operating system has taken the bytes. That is no delivery: only an answer of the device is.
   * @throws TransportError "disconnected" when the line is gone, "canceled" after `close`
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Hands everything that arrives to `listener`, in place of the one before; what came while nobody listened is handed over first. */
  listen(listener: TransportListener): void;
  /** Throws away what has arrived and was not handed over yet, in the operating system's buffers too. */
  discardInput(): Promise<void>;
  /** May be repeated. The listener is told "canceled". */
  close(): Promise<void>;
}

export interface TransportListener {
  /** The chunk belongs to the listener. */
  bytes(chunk: Uint8Array): void;
  /** Once, at the end: "disconnected" when the other side went, "canceled" after `close`. */
  closed(error: TransportError): void;
}
