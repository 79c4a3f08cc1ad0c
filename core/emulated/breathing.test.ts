import { describe, expect, it } from "vitest";
import { groundAll } from "../bias.ts";
import type { Grid } from "../crossbar/grid.ts";
import { EmulatedArray } from "./emulatedArray.ts";

const PIXEL = { rows: 1, columns: 1 };
const ARRAY = { rows: 16, columns: 16 };

/** How often other tasks had a turn while `stimuli` stimuli of `samples` samples were played. */
async function pausesOf(grid: Grid, workBetweenPauses: number, stimuli: number, samples: number): Promise<number> {
  let pauses = 0;
  const pause = async () => void pauses++;
  await using array = new EmulatedArray(
    { ...grid, junction: { model: "conical-channel" } },
    { seed: 1, workBetweenPauses, pause },
  );
  for (let k = 0; k < stimuli; k++) {
    const stimulus = { duration_s: samples * 1e-3, ...groundAll(grid), targets: [], referenceRow: 0 };
    const readout = { samplePeriod_s: 1e-3, columns: [0], currentRange_A: "auto" as const, windows: [] };
    await array.apply(stimulus, readout, new AbortController().signal);
  }
  return pauses;
}

describe("an array on a thread that others need", () => {
  it("pauses as often as its maker asks within one stimulus", async () => {
    const stops = 20_001;
    const work = stops * (256 + 50);
    expect(await pausesOf(ARRAY, 5e4, 1, stops - 1)).toBeGreaterThanOrEqual(Math.floor(work / 5.1e4));
    expect(await pausesOf(ARRAY, 1e6, 1, stops - 1)).toBeLessThanOrEqual(Math.ceil(work / 1e6) + stops / 1000);
  });

  it("pauses in many short stimuli of one junction, whose engine costs more than its physics", async () => {
    // each is 2000 of work and 11 stops
    const pauses = await pausesOf(PIXEL, 5e4, 1000, 10);
    expect(pauses).toBeGreaterThanOrEqual(40);
    expect(pauses).toBeLessThanOrEqual(60);
  });
});
