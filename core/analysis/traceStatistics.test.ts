import { describe, expect, it } from "vitest";
import type { SampleBlock } from "../arrayBackend.ts";
import type { RunData } from "../record/runData.ts";
import { traceStatistics } from "./traceStatistics.ts";

function block(channel: number, startTime_s: number, current_A: readonly number[], overloaded = 0): SampleBlock {
  return {
    channel,
    startTime_s,
    samplePeriod_s: 0.1,
    current_A: Float64Array.from(current_A),
    voltage_V: Float64Array.from(current_A, () => 0.5),
    overload: Uint8Array.from(current_A, (_, k) => (k < overloaded ? 1 : 0)),
    lost: current_A.filter(Number.isNaN).length,
  };
}

const run: Pick<RunData, "blocks"> = {
  blocks: () =>
    [block(0, 0, [1, 2, Number.NaN, 4], 1), block(1, 0, [100, 100]), block(0, 5, [-3, 5])].map((b) => ({
      step: 0,
      block: b,
    })),
};
const of = (from_s: number, to_s: number, column = 0) => traceStatistics(run as RunData, column, from_s, to_s);

describe("statistics of a stretch of a record", () => {
  it("takes every sample of its column once, lost ones counted and left out of the sums", () => {
    expect(of(0, 10)).toMatchObject({ samples: 6, lost: 1, overloads: 1, mean_A: 9 / 5, least_A: -3, largest_A: 5 });
    expect(of(0, 10).charge_C).toBeCloseTo(0.9, 12);
    expect(of(0, 10).sampled_s).toBeCloseTo(0.5, 12);
    expect(of(0, 10).mean_V).toBe(0.5);
  });

  it("adds up over neighbouring stretches", () => {
    const [a, b] = [of(0, 0.1), of(0.1, 10)];
    expect(a.samples + b.samples).toBe(6);
    expect(a.charge_C + b.charge_C).toBeCloseTo(0.9, 12);
  });

  it("knows nothing of a stretch without samples", () => {
    expect(of(1, 4)).toMatchObject({ samples: 0, lost: 0, mean_A: Number.NaN, charge_C: Number.NaN, sampled_s: 0 });
    expect(of(0, 10, 7).samples).toBe(0);
    expect(of(0.2, 0.3)).toMatchObject({ samples: 1, lost: 1, mean_A: Number.NaN });
  });
});
