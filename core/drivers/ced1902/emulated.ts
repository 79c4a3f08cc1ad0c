import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { SETTINGS } from "./codec.ts";

const GAINS = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000];
const INPUTS = ["Grounded", "Transducer", "Single ended", "Normal differential", "Inverted differential SIM0001"];

/** A CED 1902 in software: settings are kept and told, lists have a count line, errors a number. */
export class EmulatedCed1902 implements EmulatedInstrument {
  readonly bitsPerSecond = 9600;
  readonly #hardware: EmulatedHardware;
  readonly #values = new Map<string, number>(Object.values(SETTINGS).map(({ command }) => [command, 0]));
  #text = "";
  #error = 0;

  constructor(hardware: EmulatedHardware) {
    this.#hardware = hardware;
  }

  receive(chunk: Uint8Array): void {
    for (const byte of chunk) {
      // seven bits and a parity bit that nobody looks at
      const character = String.fromCharCode(byte & 0x7f);
      if (character === ";") {
        this.#command(this.#text.trim());
        this.#text = "";
      } else if (character !== "\r" && character !== "\n") this.#text = `${this.#text}${character}`.slice(-32);
    }
  }

  hangUp(): void {}

  close(): void {}

  #command(text: string): void {
    const [, asks = "", name = "", digits = ""] = /^(\?)?([A-Z]{2})(\d*)$/.exec(text) ?? [];
    if (asks === "?") {
      if (name === "GS") this.#list(GAINS.map(String));
      else if (name === "IS") this.#list(INPUTS);
      else if (name === "ER") this.#say(String(this.#error));
      else this.#say(String(this.#values.get(name) ?? 0));
      return;
    }
    const most = Object.values(SETTINGS).find(({ command }) => command === name)?.most;
    const value = Number(digits);
    if (most === undefined || digits === "" || value > (name === "GN" ? GAINS.length - 1 : most)) this.#error = 1;
    else this.#values.set(name, value);
  }

  #list(items: readonly string[]): void {
    this.#say(String(items.length));
    for (const item of items) this.#say(item);
  }

  #say(line: string): void {
    this.#hardware.send(Buffer.from(`${line}\r`, "latin1"));
  }
}
