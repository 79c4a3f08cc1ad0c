import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { HeldSource } from "../emulation/heldSource.ts";
import { Firmware } from "./emulated/firmware.ts";

/** After :SYSTem:PRESet of the factory. */
const BAUD = 9600;
/** Commands that wait while the instrument is busy, bytes. */
const INPUT_BUFFER = 4096;
/** Longest line that is kept; a list of 100 numbers takes 1.5 kB. */
const LONGEST_LINE = 8192;
const CTRL_C = 0x03;
const CTRL_X = 0x18;
const XON = 0x11;
const XOFF = 0x13;

/**
 * A Model 2400 on its RS-232 port in software: CR, LF or both end a line, ^C and ^X clear the device, XON and XOFF hold back
 * either side. Commands are done one after the other, except those that end or trigger a running sweep.
 */
export class EmulatedKeithley2400 implements EmulatedInstrument {
  readonly bitsPerSecond = BAUD;
  readonly #hardware: EmulatedHardware;
  readonly #firmware: Firmware;
  #typed = "";
  #skipping = false;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #working = false;
  /** Rises with every device clear: what is answered to commands from before is thrown away. */
  #epoch = 0;
  #heldBack: Buffer[] | undefined;
  #askedToWait = false;
  #closed = false;

  constructor(hardware: EmulatedHardware) {
    this.#hardware = hardware;
    const identity =
      hardware.identity ?? "KEITHLEY INSTRUMENTS INC.,MODEL 2400,SIM0001,C30   Mar 17 2006 09:29:29/A02  /K/J";
    this.#firmware = new Firmware(identity, new HeldSource(hardware.bench, hardware.timer), hardware.timer);
  }

  receive(chunk: Uint8Array): void {
    for (const byte of chunk) this.#receiveByte(byte);
  }

  hangUp(): void {}

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#firmware.abort();
  }

  #receiveByte(byte: number): void {
    switch (byte) {
      case CTRL_C:
      case CTRL_X:
        this.#clear();
        break;
      case XOFF:
        this.#heldBack ??= [];
        break;
      case XON:
        for (const bytes of this.#heldBack ?? []) this.#hardware.send(bytes);
        this.#heldBack = undefined;
        break;
      case 0x0a:
      case 0x0d:
        if (this.#typed.trim() !== "" && !this.#skipping) this.#enqueue(this.#typed);
        this.#typed = "";
        this.#skipping = false;
        break;
      default:
        if (this.#typed.length < LONGEST_LINE) this.#typed += String.fromCharCode(byte);
        else if (!this.#skipping) {
          this.#skipping = true;
          this.#firmware.status.raiseError(-363);
        }
    }
  }

  #clear(): void {
    this.#epoch++;
    this.#typed = "";
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#heldBack &&= [];
    this.#firmware.abort();
    this.#balance();
  }

  #enqueue(line: string): void {
    // what ends or triggers a running sweep is not kept waiting by it
    if (this.#firmware.running && /^\s*:?(?:\*TRG|ABOR(?:t)?)\s*$/i.test(line)) {
      void this.#firmware.execute(line);
      return;
    }
    if (this.#waitingBytes + line.length > INPUT_BUFFER) {
      this.#firmware.status.raiseError(-363);
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length + 1;
    this.#balance();
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) {
        this.#waitingBytes -= line.length + 1;
        const epoch = this.#epoch;
        const answer = await this.#firmware.execute(line);
        if (answer !== undefined && epoch === this.#epoch && !this.#closed) this.#send(answer);
        if (epoch !== this.#epoch) this.#waitingBytes = this.#waiting.reduce((sum, one) => sum + one.length + 1, 0);
        this.#balance();
      }
    } finally {
      this.#working = false;
    }
  }

  /** Flow control: hold the host when three quarters are full, let it go on at one half. */
  #balance(): void {
    if (!this.#askedToWait && this.#waitingBytes > (INPUT_BUFFER * 3) / 4) {
      this.#askedToWait = true;
      this.#hardware.send(Uint8Array.of(XOFF));
    } else if (this.#askedToWait && this.#waitingBytes < INPUT_BUFFER / 2) {
      this.#askedToWait = false;
      this.#hardware.send(Uint8Array.of(XON));
    }
  }

  #send(text: string): void {
    const bytes = Buffer.from(`${text}\n`, "latin1");
    if (this.#heldBack) this.#heldBack.push(bytes);
    else this.#hardware.send(bytes);
  }
}
