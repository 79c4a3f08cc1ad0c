import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openFileSource } from "../../runtime/fileSource.ts";
import { expectClose } from "../../tests/close.ts";
import type { HekaSegment, HekaSequence } from "../../tests/hekaStimuli.ts";
import { hasRecordings, RECORDINGS } from "../../tests/sharedRecordings.ts";
import { hekaBundle } from "../../tests/smallRecordings.ts";
import { memorySource } from "./byteSource.ts";
import { clampSeries } from "./clamp.ts";
import { openRecording } from "./openRecording.ts";
import type { Series } from "./recording.ts";

const there = hasRecordings("heka stimuli");

function open(sequences: readonly HekaSequence[], { littleEndian = true, points = 40, sweeps = 2 } = {}) {
  const series = sequences.map(() => Array.from({ length: sweeps }, () => new Int16Array(points)));
  return openRecording(memorySource("small.dat", hekaBundle(littleEndian, series, sequences)));
}

function play(series: Series, sweep: number, output = 0): number[] {
  const into = new Float64Array(series.sweep(sweep).points);
  series.command(sweep, output, 0, into);
  return [...into];
}

describe.skipIf(!there)("stimuli of real bundles", () => {
  const series = openRecording(openFileSource(join(RECORDINGS, "heka/220315_09.dat"))).series;

  it("are what was recorded beside them: 21 steps of Vmon-1, 2000 samples each", () => {
    const iv = series[3]!;
    let compared = 0;
    for (let sweep = 0; sweep < iv.sweeps; sweep++) {
      const recorded = new Float64Array(2000);
      iv.read(sweep, 1, 0, recorded);
      play(iv, sweep, 1).forEach((told_mV, n) => {
        // the monitor has a filter: three samples behind an edge
        if ((n >= 500 && n < 504) || (n >= 1500 && n < 1504)) return;
        // its gain is 0.7 % low, its offset -0.14 mV
        expectClose(recorded[n]! * 1000, told_mV, 0, 0.008 * Math.abs(told_mV) + 0.6);
        compared++;
      });
    }
    expect(compared).toBe(21 * 1992);
  });

  it("have their edges where the leak trace charges the membrane", () => {
    for (const [k, edges] of [
      [0, [500, 1500]],
      [4, [500, 5500, 6500]],
      [5, [500, 5500, 6500]],
    ] as const) {
      const told = play(series[k]!, 1);
      expect(told.flatMap((level, n) => (n > 0 && level !== told[n - 1] ? [n] : []))).toEqual(edges);
      const leak = new Float64Array(told.length);
      series[k]!.read(1, 1, 0, leak);
      const jumps = [...leak.keys()].slice(1).map((n) => ({ n, size: Math.abs(leak[n]! - leak[n - 1]!) }));
      jumps.sort((a, b) => b.size - a.size);
      // the edges of its recording began with the pulse: a jump at sample 3 is the end of the one before
      const largest = jumps.filter(({ n }) => n > 10).slice(0, 2 * edges.length);
      for (const { n } of largest) expect(edges.some((edge) => n > edge && n <= edge + 7)).toBe(true);
    }
  });

  it("drive the current of their own amplifier, not of the one whose voltage was recorded", () => {
    const iv = series[3]!;
    expect(iv.channels.map(({ amplifier, output }) => [amplifier, output])).toEqual([
      [2, 0],
      [1, 1],
    ]);
    const clamped = clampSeries(iv, {});
    expect(clamped.voltageFrom).toBe("output 0 (DA 2), from the epochs of the protocol");
    // nothing is charged in the first sweep, which steps from -60 to -60 mV on DA 2 and by 60 mV on DA 3
    const jump = (sweep: number) => {
      const current_A = new Float64Array(20);
      clamped.readCurrent(sweep, 0, 495, current_A);
      const before = current_A.slice(0, 5).reduce((sum, value) => sum + value / 5, 0);
      return Math.max(...current_A.slice(5).map((value) => Math.abs(value - before)));
    };
    expect(jump(0)).toBeLessThan(60e-12);
    expect(jump(2)).toBeGreaterThan(200e-12);
    expect(clampSeries(iv, { command: "channel 1" }).voltageFrom).toBe("channel 1 (Vmon-1), as recorded");
  });
});

describe("a stimulus", () => {
  const segments: readonly HekaSegment[] = [
    { hold: true, duration_s: 0.01 },
    { level_V: 0.04, levelStep_V: 0.01, duration_s: 0.01 },
    { ramp: true, level_V: -0.06, duration_s: 0.01 },
    { level_V: -0.06, duration_s: 0.01 },
  ];

  it.each([true, false])("of steps and a ramp, little endian %s", (littleEndian) => {
    const [series] = open([{ segments }], { littleEndian }).series;
    const second = play(series!, 1);
    expect(second.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => -60));
    expect(second.slice(10, 20)).toEqual(Array.from({ length: 10 }, () => 50));
    // from 50 to -60 mV, the last sample is the end
    second.slice(20, 30).forEach((level, n) => expectClose(level, 50 - 11 * (n + 1), 1e-12));
    expect(second.slice(30)).toEqual(Array.from({ length: 10 }, () => -60));
    expect(play(series!, 0)[15]).toBe(40);
    expect(series!.commands[0]).toMatchObject({ unit: "mV", holding: -60, source: "epochs", remark: "" });
    expect(series!.commands[0]!.epochs[1]).toMatchObject({ letter: "B", level: 40, levelStep: 10, duration: 10 });
  });

  it("in pieces is the same", () => {
    const [series] = open([{ segments }]).series;
    const whole = play(series!, 1);
    for (let from = 0; from < 40; from += 7) {
      const part = new Float64Array(Math.min(7, 40 - from));
      series!.command(1, 0, from, part);
      expect([...part]).toEqual(whole.slice(from, from + part.length));
    }
  });

  it("relative to the holding potential, with a segment that is not stored, and durations that grow", () => {
    const [series] = open(
      [
        {
          conversion: 0b11,
          holding_V: -0.05,
          segments: [
            { level_V: 0.1, duration_s: 1, store: 0 },
            { ramp: true, level_V: 0, duration_s: 0.01 },
            { level_V: 0.02, duration_s: 0.01, durationStep_s: 0.005 },
            { hold: true, duration_s: 0.02 },
          ],
        },
      ],
      { points: 30 },
    ).series;
    const first = play(series!, 0);
    // the ramp begins at the level that nobody stored, 50 mV
    expectClose(first[0]!, 50 - 10, 1e-12);
    expectClose(first[9]!, -50, 1e-12);
    expect([first[10], first[19], first[20]]).toEqual([-30, -30, -50]);
    const second = play(series!, 1);
    expect([second[10], second[24], second[25]]).toEqual([-30, -30, -50]);
  });

  it("is that of its series, which the sweeps count", () => {
    const [, second] = open([{ segments }, { holding_V: 0.02, segments: [{ hold: true, duration_s: 0.04 }] }]).series;
    expect(play(second!, 0)[0]).toBe(20);
  });

  it.each([
    ["in A", { unit: "A", segments }, "a command in A, commands in V are rebuilt"],
    ["of an output that is off", { dacMode: 0, segments }, "the output was off"],
    ["from a file", { conversion: 0b101, segments }, "the stimulus came from a template in a file"],
    ["of a chirp", { segments: [{ kind: 5, duration_s: 1 }] }, "segment 1 is a chirp, steps and ramps are rebuilt"],
    [
      "with a parameter",
      { segments: [{ levelSource: 3, duration_s: 1 }] },
      "the level of segment 1 is a parameter of PATCHMASTER",
    ],
    [
      "with interleaved levels",
      { segments: [{ level_V: 0, levelStep_V: 0.1, levelMode: 2, duration_s: 1 }] },
      "levels of segment 1 are increasing in turns",
    ],
    [
      "with a factor",
      { segments: [{ level_V: 0.1, levelFactor: 2, levelMode: 5, duration_s: 1 }] },
      "levels of segment 1 change by a factor of 2",
    ],
    ["shorter than the sweep", { segments: [{ duration_s: 0.03 }] }, "its segments have 30 samples, a sweep 40"],
  ])("%s is named, not guessed", (_name, sequence: HekaSequence, remark) => {
    const [series] = open([sequence]).series;
    expect(series!.commands[0]).toMatchObject({ source: "elsewhere", remark });
    expect(play(series!, 0).every(Number.isNaN)).toBe(true);
    expect(clampSeries(series!, {}).voltageFrom).toBe("");
    expect(() => clampSeries(series!, { command: "output 0" })).toThrow(`output 0: ${remark}`);
  });

  it("that is damaged is a note, and the samples are there", () => {
    const bytes = hekaBundle(true, [[new Int16Array(40)]], [{ segments }]);
    const at = Buffer.from(bytes).lastIndexOf("eerT");
    bytes[at] = 0x78;
    const { series, notes } = openRecording(memorySource("x.dat", bytes));
    expect(notes).toEqual([expect.stringMatching(/^stimuli cannot be read: byte \d+: expected the tree of stimuli/u)]);
    expect(series[0]!.commands).toEqual([]);
    expect(clampSeries(series[0]!, {}).voltageFrom).toBe("");
  });
});
