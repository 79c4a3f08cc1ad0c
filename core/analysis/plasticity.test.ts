import { describe, expect, it } from "vitest";
import { analysePhase, analysePlasticity, nonlinearityOf, predictPhase } from "./plasticity.ts";

/** G_LTP(n) = B (1 - exp(-n/A')) + Gmin, A' = A N, as NeuroSim writes its device curves. */
function neuroSimRise(a: number, pulses: number, smallest: number, largest: number): number[] {
  const b = (largest - smallest) / (1 - Math.exp(-1 / a));
  return Array.from({ length: pulses + 1 }, (_, n) => b * (1 - Math.exp(-n / (a * pulses))) + smallest);
}

describe("nonlinearityOf", () => {
  it("gives the published entries A = .499181 -> 2.40 and A = .200303 -> 4.88", () => {
    expect(Math.abs(nonlinearityOf(1 / 0.499181) - 2.4)).toBeLessThan(1e-4);
    expect(Math.abs(nonlinearityOf(1 / 0.200303) - 4.88)).toBeLessThan(1e-4);
    expect(Math.abs(nonlinearityOf(-1 / 0.200303) + 4.88)).toBeLessThan(1e-4);
  });

  it("vanishes with the curvature and stays continuous there", () => {
    expect(nonlinearityOf(0)).toBe(0);
    expect(Math.abs(nonlinearityOf(2e-9) / nonlinearityOf(5e-10) - 4)).toBeLessThan(1e-3);
  });
});

describe("analysePlasticity", () => {
  it("recovers NeuroSim's default device: 97 pulses up at NL 2.40, 100 down at NL -4.88", () => {
    const up = neuroSimRise(0.499181, 97, 3.8e-9, 3.1e-8);
    const down = neuroSimRise(0.200303, 100, 3.8e-9, 3.1e-8).map((g) => 3.8e-9 + 3.1e-8 - g);
    const found = analysePlasticity(up, down);
    expect(Math.abs((found.potentiation?.a ?? 0) / 0.499181 - 1)).toBeLessThan(1e-6);
    expect(Math.abs((found.potentiation?.nonlinearity ?? 0) - 2.4)).toBeLessThan(1e-4);
    expect(Math.abs((found.depression?.nonlinearity ?? 0) + 4.88)).toBeLessThan(1e-4);
    expect(Math.abs((found.asymmetry ?? 0) - 7.28)).toBeLessThan(2e-4);
    expect(Math.abs(found.dynamicRange / (3.1 / 0.38) - 1)).toBeLessThan(1e-12);
    if (!found.depression) throw new Error("no depression");
    down.forEach((g, n) =>
      expect(Math.abs(predictPhase(found.depression ?? analysePhase([]), n) / g - 1)).toBeLessThan(1e-6),
    );
  });

  it("reports a straight staircase as linear with NL 0", () => {
    expect(analysePhase([1, 2, 3, 4, 5, 6])).toMatchObject({
      shape: "linear",
      nonlinearity: 0,
      direction: "rises",
      a: null,
    });
  });

  it("reports a resistor as linear without a figure and says that nothing changed", () => {
    const found = analysePhase([2e-9, 2e-9, 2e-9, 2e-9]);
    expect(found).toMatchObject({ shape: "linear", nonlinearity: null, direction: "none" });
    expect(found.note).toMatch(/does not change/);
  });

  it("does not call the scatter of reads a change", () => {
    const scatter = [0.3, -0.7, 0.5, -0.1, 0.6, -0.4, 0.2, -0.6, 0.4, 0.1];
    expect(analysePhase(scatter.map((s) => 1e-9 * (1 + 0.01 * s))).direction).toBe("none");
  });

  it("covers the true nonlinearity with its interval when the reads scatter, and skips lost reads", () => {
    const scatter = [0.3, -0.7, 0.5, -0.1, 0.6, -0.4, 0.2, -0.6, 0.4, 0.1];
    const g = neuroSimRise(0.499181, 30, 1e-9, 2e-9).map((value, n) =>
      n === 0 || n === 30 ? value : value + 1e-11 * (scatter[n % 10] ?? 0),
    );
    g[7] = Number.NaN;
    const { interval95 } = analysePhase(g);
    expect(interval95?.[0]).toBeLessThan(2.4);
    expect(interval95?.[1]).toBeGreaterThan(2.4);
    expect((interval95?.[1] ?? 0) - (interval95?.[0] ?? 0)).toBeLessThan(0.3);
  });
});
