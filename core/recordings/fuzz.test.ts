import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { hasRecordings, RECORDINGS } from "../../tests/sharedRecordings.ts";
import { longAbf1, SMALL_RECORDINGS } from "../../tests/smallRecordings.ts";
import { soakOr } from "../../tests/soak.ts";
import { CrossporeError } from "../errors.ts";
import { importEvents } from "../record/imports/importedRun.ts";
import { RECORDING_READERS } from "../record/imports/recordingReader.ts";
import { buildRecordingPage } from "../report/recordingPage.ts";
import { type ByteSource, memorySource } from "./byteSource.ts";
import { openRecording, recogniseRecording } from "./openRecording.ts";
import { durationOf, type Recording } from "./recording.ts";
import { abf2Header } from "./writeAbf2.ts";
import { atfLines } from "./writeAtf.ts";

/** Damaged files of each origin: small ones that were made here, and real ones, which take longer. */
const CASES = { small: soakOr(4000, 300), real: soakOr(1000, 80) };
/** Bytes that opening may read, for a file of so many: tables are read a few times, samples never. */
const mostRead = (size: number) => 64 * size + (4 << 20);

/** Memory that this process may ever have had: it was 0.19 GB in a soak, and a length of a damaged file that is believed may be any. */
const MOST_KB = 600_000;

/** Random numbers with a seed of their own, so that a case that fails is the same one tomorrow (mulberry32). */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  /** 0 to count - 1. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }
}

const NASTY_INTEGERS = [0, 1, -1, 0x7fffffff, -0x80000000, 0x7fff, 512, 0x10000, 0x00ffffff];
const NASTY_FLOATS = [0, -0, Number.NaN, Infinity, -Infinity, 1e38, 1e-38, -1];

/** Tables are at the beginning of files, those of a bundle and of sweeps at the end: most damage goes there. */
function place(dice: Dice, size: number): number {
  const zone = dice.below(4);
  if (zone === 0) return dice.below(size);
  return zone === 3 ? size - 1 - dice.below(Math.min(size, 8192)) : dice.below(Math.min(size, 8192));
}

function damage(whole: Uint8Array, dice: Dice): Uint8Array {
  const kind = dice.below(6);
  if (kind === 0) return whole.subarray(0, dice.below(whole.length));
  const bytes = Buffer.from(whole);
  if (kind === 1) {
    // some bytes fell out, or came in
    const [at, count] = [place(dice, bytes.length), 1 + dice.below(600)];
    return dice.below(2) === 0
      ? Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)])
      : Buffer.concat([bytes.subarray(0, at), Buffer.alloc(count, dice.below(256)), bytes.subarray(at)]);
  }
  for (let spots = 1 + dice.below(6); spots > 0; spots--) {
    const at = place(dice, bytes.length);
    const field = Math.min(bytes.length - 8, at & ~1);
    if (kind === 2) bytes[at] = bytes[at]! ^ (1 << dice.below(8));
    else if (kind === 3) bytes[at] = dice.below(256);
    else if (field < 0) continue;
    else if (kind === 4) bytes.writeInt32LE(NASTY_INTEGERS[dice.below(NASTY_INTEGERS.length)]!, field);
    else if (dice.below(2) === 0) bytes.writeFloatLE(NASTY_FLOATS[dice.below(NASTY_FLOATS.length)]!, field);
    else bytes.writeDoubleLE(NASTY_FLOATS[dice.below(NASTY_FLOATS.length)]!, field);
  }
  return bytes;
}

/** A source that notices what no reader may do: ask beyond the end, and that counts what is read of it. */
function watched(bytes: Uint8Array): ByteSource & { readonly count: () => number } {
  const plain = memorySource("damaged.bin", bytes);
  let total = 0;
  return {
    ...plain,
    count: () => total,
    read(offset, into) {
      if (!(offset >= 0 && offset + into.length <= bytes.length))
        throw new Error(`read ${into.length} bytes at ${offset}`);
      total += into.length;
      plain.read(offset, into);
    },
  };
}

/** Nothing that is kept may be more than the file can tell. */
function checkSizes({ series, tags, notes }: Recording, size: number): void {
  expect(series.length).toBeLessThanOrEqual(size / 4);
  expect(64 * tags.length).toBeLessThanOrEqual(size);
  expect(notes.length).toBeLessThanOrEqual(size / 4 + 8);
  for (const one of series) {
    expect(one.sweeps).toBeGreaterThan(0);
    expect(one.sweeps).toBeLessThanOrEqual(size / 2);
    for (const { epochs } of one.commands) expect(epochs.length).toBeLessThanOrEqual(4096);
    for (const sweep of new Set([0, one.sweeps >> 1, one.sweeps - 1])) {
      const { points } = one.sweep(sweep);
      expect(Number.isInteger(points) && points >= 0).toBe(true);
      expect(points).toBeLessThanOrEqual(size / 2);
    }
  }
}

/** What `show`, `events` and `import` do with a recording, on the first sweeps of the first series. */
function use(bytes: Uint8Array, partial: boolean, draw: boolean): void {
  const source = watched(bytes);
  const recording = openRecording(source, { partial });
  expect(source.count()).toBeLessThanOrEqual(mostRead(bytes.length));
  checkSizes(recording, bytes.length);
  for (const one of recording.series.slice(0, 3)) {
    durationOf(one);
    for (let sweep = 0; sweep < Math.min(3, one.sweeps); sweep++) {
      const { points } = one.sweep(sweep);
      const part = new Float64Array(Math.min(points, 3000));
      for (let channel = 0; channel < one.channels.length; channel++)
        one.read(sweep, channel, points - part.length, part);
      for (let output = 0; output < one.commands.length; output++) one.command(sweep, output, 0, part);
    }
  }
  if (draw) buildRecordingPage({ ...recording, series: recording.series.slice(0, 1) });
  const head = bytes.subarray(0, 4096);
  const reader = RECORDING_READERS.find(({ name }) => name === recogniseRecording(head))!;
  const asked = { file: source.file, head, bytes, source, lines: () => [], unended: false };
  // a QUB tree is volts, and a current by what its amplifier has
  const feedback = recording.format === "qdf" && { feedback: { resistance_ohm: 9.1e9, capacitance_F: 1.07e-12 } };
  const run = reader.read(asked, { as: "auto", row: 0, column: 0, partial, ...feedback });
  if (run instanceof Promise) throw new Error("a reader of recordings waits for nothing");
  let left = 40;
  for (const event of importEvents(run, "fuzz")) {
    JSON.stringify(event.kind === "run-started" || event.kind === "step-intended" ? event : event.kind);
    if (left-- === 0) break;
  }
}

/** Either works or refuses in one line that names the file and a place in it. @returns which */
function outcome(bytes: Uint8Array, partial: boolean, draw: boolean): "read" | "refused" {
  try {
    use(bytes, partial, draw);
    return "read";
  } catch (error) {
    if (!(error instanceof CrossporeError)) throw error;
    const { message } = error;
    expect(message).toMatch(
      /^damaged\.bin(?::\d+:\d+: |: byte \d+: |: (?:holds|says|has|sweep|no channel of current))/u,
    );
    expect(message).not.toContain("\n");
    expect(message.length).toBeLessThan(2000);
    return "refused";
  }
}

function fuzz(whole: Uint8Array, seed: number, cases: number): void {
  const counts = { read: 0, refused: 0 };
  for (let k = 0; k < cases; k++) {
    const bytes = damage(whole, new Dice(1e6 * seed + k));
    for (const partial of [false, true])
      try {
        counts[outcome(bytes, partial, k % 20 === 0)]++;
      } catch (error) {
        throw new Error(`case ${k} of seed ${seed}${partial ? ", partial" : ""}: ${String(error)}`, { cause: error });
      }
  }
  // damage that is always, or never, noticed is no test of either way
  expect(Math.min(counts.read, counts.refused)).toBeGreaterThan(cases / 50);
}

/** Three channels, sweeps of different lengths, tags: what the writer can do. */
function richAbf2(): Uint8Array {
  const sweeps = [
    { startTime_s: 0, points: 700 },
    { startTime_s: 2, points: 30 },
    { startTime_s: 3, points: 1100 },
  ];
  const header = abf2Header({
    channels: [
      { name: "I 0", unit: "pA" },
      { name: "I 1", unit: "nA" },
      { name: "V", unit: "mV" },
    ],
    samplePeriod_s: 1e-4,
    mode: "variable-length",
    sweeps,
    protocol: "C:\\protocols\\many.pro",
    comment: "SIMULATED, three channels",
    started: "2026-01-02T03:04:05.678Z",
    tags: Array.from({ length: 20 }, (_, k) => ({ time_s: k / 10, kind: "comment" as const, text: `tag ${k}` })),
  });
  const samples = Float32Array.from({ length: 3 * 1830 }, (_, n) => Math.sin(n));
  return Buffer.concat([header, new Uint8Array(samples.buffer)]);
}

function richAtf(): Uint8Array {
  const lines = atfLines({
    channels: [
      { name: "I", unit: "pA" },
      { name: "V", unit: "mV" },
    ],
    samplePeriod_s: 1e-4,
    startTimes_s: [0, 1, 5],
    points: 60,
    comment: "two channels",
    value: (sweep, channel, point) => Math.sin(sweep + channel + point),
  });
  return Buffer.from([...lines].join(""), "latin1");
}

const WRITTEN: Readonly<Record<string, () => Uint8Array>> = {
  ...SMALL_RECORDINGS,
  "abf2 of three channels and lengths": richAbf2,
  "atf of two channels": richAtf,
  "abf1 with trains and a table of sweeps": () =>
    longAbf1({
      mode: 1,
      sweeps: [
        [0, 30],
        [500, 50],
      ],
      epochs: [
        [3, 30, 20, 5, 2],
        [4, -30, 20, 6, 3],
        [5, 10, 20, 5, 1],
        [7, 10, 20, 5, 2],
      ],
    }),
};

afterAll(() => {
  expect(process.resourceUsage().maxRSS).toBeLessThan(MOST_KB);
});

describe("damaged files that were written here", () => {
  it.each(Object.keys(WRITTEN).map((name, k) => [name, k] as const))(
    `%s: ${CASES.small} times cut, flipped or overwritten, whole and partial`,
    (name, k) => fuzz(WRITTEN[name]!(), k, CASES.small),
    600_000,
  );
});

const there = hasRecordings("real recordings, fuzzed");

describe.skipIf(!there)("damaged real recordings", () => {
  it.each([
    ["pyabf/171116sh_0013.abf", 101],
    ["pyabf/user-list-durations.abf", 102],
    ["pyabf/2018_12_09_pCLAMP11_0001.abf", 103],
    ["pyabf/2020_07_29_0062.abf", 104],
    ["pyabf/130618-1-12.abf", 105],
    ["pyabf/pclamp11_4ch_abf1.abf", 106],
    ["pyabf/18702001-step.atf", 107],
    ["heka/220315_06_1.dat", 108],
    ["heka/220315_09.dat", 109],
    ["nanopore/SingleChan-0001.qdf", 110],
  ])(
    `%s: ${CASES.real} times cut, flipped or overwritten, whole and partial`,
    (name, seed) => {
      const bytes = readFileSync(join(RECORDINGS, name));
      // of a text the first rows tell as much as all
      fuzz(name.endsWith(".atf") ? bytes.subarray(0, bytes.indexOf("\n", 20_000) + 1) : bytes, seed, CASES.real);
    },
    600_000,
  );
});
