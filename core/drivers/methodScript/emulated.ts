import { DeviceTime } from "../emulation/deviceTime.ts";
import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { sleep } from "../timer.ts";
import type { DeviceProfile } from "./devices.ts";
import { decodeMux16 } from "./mux16.ts";
import { parseScript, type Script, scriptCapabilities, ScriptError } from "./script/parseScript.ts";
import { type Interrupts, ScriptRun } from "./script/runScript.ts";
import { Potentiostat, RunError } from "./script/runtime.ts";

/** After an error the device does not listen for a while. */
const DEAF_S = 0.05;
/** Longest line into the device. */
const LONGEST_LINE = 255;
/** What the memory for scripts holds, characters. */
const SCRIPT_MEMORY = 32_768;

/** Bits of the `CC` answer: t CC CM S G l r e i v h H Z Y R, by the vendor's numbers. */
const COMMUNICATION_BITS = [1, 32, 33, 34, 35, 36, 37, 38, 48, 49, 96, 97, 98, 99, 101];

/**
 * A MethodSCRIPT device in software: the communication protocol around scripts, and an interpreter that drives the
 * bench. Idle, collecting lines of a script, or running one; XON and XOFF are honoured.
 */
export class EmulatedMethodScriptDevice implements EmulatedInstrument {
  readonly bitsPerSecond: number;
  readonly #profile: DeviceProfile;
  readonly #hardware: EmulatedHardware;
  readonly #time: DeviceTime;
  readonly #potentiostat: Potentiostat;
  readonly #registers = new Map<number, string>();
  #line = "";
  #collecting: { readonly command: "e" | "l"; readonly lines: string[]; size: number } | undefined;
  #loaded: Script | undefined;
  #stored: Script | undefined;
  #running: { readonly abort: AbortController; readonly interrupts: Interrupts & { resume?: () => void } } | undefined;
  #deafUntil_s = -Infinity;
  #paused = false;
  #held: string[] = [];

  constructor(profile: DeviceProfile, hardware: EmulatedHardware) {
    this.#profile = profile;
    this.#hardware = hardware;
    this.bitsPerSecond = profile.baudRate;
    const { rows, columns } = hardware.bench.array.grid;
    // wired straight to the cell, until a script moves the pins of a multiplexer
    if (hardware.bench.selected === undefined) hardware.bench.select({ row: 0, column: 0 });
    this.#time = new DeviceTime(hardware.bench, hardware.timer);
    this.#potentiostat = new Potentiostat(profile, this.#time, (pins) => {
      const address = decodeMux16(pins);
      hardware.bench.select(address && address.row < rows && address.column < columns ? address : undefined);
    });
  }

  receive(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (byte === 0x13) this.#paused = true;
      else if (byte === 0x11) this.#resume();
      else if (byte === 0x0a) {
        const line = this.#line;
        this.#line = "";
        if (this.#hardware.timer.now_s() >= this.#deafUntil_s) this.#take(line);
      } else if (this.#line.length <= LONGEST_LINE) this.#line += String.fromCharCode(byte);
    }
  }

  hangUp(): void {}

  close(): void {
    this.#running?.abort.abort();
    this.#running?.interrupts.resume?.();
  }

  #take(line: string): void {
    if (this.#collecting) {
      this.#collect(line);
      return;
    }
    if (line.length > LONGEST_LINE) this.#fail(line, "0008");
    else if (this.#running) this.#interrupt(line);
    else this.#command(line);
  }

  #command(line: string): void {
    const [first = ""] = line;
    switch (line) {
      case "":
        this.#say("");
        return;
      case "t":
        this.#say(`t${this.#hardware.identity ?? this.#profile.version}`);
        this.#say("R*");
        return;
      case "i":
        this.#say("iSIM0001");
        return;
      case "v":
        this.#say(this.#profile.scriptVersion);
        return;
      case "CC":
        this.#say(`CC${bitField(COMMUNICATION_BITS)}`);
        return;
      case "CM":
        this.#say(`CM${scriptCapabilities()}`);
        return;
      case "m":
        this.#fail("m", "0048");
        return;
      case "e":
      case "l":
        this.#collecting = { command: line, lines: [], size: 0 };
        return;
      case "r":
        if (this.#loaded) void this.#run(this.#loaded, "r");
        else this.#fail("r", "000C");
        return;
      case "Fmscr":
        this.#stored = this.#loaded;
        this.#say("F");
        return;
      case "Lmscr":
        if (this.#stored) {
          this.#loaded = this.#stored;
          this.#say("L");
        } else this.#fail("L", "000C");
        return;
    }
    if (/^[ZYRhH]$/.test(line)) this.#fail(first, "0006");
    else if (/^[SG]/.test(line)) this.#register(line);
    else this.#fail(first, "0003");
  }

  /** Any register takes what is written to it; which ones a device has is written down nowhere. */
  #register(line: string): void {
    const [command = ""] = line;
    const digits = line.slice(1, 3);
    const written = line.slice(3);
    if (digits.length < 2) this.#fail(command, "004B");
    else if (!/^[0-9A-Fa-f]*$/.test(line.slice(1))) this.#fail(command, "006D");
    else if ((written === "") !== (command === "G")) this.#fail(command, "0053");
    else if (command === "S") {
      this.#registers.set(Number.parseInt(digits, 16), written);
      this.#say("S");
    } else this.#tell(Number.parseInt(digits, 16));
  }

  #tell(number: number): void {
    const value = this.#registers.get(number);
    if (value === undefined) this.#fail("G", "0004");
    else this.#say(`G${value}`);
  }

  #collect(line: string): void {
    const collecting = this.#collecting;
    if (!collecting) return;
    if (line !== "") {
      collecting.lines.push(line);
      collecting.size += line.length + 1;
      return;
    }
    this.#collecting = undefined;
    const { command } = collecting;
    try {
      const long = collecting.lines.findIndex((text) => text.length > LONGEST_LINE);
      if (long >= 0) throw new ScriptError("0008", long + 1, LONGEST_LINE + 1);
      if (collecting.size > SCRIPT_MEMORY) throw new ScriptError("4005", collecting.lines.length, 1);
      const script = parseScript(collecting.lines);
      this.#loaded = script;
      if (command === "e") void this.#run(script, "e");
      else this.#say("l");
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      this.#fail(command, error.message);
    }
  }

  async #run(script: Script, command: "e" | "r"): Promise<void> {
    const abort = new AbortController();
    const interrupts = { abort: abort.signal, skip: false, halted: undefined };
    const running = { abort, interrupts };
    this.#running = running;
    this.#say(command);
    const say = (line: string) => {
      this.#say(line);
    };
    try {
      await this.#time.rest();
      await new ScriptRun(this.#potentiostat, this.#time, this.#hardware.timer, say, interrupts).run(script);
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      this.#say(`!${error.code}: Line ${error.line}`);
    } finally {
      this.#running = undefined;
    }
    this.#say("");
  }

  #interrupt(line: string): void {
    const running = this.#running;
    if (!running) return;
    const { interrupts } = running;
    switch (line) {
      case "Z":
        this.#say("Z");
        running.abort.abort();
        interrupts.resume?.();
        return;
      case "Y":
        this.#say("Y");
        interrupts.skip = true;
        return;
      case "h":
        interrupts.halted ??= new Promise((resolve) => {
          interrupts.resume = resolve;
        });
        this.#say("h");
        return;
      case "H":
        interrupts.resume?.();
        interrupts.halted = undefined;
        this.#say("H");
        return;
      case "R":
        this.#say("R");
        return;
      default:
        this.#say(`${line[0] ?? ""}!0006`);
    }
  }

  #fail(command: string, code: string): void {
    this.#say(`${command[0] ?? ""}!${code}`);
    this.#deafUntil_s = this.#hardware.timer.now_s() + DEAF_S;
    // a clock that jumps must get past the silence
    void sleep(this.#hardware.timer, DEAF_S);
  }

  #say(line: string): void {
    if (this.#paused) this.#held.push(line);
    else this.#hardware.send(Buffer.from(`${line}\n`, "latin1"));
  }

  #resume(): void {
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const line of held) this.#say(line);
  }
}

function bitField(bits: readonly number[]): string {
  const field = bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
  return field.toString(16).toUpperCase().padStart(64, "0");
}
