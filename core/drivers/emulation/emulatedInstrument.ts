import type { Timer } from "../timer.ts";
import type { Bench } from "./bench.ts";

/** The firmware of an instrument: bytes in, bytes out, and a bench that it drives. Speaks its wire protocol and nothing else. */
export interface EmulatedInstrument {
  /** Bits per second of its port, for pacing; Infinity on USB. */
  readonly bitsPerSecond: number;
  /** Bytes from the host, in any chunks; total: whatever comes, it answers as the real one would. */
  receive(chunk: Uint8Array): void;
  /** The host hung up. The real one does not notice on a UART; on USB it may. */
  hangUp(): void;
  /** Resolves when everything that came is done: for what answers in files and must know when an answer is whole. */
  whole?(): Promise<void>;
  /** Power off. */
  close(): void;
}

/** What firmware runs on. */
export interface EmulatedHardware {
  readonly bench: Bench;
  /** Real time, or one that jumps (`--speed max`). */
  readonly timer: Timer;
  /** To the host. */
  send(bytes: Uint8Array): void;
  /** Bytes that were sent and the host has not taken: what streams without being asked drops more, as a full FIFO does. */
  readonly unsent?: () => number;
  /** Identity that the instrument reports; a fault script may ask for a wrong one. */
  readonly identity?: string;
  /** Where an instrument that writes files puts them. */
  readonly folder?: string;
}

export type MakeEmulatedInstrument = (hardware: EmulatedHardware) => EmulatedInstrument;
