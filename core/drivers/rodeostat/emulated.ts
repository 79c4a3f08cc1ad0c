import { sleep } from "../timer.ts";
import { DeviceTime } from "../emulation/deviceTime.ts";
import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { LineSplitter } from "../framing/lineSplitter.ts";
import { CURRENT_RANGES, type Variant, VOLTAGE_RANGES_V } from "./codec.ts";
import { EmulatedElectrodes } from "./emulatedElectrodes.ts";
import {
  DEFAULT_SAMPLE_PERIOD_MS,
  isMuxCompatible,
  isTestName,
  makeTest,
  type Pulses,
  TEST_NAMES,
  TEST_SCHEMAS,
  type TestName,
  type TestParameters,
  type TestWaveform,
} from "./waveforms.ts";

const DAC_STEPS = 4095;
const ADC_STEPS = 65_535;
/** The current of this long before a sample, ms: a low-pass of 200 Hz lies before the converter. */
const APERTURE_MS = 1;
/** Stretches of the waveform between two samples, at most: 1 ms each where the sample period allows. */
const MOST_STRETCHES = 10;

/** A current in microampere as it is told, and whether the converter stood at one of its ends. */
interface Sample {
  readonly i: number;
  readonly le: boolean;
}

interface Digitised {
  readonly measured_A: number;
  readonly le: boolean;
}

interface Running {
  readonly test: TestWaveform;
  stopped: boolean;
}

/**
 * A Rodeostat in software: firmware FW0.1.0 with a multiplexer, quantised like the 12-bit output (inverted) and the 16-bit input,
 * paced like the instrument. Single-threaded like it: a command that comes during a test is answered between two samples.
 */
export class EmulatedRodeostat implements EmulatedInstrument {
  /** USB. */
  readonly bitsPerSecond = Infinity;
  readonly #hardware: EmulatedHardware;
  readonly #time: DeviceTime;
  readonly #lines = new LineSplitter();
  readonly #variantName: Variant;
  readonly #parameters = new Map<TestName, TestParameters[TestName]>();
  #voltRange: keyof typeof VOLTAGE_RANGES_V = "1V";
  #currentRange: string;
  #samplePeriod_ms = DEFAULT_SAMPLE_PERIOD_MS;
  #volt = 0;
  #deviceId = 0;
  #referenceRange: keyof typeof VOLTAGE_RANGES_V = "1V";
  readonly #electrodes: EmulatedElectrodes;
  #running: Running | undefined;
  #closed = false;
  /** Commands are done one after the other. */
  #queue: Promise<void> = Promise.resolve();

  constructor(hardware: EmulatedHardware, variant: Variant = "microAmp") {
    this.#hardware = hardware;
    this.#time = new DeviceTime(hardware.bench, hardware.timer);
    this.#variantName = variant;
    this.#currentRange = Object.keys(CURRENT_RANGES[variant])[0] ?? "";
    this.#electrodes = new EmulatedElectrodes(hardware.bench);
    for (const name of TEST_NAMES) this.#parameters.set(name, TEST_SCHEMAS[name].parse({}));
  }

  receive(chunk: Uint8Array): void {
    for (const line of this.#lines.append(chunk)) {
      if (line.trim() === "") continue;
      // a stop must overtake the test that it stops
      if (this.#running) void this.#command(line);
      else this.#queue = this.#queue.then(() => this.#command(line));
    }
  }

  hangUp(): void {}

  close(): void {
    this.#closed = true;
    if (this.#running) this.#running.stopped = true;
  }

  async #command(line: string): Promise<void> {
    let message: Record<string, unknown>;
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value !== "object" || value === null) throw new SyntaxError("no object");
      message = { ...value };
    } catch {
      this.#send({ success: false, message: "unable to parse json", response: {} });
      return;
    }
    const { command } = message;
    if (typeof command !== "string") {
      this.#send({ success: false, message: "json does not contain key: command", response: {} });
      return;
    }
    try {
      const response = await this.#answer(command, message);
      this.#send({ success: true, response: { command, ...response } });
      if (command === "runTest") this.#queue = this.#queue.then(() => this.#runTest());
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      const response = said.endsWith("not found") ? {} : { command };
      this.#send({ success: false, message: said, response });
    }
  }

  async #answer(command: string, message: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    switch (command) {
      case "getVersion":
        return { version: "FW0.1.0 simulated" };
      case "getVariant":
        return { variant: this.#hardware.identity ?? `10V_${this.#variantName}V0.2` };
      case "getDeviceId":
        return { deviceId: this.#deviceId };
      case "setDeviceId":
        this.#deviceId = integer(message, "deviceId", 0, 0xffffffff);
        return { deviceId: this.#deviceId };
      case "getVolt":
        return { v: this.#volt };
      case "setVolt":
        this.#volt = number(message, "v");
        // wider when it must be, never narrower than what was chosen
        if (Math.abs(this.#volt) > VOLTAGE_RANGES_V[this.#voltRange]) this.#voltRange = rangeFor(Math.abs(this.#volt));
        await this.#time.play([{ voltage_V: this.#toJunction(this.#volt), duration_s: 1e-3, aperture_s: 0 }]);
        return { v: this.#volt };
      case "getCurr":
        return { i: (await this.#measure()).i };
      case "getRefVolt":
        return { r: 0 };
      case "setVoltRange":
        this.#voltRange = voltRange(message);
        return { voltRange: this.#voltRange };
      case "getVoltRange":
        return { voltRange: this.#voltRange };
      case "setRefElectVoltRange":
        this.#referenceRange = voltRange(message);
        return { voltRange: this.#referenceRange };
      case "getRefElectVoltRange":
        return { voltRange: this.#referenceRange };
      case "getHardwareVersion":
        return { version: "V0.2" };
      case "setCurrRange":
        this.#currentRange = choice(message, "currRange", Object.keys(CURRENT_RANGES[this.#variantName]));
        return { currRange: this.#currentRange };
      case "getCurrRange":
        return { currRange: this.#currentRange };
      case "setSamplePeriod":
        this.#samplePeriod_ms = samplePeriod(message);
        return { samplePeriod: this.#samplePeriod_ms };
      case "getSamplePeriod":
        return { samplePeriod: this.#samplePeriod_ms };
      case "getTestNames":
        return { testNames: TEST_NAMES };
      case "getMuxTestNames":
        return { testNames: TEST_NAMES.filter(isMuxCompatible) };
      case "setParam": {
        const name = testOf(message);
        return { test: name, param: this.#setTest(name, key(message, "param")) };
      }
      case "getParam": {
        const name = testOf(message);
        return { test: name, param: this.#parameters.get(name) };
      }
      case "getTestDoneTime": {
        const name = testOf(message);
        return { test: name, testDoneTime: this.#makeTest(name).duration_ms };
      }
      case "runTest": {
        const name = testOf(message);
        if (this.#running) throw new Error("test running");
        const test = this.#makeTest(name);
        this.#electrodes.beginTest(name, isMuxCompatible(name));
        this.#voltRange = rangeFor(test.largest_V);
        this.#running = { test, stopped: false };
        return { test: name };
      }
      case "stopTest":
        if (this.#running) this.#running.stopped = true;
        return {};
      default: {
        const answer = this.#electrodes.answer(command, message);
        if (!answer) throw new Error(`command, ${command}, not found`);
        return { ...answer };
      }
    }
  }

  /** What is not given stays as it was; what was set is told. */
  #setTest(name: TestName, given: unknown): Record<string, unknown> {
    if (typeof given !== "object" || given === null) throw new Error("json does not contain key: param");
    const parsed = TEST_SCHEMAS[name].safeParse({ ...this.#parameters.get(name), ...given });
    if (!parsed.success) throw new Error(`${parsed.error.issues[0]?.path.join(".") ?? "param"} not a float`);
    this.#parameters.set(name, parsed.data);
    return Object.fromEntries(Object.entries(parsed.data).filter(([parameter]) => parameter in given));
  }

  #makeTest(name: TestName): TestWaveform {
    return makeTest(name, this.#parameters.get(name) as never, this.#samplePeriod_ms);
  }

  /** Samples at period, 2 periods, ...; the test ends with an empty object. */
  async #runTest(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    const { test } = running;
    await this.#time.rest();
    const period_ms = this.#samplePeriod_ms;
    // a pulsed staircase counts its samples from the end of the quiet time
    const { pulses } = test;
    const times_ms = pulses ? pulseTimes(test.duration_ms, pulses.quiet_ms, period_ms) : undefined;
    const count = times_ms?.length ?? Math.floor(test.duration_ms / period_ms + 1e-9);
    let from_ms = 0;
    let before_A = 0;
    for (let n = 1; n <= count && !running.stopped && !this.#closed; n++) {
      const to_ms = times_ms?.[n - 1] ?? n * period_ms;
      let sample: Sample;
      if (pulses && to_ms > pulses.quiet_ms + 1e-9) {
        const [forward, reverse] = await this.#pulse(test, pulses, to_ms - period_ms, to_ms);
        const isFirst = Math.round((to_ms - pulses.quiet_ms) / period_ms) < 2;
        const { against } = pulses;
        const reference_A = against === "reverse" ? reverse.measured_A : before_A;
        const difference_A = against === "reverse before" && isFirst ? 0 : forward.measured_A - reference_A;
        sample = { i: float(difference_A * 1e6), le: forward.le || reverse.le };
        before_A = reverse.measured_A;
        this.#volt = pulses.stairAt(to_ms);
      } else {
        sample = await this.#sample(test, from_ms, to_ms);
        // a pulsed staircase has no difference to tell before it begins
        if (pulses) sample = { i: 0, le: false };
        this.#volt = test.valueAt(to_ms);
      }
      from_ms = to_ms;
      if (running.stopped) break;
      const { channel } = this.#electrodes;
      const { i, le } = sample;
      this.#send({
        t: to_ms,
        v: float(this.#volt),
        i,
        ...(channel > 0 ? { n: channel } : {}),
        ...(le ? { le: true } : {}),
      });
      this.#electrodes.advance();
      // let a command come in between two samples, as it does on the instrument
      await sleep(this.#hardware.timer, 1e-9);
    }
    this.#running = undefined;
    this.#volt = 0;
    this.#electrodes.endTest();
    if (!this.#closed) this.#send({});
  }

  /** Both halves of one step of a pulsed staircase, each read over its window at the end. */
  async #pulse(
    test: TestWaveform,
    { window }: Pulses,
    from_ms: number,
    to_ms: number,
  ): Promise<readonly [Digitised, Digitised]> {
    const half_ms = (to_ms - from_ms) / 2;
    const aperture_s = Math.max(0.2, window * half_ms) / 1000;
    const currents = await this.#time.play(
      [0, 1].map((half) => ({
        voltage_V: this.#toJunction(test.valueAt(from_ms + (half + 0.5) * half_ms)),
        duration_s: half_ms / 1000,
        aperture_s: Math.min(aperture_s, half_ms / 1000),
      })),
    );
    const [first = Number.NaN, second = Number.NaN] = currents;
    return [this.#digitise(first), this.#digitise(second)];
  }

  /** Plays the waveform from one sample to the next and reads the current before the latter. */
  async #sample(test: TestWaveform, from_ms: number, to_ms: number): Promise<Sample> {
    const stretches = Math.min(MOST_STRETCHES, Math.max(1, Math.round(to_ms - from_ms)));
    const length_ms = (to_ms - from_ms) / stretches;
    const currents = await this.#time.play(
      Array.from({ length: stretches }, (_, k) => ({
        voltage_V: this.#toJunction(test.valueAt(from_ms + (k + 0.5) * length_ms)),
        duration_s: length_ms / 1000,
        aperture_s: k === stretches - 1 ? Math.min(APERTURE_MS, length_ms) / 1000 : 0,
      })),
    );
    return this.#convert(currents.at(-1) ?? Number.NaN);
  }

  async #measure(): Promise<Sample> {
    const step = { voltage_V: this.#toJunction(this.#volt), duration_s: 2e-3, aperture_s: 1e-3 };
    return this.#convert((await this.#time.play([step]))[0] ?? Number.NaN);
  }

  /** The 12-bit output, inverted; the working electrode is the column, so the junction sees its negative. */
  #toJunction(voltage_V: number): number {
    const full_V = VOLTAGE_RANGES_V[this.#voltRange];
    const code = Math.round(((full_V - voltage_V) / (2 * full_V)) * DAC_STEPS);
    const held_V = full_V - (Math.min(DAC_STEPS, Math.max(0, code)) / DAC_STEPS) * 2 * full_V;
    return -held_V;
  }

  /** In microampere, as it is told. */
  #convert(current_A: number): Sample {
    const { measured_A, le } = this.#digitise(current_A);
    return { i: float(measured_A * 1e6), le };
  }

  /** The 16-bit input over the current range; positive into the working electrode. */
  #digitise(current_A: number): Digitised {
    const ranges: Readonly<Record<string, number>> = CURRENT_RANGES[this.#variantName];
    const full_A = ranges[this.#currentRange] ?? Number.NaN;
    const code = Math.round(((full_A + current_A) / (2 * full_A)) * ADC_STEPS);
    const clipped = Math.min(ADC_STEPS, Math.max(0, code));
    const measured_A = full_A - (clipped / ADC_STEPS) * 2 * full_A;
    return { measured_A, le: clipped !== code || clipped === 0 || clipped === ADC_STEPS };
  }

  #send(message: unknown): void {
    this.#hardware.send(Buffer.from(`${JSON.stringify(message)}\r\n`, "latin1"));
  }
}

/** What a float of the firmware prints. */
function float(value: number): number {
  return Number(Math.fround(value).toPrecision(7));
}

function key(message: Readonly<Record<string, unknown>>, name: string): unknown {
  if (!(name in message)) throw new Error(`json does not contain key: ${name}`);
  return message[name];
}

function number(message: Readonly<Record<string, unknown>>, name: string): number {
  const value = key(message, name);
  if (typeof value !== "number") throw new Error(`${name} not a float`);
  return value;
}

function integer(message: Readonly<Record<string, unknown>>, name: string, least: number, most: number): number {
  const value = key(message, name);
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
    throw new Error(`${name} not uint32`);
  return value;
}

function samplePeriod(message: Readonly<Record<string, unknown>>): number {
  const value = integer(message, "samplePeriod", 0, 0xffffffff);
  if (value < 1) throw new Error("json samplePeriod value is too small");
  if (value > 1000) throw new Error("json samplePeriod value is too large");
  return value;
}

function voltRange(message: Readonly<Record<string, unknown>>): keyof typeof VOLTAGE_RANGES_V {
  return choice(message, "voltRange", Object.keys(VOLTAGE_RANGES_V)) as keyof typeof VOLTAGE_RANGES_V;
}

/** Through the quiet time at its own beat, then step by step. */
function pulseTimes(duration_ms: number, quiet_ms: number, period_ms: number): readonly number[] {
  const quiet = Array.from({ length: Math.ceil(quiet_ms / period_ms - 1e-9) - 1 }, (_, k) => (k + 1) * period_ms);
  const steps = Math.max(0, Math.floor((duration_ms - quiet_ms) / period_ms + 1e-9));
  return [...quiet, ...Array.from({ length: steps }, (_, k) => quiet_ms + (k + 1) * period_ms)];
}

function choice(message: Readonly<Record<string, unknown>>, name: string, allowed: readonly string[]): string {
  const value = key(message, name);
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Error(`${name} ${String(value)}, not found`);
  return found;
}

function testOf(message: Readonly<Record<string, unknown>>): TestName {
  const name = key(message, "test");
  if (!isTestName(name)) throw new Error("test not found");
  return name;
}

function rangeFor(largest_V: number): keyof typeof VOLTAGE_RANGES_V {
  if (largest_V <= 1) return "1V";
  if (largest_V <= 2) return "2V";
  return largest_V <= 5 ? "5V" : "10V";
}
