import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import fixture from "../../../fixtures/analysis/weibull.json" with { type: "json" };
import { uniform } from "../../crossbar/index.ts";
import { distributionOf, quantile } from "./distribution.ts";
import { fitWeibull, weibullQuantile } from "./weibull.ts";

describe("fitWeibull", () => {
  it("reaches scipy's maximum of the likelihood, all failed", () => {
    const found = fitWeibull(fixture.cycles);
    if (found.kind === "none") throw new Error(found.reason);
    expectClose(found.shape.value, fixture.shape, 1e-4);
    expectClose(found.scale.value, fixture.scale, 1e-4);
  });

  it("reaches it with survivors, and its value", () => {
    const failed = fixture.cycles.filter((value) => value <= fixture.limit);
    const survived = fixture.cycles.filter((value) => value > fixture.limit).map(() => fixture.limit);
    const found = fitWeibull(failed, survived);
    if (found.kind === "none") throw new Error(found.reason);
    expectClose(found.shape.value, fixture.censored.shape, 1e-5);
    expectClose(found.scale.value, fixture.censored.scale, 1e-5);
    expectClose(found.logLikelihood, fixture.censored.logLikelihood, 1e-9);
    expect(found).toMatchObject({ failed: failed.length, censored: survived.length });
  });

  it("covers the truth in about 95 % of censored samples of 30", () => {
    let [shape, scale] = [0, 0];
    for (let repeat = 0; repeat < 300; repeat++) {
      const drawn = Array.from({ length: 30 }, (_, k) => weibullQuantile(1.7, 1e4, uniform(3, 1, 30 * repeat + k)));
      const found = fitWeibull(
        drawn.filter((x) => x < 1.2e4),
        drawn.filter((x) => x >= 1.2e4).map(() => 1.2e4),
      );
      if (found.kind === "none") continue;
      if (found.shape.interval95[0] <= 1.7 && 1.7 <= found.shape.interval95[1]) shape++;
      if (found.scale.interval95[0] <= 1e4 && 1e4 <= found.scale.interval95[1]) scale++;
    }
    for (const count of [shape, scale]) expect(count / 300).toBeGreaterThan(0.9);
  });

  it("does not care about the unit, and says what is missing or not allowed", () => {
    const found = fitWeibull(fixture.cycles.map((x) => x * 1e-12));
    if (found.kind === "none") throw new Error(found.reason);
    expectClose(found.shape.value, fixture.shape, 1e-4);
    expect(fitWeibull([5, 5], [9])).toMatchObject({ kind: "none", reason: /2 different failures/ });
    expect(() => fitWeibull([0, 1])).toThrow(/failure is at 0, allowed are positive/);
    expect(() => fitWeibull([1, 2], [-1])).toThrow(/survival is at -1/);
  });
});

describe("distributionOf", () => {
  it("ranks by (k - 0.3) / (n + 0.4), inside 0 and 1, with the band of Massart", () => {
    const { values, probability, halfWidth95 } = distributionOf([3, 1, Number.NaN, 2]);
    expect([...values]).toEqual([1, 2, 3]);
    [0.7 / 3.4, 1.7 / 3.4, 2.7 / 3.4].forEach((p, k) => expectClose(probability[k] ?? 0, p, 1e-15));
    expectClose(halfWidth95, Math.sqrt(Math.log(40) / 6), 1e-15);
  });
});

describe("quantile", () => {
  it("interpolates as numpy does by default", () => {
    expectClose(quantile([1, 2, 4, 8], 0.4), 2.4, 1e-14);
    expect(quantile([5], 0.9)).toBe(5);
    expect(quantile([], 0.5)).toBe(Number.NaN);
    expect(() => quantile([1], 2)).toThrow(/p is 2, allowed is 0 to 1/);
  });
});
