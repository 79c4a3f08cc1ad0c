import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { analyseRates } from "./srdp.ts";

describe("analyseRates", () => {
  it("finds the threshold of a change that is a line over log rate", () => {
    // change = 0.2 log10(f / 10 Hz)
    const curve = analyseRates([1, 5, 20, 100].map((rate_Hz) => ({ rate_Hz, change: 0.2 * Math.log10(rate_Hz / 10) })));
    expectClose(curve.threshold_Hz, 10, 1e-12);
    expectClose(curve.slope_perDecade, 0.2, 1e-12);
    expectClose(curve.gain, 1.2 / 0.8, 1e-12);
  });

  it("takes repeats together and reports a crossing downwards as no threshold", () => {
    const curve = analyseRates([
      { rate_Hz: 1, change: 0.1 },
      { rate_Hz: 100, change: -0.2 },
      { rate_Hz: 100, change: 0 },
    ]);
    expect(curve.points[1]).toMatchObject({ rate_Hz: 100, change: -0.1, n: 2 });
    expectClose(curve.crossings_Hz[0] ?? 0, 10, 1e-12);
    expect(curve.threshold_Hz).toBe(Number.NaN);
  });

  it("refuses a rate of zero", () => {
    expect(() => analyseRates([{ rate_Hz: 0, change: 1 }])).toThrow(/rate_Hz is 0, allowed are positive/);
  });
});
