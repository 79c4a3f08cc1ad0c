import { normal, streamOf } from "../../crossbar/random.ts";
import { BOLTZMANN_J_K } from "../../crossbar/constants.ts";
import type { EmulatedHardware, EmulatedInstrument } from "../emulation/emulatedInstrument.ts";
import { decodeMessage, encodeFrames, type Er4Settings, MessageReader, powerOnSettings } from "./codec.ts";
import {
  type Er4Model,
  FULL_CODE,
  PACKETS_PER_FRAME,
  SATURATED_HIGH,
  SATURATED_LOW,
  VOLTAGE_WORD_V,
} from "./models.ts";
import { voltageAt } from "./protocols.ts";

/** How often the amplifier hands over its frames: the latency timer of its USB chip and a little more. */
const TICK_S = 5e-3;
/** A machine that is busy is late by up to this much and catches up; of more the amplifier's clock knows nothing. */
const LATE_S = 0.25;
/** Frames that are made between two breaths of the event loop. */
const MOST_FRAMES_AT_ONCE = 512;
/**
 * A host that leaves so many bytes lying has let the FIFO run over. Far more than a chip holds, because a machine that is late makes many frames
 * at once.
 */
const FIFO_BYTES = 1 << 22;
/** So long after a change of the command every sample is solved for; later the current of a device without noise moves slowly. */
const FAST_AFTER_EDGE_S = 0.02;
/** The feedback resistor drops this at full scale; default of ours, the vendor publishes none. */
const FEEDBACK_V = 1;
const TEMPERATURE_K = 298.15;
/** The table of measured offsets counts 100 mV over 1023. */
const OFFSET_STEP_V = 0.1 / 1023;

/** What the emulated amplifier says before its first frame, where a client of the vendor passes over bytes without a sync word. */
export const SIMULATED_BANNER = "crosspore simulated er4 SIM0001\r\n";

export interface EmulatedEr4Options {
  /** Voltage of each input's electrodes, which the digital offset compensation takes away. */
  readonly electrodeOffset_V?: readonly number[];
  /** Noise of the feedback resistor, thermal. */
  readonly noise?: boolean;
}

/** What a zap bit that turns does to an input. */
export interface Zap {
  readonly input: number;
  readonly sample: number;
}

/**
 * An Elements er4 amplifier in software: it streams from the moment its power is on, plays its on-board protocols in its own
 * sample clock, quantises command and current as the real one, and says what its range cannot hold with saturation codes.
 * What the host does not read in time is lost in the middle of a frame.
 */
export class EmulatedEr4 implements EmulatedInstrument {
  /** USB. */
  readonly bitsPerSecond = Infinity;
  readonly zaps: Zap[] = [];
  readonly #model: Er4Model;
  readonly #hardware: EmulatedHardware;
  readonly #options: EmulatedEr4Options;
  readonly #messages: MessageReader;
  readonly #streams: readonly number[];
  #settings: Er4Settings;
  /** Time of sample 0 of the present rate, and samples since. */
  #origin_s: number;
  #sample = 0;
  /** Sample at which the protocol began; its settings then. */
  #protocolStart = 0;
  #playing: Er4Settings;
  #lastEdge = -Infinity;
  #lastLevel = 0;
  /** Of the digital compensation, per input. */
  readonly #compensated_V: number[];
  #info = 0;
  #overrun = false;
  #banner = true;
  #queue: Promise<void> = Promise.resolve();
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(model: Er4Model, hardware: EmulatedHardware, options: EmulatedEr4Options = {}) {
    this.#model = model;
    this.#hardware = hardware;
    this.#options = options;
    this.#messages = new MessageReader(model.messageBytes);
    this.#streams = Array.from({ length: model.inputs }, (_, input) => streamOf(`er4-noise-${input}`));
    this.#settings = powerOnSettings(model);
    this.#playing = this.#settings;
    this.#compensated_V = Array.from({ length: model.inputs }, () => 0);
    this.#origin_s = hardware.timer.now_s();
    this.#tickLater();
  }

  receive(chunk: Uint8Array): void {
    for (const message of this.#messages.append(chunk)) {
      const now_s = this.#hardware.timer.now_s();
      this.#next(async () => {
        await this.#advance(now_s);
        this.#take(decodeMessage(this.#model, message), now_s);
      });
    }
  }

  /** A USB chip keeps what nobody fetches until it runs over. */
  hangUp(): void {}

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #next(task: () => Promise<void>): void {
    this.#queue = this.#queue.then(() => (this.#closed ? undefined : task()));
  }

  #tickLater(): void {
    this.#cancel = this.#hardware.timer.after(TICK_S, () => {
      this.#next(async () => {
        await this.#advance(this.#hardware.timer.now_s());
        if (!this.#closed) this.#tickLater();
      });
    });
  }

  #take(settings: Er4Settings, now_s: number): void {
    const before = this.#settings;
    this.#settings = settings;
    if (settings.reset) {
      this.#playing = powerOnSettings(this.#model);
      this.#compensated_V.fill(0);
      this.#banner = true;
    }
    if (settings.samplingRate !== before.samplingRate || (before.reset && !settings.reset)) {
      this.#origin_s = now_s;
      this.#protocolStart -= this.#sample;
      this.#lastEdge -= this.#sample;
      this.#sample = 0;
    }
    // every message with the start bit, not its edge
    if (settings.start) {
      this.#playing = settings;
      this.#protocolStart = this.#sample;
    }
    for (let input = 0; input < this.#model.inputs; input++) {
      if ((bit(settings.zap, input) ^ bit(before.zap, input)) === 1) this.zaps.push({ input, sample: this.#sample });
      if (bit(settings.offsetCompensation, input) === 1) {
        const offset_V = this.#options.electrodeOffset_V?.[input] ?? 0;
        this.#compensated_V[input] = Math.round(offset_V / OFFSET_STEP_V) * OFFSET_STEP_V;
      }
    }
    if (settings.offsetCompensationReset === 1) this.#compensated_V.fill(0);
  }

  get #rate_Hz(): number {
    return this.#model.rates.find(({ code }) => code === this.#settings.samplingRate)?.rate_Hz ?? 1.25e6 / 1024;
  }

  /** Makes every frame that is due. */
  async #advance(now_s: number): Promise<void> {
    const rate_Hz = this.#rate_Hz;
    // an amplifier in reset has no sample clock
    if (this.#settings.reset) return;
    let due = Math.floor(((now_s - this.#origin_s) * rate_Hz - this.#sample) / PACKETS_PER_FRAME + 1e-6);
    // a machine that stood still makes the amplifier slow, not a flood of frames
    const most = Math.ceil((LATE_S * rate_Hz) / PACKETS_PER_FRAME);
    if (due > most) {
      this.#origin_s += ((due - most) * PACKETS_PER_FRAME) / rate_Hz;
      due = most;
    }
    while (due > 0 && !this.#closed) {
      const frames = Math.min(due, MOST_FRAMES_AT_ONCE);
      await this.#make(frames, rate_Hz);
      due -= frames;
    }
  }

  async #make(frames: number, rate_Hz: number): Promise<void> {
    const { inputs, voltageStep_V } = this.#model;
    const samples = frames * PACKETS_PER_FRAME;
    const levels = new Int16Array(samples);
    const stepsPerVolt = 1 / voltageStep_V;
    let fast = this.#hardware.bench.isRestless || this.#sample - this.#lastEdge < FAST_AFTER_EDGE_S * rate_Hz;
    for (let k = 0; k < samples; k++) {
      const time_ms = ((this.#sample + k - this.#protocolStart) / rate_Hz) * 1000;
      const level = this.#clip(voltageAt(this.#playing, stepsPerVolt, time_ms));
      if (level !== this.#lastLevel) {
        this.#lastLevel = level;
        this.#lastEdge = this.#sample + k;
        fast = true;
      }
      levels[k] = level;
    }
    const stride = fast ? 1 : PACKETS_PER_FRAME;
    const currents_A = await this.#solve(levels, stride, rate_Hz);
    const perStep = Math.round(voltageStep_V / VOLTAGE_WORD_V);
    const words = new Int16Array(samples * (1 + inputs));
    const full_A = this.#full_A;
    const noise_A = this.#noise_A(full_A, rate_Hz);
    for (let k = 0; k < samples; k++) {
      const at = k * (1 + inputs);
      words[at] = (levels[k] ?? 0) * perStep;
      const knot = Math.floor(k / stride);
      const part = (k % stride) / stride;
      for (let input = 0; input < inputs; input++) {
        const solved_A = currents_A[input];
        if (!solved_A || bit(this.#settings.channelOff, input) === 1) continue;
        const from_A = solved_A[knot] ?? 0;
        const current_A = part === 0 ? from_A : from_A + ((solved_A[knot + 1] ?? from_A) - from_A) * part;
        const noise = noise_A === 0 ? 0 : noise_A * normal(0, this.#streams[input] ?? 0, this.#sample + k);
        words[at + 1 + input] = convert((current_A + noise) / full_A);
      }
    }
    this.#sample += samples;
    this.#send(encodeFrames(inputs, words, this.#nextInfo()));
  }

  /** Currents of every input at every `stride`th sample, and one more; undefined where nothing is wired. */
  async #solve(levels: Int16Array, stride: number, rate_Hz: number): Promise<readonly (Float64Array | undefined)[]> {
    const { bench } = this.#hardware;
    const { inputs, voltageStep_V } = this.#model;
    const { grid, capabilities } = bench.array;
    const [least_V, most_V] = capabilities.voltageRange_V;
    const selected = inputs === 1 ? bench.selected : undefined;
    const row = inputs === 1 ? selected?.row : grid.rows === 1 ? 0 : bench.selected?.row;
    const columns =
      inputs === 1 ? [selected?.column ?? 0] : Array.from({ length: Math.min(inputs, grid.columns) }, (_, k) => k);
    const asked_V = Float64Array.from(
      { length: levels.length / stride },
      (_, k) => (levels[k * stride] ?? 0) * voltageStep_V,
    );
    // beyond the voltages that the model of the device is made for it is a resistor
    const held_V = asked_V.map((voltage_V) => Math.min(most_V, Math.max(least_V, voltage_V)));
    const lifted_V: number[] = [];
    for (const [input, column] of columns.entries()) {
      const offset_V = (this.#settings.offsets[input] ?? 0) * voltageStep_V;
      const electrode_V = (this.#options.electrodeOffset_V?.[input] ?? 0) - (this.#compensated_V[input] ?? 0);
      lifted_V[column] = -offset_V - electrode_V;
    }
    const currents_A = await bench.stream(row, columns, held_V, stride / rate_Hz, lifted_V);
    const byInput: (Float64Array | undefined)[] = [];
    for (const [input] of columns.entries()) {
      const found_A = currents_A[input];
      // an input without the stimulus has both ends of its junction at one potential
      if (bit(this.#settings.stimulusTo, input) === 0) continue;
      found_A?.forEach((current_A, k) => {
        const [held = 0, asked = 0] = [
          held_V[Math.min(k, held_V.length - 1)],
          asked_V[Math.min(k, asked_V.length - 1)],
        ];
        if (held !== asked && held !== 0) found_A[k] = current_A * (asked / held);
      });
      byInput[input] = found_A;
    }
    return byInput;
  }

  get #full_A(): number {
    const { currentRanges } = this.#model;
    const found = currentRanges.find(({ code }) => code === this.#settings.currentRange);
    return found?.full_A ?? currentRanges.at(-1)?.full_A ?? 1;
  }

  /** Rms of the white noise of the feedback resistor up to half the sampling rate. */
  #noise_A(full_A: number, rate_Hz: number): number {
    if (this.#options.noise !== true) return 0;
    return Math.sqrt(((4 * BOLTZMANN_J_K * TEMPERATURE_K * full_A) / FEEDBACK_V) * (rate_Hz / 2));
  }

  #clip(level: number): number {
    const { voltageRanges, voltageStep_V } = this.#model;
    const range = voltageRanges.find(({ code }) => code === this.#settings.voltageRange) ?? voltageRanges[0];
    const most = Math.floor((range?.full_V ?? 0) / voltageStep_V + 1e-9);
    // the word of the voltage holds 2.048 V
    const largest = Math.min(most, Math.floor((SATURATED_HIGH * VOLTAGE_WORD_V) / voltageStep_V));
    return Math.min(largest, Math.max(-largest, level));
  }

  /** Index and value of the table that a client keeps: never an index outside of it. */
  #nextInfo(): readonly [number, number] {
    if (this.#model.infoBytes < 2) return [0, 0];
    const index = this.#info;
    this.#info = (index + 1) % this.#model.infoBytes;
    const steps = Math.round((this.#compensated_V[index >> 1] ?? 0) / OFFSET_STEP_V) & 0xffff;
    return [index, index % 2 === 0 ? steps & 0xff : steps >> 8];
  }

  #send(bytes: Uint8Array): void {
    if (this.#banner) {
      this.#banner = false;
      this.#hardware.send(Buffer.from(SIMULATED_BANNER, "latin1"));
    }
    if ((this.#hardware.unsent?.() ?? 0) > FIFO_BYTES) {
      // the last frame before is torn
      if (!this.#overrun) this.#hardware.send(bytes.subarray(0, 20));
      this.#overrun = true;
      return;
    }
    this.#overrun = false;
    this.#hardware.send(bytes);
  }
}

function bit(mask: number, input: number): 0 | 1 {
  return ((mask >> input) & 1) === 1 ? 1 : 0;
}

/** Part of full scale -> word. */
function convert(part: number): number {
  const code = Math.round(part * FULL_CODE);
  return code > SATURATED_HIGH ? SATURATED_HIGH : code < SATURATED_LOW ? SATURATED_LOW : code;
}
