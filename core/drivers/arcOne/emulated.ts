import type { BiasScheme } from "../../bias.ts";
import type { Grid } from "../../crossbar/grid.ts";
import { CrossporeError } from "../../errors.ts";
import { DeviceTime } from "../emulation/deviceTime.ts";
import type { BenchStep } from "../emulation/bench.ts";
import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { LineSplitter } from "../framing/lineSplitter.ts";
import { encodeFloats, encodeVersion, JOB, parseNumber, SCHEMES, SIMULATED_MINOR, type Triple } from "./codec.ts";
import { addressOf, FACTORY_SETTINGS, type Firmware, type FirmwareSettings } from "./firmware.ts";
import { CONVERSION_S, measureResistance, quantiseVoltage } from "./frontEnd.ts";
import { JOBS } from "./jobs.ts";

/** After a reset the instrument hears nothing for so long; clients wait a second. */
const BOOT_S = 0.25;
/** Lines that wait while a job runs, at most. */
const LARGEST_QUEUE = 8192;
/** Longest hold of one argument: nonsense from a client out of step must not stop a bench for days. */
const LONGEST_S = 3600;
/** Stretches of a ramp, at most so long in volt. */
const RAMP_STEP_V = 0.01;
const MOST_STRETCHES = 1000;

/** The power went while a job was waiting for its next line. */
const OFF = Symbol("off");

/**
 * An ArC ONE in software: its jobs one after the other, each taking its arguments line by line from whatever comes next,
 * as the single-threaded firmware does. While it reads, unselected lines are grounded; while it writes, they are at the
 * fractions of the scheme.
 */
export class EmulatedArcOne implements EmulatedInstrument, Firmware {
  /** Eleven bits a byte (8E1), where the line counts ten. */
  readonly bitsPerSecond = (921_600 * 10) / 11;
  settings: FirmwareSettings = { ...FACTORY_SETTINGS };
  readonly #hardware: EmulatedHardware;
  readonly #time: DeviceTime;
  readonly #splitter = new LineSplitter();
  #lines: string[] = [];
  #waiting: ((line: string | typeof OFF) => void) | undefined;
  #booting = false;
  #off = false;

  constructor(hardware: EmulatedHardware) {
    this.#hardware = hardware;
    this.#time = new DeviceTime(hardware.bench, hardware.timer);
    void this.#run();
  }

  receive(chunk: Uint8Array): void {
    const lines = this.#splitter.append(chunk);
    if (this.#booting || this.#off) return;
    for (const line of lines) {
      const waiting = this.#waiting;
      if (waiting) {
        this.#waiting = undefined;
        waiting(line);
      } else if (this.#lines.length < LARGEST_QUEUE) this.#lines.push(line);
    }
  }

  hangUp(): void {}

  close(): void {
    this.#off = true;
    this.#waiting?.(OFF);
    this.#waiting = undefined;
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const code = (await this.#line()).trim();
        await this.#time.rest();
        await this.#do(code);
      }
    } catch (error) {
      if (error !== OFF) throw error;
    }
  }

  async #do(code: string): Promise<void> {
    if (code === JOB.reset) {
      await this.#reset();
      return;
    }
    if (code === JOB.configure) {
      const [cycles = 0, words = 0, bits = 0, readMode = 0, , scheme = 0] = await this.numbers(6);
      this.settings = { cycles, words, bits, readMode, scheme, read_V: await this.number() };
      this.text(this.#hardware.identity ?? "1");
      return;
    }
    if (code === JOB.version) {
      this.#hardware.send(encodeVersion({ major: 1, minor: SIMULATED_MINOR }));
      return;
    }
    // what is no job is passed over, as the firmware's switch does
    await JOBS.get(code)?.(this);
  }

  async #reset(): Promise<void> {
    this.#hardware.bench.select(undefined);
    this.settings = { ...FACTORY_SETTINGS };
    this.#booting = true;
    this.#lines = [];
    await new Promise<void>((resolve) => {
      this.#hardware.timer.after(BOOT_S, resolve);
    });
    this.#splitter.reset();
    this.#booting = false;
  }

  async #line(): Promise<string> {
    if (this.#off) throw OFF;
    const ready = this.#lines.shift();
    if (ready !== undefined) return ready;
    const line = await new Promise<string | typeof OFF>((resolve) => (this.#waiting = resolve));
    if (line === OFF) throw OFF;
    return line;
  }

  async number(): Promise<number> {
    return parseNumber(await this.#line());
  }

  async integer(): Promise<number> {
    return Math.trunc(await this.number());
  }

  async numbers(count: number): Promise<readonly number[]> {
    const values: number[] = [];
    for (let k = 0; k < count; k++) values.push(await this.number());
    return values;
  }

  select(word: number, bit: number): void {
    const { rows, columns } = this.lines;
    this.#hardware.bench.select(addressOf(word, bit, rows, columns));
  }

  async read(voltage_V = this.settings.read_V, cycles = this.settings.cycles): Promise<number> {
    const held_V = quantiseVoltage(voltage_V);
    const duration_s = Math.min(LONGEST_S, Math.max(1, cycles) * CONVERSION_S);
    const [current_A = 0] = await this.#play(
      [{ voltage_V: held_V, duration_s, aperture_s: duration_s / 2 }],
      this.#reading,
    );
    return measureResistance(held_V, current_A);
  }

  async hold(voltage_V: number, width_s: number, reads: number, tell: (ohm: number) => void): Promise<void> {
    const held_V = quantiseVoltage(voltage_V);
    const whole_s = Math.min(LONGEST_S, Math.max(0, width_s));
    const spacing_s = whole_s / Math.max(1, reads - 1);
    const aperture_s = Math.min(Math.max(1, this.settings.cycles) * CONVERSION_S, spacing_s / 4);
    const step = async (duration_s: number, measured: boolean) => {
      if (!(duration_s > 0)) return;
      const steps = [{ voltage_V: held_V, duration_s, aperture_s: measured ? aperture_s : 0 }];
      const [current_A = 0] = await this.#play(steps, this.#reading);
      if (measured) tell(measureResistance(held_V, current_A));
    };
    await step(aperture_s, reads > 0);
    for (let k = 1; k < Math.max(2, reads) && !this.#off; k++)
      await step(spacing_s - (k === 1 ? aperture_s : 0), k < reads);
  }

  async pulse(voltage_V: number, width_s: number, bias = this.#writing): Promise<void> {
    const duration_s = Math.min(LONGEST_S, width_s);
    if (duration_s > 0) await this.#play([{ voltage_V: quantiseVoltage(voltage_V), duration_s, aperture_s: 0 }], bias);
  }

  async ramp(points: readonly (readonly [number, number])[]): Promise<void> {
    const steps: BenchStep[] = [];
    points.forEach(([time_s, to_V], k) => {
      const [before_s, from_V] = points[k - 1] ?? [time_s, to_V];
      const length_s = Math.min(LONGEST_S, time_s - before_s);
      if (!(length_s > 0)) return;
      const count = Math.min(MOST_STRETCHES, Math.max(1, Math.ceil(Math.abs(to_V - from_V) / RAMP_STEP_V)));
      for (let n = 0; n < count; n++) {
        const voltage_V = quantiseVoltage(from_V + ((n + 0.5) / count) * (to_V - from_V));
        steps.push({ voltage_V, duration_s: length_s / count, aperture_s: 0 });
      }
    });
    await this.#play(steps, this.#writing);
  }

  async idle(duration_s: number): Promise<void> {
    await this.pulse(0, duration_s, "ground");
  }

  async readWords(words: readonly number[], bit: number, voltage_V: number): Promise<number> {
    const { rows } = this.lines;
    const [first = 0] = words;
    this.select(first, bit);
    const otherRows = Array.from({ length: rows }, (_, row) => (words.includes(row + 1) ? 1 : 0));
    const duration_s = Math.max(1, this.settings.cycles) * CONVERSION_S;
    const steps = [{ voltage_V: quantiseVoltage(voltage_V), duration_s, aperture_s: duration_s / 2 }];
    const bias = { selectedRow: 1, selectedColumn: 0, otherRows, otherColumns: 0 };
    const [current_A = 0] = await this.#play(steps, bias);
    return measureResistance(quantiseVoltage(voltage_V), current_A);
  }

  get lines(): Grid {
    return this.#hardware.bench.array.grid;
  }

  floats(...values: readonly number[]): void {
    this.#hardware.send(encodeFloats(values));
  }

  triple(triple: Triple): void {
    this.floats(...triple);
  }

  text(line: string): void {
    this.#hardware.send(Buffer.from(`${line}\n`, "latin1"));
  }

  get #reading(): BiasScheme {
    return SCHEMES[this.settings.scheme] === "float" ? "float" : "ground";
  }

  get #writing(): BiasScheme {
    return SCHEMES[this.settings.scheme] ?? "V/3";
  }

  /** Beyond what the device under test can bear there is no number; the instrument knows nothing of it and goes on. */
  async #play(steps: readonly BenchStep[], bias: BiasScheme): Promise<Float64Array> {
    if (this.#off) throw OFF;
    try {
      return await this.#time.play(steps, undefined, bias);
    } catch (error) {
      if (error instanceof CrossporeError) return new Float64Array(steps.length).fill(Number.NaN);
      throw error;
    }
  }
}
