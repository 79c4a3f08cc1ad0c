import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { analyseShortTermTrain } from "./shortTermTrain.ts";

/** End-of-pulse conductances of a linear relaxer under a pulse train, closed form per segment. */
function relaxerTrain(pulses: number, tau_s: number, width_s: number, gap_s: number, driven: number, rest: number) {
  let g = rest;
  return Array.from({ length: pulses }, () => {
    const end = driven + (g - driven) * Math.exp(-width_s / tau_s);
    g = rest + (end - rest) * Math.exp(-gap_s / tau_s);
    return end;
  });
}

describe("analyseShortTermTrain", () => {
  it("finds saturation and time constant of a linear relaxer, whose limit is a closed form", () => {
    const [tau, width, gap] = [10e-3, 2e-3, 3e-3];
    const [a, b] = [Math.exp(-width / tau), Math.exp(-gap / tau)];
    const found = analyseShortTermTrain(relaxerTrain(10, tau, width, gap, 3e-9, 1e-9), width + gap);
    if (found.fit.kind === "none") throw new Error(found.fit.reason);
    expect(found.behaviour).toBe("facilitation");
    expectClose(found.memory_s, tau, 1e-7);
    // fixed point of end = driven (1 - a) + a (rest (1 - b) + b end), over the first end
    const limit = (3 * (1 - a) + a * (1 - b)) / (1 - a * b) / (3 + (1 - 3) * a);
    expectClose(found.fit.offset, limit, 1e-8);
  });

  it("reads depression the same way", () => {
    const found = analyseShortTermTrain(relaxerTrain(12, 5, 1, 1, 0.2, 1), 2);
    expect(found.behaviour).toBe("depression");
    expectClose(found.memory_s, 5, 1e-7);
  });

  it("says that a resistor does neither, keeps the place of a lost pulse and refuses a period of 0", () => {
    expect(analyseShortTermTrain([1, 1, 1, 1, 1], 1)).toMatchObject({
      behaviour: "none",
      last: 1,
      memory_s: Number.NaN,
    });
    expect(analyseShortTermTrain([1, Number.NaN, 3], 1).indices[2]).toBe(3);
    expect(() => analyseShortTermTrain([1, 2], 0)).toThrow(/period_s is 0, allowed are positive/);
  });
});
