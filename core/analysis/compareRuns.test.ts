import { describe, expect, it } from "vitest";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { ivSweep, pulseTrain, readMap } from "../protocol/library/index.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { runInMemory } from "../runInMemory.ts";
import { compareRuns } from "./compareRuns.ts";

/** Ohmic junctions of known conductances, in siemens, row-major; 2 x 2. */
async function runOhmic(conductance_S: readonly number[], protocol: Protocol) {
  const [a = 0, b = 0, c = 0, d = 0] = conductance_S;
  const array = new EmulatedArray(
    {
      rows: 2,
      columns: 2,
      junction: { model: "ohmic" },
      conductance_S: [
        [a, b],
        [c, d],
      ],
    },
    { seed: 1 },
  );
  return runInMemory(array, protocol);
}

const FIRST = [1e-9, 2e-9, 3e-9, 4e-9];
const SECOND = [1.1e-9, 2e-9, 2.7e-9, 4e-9];
const EXPECTED = [0.1, 0, -0.1, 0];

describe("two runs compared", () => {
  it("gives the relative difference of every junction of two read maps", async () => {
    const [one, two] = [await runOhmic(FIRST, readMap()), await runOhmic(SECOND, readMap())];
    const { grid, residual, rms, largest, emulated_S } = compareRuns(one, two);
    expect(grid).toMatchObject({ rows: 2, columns: 2 });
    for (const [k, g] of FIRST.entries()) expect((emulated_S[k] ?? 0) / g).toBeCloseTo(1, 9);
    for (const [k, r] of EXPECTED.entries()) expect(residual[k]).toBeCloseTo(r, 9);
    expect(rms).toBeCloseTo(Math.sqrt(0.02 / 4), 9);
    expect(Math.abs(largest)).toBeCloseTo(0.1, 9);
  });

  it("takes the slope of the last cycle where junctions were only swept, and pairs loops by junction and frequency", async () => {
    const sweep = (samplesPerCycle: number) => ivSweep({ amplitude_V: 0.5, frequency_Hz: 10, samplesPerCycle });
    // the second run samples three times as densely: curves are compared at equal phases
    const [one, two] = [await runOhmic(FIRST, sweep(200)), await runOhmic(SECOND, sweep(600))];
    const { residual, overlays, metrics, notes } = compareRuns(one, two);
    for (const [k, r] of EXPECTED.entries()) expect(residual[k]).toBeCloseTo(r, 6);
    expect(overlays.map(({ title }) => title)).toEqual(
      ["r0 c0", "r0 c1", "r1 c0", "r1 c1"].map((at) => `loop ${at} 10 Hz`),
    );
    const [changed, equal] = overlays;
    expect(changed?.relativeRms).toBeCloseTo(0.1, 3);
    // straight lines between 200 points of a sine miss it by (pi / 200)^2 / 2 at most
    expect(equal?.relativeRms).toBeLessThan((Math.PI / 200) ** 2);
    expect(metrics.find(({ label }) => label === "largest current, r0 c0 10 Hz")?.difference).toBeCloseTo(5e-11, 15);
    expect(notes.join()).toMatch(/slopes of the last cycles/u);
  });

  it("compares staircases over the pulses that both have", async () => {
    const train = (count: number) =>
      pulseTrain({
        cells: [[0, 0]],
        potentiation: { amplitude_V: 0.5, width_s: 1e-3, gap_s: 1e-2, count },
        depression: { amplitude_V: -0.5, width_s: 1e-3, gap_s: 1e-2, count: 0 },
        read: { voltage_V: 0.1, width_s: 1e-3, samples: 20, settle_s: 0 },
      });
    const { overlays } = compareRuns(await runOhmic(FIRST, train(4)), await runOhmic(SECOND, train(6)));
    const [first] = overlays;
    expect(first?.title).toBe("potentiation r0 c0");
    expect(first?.residual.y.map((y) => Number(y.toPrecision(6)))).toEqual([
      ...Array.from({ length: 5 }, () => 1e-10),
      Number.NaN,
      Number.NaN,
    ]);
  });

  it("says what cannot be compared", async () => {
    const other = new EmulatedArray({ rows: 1, columns: 3, junction: { model: "ohmic" } }, { seed: 1 });
    const comparison = compareRuns(
      await runOhmic(FIRST, readMap()),
      await runInMemory(other, ivSweep({ amplitude_V: 0.1 })),
    );
    expect(comparison.grid).toBeNull();
    expect(comparison.residual).toEqual([]);
    expect(comparison.notes.join()).toMatch(/grids differ \(2 x 2 and 1 x 3\).*no curve/u);
  });
});
