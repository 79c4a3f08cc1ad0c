import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hasRecordings, RECORDINGS } from "../../tests/sharedRecordings.ts";
import { hekaBundle, longAbf1, rawOf, SMALL_RECORDINGS } from "../../tests/smallRecordings.ts";
import { memorySource } from "./byteSource.ts";
import { openRecording } from "./openRecording.ts";
import type { Series } from "./recording.ts";

function open(bytes: Uint8Array, partial = true) {
  return openRecording(memorySource("cut", bytes), { partial });
}

/** Every sample of a channel, sweep by sweep. */
function samplesOf(series: Series, channel = 0): number[][] {
  return Array.from({ length: series.sweeps }, (_, k) => {
    const samples = new Float64Array(series.sweep(k).points);
    series.read(k, channel, 0, samples);
    return [...samples];
  });
}

describe("what is whole of a file that was cut", () => {
  it("is the sweeps in front of the end, and the notes say what is lost", () => {
    const whole = SMALL_RECORDINGS.abf2!();
    const cut = whole.subarray(0, whole.length - 4 * 25 - 1);
    expect(() => open(cut, false)).toThrow(/expected .*data section \(320 bytes\).*--partial takes what is whole/u);
    const recording = open(cut);
    expect(recording.cut).toBe(true);
    expect(recording.notes).toEqual([
      `26 of 80 entries of the data section are lost, the file was cut at byte ${cut.length}`,
      "sweep 2 has 14 of its 40 samples",
    ]);
    const [first, second] = samplesOf(recording.series[0]!);
    expect(first).toEqual(Array.from({ length: 40 }, (_, n) => rawOf(0, n)));
    expect(second).toEqual(Array.from({ length: 14 }, (_, n) => rawOf(1, n)));
    expect(open(whole)).not.toHaveProperty("cut");
  });

  it("of an ABF1 that lost its table of sweeps is parted as the header says", () => {
    const whole = Buffer.from(
      longAbf1({
        sweeps: [
          [0, 40],
          [1000, 40],
        ],
      }),
    );
    whole.writeInt32LE(40, 138);
    const cut = whole.subarray(0, 6144 + 2 * 50);
    const { notes, series } = open(cut);
    expect(notes).toEqual([
      "30 of 80 samples are lost, the file was cut at byte 6244",
      "all 2 entries of the table of sweeps are lost, the file was cut at byte 6244",
      "sweep 2 has 10 of its 40 samples",
      "times of sweeps are lost, they are taken as one every 0.04 s",
    ]);
    expect(samplesOf(series[0]!)).toEqual(
      samplesOf(open(whole).series[0]!).map((s, k) => (k === 0 ? s : s.slice(0, 10))),
    );
    // sweeps of any length cannot be parted without their table
    const events = Buffer.from(cut);
    events.writeInt16LE(1, 8);
    expect(() => open(events)).toThrow(/byte 138: the table of sweeps was cut off/u);
  });

  it("of an ABF1 whose acquisition was never closed is what lies behind its header", () => {
    const whole = Buffer.from(longAbf1({}));
    whole.writeInt32LE(40, 138);
    whole.writeInt32LE(0, 10);
    const unclosed = whole.subarray(0, 6144 + 2 * 60 + 1);
    expect(() => open(unclosed, false)).toThrow(
      "cut: byte 10: 0 samples in the header and 121 bytes behind it: the acquisition was never closed (--partial takes its 60 samples)",
    );
    const { notes, series, cut } = open(unclosed);
    expect(cut).toBe(true);
    expect(notes).toEqual([
      "the acquisition was never closed: its length is that of the file, 60 samples",
      "sweep 2 has 20 of its 40 samples",
      "times of sweeps are lost, they are taken as one every 0.04 s",
    ]);
    whole.writeInt32LE(80, 10);
    expect(samplesOf(series[0]!)).toEqual(
      samplesOf(open(whole).series[0]!).map((s, k) => (k === 0 ? s : s.slice(0, 20))),
    );
    // a header alone
    expect(() => open(whole.subarray(0, 6144))).toThrow();
  });

  it("of a QUB tree and of a text is what stands in front of the end", () => {
    const text = Buffer.from(SMALL_RECORDINGS.atf!());
    const lines = text.toString("latin1").split("\n");
    const short = open(text.subarray(0, text.length - (lines.at(-2)?.length ?? 0) + 2));
    expect(short.notes).toEqual([expect.stringMatching(/^line \d+ has \d of 3 fields and is left out/u)]);
    expect(short.series[0]!.sweep(1).points).toBe(39);
    // the real file has its samples at the end, the small one its sampling interval
    const qdf = SMALL_RECORDINGS.qdf!();
    expect(() => open(qdf.subarray(0, qdf.length - 60))).toThrow(
      /expected a node "S(?:caling|ampling)" in "DataFile"/u,
    );
  });

  it("of a bundle without its tree is nothing, which is said", () => {
    const whole = hekaBundle(true, [[Int16Array.of(1, 2, 3)]]);
    expect(() => open(whole.subarray(0, whole.length - 1))).toThrow(/expected the tree of measurements \(\.pul\)/u);
  });
});

const there = hasRecordings("real recordings, what is whole of them");

describe.skipIf(!there)("what is whole of a real recording that was cut", () => {
  it.each([
    ["pyabf/171116sh_0013.abf", 0.6],
    ["pyabf/pclamp11_4ch.abf", 0.6],
    ["pyabf/pclamp11_4ch_abf1.abf", 0.6],
    ["pyabf/130618-1-12.abf", 0.6],
    ["pyabf/2020_07_29_0062.abf", 0.6],
    ["pyabf/18702001-step.atf", 0.6],
    ["nanopore/SingleChan-0001.qdf", 0.6],
  ])("%s: %f of it has the same samples as far as they go", (name, part) => {
    const bytes = readFileSync(join(RECORDINGS, name));
    const [all, some] = [open(bytes), open(bytes.subarray(0, Math.floor(part * bytes.length)))];
    expect([all.cut ?? false, some.cut ?? false]).toEqual([false, true]);
    const [one, two] = [all.series[0]!, some.series[0]!];
    let [compared, total] = [0, 0];
    for (let channel = 0; channel < one.channels.length; channel++) {
      const whole = samplesOf(one, channel);
      samplesOf(two, channel).forEach((samples, k) => {
        expect(samples).toEqual(whole[k]!.slice(0, samples.length));
        compared += samples.length;
      });
      total += whole.reduce((sum, { length }) => sum + length, 0);
    }
    // a header and tables take their part
    expect(compared / total).toBeGreaterThan(part - 0.03);
    expect(compared / total).toBeLessThan(part + 0.03);
  });
});
