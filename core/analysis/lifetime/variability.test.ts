import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { normal } from "../../crossbar/index.ts";
import { analyseVariability, logNormalOf } from "./variability.ts";

describe("analyseVariability", () => {
  it("reproduces the analysis of variance of Searle's kind by hand: two groups of two", () => {
    // groups (1, 3) and (6, 8): within 2; between ((2 - 4.5)^2 + (7 - 4.5)^2) 2 / 1 = 25, (25 - 2) / 2 = 11.5
    const found = analyseVariability([
      [1, 3],
      [6, 8, Number.NaN],
    ]);
    expectClose(found.cycleToCycle, Math.SQRT2, 1e-14);
    expectClose(found.deviceToDevice, Math.sqrt(11.5), 1e-14);
    expectClose(found.relativeDevice, Math.sqrt(11.5) / 4.5, 1e-14);
    expectClose(found.share, 11.5 / 13.5, 1e-14);
    expect(found).toMatchObject({ mean: 4.5, junctions: 2, values: 4 });
  });

  it("tells 5 % from cycle to cycle and 10 % from device to device apart, with unequal numbers of cycles", () => {
    const groups = Array.from({ length: 300 }, (_, d) => {
      const level = 1e-9 * (1 + 0.1 * normal(1, 1, d));
      return Array.from({ length: 10 + (d % 7) }, (_r, c) => level + 5e-11 * normal(1, 2, 20 * d + c));
    });
    const found = analyseVariability(groups);
    expectClose(found.relativeCycle, 0.05, 0.05);
    expectClose(found.relativeDevice, 0.1, 0.12);
  });

  it("has no device deviation for one junction, and none for junctions that are alike", () => {
    expect(analyseVariability([[1, 2, 3]]).deviceToDevice).toBe(Number.NaN);
    expect(
      analyseVariability([
        [1, 3],
        [3, 1],
      ]).deviceToDevice,
    ).toBe(0);
  });
});

describe("logNormalOf", () => {
  it("finds median and sigma of a log-normal figure", () => {
    const found = logNormalOf(Array.from({ length: 4000 }, (_, k) => 2e-9 * Math.exp(0.3 * normal(2, 1, k))));
    expectClose(found.geometricMean, 2e-9, 0.02);
    expectClose(found.sigma, 0.3, 0.04);
  });
});
