import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import type { SampleBlock } from "../arrayBackend.ts";
import { driveCell } from "../bias.ts";
import type { Parameters } from "../crossbar/model.ts";
import type { Waveform } from "../waveform.ts";
import { EmulatedArray } from "./emulatedArray.ts";

const never = new AbortController().signal;
const PORE = { model: "ohmic", parameters: { conductance_S: 1e-9 } };

async function record(
  translocations: Parameters,
  options: { samplePeriod_s?: number; duration_s?: number; voltage_V?: number; seed?: number } = {},
) {
  const { samplePeriod_s = 1e-4, duration_s = 1, voltage_V = 0.1, seed = 1 } = options;
  const array = new EmulatedArray({ rows: 1, columns: 1, junction: PORE, effects: { translocations } }, { seed });
  const current_A: number[] = [];
  array.samples.subscribe((block: SampleBlock) => current_A.push(...block.current_A));
  const waveform: Waveform = [{ kind: "hold", voltage_V, duration_s }];
  const drives = driveCell(array.grid, { row: 0, column: 0 }, waveform, "ground");
  await array.apply(
    { ...drives, duration_s, targets: [], referenceRow: 0 },
    { samplePeriod_s, columns: [0], currentRange_A: "auto", windows: [] },
    never,
  );
  return { current_A, events: array.translocations(), array };
}

describe("a translocation source", () => {
  it("captures as a Poisson process whose rate follows the voltage, with the dwells and depths asked for", async () => {
    const { events, array } = await record(
      { capture_Hz_V: 1000, dwell_s: 1e-5, dwellSteps: 4, depth: 0.3, depthSpread: 0.05 },
      { duration_s: 40, samplePeriod_s: 0.1 },
    );
    // 100 per second less dead times; 5 sigma of 4000 counts, of means of 4000 numbers
    const n = events.length;
    expectClose(n, 40 * 100, 0, 5 * Math.sqrt(4000));
    const waits = events.slice(1).map(({ start_s }, k) => start_s - events[k]!.end_s);
    const mean = waits.reduce((sum, value) => sum + value, 0) / waits.length;
    const spread = Math.sqrt(waits.reduce((sum, value) => sum + (value - mean) ** 2, 0) / waits.length);
    expectClose(mean, 0.01, 5 / Math.sqrt(n));
    expectClose(spread / mean, 1, 0.1);
    const dwells = events.map(({ start_s, end_s }) => end_s - start_s);
    const dwell_s = dwells.reduce((sum, value) => sum + value, 0) / n;
    expectClose(dwell_s, 1e-5, (5 * 0.5) / Math.sqrt(n));
    const dwellSpread = Math.sqrt(dwells.reduce((sum, value) => sum + (value - dwell_s) ** 2, 0) / n) / dwell_s;
    expectClose(dwellSpread, 1 / Math.sqrt(4), 0.1);
    const depth = events.reduce((sum, event) => sum + event.depth, 0) / n;
    expectClose(depth, 0.3, 0, (5 * 0.05) / Math.sqrt(n));
    expect(array.describe().effects[0]).toMatchObject({ figures: { captures: n } });
  });

  it("gives the same molecules at the same times, however the current is sampled", async () => {
    const source = { capture_Hz_V: 500, dwell_s: 2e-3 };
    const [fine, coarse] = [
      await record(source, { samplePeriod_s: 1e-4 }),
      await record(source, { samplePeriod_s: 3.7e-4 }),
    ];
    expect(fine.events.length).toBeGreaterThan(20);
    expect(coarse.events).toHaveLength(fine.events.length);
    fine.events.forEach(({ start_s, end_s, depth }, k) => {
      expectClose(coarse.events[k]!.start_s, start_s, 1e-9);
      expectClose(coarse.events[k]!.end_s, end_s, 1e-9);
      expect(coarse.events[k]!.depth).toBe(depth);
    });
  });

  it("blocks the current of every sample inside a dwell, and of none outside", async () => {
    const { current_A, events } = await record({ capture_Hz_V: 500, dwell_s: 2e-3, depthSpread: 0.05 });
    const open_A = 1e-9 * 0.1;
    const wrong = current_A.filter((current, k) => {
      const time_s = k * 1e-4;
      const inside = events.find(({ start_s, end_s }) => start_s < time_s && time_s < end_s);
      return Math.abs(current / open_A - (1 - (inside?.depth ?? 0))) > 1e-9;
    });
    expect(current_A).toHaveLength(10_001);
    expect(wrong).toEqual([]);
  });

  it("captures nothing against the polarity, below the threshold or at 0 V, and both ways where asked", async () => {
    const count = async (source: Parameters, voltage_V: number) =>
      (await record({ capture_Hz_V: 1000, dwell_s: 1e-4, ...source }, { voltage_V })).events.length;
    expect(await count({}, -0.1)).toBe(0);
    expect(await count({}, 0)).toBe(0);
    expect(await count({ threshold_V: 0.2 }, 0.1)).toBe(0);
    expect(await count({ polarity: -1 }, -0.1)).toBeGreaterThan(50);
    expect(await count({ polarity: 0 }, -0.1)).toBeGreaterThan(50);
  });

  it("refuses a polarity in between and steps that are no number of steps", async () => {
    await expect(record({ polarity: 0.5 })).rejects.toThrow(/polarity is 0.5, allowed are -1, 0 and 1/u);
    await expect(record({ dwellSteps: 1.5 })).rejects.toThrow(/dwellSteps is 1.5, allowed are whole numbers/u);
  });
});
