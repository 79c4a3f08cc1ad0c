/**
 * Messages and frames of the Elements er4 family. Pure: no I/O.
 * To the device: one message of fixed length holds the whole state; byte 0 is 0x80 and no other has bit 7 set. From the
 * device: frames without end, each with a sync word, two info bytes and 16 packets of big-endian words.
 */
import { type Er4Model, frameBytes, PACKETS_PER_FRAME, type Place } from "./models.ts";

const MESSAGE_START = 0x80;
const SYNC = Buffer.of(0x7f, 0xff, 0x80, 0x00);
const HEADER_BYTES = 6;

/**
 * The settings of an amplifier as it is told them: codes for choices, multiples of the voltage step for voltages,
 * milliseconds for times. One place for what the driver sends and what the emulated amplifier understands.
 */
export interface Er4Settings {
  reset: boolean;
  currentRange: number;
  dacInternalFilter: number;
  dacExternalFilter: number;
  voltageRange: number;
  samplingRate: number;
  oversampling: number;
  /** Bit masks, one bit a channel. Zap bits act when they change. */
  zap: number;
  offsetCompensation: number;
  offsetCompensationReset: number;
  digitalOutput: number;
  channelOff: number;
  stimulusTo: number;
  protocol: number;
  start: boolean;
  insertionPulseApply: boolean;
  /** Of each channel. */
  offsets: number[];
  hold: number;
  pulse: number;
  insertionPulse: number;
  step: number;
  initial: number;
  final: number;
  /** In units of 25 mV; 4 wraps to 0. */
  amplitude: number;
  holdTime_ms: number;
  pulseTime_ms: number;
  insertionTime_ms: number;
  stepTime_ms: number;
  rampTime_ms: number;
  period_ms: number;
  count: number;
  repetitions: number;
}

type NumberSetting = Exclude<keyof Er4Settings, "reset" | "start" | "insertionPulseApply" | "offsets">;
type PlainField = Exclude<keyof Er4Model["fields"], "reset" | "start" | "insertionPulseApply" | "offset">;

/** Field of the map -> setting, and whether it is a magnitude with a sign. */
const PLAIN: Readonly<Record<PlainField, readonly [NumberSetting, "unsigned" | "signed"]>> = {
  currentRange: ["currentRange", "unsigned"],
  dacInternalFilter: ["dacInternalFilter", "unsigned"],
  dacExternalFilter: ["dacExternalFilter", "unsigned"],
  voltageRange: ["voltageRange", "unsigned"],
  samplingRate: ["samplingRate", "unsigned"],
  oversampling: ["oversampling", "unsigned"],
  zap: ["zap", "unsigned"],
  offsetCompensation: ["offsetCompensation", "unsigned"],
  offsetCompensationReset: ["offsetCompensationReset", "unsigned"],
  digitalOutput: ["digitalOutput", "unsigned"],
  channelOff: ["channelOff", "unsigned"],
  stimulusTo: ["stimulusTo", "unsigned"],
  protocol: ["protocol", "unsigned"],
  hold: ["hold", "signed"],
  pulse: ["pulse", "signed"],
  insertionPulse: ["insertionPulse", "signed"],
  step: ["step", "signed"],
  initial: ["initial", "signed"],
  final: ["final", "signed"],
  amplitude: ["amplitude", "unsigned"],
  holdTime: ["holdTime_ms", "unsigned"],
  pulseTime: ["pulseTime_ms", "unsigned"],
  insertionTime: ["insertionTime_ms", "unsigned"],
  stepTime: ["stepTime_ms", "signed"],
  rampTime: ["rampTime_ms", "signed"],
  period: ["period_ms", "unsigned"],
  count: ["count", "unsigned"],
  repetitions: ["repetitions", "unsigned"],
};

const PLAIN_FIELDS = Object.keys(PLAIN) as readonly PlainField[];

/** What an amplifier is set to when its power comes on. */
export function powerOnSettings(model: Er4Model): Er4Settings {
  const image = new Uint8Array(model.messageBytes);
  image[0] = MESSAGE_START;
  for (const [byte, value] of Object.entries(model.powerOn)) image[Number(byte)] = value;
  return decodeMessage(model, image);
}

/** Voltages and times of the on-board protocols as the vendor's client sends them when it connects. */
export function presetProtocols(model: Er4Model): Partial<Er4Settings> {
  const steps = (voltage_V: number) => Math.round(voltage_V / model.voltageStep_V);
  return {
    hold: 0,
    pulse: steps(0.1),
    step: steps(0.02),
    amplitude: 4,
    final: steps(0.1),
    initial: steps(-0.1),
    holdTime_ms: 100,
    pulseTime_ms: 100,
    stepTime_ms: 20,
    rampTime_ms: 1000,
    period_ms: 100,
    count: 5,
    repetitions: 0,
  };
}

/** A field holds no more than its bits: what is larger wraps, as in the device; callers check. */
export function encodeMessage(model: Er4Model, settings: Er4Settings): Uint8Array {
  const { fields } = model;
  const message = new Uint8Array(model.messageBytes);
  message[0] = MESSAGE_START;
  // bits that no field names keep what the device wakes with
  for (const [byte, value] of Object.entries(model.powerOn)) message[Number(byte)] = value;
  put(message, fields.reset, settings.reset ? 1 : 0);
  put(message, fields.start, settings.start ? 1 : 0);
  put(message, fields.insertionPulseApply, settings.insertionPulseApply ? 1 : 0);
  for (const field of PLAIN_FIELDS) {
    const place = fields[field];
    if (!place) continue;
    const [setting, kind] = PLAIN[field];
    const value = settings[setting];
    put(message, place, kind === "signed" ? magnitude(value, place[2]) : value);
  }
  if (fields.offset)
    for (let channel = 0; channel < model.inputs; channel++) {
      const place = offsetPlace(fields.offset, channel);
      put(message, place, magnitude(settings.offsets[channel] ?? 0, place[2]));
    }
  return message;
}

interface PlainPlace {
  readonly place: Place;
  readonly setting: (typeof PLAIN)[keyof typeof PLAIN][0];
  readonly isSigned: boolean;
}

const places = new WeakMap<Er4Model, readonly PlainPlace[]>();

/** Where the plain settings of a model stand, looked up once. */
function placesOf(model: Er4Model): readonly PlainPlace[] {
  let found = places.get(model);
  if (!found) {
    found = PLAIN_FIELDS.flatMap((field) => {
      const place = model.fields[field];
      const [setting, kind] = PLAIN[field];
      return place ? [{ place, setting, isSigned: kind === "signed" }] : [];
    });
    places.set(model, found);
  }
  return found;
}

/** @param message of `model.messageBytes` bytes */
export function decodeMessage(model: Er4Model, message: Uint8Array): Er4Settings {
  const { fields } = model;
  const offsets: number[] = [];
  for (let channel = 0; channel < model.inputs; channel++) {
    const place = fields.offset && offsetPlace(fields.offset, channel);
    offsets.push(place ? signed(get(message, place), place[2]) : 0);
  }
  const settings: Er4Settings = {
    reset: get(message, fields.reset) === 1,
    start: get(message, fields.start) === 1,
    insertionPulseApply: get(message, fields.insertionPulseApply) === 1,
    offsets,
    currentRange: 0,
    dacInternalFilter: 0,
    dacExternalFilter: 0,
    voltageRange: 0,
    samplingRate: 0,
    oversampling: 0,
    zap: 0,
    offsetCompensation: 0,
    offsetCompensationReset: 0,
    digitalOutput: 0,
    channelOff: 0,
    stimulusTo: 2 ** model.inputs - 1,
    protocol: 0,
    hold: 0,
    pulse: 0,
    insertionPulse: 0,
    step: 0,
    initial: 0,
    final: 0,
    amplitude: 0,
    holdTime_ms: 0,
    pulseTime_ms: 0,
    insertionTime_ms: 0,
    stepTime_ms: 0,
    rampTime_ms: 0,
    period_ms: 0,
    count: 0,
    repetitions: 0,
  };
  for (const { place, setting, isSigned } of placesOf(model)) {
    const value = get(message, place);
    settings[setting] = isSigned ? signed(value, place[2]) : value;
  }
  return settings;
}

function offsetPlace([byte, bit, bits]: Place, channel: number): Place {
  return [byte + 2 * channel, bit, bits];
}

/** Low bits first: as many as the first byte has room for, then seven to a byte. */
function put(message: Uint8Array, [first, start, bits]: Place, value: number): void {
  let [byte, bit, left, rest] = [first, start, bits, value];
  while (left > 0) {
    const taken = Math.min(7 - bit, left);
    const mask = ((1 << taken) - 1) << bit;
    message[byte] = ((message[byte] ?? 0) & ~mask) | (((rest % 2 ** taken) << bit) & mask);
    rest = Math.floor(rest / 2 ** taken);
    left -= taken;
    byte++;
    bit = 0;
  }
}

const POWERS_OF_TWO: readonly number[] = Array.from({ length: 53 }, (_, exponent) => 2 ** exponent);

function get(message: Uint8Array, place: Place): number {
  const bits = place[2];
  let byte = place[0];
  let done = Math.min(7 - place[1], bits);
  let value = ((message[byte] ?? 0) >> place[1]) & ((1 << done) - 1);
  for (; done < bits; done += 7) {
    const taken = Math.min(7, bits - done);
    value += ((message[++byte] ?? 0) & ((1 << taken) - 1)) * (POWERS_OF_TWO[done] ?? 0);
  }
  return value;
}

/** Sign and magnitude; the highest bit is the minus. */
function magnitude(value: number, bits: number): number {
  return Math.round(Math.abs(value)) + (value < 0 ? 2 ** (bits - 1) : 0);
}

function signed(code: number, bits: number): number {
  const sign = POWERS_OF_TWO[bits - 1] ?? Infinity;
  return code >= sign ? -(code - sign) : code;
}

/** Cuts what a host sends into messages. Total, invariant to chunking: a byte with bit 7 set begins anew wherever it comes. */
export class MessageReader {
  readonly #message: Uint8Array;
  #filled = 0;
  #broken = 0;

  constructor(messageBytes: number) {
    this.#message = new Uint8Array(messageBytes);
  }

  /** Messages that did not come whole. */
  get broken(): number {
    return this.#broken;
  }

  /** Bytes that are kept of a message that has not ended. */
  get pending(): number {
    return this.#filled;
  }

  append(chunk: Uint8Array): Uint8Array[] {
    const messages: Uint8Array[] = [];
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte >= MESSAGE_START) {
        if (this.#filled > 0) this.#broken++;
        this.#filled = byte === MESSAGE_START ? 1 : 0;
        if (this.#filled === 1) this.#message[0] = byte;
        continue;
      }
      // what comes before the first start is nothing
      if (this.#filled === 0) continue;
      this.#message[this.#filled++] = byte;
      if (this.#filled < this.#message.length) continue;
      messages.push(this.#message.slice());
      this.#filled = 0;
    }
    return messages;
  }
}

/** Consecutive frames. Words as the device sent them: sample k of channel c is `words[k * (1 + inputs) + c]`, c = 0 the voltage. */
export interface FrameRun {
  /** Frames that were lost in front of this run, as far as the bytes between tell. */
  readonly lost: number;
  readonly frames: number;
  /** frames x 16 x (1 + inputs). */
  readonly words: Int16Array;
}

/** Index and value of the two info bytes. */
export type Info = readonly [index: number, value: number];

/**
 * Cuts the device's bytes into frames. Total, invariant to chunking, linear in the bytes; memory is bounded by one frame.
 * Where a frame does not begin with the sync word, bytes are passed over up to a sync word that another one follows a frame
 * later; a sync word inside data does not pass for one.
 */
export class FrameReader {
  readonly #inputs: number;
  readonly #frameBytes: number;
  readonly #tellInfo: (info: Info) => void;
  #rest: Buffer = Buffer.alloc(0);
  /** Whether a frame is known to begin at the first byte of the rest. */
  #inSync = false;
  /** Bytes passed over since the last frame; those before the first are none. */
  #skipped = 0;
  #seen = false;
  #resyncs = 0;

  constructor(inputs: number, tellInfo: (info: Info) => void = () => {}) {
    this.#inputs = inputs;
    this.#frameBytes = frameBytes(inputs);
    this.#tellInfo = tellInfo;
  }

  /** How often the sync word was lost and found. */
  get resyncs(): number {
    return this.#resyncs;
  }

  /** Bytes that are kept of a frame that has not ended. */
  get pending(): number {
    return this.#rest.length;
  }

  /** Forgets the bytes of an unfinished frame; what comes next is a fresh stream. */
  reset(): void {
    this.#rest = Buffer.alloc(0);
    this.#inSync = false;
    this.#skipped = 0;
    this.#seen = false;
  }

  append(chunk: Uint8Array): FrameRun[] {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const bytes = this.#rest.length === 0 ? fresh : Buffer.concat([this.#rest, fresh]);
    const runs: FrameRun[] = [];
    const size = this.#frameBytes;
    let at = 0;
    for (;;) {
      if (!this.#inSync) {
        const found = this.#find(bytes, at);
        this.#skipped += found.at - at;
        at = found.at;
        if (!found.sure) break;
        this.#inSync = true;
      }
      const first = at;
      while (at + size <= bytes.length && isSync(bytes, at)) at += size;
      if (at > first) runs.push(this.#take(bytes, first, (at - first) / size));
      if (at + SYNC.length > bytes.length) break;
      if (isSync(bytes, at)) break; // of a frame that has not ended
      this.#inSync = false;
    }
    // a copy: the chunk may be part of a large buffer
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : Buffer.alloc(0);
    return runs;
  }

  /** The next sync word from `from` on that another one follows; not sure while the bytes do not reach that far. */
  #find(bytes: Buffer, from: number): { readonly at: number; readonly sure: boolean } {
    for (let at = bytes.indexOf(SYNC, from); at >= 0; at = bytes.indexOf(SYNC, at + 1)) {
      const next = at + this.#frameBytes;
      if (next + SYNC.length > bytes.length) return { at, sure: false };
      if (isSync(bytes, next)) return { at, sure: true };
    }
    // the beginning of a sync word may be the end of what came
    return { at: Math.max(from, bytes.length - SYNC.length + 1), sure: false };
  }

  #take(bytes: Buffer, from: number, frames: number): FrameRun {
    const perFrame = PACKETS_PER_FRAME * (1 + this.#inputs);
    const words = new Int16Array(frames * perFrame);
    let word = 0;
    for (let frame = 0; frame < frames; frame++) {
      const start = from + frame * this.#frameBytes;
      this.#tellInfo([bytes[start + 4] ?? 0, bytes[start + 5] ?? 0]);
      for (let at = start + HEADER_BYTES; at < start + this.#frameBytes; at += 2)
        words[word++] = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    }
    let lost = 0;
    if (this.#seen && this.#skipped > 0) {
      this.#resyncs++;
      lost = Math.ceil(this.#skipped / this.#frameBytes);
    }
    this.#seen = true;
    this.#skipped = 0;
    return { lost, frames, words };
  }
}

function isSync(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x7f && bytes[at + 1] === 0xff && bytes[at + 2] === 0x80 && bytes[at + 3] === 0x00;
}

/** Frames as the device sends them. @param words 16 x (1 + inputs) a frame, as in `FrameRun` */
export function encodeFrames(inputs: number, words: Int16Array, info: Info = [0, 0]): Uint8Array {
  const perFrame = PACKETS_PER_FRAME * (1 + inputs);
  const size = frameBytes(inputs);
  const frames = words.length / perFrame;
  const bytes = Buffer.alloc(frames * size);
  for (let frame = 0; frame < frames; frame++) {
    const start = frame * size;
    SYNC.copy(bytes, start);
    bytes[start + 4] = info[0];
    bytes[start + 5] = info[1];
    for (let k = 0; k < perFrame; k++)
      bytes.writeInt16BE(words[frame * perFrame + k] ?? 0, start + HEADER_BYTES + 2 * k);
  }
  return bytes;
}
