import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { normal } from "../crossbar/index.ts";
import { analyseUpdates, symmetricError, symmetryPoint } from "./updateStatistics.ts";

describe("analyseUpdates", () => {
  it("finds the 3.5 % cycle-to-cycle deviation of NeuroSim's example device", () => {
    // steps of 1/100 of the range plus 3.5 % of the range of scatter, 400 cycles
    const cycles = Array.from({ length: 400 }, (_, c) => {
      let g = 0;
      return Array.from({ length: 101 }, (_r, n) => (n === 0 ? 0 : (g += 0.01 + 0.035 * normal(1, 7, 101 * c + n))));
    });
    const found = analyseUpdates(cycles);
    // the range of the mean of 400 cycles scatters by 0.035 sqrt(100 / 400) = 1.8 %
    expectClose(found.cycleToCycle, 0.035, 0.06);
    expect(found.effectiveStates).toBe(0);
    expectClose(found.signalToNoise, (0.01 / 0.035) ** 2 + 1 / 400, 0.2);
  });

  it("counts every step of a clean staircase as a state", () => {
    const cycles = [0, 1e-6, -1e-6].map((shift) => Array.from({ length: 11 }, (_, n) => n + shift * (n % 2)));
    expect(analyseUpdates(cycles)).toMatchObject({ cycles: 3, pulses: 10, effectiveStates: 10 });
  });

  it("refuses trains of different lengths", () => {
    expect(() =>
      analyseUpdates([
        [1, 2, 3],
        [1, 2],
      ]),
    ).toThrow(/cycle 1 has 2 reads and cycle 0 has 3/);
    expect(() => analyseUpdates([])).toThrow(/allowed are 2 and more/);
  });
});

describe("symmetricError", () => {
  it("is zero where the fall retraces the rise", () => {
    expect(symmetricError([1, 2, 4, 8], [8, 4, 2, 1])).toEqual({ mean: 0, worst: 0 });
  });

  it("is the closed form for a saturating rise and fall", () => {
    // f(x) up, 1 - f(x) down: the distance f(x) + f(1 - x) - 1 is largest at x = 1/2
    const f = (x: number) => Math.expm1(-5 * x) / Math.expm1(-5);
    const rise = Array.from({ length: 101 }, (_, n) => f(n / 100));
    const fall = rise.map((g) => 1 - g);
    expectClose(symmetricError(rise, fall).worst, 2 * f(0.5) - 1, 1e-12);
    expect(() => symmetricError([1, 2], [1])).toThrow(/2 reads and fall 1/);
  });
});

describe("symmetryPoint", () => {
  it("finds where steps up a (1 - g) and down b g have one size: a / (a + b)", () => {
    const [a, b] = [0.002, 0.001];
    let g = 0;
    const reads = Array.from({ length: 8000 }, (_, n) => (g += n % 2 === 0 ? a * (1 - g) : -b * g));
    const found = symmetryPoint(reads);
    expectClose(found.conductance_S, a / (a + b), 2e-3);
    expect(Math.abs(found.drift_S)).toBeLessThan(1e-3);
    expect(() => symmetryPoint([1, 2])).toThrow(/needs 8 reads/);
  });
});
