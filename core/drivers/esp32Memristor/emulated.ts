import { DeviceTime } from "../emulation/deviceTime.ts";
import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { LineSplitter } from "../framing/lineSplitter.ts";
import { BANNER, DAC_STEPS, END, LARGEST_V } from "./codec.ts";

/** The current monitor counts so many amperes. */
const MONITOR_STEP_A = 1e-9;

/** The board in software: it prints its banner at boot, whoever listens, and one answer after the other. */
export class EmulatedEsp32Memristor implements EmulatedInstrument {
  readonly bitsPerSecond = 115_200;
  readonly #hardware: EmulatedHardware;
  readonly #time: DeviceTime;
  readonly #lines = new LineSplitter();
  #limit_A = 5e-3;
  #queue: Promise<void>;

  constructor(hardware: EmulatedHardware) {
    this.#hardware = hardware;
    this.#time = new DeviceTime(hardware.bench, hardware.timer);
    this.#queue = Promise.resolve().then(() => this.#identify());
  }

  receive(chunk: Uint8Array): void {
    for (const line of this.#lines.append(chunk)) this.#queue = this.#queue.then(() => this.#command(line.trim()));
  }

  hangUp(): void {}

  close(): void {}

  #identify(): void {
    this.#say(this.#hardware.identity ?? BANNER);
    this.#say(`DAC_PIN=25 INA219=OK ILIM_mA=${(this.#limit_A * 1000).toFixed(3)} SIM0001`);
    this.#say(END);
  }

  async #command(line: string): Promise<void> {
    if (line === "") return;
    const [name = "", ...rest] = line.split(/\s+/);
    const numbers = rest.map(Number);
    const [a = Number.NaN, b = Number.NaN, c = Number.NaN, d = Number.NaN, e = 0] = numbers;
    const known = numbers.every(Number.isFinite);
    await this.#time.rest();
    if (name === "ID" && rest.length === 0) {
      this.#identify();
      return;
    }
    if (name === "SETLIM" && known && rest.length === 1) {
      this.#limit_A = Math.max(0.1, a) / 1000;
      this.#say(`OK ILIM_mA ${(this.#limit_A * 1000).toFixed(3)}`);
    } else if (name === "PULSE" && known && rest.length >= 3) {
      for (let n = 0; n < c; n++) {
        if (!(await this.#measure(a, b / 1000, false))) break;
        if (d > 0) await this.#hold(0, d / 1000);
      }
    } else if (name === "READ" && known && rest.length === 4) {
      await this.#hold(a, Math.max(0, b - d) / 1000);
      for (let n = 0; n < c; n++) if (!(await this.#measure(a, d / 1000, true))) break;
    } else if (name === "SWEEP" && known && rest.length >= 3 && c >= 2) {
      const settle_s = (Number.isNaN(d) ? 30 : d) / 1000;
      const up = Array.from({ length: c }, (_, k) => a + ((b - a) * k) / (c - 1));
      const levels = e === 1 ? [...up, ...up.slice(0, -1).reverse()] : up;
      for (const level of levels) if (!(await this.#measure(level, settle_s, true))) break;
    } else {
      this.#say(`ERR Unknown/Bad cmd: ${line.slice(0, 80)}`);
      this.#say(END);
      return;
    }
    this.#say(END);
  }

  /** @returns false when the current was beyond the limit: the output is at 0 V then */
  async #measure(voltage_V: number, duration_s: number, print: boolean): Promise<boolean> {
    const held_V = quantise(voltage_V);
    const [current_A = 0] = await this.#time.play([{ voltage_V: held_V, duration_s, aperture_s: duration_s / 2 }]);
    const counted_A = Math.round(current_A / MONITOR_STEP_A) * MONITOR_STEP_A;
    const text = `${held_V.toFixed(6)} ${counted_A.toFixed(9)}`;
    const tripped = Math.abs(counted_A) > this.#limit_A;
    if (tripped) this.#say(`TRIP ${text}`);
    else if (print) this.#say(text);
    return !tripped;
  }

  async #hold(voltage_V: number, duration_s: number): Promise<void> {
    if (duration_s > 0) await this.#time.play([{ voltage_V: quantise(voltage_V), duration_s, aperture_s: 0 }]);
  }

  #say(line: string): void {
    this.#hardware.send(Buffer.from(`${line}\r\n`, "latin1"));
  }
}

function quantise(voltage_V: number): number {
  return (Math.min(DAC_STEPS, Math.max(0, Math.round((voltage_V / LARGEST_V) * DAC_STEPS))) / DAC_STEPS) * LARGEST_V;
}
