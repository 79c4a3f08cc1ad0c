import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pixels } from "./bins.ts";
import { FoldingBuffer } from "./foldingBuffer.ts";
import { TraceHistory } from "./traceHistory.ts";

/** Pixels of one sample each. */
function samples(start_s: number, pixel_s: number, current_A: readonly number[]): Pixels {
  const voltage_V = current_A.map(() => 0.1);
  const conductance_S = current_A.map((i) => i / 0.1);
  return {
    start_s,
    pixel_s,
    leastVoltage_V: voltage_V,
    largestVoltage_V: voltage_V,
    leastCurrent_A: current_A,
    largestCurrent_A: current_A,
    leastConductance_S: conductance_S,
    largestConductance_S: conductance_S,
  };
}

const currents = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 3000 });

describe("a history of samples", () => {
  it("shows the extremes of everything it was given, however coarse the view and the chunks", () => {
    fc.assert(
      fc.property(currents, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 97 }), (given, most, chunk) => {
        const history = new TraceHistory(16);
        for (let k = 0; k < given.length; k += chunk)
          history.append(samples(k * 1e-3, 1e-3, given.slice(k, k + chunk)));
        const view = history.view(0, given.length * 1e-3, most);
        const low = view.currentLow_A.subarray(0, view.length);
        const high = view.currentHigh_A.subarray(0, view.length);
        expect(Math.min(...low)).toBe(Math.min(...given));
        expect(Math.max(...high)).toBe(Math.max(...given));
        expect(view.length).toBeLessThanOrEqual(2 * most + 8);
        expect(Math.max(...view.conductanceHigh_S.subarray(0, view.length))).toBe(Math.max(...given) / 0.1);
      }),
      { numRuns: 60 },
    );
  });

  it("breaks the line at a hole and counts what was lost", () => {
    const history = new TraceHistory();
    history.append(samples(0, 1e-3, [1, 1, Number.NaN, 1]), 1);
    history.append(samples(1, 1e-3, [2, 2]));
    const view = history.view(0, 1.01, 1000);
    expect(history.lost).toBe(1);
    expect(view.lost).toBe(1);
    const line = [...view.currentHigh_A.subarray(0, view.length)];
    const times = [...view.time_s.subarray(0, view.length)];
    // the hole between the two stretches is one missing point far from both
    expect(line.some((i, k) => Number.isNaN(i) && (times[k] ?? 0) > 0.1 && (times[k] ?? 0) < 0.9)).toBe(true);
  });

  it("takes no more memory for a longer record", () => {
    const history = new TraceHistory(32);
    const chunk = Array.from({ length: 10_000 }, (_, k) => k % 7);
    for (let k = 0; k < 60; k++) history.append(samples(k * 10, 1e-3, chunk));
    // 600 000 samples in 9 rings of 32 bins reach back over 32 x 4^8 bins
    expect(history.start_s).toBe(0);
    const view = history.view(0, 600, 100);
    expect(Math.max(...view.currentHigh_A.subarray(0, view.length).filter((i) => !Number.isNaN(i)))).toBe(6);
  });
});

describe("a folding buffer", () => {
  const bin = (start_s: number, value: number, lost = 0) => ({
    start_s,
    end_s: start_s + 1e-3,
    voltageLow_V: 0,
    voltageHigh_V: 0,
    currentLow_A: value,
    currentHigh_A: value,
    conductanceLow_S: value,
    conductanceHigh_S: value,
    lost,
  });

  it("covers a record of any length with the extremes of all of it", () => {
    fc.assert(
      fc.property(currents, (given) => {
        const buffer = new FoldingBuffer(16, 1e-3);
        given.forEach((value, k) => buffer.add(bin(k * 1e-3, value, k % 3)));
        const bins = Array.from({ length: buffer.length }, (_, k) => buffer.at(k));
        expect(buffer.length).toBeLessThanOrEqual(16);
        expect(buffer.length * buffer.width_s).toBeGreaterThanOrEqual(given.length * 1e-3 - 1e-9);
        expect(Math.max(...bins.map(({ high_A }) => high_A))).toBe(Math.max(...given));
        expect(Math.min(...bins.map(({ low_A }) => low_A))).toBe(Math.min(...given));
        expect(bins.reduce((sum, { lost }) => sum + lost, 0)).toBe(given.reduce((sum, _, k) => sum + (k % 3), 0));
      }),
      { numRuns: 60 },
    );
  });

  it("stays at least half full after a fold", () => {
    const buffer = new FoldingBuffer(64, 1e-3);
    for (let k = 0; k < 100_000; k++) buffer.add(bin(k * 1e-3, k));
    expect(buffer.length).toBeGreaterThanOrEqual(32);
    expect(buffer.width_s).toBeCloseTo(2.048, 9);
  });
});
