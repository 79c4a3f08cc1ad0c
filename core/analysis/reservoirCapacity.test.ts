import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../tests/close.ts";
import fixture from "../../fixtures/analysis/reservoir.json" with { type: "json" };
import { uniform } from "../crossbar/index.ts";
import { kernelRank, separation, singularValuesOf } from "./kernelRank.ts";
import { memoryCapacity } from "./reservoirCapacity.ts";

describe("memoryCapacity", () => {
  it("gives the capacities that numpy's least squares gives for an echo state network", () => {
    const found = memoryCapacity(fixture.input, fixture.states.flat(), 12, fixture.washout);
    expectAllClose(found.capacities, fixture.capacities, 1e-6);
    expectClose(
      found.total,
      fixture.capacities.slice(1).reduce((sum, c) => sum + c, 0),
      1e-6,
    );
  });

  it("is the number of taps of a delay line, and chance where the states know nothing", () => {
    const input = Array.from({ length: 3000 }, (_, k) => uniform(1, 1, k));
    const line = input.flatMap((_, k) => [1, 2, 3].map((d) => input[k - d] ?? 0));
    const found = memoryCapacity(input, line, 8);
    found.capacities.forEach((c, d) => (d >= 1 && d <= 3 ? expectClose(c, 1, 1e-9) : expect(c).toBeLessThan(0.01)));
    expectClose(found.corrected, 3, 0.01);
    const blind = Array.from({ length: 3 * 3000 }, (_, k) => uniform(2, 2, k));
    expect(memoryCapacity(input, blind, 8).corrected).toBeLessThan(0.02);
  });

  it("names what does not fit", () => {
    expect(() => memoryCapacity([1, 2, 3], [1, 2], 1)).toThrow(/2 numbers for 3 steps/);
    expect(() => memoryCapacity(new Float64Array(100), new Float64Array(100), 5, 2)).toThrow(
      /washout must not be shorter/,
    );
    expect(() => memoryCapacity([1, 2, 3], [1, 2, 3], 1)).toThrow(/2 steps are left/);
  });
});

describe("kernelRank", () => {
  it("has the singular values of numpy, either way up, and the rank above the noise", () => {
    const { matrix, singularValues } = fixture;
    expectAllClose(singularValuesOf(matrix.flat(), 9), singularValues, 1e-9);
    const turned = (matrix[0] ?? []).flatMap((_, j) => matrix.map((row) => row[j] ?? 0));
    expectAllClose(singularValuesOf(turned, 7), singularValues, 1e-9);
    expect(kernelRank(matrix.flat(), 9).rank).toBe(4);
    expect(kernelRank(matrix.flat(), 9, { resolution: 1e-9 }).rank).toBe(7);
  });

  it("has the effective rank of equal directions, and none for silence", () => {
    expectClose(kernelRank([1, 0, 0, 0, 1, 0, 0, 0, 1], 3).effectiveRank, 3, 1e-12);
    expect(kernelRank([0, 0, 0, 0], 2)).toMatchObject({ rank: 0, effectiveRank: 0 });
    expect(() => kernelRank([1, Number.NaN], 1)).toThrow(/number 1 of row 0 is NaN/);
    expect(() => kernelRank([1, 2, 3], 2)).toThrow(/2 rows of equal length/);
    expect(() => kernelRank([1], 1, { resolution: 0 })).toThrow(/resolution is 0/);
  });
});

describe("separation", () => {
  it("is the distance of centres over the scatter around them", () => {
    const found = separation([
      [
        [0, 1],
        [0, -1],
      ],
      [
        [3, 5],
        [3, 3],
      ],
    ]);
    expect(found).toMatchObject({ between: 5, within: 1 });
    expectClose(found.ratio, 5, 1e-12);
    expect(() => separation([[[1]]])).toThrow(/1 classes of 1 states/);
  });
});
