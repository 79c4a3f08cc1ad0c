import { DeviceTime } from "../emulation/deviceTime.ts";
import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { LineSplitter } from "../framing/lineSplitter.ts";
import { sleep } from "../timer.ts";
import { encodeSample, RANGES } from "./codec.ts";

/** What the bias output of the emulated meter gives. */
export const EMULATED_BIAS_V = 0.1;
const APERTURE_S = 0.02;
/** Below this part of its range a reading is under it. */
const UNDER = 0.001;

/** An RBD 9103 in software: settings are not answered, samples one by one or as a stream. */
export class EmulatedRbd9103 implements EmulatedInstrument {
  readonly bitsPerSecond = 57_600;
  readonly #hardware: EmulatedHardware;
  readonly #time: DeviceTime;
  readonly #lines = new LineSplitter();
  #range = 0;
  #filter = 32;
  #bias = false;
  #ground = false;
  #interval_ms = 0;
  #closed = false;
  #queue: Promise<void> = Promise.resolve();

  constructor(hardware: EmulatedHardware) {
    this.#hardware = hardware;
    this.#time = new DeviceTime(hardware.bench, hardware.timer);
  }

  receive(chunk: Uint8Array): void {
    for (const line of this.#lines.append(chunk)) this.#queue = this.#queue.then(() => this.#command(line.trim()));
  }

  hangUp(): void {}

  close(): void {
    this.#closed = true;
  }

  async #command(line: string): Promise<void> {
    const match = /^&([A-Za-z])(\d*)$/.exec(line);
    if (!match) return;
    const [, name = "", digits = ""] = match;
    const value = Number(digits);
    if (name === "Q") this.#status();
    else if (name === "K") this.#say(this.#hardware.identity ?? "Model=9103 simulated");
    else if (name === "R" && value <= 7) this.#range = value;
    else if (name === "F" && value <= 64) this.#filter = value;
    else if (name === "G") this.#ground = value === 1;
    else if (name === "B") {
      await this.#time.rest();
      this.#bias = value === 1;
    } else if (name === "S") await this.#sample();
    else if (name === "I" || name === "i") {
      const streams = this.#interval_ms > 0;
      this.#interval_ms = value;
      if (value > 0 && !streams) void this.#stream();
    }
  }

  #status(): void {
    for (const line of [
      `Firmware Version: ${this.#hardware.identity ?? "02.09 simulated"}`,
      "Build: 1-25-18",
      `R, Range=${RANGES.find(({ code }) => code === this.#range)?.name ?? "AutoR"}`,
      `I, sample Interval=${String(this.#interval_ms).padStart(4, "0")} mSec`,
      `B, BIAS=${this.#bias ? "ON" : "OFF"}`,
      `F, Filter=${String(this.#filter).padStart(3, "0")}`,
      "V, FormatLen=5",
      `G, AutoGrounding=${this.#ground ? "ENABLED" : "DISABLED"}`,
      "Q, State=MEASURE",
      "P, PID=SIM0001",
    ])
      this.#say(line);
  }

  async #stream(): Promise<void> {
    while (this.#interval_ms > 0 && !this.#closed) {
      await sleep(this.#hardware.timer, this.#interval_ms / 1000);
      this.#queue = this.#queue.then(() => (this.#interval_ms > 0 && !this.#closed ? this.#sample() : undefined));
      await this.#queue;
    }
  }

  async #sample(): Promise<void> {
    // what passed since the last sample passed under the bias
    const voltage_V = this.#bias ? EMULATED_BIAS_V : 0;
    const idle_s = Math.max(0, this.#hardware.timer.now_s() - this.#time.now_s());
    const [current_A = 0] = await this.#time.play([
      { voltage_V, duration_s: idle_s + APERTURE_S, aperture_s: APERTURE_S },
    ]);
    const chosen = RANGES.find(({ code }) => code === this.#range);
    const range = chosen ?? RANGES.find(({ full_A }) => Math.abs(current_A) < full_A) ?? RANGES.at(-1);
    if (!range) return;
    const over = Math.abs(current_A) > range.full_A;
    const under = !over && chosen !== undefined && Math.abs(current_A) < UNDER * range.full_A;
    const shown_A = over ? Math.sign(current_A) * range.full_A : current_A;
    this.#say(
      encodeSample({ quality: over ? "over" : under ? "under" : "stable", range: range.name, current_A: shown_A }),
    );
  }

  #say(line: string): void {
    this.#hardware.send(Buffer.from(`${line}\r\n`, "latin1"));
  }
}
