import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { classifyLoop, loopArea } from "./loop.ts";

describe("loopArea", () => {
  it("is the enclosed area with its sign, per half plane", () => {
    // V > 0: up along I = 0, down along I = 1; V < 0: the square traversed the other way round
    const area = loopArea([0, 1, 1, 0, 0, -1, -1, 0, 0], [0, 0, 1, 1, 0, 0, -2, -2, 0]);
    expect(area.positive_W).toBe(-1);
    expect(area.negative_W).toBe(-2);
    expect(area.positiveBox_W).toBe(1);
    expect(area.negativeBox_W).toBe(2);
  });

  it("splits a segment where it passes 0 V", () => {
    // I = V from -1 V to 3 V: triangles of 1/2 and 9/2 of opposite sign
    const area = loopArea([-1, 3], [-1, 3]);
    expectClose(area.negative_W, -0.5, 1e-15);
    expectClose(area.positive_W, 4.5, 1e-15);
  });

  it("takes a range of samples", () => {
    expect(loopArea([0, 9, 0, 1, 1, 0], [0, 9, 0, 0, 1, 1], 2).positive_W).toBe(-1);
    expect(loopArea([0, 1, 1, 0, 5, 0], [0, 0, 1, 1, 5, 5], 0, 3).positive_W).toBe(-1);
  });

  it("refuses records of unequal length", () => {
    expect(() => loopArea([0, 1], [0])).toThrow("2 voltages and 1 currents");
  });
});

describe("classifyLoop", () => {
  const box = { positiveBox_W: 1, negativeBox_W: 1 };
  it.each([
    [-0.1, 0.1, "crossing-1"],
    [0.1, -0.1, "crossing-2"],
    [-0.1, -0.1, "non-crossing-1"],
    [0.1, 0.1, "non-crossing-2"],
    [1e-6, -1e-6, "none"],
    [0.1, 0, "none"],
  ] as const)("lobes of %f and %f are %s", (positive_W, negative_W, style) => {
    expect(classifyLoop({ positive_W, negative_W, ...box })).toBe(style);
  });

  it("measures each lobe against its own box, so that a strong rectifier keeps its style", () => {
    expect(classifyLoop({ positive_W: 1e-7, negative_W: -0.1, positiveBox_W: 1e-6, negativeBox_W: 1 })).toBe(
      "crossing-2",
    );
  });
});
