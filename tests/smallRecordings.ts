import { type HekaSequence, hekaStimuli } from "./hekaStimuli.ts";
import { abf2Header } from "../core/recordings/writeAbf2.ts";
import { atfLines } from "../core/recordings/writeAtf.ts";

/** Small files of every format, made byte by byte from the descriptions of the formats. */
export const SMALL_RECORDINGS: Readonly<Record<string, () => Uint8Array>> = {
  abf2: smallAbf2,
  abf1: smallAbf1,
  "abf1, long header": () => longAbf1(),
  atf: smallAtf,
  "heka, little endian": () => smallHeka(true),
  "heka, big endian": () => smallHeka(false),
  "heka with stimuli": () => smallHeka(true, SMALL_STIMULUS),
  qdf: smallQdf,
};

const POINTS = 40;
const SWEEPS = 2;

/** The raw number that every small file holds at a place. */
export function rawOf(sweep: number, point: number): number {
  return 100 * sweep + point - 20;
}

function smallAbf2(): Uint8Array {
  const header = abf2Header({
    channels: [{ name: "I", unit: "pA" }],
    samplePeriod_s: 1e-3,
    mode: "episodic",
    sweeps: [
      { startTime_s: 0, points: POINTS },
      { startTime_s: 1, points: POINTS },
    ],
    protocol: "small.pro",
    comment: "small",
    started: "2026-01-02T03:04:05Z",
    tags: [{ time_s: 0.01, kind: "comment", text: "tag" }],
  });
  const samples = Float32Array.from({ length: SWEEPS * POINTS }, (_, n) => rawOf(Math.floor(n / POINTS), n % POINTS));
  return Buffer.concat([header, new Uint8Array(samples.buffer)]);
}

/** Version 1.3, header of 2048 bytes, one channel: 10 V / 2048 counts, 0.001 V/pA. */
function smallAbf1(): Uint8Array {
  const bytes = Buffer.alloc(2048 + 2 * SWEEPS * POINTS);
  bytes.write("ABF ", 0, "latin1");
  bytes.writeFloatLE(1.3, 4);
  bytes.writeInt16LE(5, 8);
  bytes.writeInt32LE(SWEEPS * POINTS, 10);
  bytes.writeInt32LE(SWEEPS, 16);
  bytes.writeInt32LE(4, 40);
  bytes.writeInt16LE(1, 120);
  bytes.writeFloatLE(1000, 122);
  bytes.writeFloatLE(10, 244);
  bytes.writeInt32LE(2048, 252);
  bytes.write("pA      ", 602, "latin1");
  bytes.writeFloatLE(1, 730);
  bytes.writeFloatLE(0.001, 922);
  bytes.writeFloatLE(1, 1050);
  for (let n = 0; n < SWEEPS * POINTS; n++) bytes.writeInt16LE(rawOf(Math.floor(n / POINTS), n % POINTS), 2048 + 2 * n);
  return bytes;
}

/** What a long header says besides; times of sweeps in samples of all channels. */
interface LongHeader {
  readonly mode?: number;
  /** Start and length of each sweep, behind the samples. */
  readonly sweeps?: readonly (readonly [number, number])[];
  /** Of output 0: type, level, duration, period and width in samples; level at holding is -70 mV. */
  readonly epochs?: readonly (readonly [number, number, number, number, number])[];
  /** What a list varies, its values, whether it repeats. */
  readonly userList?: readonly [number, string, boolean?];
}

/** Version 1.83, header of 6144 bytes by the places of the vendor's header file, the samples of the small ABF1. */
export function longAbf1({ mode = 5, sweeps, epochs = [], userList }: LongHeader = {}): Uint8Array {
  const short = Buffer.from(smallAbf1());
  const samples = short.subarray(2048);
  const end = Math.ceil((6144 + samples.length) / 512) * 512;
  const bytes = Buffer.alloc(sweeps ? end + 8 * sweeps.length : 6144 + samples.length);
  short.copy(bytes, 0, 0, 2048);
  samples.copy(bytes, 6144);
  bytes.writeFloatLE(1.83, 4);
  bytes.writeInt16LE(mode, 8);
  bytes.writeInt32LE(12, 40);
  if (sweeps) {
    bytes.writeInt32LE(end / 512, 92);
    bytes.writeInt32LE(sweeps.length, 96);
    sweeps.forEach(([start, length], k) => {
      bytes.writeInt32LE(start, end + 8 * k);
      bytes.writeInt32LE(length, end + 8 * k + 4);
    });
  }
  bytes.write("Cmd 0     ", 1306, "latin1");
  bytes.write("mV      ", 1346, "latin1");
  bytes.writeFloatLE(-70, 1394);
  bytes.writeInt16LE(epochs.length > 0 ? 1 : 0, 2296);
  bytes.writeInt16LE(1, 2300);
  epochs.forEach(([type, level, duration, period, width], n) => {
    bytes.writeInt32LE(period, 2136 + 4 * n);
    bytes.writeInt32LE(width, 2216 + 4 * n);
    bytes.writeInt16LE(type, 2308 + 2 * n);
    bytes.writeFloatLE(level, 2348 + 4 * n);
    bytes.writeInt32LE(duration, 2508 + 4 * n);
  });
  if (userList !== undefined) {
    bytes.writeInt16LE(1, 3360);
    bytes.writeInt16LE(userList[0], 3368);
    bytes.write(userList[1], 3376, "latin1");
    bytes.writeInt16LE(userList[2] ? 1 : 0, 4400);
  }
  return bytes;
}

function smallAtf(): Uint8Array {
  const lines = atfLines({
    channels: [{ name: "I", unit: "pA" }],
    samplePeriod_s: 1e-3,
    startTimes_s: [0, 1],
    points: POINTS,
    comment: "small",
    value: (sweep, _channel, point) => rawOf(sweep, point),
  });
  return Buffer.from([...lines].join(""), "latin1");
}

const SMALL_STIMULUS: HekaSequence = {
  segments: [
    { hold: true, duration_s: 0.01 },
    { level_V: 0.1, levelStep_V: 0.01, duration_s: 0.01 },
    { ramp: true, level_V: -0.1, duration_s: 0.02 },
  ],
};

function smallHeka(littleEndian: boolean, stimulus?: HekaSequence): Uint8Array {
  const sweep = (k: number) => Int16Array.from({ length: POINTS }, (_, n) => rawOf(k, n));
  return hekaBundle(littleEndian, [Array.from({ length: SWEEPS }, (_, k) => sweep(k))], stimulus && [stimulus]);
}

/**
 * One group of series, called IV, of sweeps of one trace of int16 at 1 kHz, scale 1e-12 A, AD 4.
 * @param sequences what each series was run with, if anything is known
 */
export function hekaBundle(
  littleEndian: boolean,
  series: readonly (readonly Int16Array[])[],
  sequences: readonly HekaSequence[] = [],
): Uint8Array {
  const sizes = [64, 64, 160, 64, 304];
  const data = 256;
  const sweeps = series.flat();
  const tree = data + 2 * sweeps.reduce((sum, { length }) => sum + length, 0);
  const nodes: { level: number; children: number; fill?: (at: number) => void }[] = [];
  const total =
    tree +
    8 +
    20 +
    sizes[0]! +
    sizes[1]! +
    series.length * sizes[2]! +
    sweeps.length * (sizes[3]! + sizes[4]!) +
    4 * (2 + series.length + 2 * sweeps.length);
  const bytes = Buffer.alloc(total);
  const i32 = (at: number, value: number) =>
    littleEndian ? bytes.writeInt32LE(value, at) : bytes.writeInt32BE(value, at);
  const i16 = (at: number, value: number) =>
    littleEndian ? bytes.writeInt16LE(value, at) : bytes.writeInt16BE(value, at);
  const f64 = (at: number, value: number) =>
    littleEndian ? bytes.writeDoubleLE(value, at) : bytes.writeDoubleBE(value, at);
  bytes.write("DAT2", 0, "latin1");
  bytes.write("v2x90", 8, "latin1");
  bytes[52] = littleEndian ? 1 : 0;
  const stimuli = sequences.length === 0 ? Buffer.alloc(0) : hekaStimuli(littleEndian, sequences);
  i32(48, sequences.length === 0 ? 2 : 3);
  for (const [k, [start, length, name]] of (
    [
      [data, tree - data, ".dat"],
      [tree, total - tree, ".pul"],
      ...(sequences.length === 0 ? [] : [[total, stimuli.length, ".pgf"] as const]),
    ] as const
  ).entries()) {
    i32(64 + 16 * k, start);
    i32(68 + 16 * k, length);
    bytes.write(name, 72 + 16 * k, "latin1");
  }
  bytes.write(littleEndian ? "eerT" : "Tree", tree, "latin1");
  i32(tree + 4, 5);
  for (const [k, size] of sizes.entries()) i32(tree + 8 + 4 * k, size);
  const trace = (start: number, points: number) => (at: number) => {
    bytes.write("Imon", at + 4, "latin1");
    i32(at + 40, start);
    i32(at + 44, points);
    i16(at + 64, littleEndian ? 1 : 0);
    f64(at + 72, 1e-12);
    bytes.write("A", at + 96, "latin1");
    f64(at + 104, 1e-3);
    i16(at + 222, 4);
  };
  nodes.push({ level: 0, children: 1 }, { level: 1, children: series.length });
  let start = data;
  let time_s = 5e9;
  for (const [s, own] of series.entries()) {
    nodes.push({ level: 2, children: own.length, fill: (at) => bytes.write("IV", at + 4, "latin1") });
    for (const [k, samples] of own.entries()) {
      const began_s = time_s++;
      const sweep = (at: number) => {
        i32(at + 40, s + 1);
        i32(at + 44, k + 1);
        f64(at + 48, began_s);
      };
      nodes.push({ level: 3, children: 1, fill: sweep }, { level: 4, children: 0, fill: trace(start, samples.length) });
      for (const value of samples) {
        i16(start, value);
        start += 2;
      }
    }
  }
  let at = tree + 28;
  for (const { level, children, fill } of nodes) {
    fill?.(at);
    i32(at + sizes[level]!, children);
    at += sizes[level]! + 4;
  }
  return Buffer.concat([bytes, stimuli]);
}

/** DataFile{Segments{Segment{Channels} x 2}, Sampling 1 ms, Scaling 1}. */
function smallQdf(): Uint8Array {
  const bytes = Buffer.alloc(4096);
  let end = 12;
  bytes.write("QUB_(;-)_QFS", 0, "latin1");
  const node = (name: string, type = 0, values: readonly number[] = []): number => {
    const at = end;
    const width = type === 13 ? 8 : 4;
    bytes[at + 3] = type;
    bytes.writeUInt32LE(type === 0 ? 0 : width, at + 4);
    bytes.writeUInt32LE(values.length, at + 8);
    bytes[at + 31] = name.length;
    bytes.write(name, at + 32, "latin1");
    end = at + 32 + name.length;
    if (values.length > 0) bytes.writeUInt32LE(end, at + 12);
    for (const value of values) {
      if (type === 13) bytes.writeDoubleLE(value, end);
      else bytes.writeInt32LE(value, end);
      end += width;
    }
    return at;
  };
  const below = (parent: number, child: number) => bytes.writeUInt32LE(child, parent + 16);
  const beside = (first: number, second: number) => bytes.writeUInt32LE(second, first + 20);
  const root = node("DataFile");
  const segments = node("Segments");
  below(root, segments);
  let before = 0;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const segment = node("Segment");
    if (sweep === 0) below(segments, segment);
    else beside(before, segment);
    before = segment;
    const start = node("StartTime", 13, [1000 * sweep]);
    below(segment, start);
    beside(
      start,
      node(
        "Channels",
        9,
        Array.from({ length: POINTS }, (_, n) => rawOf(sweep, n)),
      ),
    );
  }
  const sampling = node("Sampling", 13, [1e-3]);
  beside(segments, sampling);
  beside(sampling, node("Scaling", 13, [1]));
  return bytes.subarray(0, end);
}
