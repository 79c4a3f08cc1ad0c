import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openFileSource } from "../../runtime/fileSource.ts";
import { expectClose } from "../../tests/close.ts";
import { hasRecordings, RECORDINGS } from "../../tests/sharedRecordings.ts";
import { feedbackOfState, withFeedback } from "./feedback.ts";
import { openRecording } from "./openRecording.ts";
import type { Recording, Series } from "./recording.ts";

const there = hasRecordings("facts of real recordings");

function open(name: string): Recording {
  return openRecording(openFileSource(join(RECORDINGS, name)));
}

function only(recording: Recording): Series {
  expect(recording.series).toHaveLength(1);
  return recording.series[0]!;
}

function sweepOf(series: Series, sweep: number, channel: number): Float64Array {
  const samples = new Float64Array(series.sweep(sweep).points);
  series.read(sweep, channel, 0, samples);
  return samples;
}

function commandOf(series: Series, sweep: number, output: number): Float64Array {
  const samples = new Float64Array(series.sweep(sweep).points);
  series.command(sweep, output, 0, samples);
  return samples;
}

function span(samples: Float64Array): [number, number] {
  return [
    samples.reduce((least, value) => Math.min(least, value), Infinity),
    samples.reduce((most, value) => Math.max(most, value), -Infinity),
  ];
}

function spanOfAll(series: Series, channel: number): [number, number] {
  const spans = Array.from({ length: series.sweeps }, (_, k) => span(sweepOf(series, k, channel)));
  return [Math.min(...spans.map(([low]) => low)), Math.max(...spans.map(([, high]) => high))];
}

/** name, format, channels' units, sweeps, points, rate, mode: the table of ../shared/recordings/README.md */
const FACTS = [
  ["171116sh_0013.abf", "abf2", ["pA"], 13, 20000, 20e3, "episodic"],
  ["user-list-durations.abf", "abf2", ["pA", "mV"], 3, 51612, 2e3, "episodic"],
  ["18702001-ramp.abf", "abf2", ["pA", "A"], 3, 20000, 20e3, "episodic"],
  ["18702001-step.abf", "abf2", ["pA", "A"], 3, 20000, 20e3, "episodic"],
  ["18702001-step.atf", "atf", ["pA", "A"], 3, 20000, 20e3, "episodic"],
  ["model_vc_step.abf", "abf2", ["pA"], 20, 10000, 20e3, "episodic"],
  ["model_vc_ramp.abf", "abf2", ["pA"], 50, 2400, 20e3, "episodic"],
  ["130618-1-12.abf", "abf1", ["pA"], 3, 50000, 50e3, "episodic"],
  ["pclamp11_4ch.abf", "abf2", ["pA", "pA", "pA", "pA"], 10, 4000, 20e3, "episodic"],
  ["pclamp11_4ch_abf1.abf", "abf1", ["pA", "pA", "pA", "pA"], 10, 4000, 20e3, "episodic"],
  ["2018_12_15_0000.abf", "abf2", ["pA", "pA", "pA", "pA"], 10, 2000, 10e3, "episodic"],
  ["2018_12_09_pCLAMP11_0001.abf", "abf2", ["A"], 10, 2000, 10e3, "episodic"],
  ["2020_07_29_0062.abf", "abf2", ["mV", "pA"], 1, 184320, 10e3, "gap-free"],
] as const;

describe.skipIf(!there)("recordings of pCLAMP", () => {
  it.each(FACTS)(
    "%s is %s with the channels, sweeps and rate that it has",
    (name, format, units, sweeps, points, rate, mode) => {
      const recording = open(join("pyabf", name));
      expect(recording.format).toBe(format);
      const series = only(recording);
      expect(series.channels.map(({ unit }) => unit)).toEqual(units);
      expect([series.sweeps, series.mode]).toEqual([sweeps, mode]);
      for (let k = 0; k < series.sweeps; k++) expect(series.sweep(k).points).toBe(points);
      expectClose(1 / series.samplePeriod_s, rate, 1e-12);
    },
  );

  it("a whole-cell curve has the currents of its first sweep and a ramp from -70 to -110 mV", () => {
    const recording = open("pyabf/171116sh_0013.abf");
    const series = only(recording);
    expect(series.protocol).toMatch(/0203 IV fast\.pro$/u);
    expect(recording.started).toBe("2017-11-16T14:05:47.248");
    const [low, high] = span(sweepOf(series, 0, 0));
    expectClose(low, -915.65, 0, 0.005);
    expectClose(high, -100.46, 0, 0.005);
    expect(span(commandOf(series, 0, 0))).toEqual([-110, -70]);
    // the level of the last epoch stays until the next sweep begins, which ramps to 5 mV more
    const second = commandOf(series, 1, 0);
    expect([second[0], second[311], span(second)]).toEqual([-110, -110, [-110, -105]]);
    expect(series.channels[0]!.gain).toMatchObject({
      telegraph: { instrument: "MultiClamp 700", additionalGain: 5, lowPass_Hz: 2000, mode: "voltage clamp" },
    });
  });

  it("current and command that were recorded have their extremes, and the command follows epochs and user list", () => {
    const series = only(open("pyabf/user-list-durations.abf"));
    const [lowest_pA, highest_pA] = spanOfAll(series, 0);
    expectClose(lowest_pA, -1284.69, 0, 0.01);
    expectClose(highest_pA, 195.31, 0, 0.01);
    const [lowest_mV, highest_mV] = spanOfAll(series, 1);
    expectClose(lowest_mV, -145, 0, 0.005);
    expectClose(highest_mV, 29.97, 0, 0.005);
    expect(series.commands[0]!.remark).toBe("a user list gives the duration of epoch E");
    for (let k = 0; k < 3; k++) {
      const [told, seen] = [commandOf(series, k, 0), sweepOf(series, k, 1)];
      // the recorded ramp of 65 mV in 1000 samples goes through the middle of its samples, ours has both ends: half a step
      const worst = told.reduce((most, value, n) => Math.max(most, Math.abs(value - seen[n]!)), 0);
      expect(worst).toBeLessThan(0.5 * (65 / 1000) * 1.01);
    }
  });

  it("a model cell answers a step of 10 mV with a current that the epochs explain", () => {
    const series = only(open("pyabf/model_vc_step.abf"));
    expect(series.commands[0]!.epochs).toMatchObject([{ letter: "A", type: "step", level: -80, duration: 4000 }]);
    const command = commandOf(series, 0, 0);
    expect([command[155], command[156], command[4155], command[4156]]).toEqual([-70, -80, -80, -70]);
    const current = sweepOf(series, 0, 0);
    // charging currents begin within 2 samples (100 us, filter of 2 kHz) of the edges that the epochs put there
    for (const edge of [156, 4156]) {
      const onset = current.findIndex((value, n) => n > edge - 20 && Math.abs(value - current[n - 1]!) > 20);
      expect(onset - edge).toBe(2);
    }
  });

  it("the same four channels are the same samples in both formats, to the count that their exporter rounded away", () => {
    const [old, now] = [only(open("pyabf/pclamp11_4ch_abf1.abf")), only(open("pyabf/pclamp11_4ch.abf"))];
    const count_pA = 10 / 32768;
    for (let k = 0; k < 10; k++)
      for (let channel = 0; channel < 4; channel++) {
        const [a, b] = [sweepOf(old, k, channel), sweepOf(now, k, channel)];
        // what is negative is one count higher in the old file, byte for byte; nothing else differs
        expect(a.every((value, n) => value === (b[n]! < 0 ? b[n]! + count_pA : b[n]!))).toBe(true);
      }
    // outputs 0 and 1 have tables in both, 2 and 3 in the new format alone
    for (const output of [0, 1]) expect(commandOf(old, 0, output)).toEqual(commandOf(now, 0, output));
  });

  it("a text export holds what the binary file does, to its six digits", () => {
    const [text, binary] = [open("pyabf/18702001-step.atf"), only(open("pyabf/18702001-step.abf"))];
    const series = only(text);
    for (let k = 0; k < 3; k++) {
      expectClose(series.sweep(k).startTime_s, binary.sweep(k).startTime_s, 1e-12, 1e-12);
      for (const channel of [0, 1]) {
        const [a, b] = [sweepOf(series, k, channel), sweepOf(binary, k, channel)];
        const worst = a.reduce(
          (most, value, n) => Math.max(most, Math.abs(value - b[n]!) / Math.max(1e-3, Math.abs(b[n]!))),
          0,
        );
        expect(worst).toBeLessThan(6e-6);
      }
    }
  });

  it("a gap-free recording has its tag at its time, digital outputs stand in the epochs", () => {
    const { tags } = open("pyabf/2020_07_29_0062.abf");
    expect(tags).toMatchObject([{ kind: "comment", text: "Digital Outputs => 00000001" }]);
    expectClose(tags[0]!.time_s, 0.9216, 1e-12);
    const { commands } = only(open("pyabf/2018_12_15_0000.abf"));
    // 10101001 and 01010110, on the output that carries them alone
    expect(commands.map(({ epochs }) => epochs.map(({ digital }) => digital))).toEqual([
      [0],
      [169, 86],
      [0],
      [0],
      [],
      [],
      [],
      [],
    ]);
  });
});

describe.skipIf(!there)("bundles of PATCHMASTER", () => {
  it("have the series, sweeps, traces and scale that they have", () => {
    const one = open("heka/220315_06_1.dat");
    const series = only(one);
    expect(one.program).toBe("PATCHMASTER v2x90.5, 09-Apr-2019");
    // the day that is in the name of the file
    expect(one.started.slice(0, 10)).toBe("2022-03-15");
    expect([series.protocol, series.sweeps, series.channels.length, series.sweep(13).points]).toEqual([
      "IV-40_new",
      14,
      2,
      7000,
    ]);
    expectClose(series.samplePeriod_s, 50e-6, 1e-12);
    // int16 from byte 256 on; scale and zero at bytes 72 and 88 of the first trace, found by the README's layout
    const bytes = readFileSync(join(RECORDINGS, "heka/220315_06_1.dat"));
    const trace = bytes.indexOf("Imon-2") - 4;
    const [scale, zero] = [bytes.readDoubleLE(trace + 72), bytes.readDoubleLE(trace + 88)];
    expectClose(scale, 6.188490344757143e-12, 1e-15);
    const current = sweepOf(series, 0, 0);
    for (const n of [0, 1, 3500, 6999]) expect(current[n]).toBe(bytes.readInt16LE(256 + 2 * n) * scale + zero);
    expect(one.notes).toEqual([expect.stringMatching(/the amplifier saturated in \d+ of 14 sweeps/u)]);
  });

  it("of six series keep them apart", () => {
    const { series } = open("heka/220315_09.dat");
    expect(series.map(({ protocol }) => protocol)).toEqual([
      "Block Pulse",
      "Block Pulse",
      "Block Pulse",
      "IV",
      "IV-40_new",
      "Inact",
    ]);
    expect(series.slice(3).map(({ sweeps }) => sweeps)).toEqual([21, 23, 6]);
    expect(series[0]!.channels.map(({ isDerived = false }) => isDerived)).toEqual([false, true]);
  });
});

describe.skipIf(!there)("a QUB file of a nanopore", () => {
  it("decodes to its table of currents sample for sample", () => {
    const state = readFileSync(join(RECORDINGS, "nanopore/SingleChan-0001_state.txt"), "utf8");
    const feedback = feedbackOfState(state);
    expect(feedback).toEqual({ resistance_ohm: 9.1e9, capacitance_F: 1.07e-12 });
    const series = only(withFeedback(open("nanopore/SingleChan-0001.qdf"), feedback!));
    expectClose(1 / series.samplePeriod_s, 500e3, 1e-12);
    expect(series.channels[0]!.unit).toBe("pA");
    const table = readFileSync(join(RECORDINGS, "nanopore/SingleChan-0001_1.csv"), "utf8")
      .trimEnd()
      .split("\n")
      .map(Number);
    expect(table).toHaveLength(100_000);
    const current = new Float64Array(100_000);
    series.read(0, 0, 0, current);
    // the table has 12 significant digits
    const worst = current.reduce((most, value, n) => Math.max(most, Math.abs(value / table[n]! - 1)), 0);
    expect(worst).toBeLessThan(1e-11);
    const mean = current.reduce((sum, value) => sum + value, 0) / current.length;
    const variance = current.reduce((sum, value) => sum + (value - mean) ** 2, 0) / current.length;
    expectClose(mean, 134.32, 0, 0.005);
    expectClose(Math.sqrt(variance), 14.45, 0, 0.005);
    expect(span(current).map((value) => value.toFixed(2))).toEqual(["23.09", "168.56"]);
  });

  it("is volts, and says so, where nobody gives the feedback", () => {
    const recording = open("nanopore/SingleChan-0001.qdf");
    expect(only(recording).channels[0]).toMatchObject({ unit: "V", quantity: "voltage" });
    expect(recording.notes.join()).toMatch(/--feedback/u);
  });
});
