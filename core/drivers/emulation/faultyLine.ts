import type { Timer } from "../timer.ts";
import type { Fault } from "./faults.ts";

/** What a line does with bytes of the device, at last. */
export interface LineEnds {
  toHost(bytes: Uint8Array): void;
  toDevice(bytes: Uint8Array): void;
  /** The plug is pulled; `returns_s` undefined = for good. */
  unplug(returns_s: number | undefined, repeats: number | undefined): void;
}

/** A host that sends the next line sooner than this overruns a receiver without flow control, s. */
const OVERRUN_GAP_S = 1e-3;
const LF = 0x0a;

type Timed = Extract<Fault, { at: unknown }>;

/** The wire between host and emulated device: paced like a UART, faulty as the script says, otherwise exact. */
export class FaultyLine {
  readonly #timer: Timer;
  readonly #ends: LineEnds;
  readonly #start_s: number;
  #bytesPerSecond: number;
  readonly #waiting: Timed[];
  #sent = 0;
  #dropping = 0;
  #garbling = 0;
  #overrunning = false;
  #lastLine_s = -Infinity;
  /** When the wire is free again. */
  #free_s: number;
  #queue: Uint8Array[] = [];
  #cancel: (() => void) | undefined;
  #closed = false;

  /** @param bitsPerSecond 10 bits a byte; Infinity = no pacing */
  constructor(timer: Timer, bitsPerSecond: number, faults: readonly Fault[], ends: LineEnds) {
    this.#timer = timer;
    this.#ends = ends;
    this.#start_s = this.#free_s = timer.now_s();
    this.#bytesPerSecond = bitsPerSecond / 10;
    this.#waiting = faults.filter((fault): fault is Timed => fault.kind !== "wrong-identity");
  }

  /** From the device. */
  send(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#queue.push(bytes);
    this.#pump();
  }

  /** From the host. */
  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#strike();
    if (!this.#overrunning) {
      this.#ends.toDevice(bytes);
      return;
    }
    const now_s = this.#timer.now_s();
    const kept = bytes.filter(() => true);
    let from = 0;
    if (now_s - this.#lastLine_s < OVERRUN_GAP_S) from = kept.length;
    const end = kept.indexOf(LF, from);
    if (end >= 0) this.#lastLine_s = now_s;
    // of a burst of several lines only the first gets through
    const upTo = end >= 0 ? end + 1 : kept.length;
    if (upTo > from) this.#ends.toDevice(kept.subarray(from, upTo));
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#queue = [];
  }

  #pump(): void {
    if (this.#cancel || this.#closed) return;
    const first = this.#queue[0];
    if (!first) return;
    const now_s = this.#timer.now_s();
    if (now_s < this.#free_s) {
      this.#cancel = this.#timer.after(this.#free_s - now_s, () => {
        this.#cancel = undefined;
        this.#pump();
      });
      return;
    }
    // a slow line hands over what it carries in 5 ms, a fast one everything up to the next fault
    const most = Math.min(this.#bytesUntilFault(), Math.max(1, Math.floor(this.#bytesPerSecond * 0.005)), first.length);
    const chunk = first.subarray(0, most);
    if (most === first.length) this.#queue.shift();
    else this.#queue[0] = first.subarray(most);
    if (this.#bytesPerSecond < Infinity) this.#free_s = Math.max(now_s, this.#free_s) + most / this.#bytesPerSecond;
    this.#carry(chunk);
    this.#sent += most;
    this.#strike();
    this.#pump();
  }

  #carry(chunk: Uint8Array): void {
    let bytes: Uint8Array = chunk;
    if (this.#dropping > 0) {
      const lost = Math.min(this.#dropping, bytes.length);
      this.#dropping -= lost;
      bytes = bytes.subarray(lost);
    }
    if (this.#garbling > 0 && bytes.length > 0) {
      const bad = Math.min(this.#garbling, bytes.length);
      this.#garbling -= bad;
      bytes = bytes.map((byte, k) => (k < bad ? byte ^ 0x55 : byte));
    }
    if (bytes.length > 0) this.#ends.toHost(bytes);
  }

  #bytesUntilFault(): number {
    this.#strike();
    return this.#waiting.reduce(
      (least, { at }) =>
        "sentBytes" in at && at.sentBytes > this.#sent ? Math.min(least, at.sentBytes - this.#sent) : least,
      Infinity,
    );
  }

  /** Every fault whose moment has come. */
  #strike(): void {
    const now_s = this.#timer.now_s();
    for (let k = 0; k < this.#waiting.length; k++) {
      const fault = this.#waiting[k];
      if (!fault) continue;
      const due =
        "sentBytes" in fault.at ? this.#sent >= fault.at.sentBytes : now_s - this.#start_s >= fault.at.after_s;
      if (!due) continue;
      this.#waiting.splice(k--, 1);
      switch (fault.kind) {
        case "drop":
          this.#dropping += fault.bytes;
          break;
        case "garble":
          this.#garbling += fault.bytes;
          break;
        case "stall":
          this.#free_s = Math.max(now_s, this.#free_s) + fault.duration_s;
          break;
        case "slow":
          this.#bytesPerSecond = fault.bytesPerSecond;
          break;
        case "overrun":
          this.#overrunning = true;
          break;
        case "unplug":
          this.#ends.unplug(fault.returns_s, fault.repeats);
          break;
      }
    }
  }
}
