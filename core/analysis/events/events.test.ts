import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { hasRecordings, RECORDINGS } from "../../../tests/sharedRecordings.ts";
import type { SampleBlock } from "../../arrayBackend.ts";
import { driveCell } from "../../bias.ts";
import type { EmulatedArrayConfig } from "../../emulated/config.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { EVENT_DEFAULTS, EventDetector, type EventOptions, type PoreEvent } from "./detectEvents.ts";
import { junctionClassifier } from "./junctionClassifier.ts";

function detect(current_A: Float64Array, options: Partial<EventOptions> & { samplePeriod_s: number }, piece = 4096) {
  const detector = new EventDetector({ ...EVENT_DEFAULTS, ...options });
  const events: PoreEvent[] = [];
  for (let at = 0; at < current_A.length; at += piece)
    events.push(...detector.push(current_A.subarray(at, at + piece)));
  events.push(...detector.finish());
  return { events, detector };
}

/** A pore of 3.4 nS at 40 mV behind an amplifier of 20 kHz, sampled at 200 kHz, with what really passed through it. */
async function emulate(config: Partial<EmulatedArrayConfig> = {}, duration_s = 0.6) {
  const array = new EmulatedArray(
    {
      rows: 1,
      columns: 1,
      junction: { model: "ohmic", parameters: { conductance_S: 3.4e-9 } },
      frontEnd: { bandwidth_Hz: 20e3, noise_A_rtHz: 20e-15 },
      effects: { translocations: { capture_Hz_V: 4000, depth: 0.5, depthSpread: 0.05, dwell_s: 5e-4, dwellSteps: 2 } },
      ...config,
    },
    { seed: 3 },
  );
  const current: number[] = [];
  array.samples.subscribe((block: SampleBlock) => current.push(...block.current_A));
  const waveform = [{ kind: "hold", voltage_V: 0.04, duration_s }] as const;
  await array.apply(
    { ...driveCell(array.grid, { row: 0, column: 0 }, waveform, "ground"), duration_s, targets: [], referenceRow: 0 },
    { samplePeriod_s: 5e-6, columns: [0], currentRange_A: "auto", windows: [] },
    new AbortController().signal,
  );
  return { current_A: Float64Array.from(current), truth: array.translocations() };
}

describe("events of an emulated pore", () => {
  it("are those that passed: recall, precision, dwell and depth beside the truth", async () => {
    const { current_A, truth } = await emulate();
    const { events, detector } = detect(current_A, { samplePeriod_s: 5e-6 });
    // what is shorter than the amplifier's rise (1/(2 pi 20 kHz) = 8 us, 3 of them) cannot be seen whole
    const visible = truth.filter(({ start_s, end_s }) => end_s - start_s > 25e-6 && end_s < 0.6);
    expect(visible.length).toBeGreaterThan(60);
    const matched = visible.map((real) => ({
      real,
      found: events.find(({ start_s, dwell_s }) => start_s < real.end_s && start_s + dwell_s > real.start_s),
    }));
    const hits = matched.filter(({ found }) => found !== undefined);
    // two molecules that come within the rise of the amplifier are one event
    expect(hits.length / visible.length).toBeGreaterThan(0.97);
    const wrong = events.filter(
      // the amplifier's filter starts at 0 A, which is told as an event that the beginning cut
      ({ start_s, dwell_s, cut }) =>
        !cut && !truth.some((real) => start_s < real.end_s + 2e-5 && start_s + dwell_s > real.start_s),
    );
    expect(wrong).toEqual([]);
    const errors = hits.map(({ real, found }) => ({
      dwell_s: found!.dwell_s - (real.end_s - real.start_s),
      depth: found!.depth - real.depth,
    }));
    const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;
    expect(median(errors.map(({ dwell_s }) => Math.abs(dwell_s)))).toBeLessThan(5e-6);
    expect(Math.abs(median(errors.map(({ dwell_s }) => dwell_s)))).toBeLessThan(2e-6);
    expect(median(errors.map(({ depth }) => Math.abs(depth)))).toBeLessThan(0.01);
    expectClose(detector.open_A, 3.4e-9 * 0.04, 2e-3);
  });

  it("are the same whatever the pieces, and for a pore of the other polarity", async () => {
    const { current_A } = await emulate({}, 0.2);
    const whole = detect(current_A, { samplePeriod_s: 5e-6 }, current_A.length).events;
    expect(whole.length).toBeGreaterThan(10);
    expect(detect(current_A, { samplePeriod_s: 5e-6 }, 333).events).toEqual(whole);
    const negative = detect(
      current_A.map((value) => -value),
      { samplePeriod_s: 5e-6 },
    ).events;
    expect(negative.map(({ start_s }) => start_s)).toEqual(whole.map(({ start_s }) => start_s));
    negative.forEach(({ depth }, k) => expectClose(depth, whole[k]!.depth, 1e-9));
    expect(negative[0]!.open_A).toBeLessThan(0);
  });

  it("of none are none: a quiet pore, and one that drifts by a third", async () => {
    const { current_A } = await emulate({ effects: {} }, 0.3);
    expect(
      detect(current_A, { samplePeriod_s: 5e-6, threshold: { sigma: 6 } }).events.filter(({ cut }) => !cut),
    ).toEqual([]);
    const drifting = current_A.map((value, k) => value * (1 - k / (3 * current_A.length)));
    const slow = { samplePeriod_s: 5e-6, baseline_s: 2e-3, threshold: { sigma: 6 } };
    expect(detect(drifting, slow).events.filter(({ cut }) => !cut)).toEqual([]);
  });

  it("that last longer than allowed are cut, and the new level is the open pore from then on", () => {
    const clogged = Float64Array.from(
      { length: 100_000 },
      (_, k) => (k < 30_000 ? 100e-12 : 60e-12) + ((k * 7919) % 13) * 1e-13,
    );
    const { events } = detect(clogged, { samplePeriod_s: 1e-5, longest_s: 0.1 });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ cut: true });
    expectClose(events[0]!.dwell_s, 0.1, 0.01);
    expectClose(events[0]!.start_s, 0.3, 1e-4);
  });
});

describe("the classifier hook", () => {
  it("labels by what a function says of figures and samples", async () => {
    const { current_A } = await emulate({}, 0.1);
    const classify = ({ depth }: PoreEvent, samples: Float64Array) => ({
      label: depth > 0.5 ? "large" : "small",
      score: samples.length,
    });
    const { events } = detect(current_A, { samplePeriod_s: 5e-6, classify });
    expect(events.length).toBeGreaterThan(3);
    for (const { depth, label, score, samples } of events) {
      expect(label).toBe(depth > 0.5 ? "large" : "small");
      expect(score).toBeGreaterThan(samples);
    }
  });

  it("lets a volatile junction integrate: long blockades lift its conductance more than short ones", () => {
    const record = Float64Array.from({ length: 40_000 }, (_, k) => {
      const blocked = (k > 10_000 && k < 10_200) || (k > 20_000 && k < 25_000);
      return (blocked ? 50e-12 : 100e-12) + ((k * 7919) % 13) * 1e-13;
    });
    const classify = junctionClassifier({
      model: "conical-channel",
      full_V: -2,
      boundaries: [1.6],
      labels: ["short", "long"],
    });
    const { events } = detect(record, { samplePeriod_s: 1e-5, classify });
    expect(events.map(({ label }) => label)).toEqual(["short", "long"]);
    expect(events[1]!.score!).toBeGreaterThan(events[0]!.score!);
    expect(() => junctionClassifier({ model: "conical-channel", full_V: 1, boundaries: [1], labels: ["x"] })).toThrow(
      /labels are 1, allowed are 2/u,
    );
  });
});

const there = hasRecordings("events of a real nanopore");

describe.skipIf(!there)("events of alpha-haemolysin and PEG28", () => {
  const read = () =>
    Float64Array.from(
      readFileSync(join(RECORDINGS, "nanopore/SingleChan-0001_1.csv"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => Number(line) * 1e-12),
    );

  it("have the open-pore current and noise that MOSAIC's settings state", () => {
    const { detector, events } = detect(read(), { samplePeriod_s: 2e-6, threshold: { sigma: 4.000441696113075 } });
    // README.rst: meanOpenCurr 136.251 pA, sdOpenCurr 6.792 pA, threshold at 4.0004 of them, 5 samples or more
    expectClose(detector.open_A, 136.251e-12, 5e-3);
    expectClose(detector.noise_A, 6.792e-12, 0.05);
    expect(events.length).toBeGreaterThan(0);
  });

  it("are as many as a plain count of excursions below MOSAIC's threshold, to those that noise parts", () => {
    const current = read();
    const level = (136.251 - 4.000441696113075 * 6.792) * 1e-12;
    // runs of 5 samples and more below the threshold, counted without a baseline, hysteresis or edges
    let [runs, length] = [0, 0];
    for (const value of current) {
      length = value < level ? length + 1 : 0;
      if (length === 5) runs++;
    }
    const options = { samplePeriod_s: 2e-6, threshold: { current_A: 4.000441696113075 * 6.792e-12 }, shortest_s: 8e-6 };
    const { events } = detect(current, options);
    expect(runs).toBeGreaterThan(20);
    expectClose(events.length, runs, 0.15);
    // the blockade of PEG in alpha-haemolysin: between a third and nine tenths of the current
    const depths = events.map(({ depth }) => depth).sort((a, b) => a - b);
    expect(depths[depths.length >> 1]).toBeGreaterThan(0.3);
    expect(depths[depths.length >> 1]).toBeLessThan(0.9);
  });
});
