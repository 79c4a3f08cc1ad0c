import type { Series, Tag } from "./recording.ts";

/** What an ABF2 file is made of: sweeps of the same channels, one behind the other. */
export interface AbfContents {
  readonly channels: readonly { readonly name: string; readonly unit: string }[];
  readonly samplePeriod_s: number;
  readonly mode: Series["mode"];
  readonly sweeps: readonly { readonly startTime_s: number; readonly points: number }[];
  readonly protocol: string;
  readonly comment: string;
  /** ISO 8601; the clock time of it is written as it stands. */
  readonly started: string;
  readonly tags: readonly Tag[];
}

/** Inputs of the digitizers whose format this is. */
export const MOST_ABF_CHANNELS = 16;

const BLOCK = 512;
const [ADC_BYTES, DAC_BYTES, TAG_BYTES, SYNCH_BYTES] = [128, 256, 64, 8];
const MODES: Readonly<Record<Series["mode"], number>> = {
  "variable-length": 1,
  "fixed-length": 2,
  "gap-free": 3,
  oscilloscope: 4,
  episodic: 5,
};
/**
 * Readers of the older format's heritage take 16 characters for a program, and neo looks for one of the family at the
 * beginning of the texts; who wrote the file stands behind it.
 */
const PROGRAM = "Clampex layout";
const WRITER = "Crosspore";
/** Characters that those readers have room for. */
const LONGEST = { name: 10, unit: 8, comment: 128, path: 256 } as const;

/**
 * Everything in front of the samples of an ABF2 file (2.0.0.0), which follow as single precision in the units of their
 * channels, interleaved, up to the end of the file.
 * @throws RangeError for what the format cannot hold
 */
export function abf2Header(contents: AbfContents): Uint8Array {
  const { channels, samplePeriod_s, mode, sweeps, tags } = contents;
  if (channels.length < 1 || channels.length > MOST_ABF_CHANNELS)
    throw new RangeError(`${channels.length} channels, ABF holds 1 to ${MOST_ABF_CHANNELS}`);
  const width = channels.length;
  const samples = sweeps.reduce((sum, { points }) => sum + points, 0) * width;
  if (samples === 0) throw new RangeError("no samples, ABF needs some");
  const longest = sweeps.reduce((most, { points }) => Math.max(most, points), 0) * width;
  if (longest > 0x7fffffff) throw new RangeError(`a sweep of ${longest} samples, ABF holds 2147483647`);
  const texts = new Texts();
  const hasTable = mode !== "gap-free";
  // lengths of sweeps that differ are samples for every reader only where times are in samples too
  const unit_us = mode === "variable-length" ? 0 : synchUnit(contents);
  const parts = layOut({
    adc: width * ADC_BYTES,
    dac: DAC_BYTES,
    strings: 0,
    tags: tags.length * TAG_BYTES,
    synch: hasTable ? sweeps.length * SYNCH_BYTES : 0,
  });
  const program = texts.add(PROGRAM);
  const writer = texts.add(WRITER);
  const protocol = texts.add(contents.protocol.slice(-LONGEST.path));
  const comment = texts.add(contents.comment.slice(0, LONGEST.comment));
  const names = channels.map(
    ({ name, unit }) => [texts.add(name.slice(0, LONGEST.name)), texts.add(unit.slice(0, LONGEST.unit))] as const,
  );
  const output = [texts.add("Cmd 0"), texts.add("mV")] as const;
  const strings = texts.bytes();
  // texts are known now: lay out again with their size
  const places = layOut({ ...parts.sizes, strings: strings.length });
  const bytes = new Uint8Array(places.end);
  const view = new DataView(bytes.buffer);
  const u32 = (at: number, value: number) => view.setUint32(at, value, true);
  const i16 = (at: number, value: number) => view.setInt16(at, value, true);
  const i32 = (at: number, value: number) => view.setInt32(at, value, true);
  const f32 = (at: number, value: number) => view.setFloat32(at, value, true);
  const section = (at: number, byte: number, entry: number, count: number): void => {
    if (count === 0) return;
    u32(at, byte / BLOCK);
    u32(at + 4, entry);
    view.setBigInt64(at + 8, BigInt(count), true);
  };
  const countAt = (time_s: number): number =>
    Math.min(
      0x7fffffff,
      Math.round(hasTable && unit_us > 0 ? (time_s * 1e6) / unit_us : (time_s / samplePeriod_s) * width),
    );
  const [date, time_ms] = stampOf(contents.started);

  bytes.set(latin1Bytes("ABF2"), 0);
  bytes[7] = 2;
  u32(8, BLOCK);
  u32(12, hasTable ? sweeps.length : 0);
  u32(16, date);
  u32(20, time_ms);
  i16(28, 1); // an ABF file
  i16(30, 1); // floats
  u32(60, program);
  u32(68, writer);
  u32(72, protocol);
  section(76, BLOCK, BLOCK, 1);
  section(92, places.at.adc, ADC_BYTES, width);
  section(108, places.at.dac, DAC_BYTES, 1);
  section(220, places.at.strings, strings.length, texts.count);
  section(236, places.end, 4, samples);
  section(252, places.at.tags, TAG_BYTES, tags.length);
  section(316, places.at.synch, SYNCH_BYTES, hasTable ? sweeps.length : 0);

  const p = BLOCK;
  i16(p, MODES[mode]);
  f32(p + 2, samplePeriod_s * 1e6);
  u32(p + 10, 1);
  f32(p + 14, hasTable ? unit_us : 0);
  i32(p + 22, longest);
  i32(p + 30, Math.max(1, sweeps.length));
  i32(p + 34, 1);
  i32(p + 38, 1);
  f32(p + 110, 10);
  f32(p + 114, 10);
  i32(p + 118, 32768);
  i32(p + 122, 32768);
  i32(p + 132, comment);
  i16(p + 206, 1);

  names.forEach(([name, unit], k) => {
    const at = places.at.adc + k * ADC_BYTES;
    i16(at, k);
    f32(at + 6, 1);
    i16(at + 24, k);
    i16(at + 26, k);
    for (const place of [28, 32, 40, 48]) f32(at + place, 1);
    i32(at + 74, name);
    i32(at + 78, unit);
  });
  f32(places.at.dac + 8, 1);
  i32(places.at.dac + 24, output[0]);
  i32(places.at.dac + 28, output[1]);
  bytes.set(strings, places.at.strings);
  tags.forEach(({ time_s, text, kind }, k) => {
    const at = places.at.tags + k * TAG_BYTES;
    i32(at, countAt(time_s));
    bytes.fill(32, at + 4, at + 60);
    bytes.set(latin1Bytes(text).subarray(0, 56), at + 4);
    i16(at + 60, kind === "time" ? 0 : kind === "external" ? 2 : kind === "voice" ? 3 : 1);
  });
  if (hasTable)
    sweeps.forEach(({ startTime_s, points }, k) => {
      const at = places.at.synch + k * SYNCH_BYTES;
      i32(at, countAt(startTime_s));
      i32(at + 4, points * width);
    });
  return bytes;
}

interface Sizes {
  readonly adc: number;
  readonly dac: number;
  readonly strings: number;
  readonly tags: number;
  readonly synch: number;
}

/** Parts behind header and protocol, each from a block of its own. */
function layOut(sizes: Sizes): { sizes: Sizes; at: Sizes; end: number } {
  let end = 2 * BLOCK;
  const next = (size: number): number => {
    const at = end;
    end += Math.ceil(size / BLOCK) * BLOCK;
    return at;
  };
  const { adc, dac, strings, tags, synch } = sizes;
  const at = { adc: next(adc), dac: next(dac), strings: next(strings), tags: next(tags), synch: next(synch) };
  return { sizes, at, end };
}

/** Microseconds per unit of start times: the sampling interval of all channels, or more where the last start needs it. */
function synchUnit({ samplePeriod_s, channels, sweeps, tags }: AbfContents): number {
  const last_us = 1e6 * tags.reduce((last, { time_s }) => Math.max(last, time_s), sweeps.at(-1)?.startTime_s ?? 0);
  const own = Math.fround((samplePeriod_s * 1e6) / channels.length);
  return last_us / own < 0x7fffffff ? own : Math.fround(last_us / 0x70000000);
}

/** Numbered from 1. No text may be empty: readers look for the last pair of NULs, and start there. */
class Texts {
  readonly #list: string[] = [];

  add(text: string): number {
    const plain = text.replaceAll("\0", " ").replaceAll("\u03bc", "\u00b5").trim();
    return plain === "" ? 0 : this.#list.push(plain);
  }

  get count(): number {
    return this.#list.length;
  }

  bytes(): Uint8Array {
    const body = latin1Bytes(this.#list.map((text) => `${text}\0`).join(""));
    const bytes = new Uint8Array(44 + body.length);
    const view = new DataView(bytes.buffer);
    bytes.set(latin1Bytes("SSCH"), 0);
    view.setUint32(4, 1, true);
    view.setUint32(8, this.#list.length, true);
    view.setUint32(12, Math.max(...this.#list.map((text) => text.length)), true);
    view.setUint32(16, body.length, true);
    bytes.set(body, 44);
    return bytes;
  }
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 63;
    return code < 256 ? code : 63;
  });
}

function stampOf(iso: string): [number, number] {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?/u.exec(iso);
  if (!match) return [0, 0];
  const [, year, month, day, hour, minute, second, milli = "0"] = match;
  const time_s = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  return [Number(`${year}${month}${day}`), time_s * 1000 + Number(milli.padEnd(3, "0"))];
}
