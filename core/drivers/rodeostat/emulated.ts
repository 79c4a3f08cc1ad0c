import { sleep } from "../timer.ts";
import { DeviceTime } from "../emulation/deviceTime.ts";
import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { LineSplitter } from "../framing/lineSplitter.ts";
import { CURRENT_RANGES, MUX_CHANNELS, type Variant, VOLTAGE_RANGES_V } from "./codec.ts";
import { isTestName, makeTest, TEST_NAMES, TEST_SCHEMAS, type TestName, type TestWaveform } from "./waveforms.ts";

const DAC_STEPS = 4095;
const ADC_STEPS = 65_535;
/** The current of this long before a sample, ms: a low-pass of 200 Hz lies before the converter. */
const APERTURE_MS = 1;
/** Stretches of the waveform between two samples, at most: 1 ms each where the sample period allows. */
const MOST_STRETCHES = 10;

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
  readonly #parameters = new Map<TestName, TestWaveform>();
  readonly #given = new Map<TestName, unknown>();
  #voltRange: keyof typeof VOLTAGE_RANGES_V = "1V";
  #currentRange: string;
  #samplePeriod_ms = 10;
  #volt = 0;
  #deviceId = 0;
  #muxEnabled = false;
  #enabledMux: readonly number[] = [];
  #connected = { ref: false, ctr: false, wrk: 0 };
  #running: Running | undefined;
  #closed = false;
  /** Commands are done one after the other. */
  #queue: Promise<void> = Promise.resolve();

  constructor(hardware: EmulatedHardware, variant: Variant = "microAmp") {
    this.#hardware = hardware;
    this.#time = new DeviceTime(hardware.bench, hardware.timer);
    this.#variantName = variant;
    this.#currentRange = Object.keys(CURRENT_RANGES[variant])[0] ?? "";
    for (const name of TEST_NAMES) this.#setTest(name, {});
    this.#connect(this.#connected);
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
        this.#voltRange = rangeFor(Math.abs(this.#volt));
        await this.#time.play([{ voltage_V: this.#toJunction(this.#volt), duration_s: 1e-3, aperture_s: 0 }]);
        return { v: this.#volt };
      case "getCurr":
        return { i: (await this.#measure()).i };
      case "getRefVolt":
        return { r: 0 };
      case "setVoltRange":
        this.#voltRange = choice(message, "voltRange", Object.keys(VOLTAGE_RANGES_V)) as keyof typeof VOLTAGE_RANGES_V;
        return { voltRange: this.#voltRange };
      case "getVoltRange":
        return { voltRange: this.#voltRange };
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
      case "setParam": {
        const name = testOf(message);
        this.#setTest(name, key(message, "param"));
        return { test: name, param: this.#given.get(name) };
      }
      case "getParam": {
        const name = testOf(message);
        return { test: name, param: this.#given.get(name) };
      }
      case "getTestDoneTime": {
        const name = testOf(message);
        return { test: name, testDoneTime: this.#parameters.get(name)?.duration_ms ?? 0 };
      }
      case "runTest": {
        const name = testOf(message);
        const test = this.#parameters.get(name);
        if (!test) throw new Error("test not found");
        if (this.#running) throw new Error("test running");
        this.#voltRange = rangeFor(test.largest_V);
        this.#running = { test, stopped: false };
        return { test: name };
      }
      case "stopTest":
        if (this.#running) this.#running.stopped = true;
        return {};
      default:
        return this.#answerMux(command, message);
    }
  }

  #answerMux(command: string, message: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const connecting = /^(set|get)Mux(Ref|Ctr|Wrk)ElectConnected$/.exec(command);
    switch (command) {
      case "setMuxEnabled":
        this.#muxEnabled = key(message, "muxEnabled") === true;
        this.#connect({ ref: false, ctr: false, wrk: 0 });
        return { muxEnabled: this.#muxEnabled };
      case "getMuxEnabled":
        return { muxEnabled: this.#muxEnabled };
      case "setEnabledMuxChannels": {
        const channels = key(message, "muxChannel");
        if (!Array.isArray(channels) || channels.some((c) => !Number.isInteger(c) || c < 1 || c > MUX_CHANNELS))
          throw new Error("mux channel out of range");
        this.#enabledMux = channels.map(Number);
        return { muxChannel: this.#enabledMux };
      }
      case "getEnabledMuxChannels":
        return { muxChannel: this.#enabledMux };
      case "getMuxTestNames":
        return { muxTestNames: TEST_NAMES };
      case "disconnectAllMuxElect":
        this.#needMux();
        this.#connect({ ref: false, ctr: false, wrk: 0 });
        return {};
    }
    if (!connecting) throw new Error(`command, ${command}, not found`);
    const [, verb, which] = connecting;
    if (verb === "set") {
      this.#needMux();
      const connected = key(message, "connected");
      if (which === "Wrk") {
        const channel = connected === false ? 0 : Number(connected);
        if (!(Number.isInteger(channel) && channel >= 0 && channel <= MUX_CHANNELS))
          throw new Error("mux channel out of range");
        this.#connect({ ...this.#connected, wrk: channel });
      } else this.#connect({ ...this.#connected, [which === "Ref" ? "ref" : "ctr"]: connected === true });
    }
    const { ref, ctr, wrk } = this.#connected;
    return { connected: which === "Wrk" ? (wrk === 0 ? false : wrk) : which === "Ref" ? ref : ctr };
  }

  #needMux(): void {
    if (!this.#muxEnabled) throw new Error("mux not enabled - unable to connect/disconnect");
  }

  /** The row is reference and counter electrode together; working electrode k is column k - 1. */
  #connect(state: { readonly ref: boolean; readonly ctr: boolean; readonly wrk: number }): void {
    this.#connected = state;
    const { ref, ctr, wrk } = state;
    const { columns } = this.#hardware.bench.array.grid;
    // without a multiplexer the terminals are wired to the first electrode
    if (!this.#muxEnabled) {
      this.#hardware.bench.select({ row: 0, column: 0 });
      return;
    }
    this.#hardware.bench.select(ref && ctr && wrk > 0 && wrk <= columns ? { row: 0, column: wrk - 1 } : undefined);
  }

  #setTest(name: TestName, given: unknown): void {
    const parameters = TEST_SCHEMAS[name].safeParse(given);
    if (!parameters.success) {
      const issue = parameters.error.issues[0];
      throw new Error(`${issue?.path.join(".") ?? "param"} not a float`);
    }
    this.#given.set(name, parameters.data);
    this.#parameters.set(name, makeTest(name, parameters.data as never));
  }

  /** Samples at period, 2 periods, ...; the test ends with an empty object. */
  async #runTest(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    const { test } = running;
    await this.#time.rest();
    const period_ms = this.#samplePeriod_ms;
    for (let n = 1; n * period_ms <= test.duration_ms + 1e-9 && !running.stopped && !this.#closed; n++) {
      const { i, le } = await this.#sample(test, (n - 1) * period_ms, n * period_ms);
      if (running.stopped) break;
      this.#volt = test.valueAt(n * period_ms);
      this.#send({ t: n * period_ms, v: float(this.#volt), i, ...(le ? { le: true } : {}) });
      // let a command come in between two samples, as it does on the instrument
      await sleep(this.#hardware.timer, 1e-9);
    }
    this.#running = undefined;
    this.#volt = 0;
    if (!this.#closed) this.#send({});
  }

  /** Plays the waveform from one sample to the next and reads the current before the latter. */
  async #sample(test: TestWaveform, from_ms: number, to_ms: number): Promise<{ i: number | null; le: boolean }> {
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

  async #measure(): Promise<{ i: number | null; le: boolean }> {
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

  /** The 16-bit input over the current range, in microampere. */
  #convert(current_A: number): { i: number | null; le: boolean } {
    const ranges: Readonly<Record<string, number>> = CURRENT_RANGES[this.#variantName];
    const full_A = ranges[this.#currentRange] ?? Number.NaN;
    const code = Math.round(((full_A + current_A) / (2 * full_A)) * ADC_STEPS);
    const clipped = Math.min(ADC_STEPS, Math.max(0, code));
    const measured_A = full_A - (clipped / ADC_STEPS) * 2 * full_A;
    return { i: float(measured_A * 1e6), le: clipped !== code || clipped === 0 || clipped === ADC_STEPS };
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
