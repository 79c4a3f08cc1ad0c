import { describe, expect, it } from "vitest";
import { evaluateExponential, exponentialBand, fitExponential } from "./expFit.ts";
import { criticalT } from "./statistics.ts";

const gaps_s = [1, 2, 3, 5, 8, 12, 18, 27, 40].map((ps) => ps * 1e-12);

/** Normal deviates from a fixed linear congruential sequence (Numerical Recipes constants) and Box-Muller. */
function makeNormal(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe("fitExponential", () => {
  // published fits of the MoSSe water-dipole pore, 10.1039/d5fd00130g: gaps in ps
  it("recovers the published facilitation 1.2 + 1.9 exp(-dt / 8 ps) to 1e-6", () => {
    const fit = fitExponential(
      gaps_s,
      gaps_s.map((t) => 1.2 + 1.9 * Math.exp(-t / 8e-12)),
      "decay",
    );
    if (fit.kind === "none") throw new Error(fit.reason);
    expect(Math.abs(fit.offset / 1.2 - 1)).toBeLessThan(1e-6);
    expect(Math.abs(fit.amplitude / 1.9 - 1)).toBeLessThan(1e-6);
    expect(Math.abs(fit.tau / 8e-12 - 1)).toBeLessThan(1e-6);
  });

  it("recovers the published depression 0.2 + 0.7 (1 - exp(-dt / 7.5 ps)) to 1e-6", () => {
    const fit = fitExponential(
      gaps_s,
      gaps_s.map((t) => 0.2 + 0.7 * (1 - Math.exp(-t / 7.5e-12))),
      "recovery",
    );
    if (fit.kind === "none") throw new Error(fit.reason);
    expect(Math.abs(fit.offset / 0.2 - 1)).toBeLessThan(1e-6);
    expect(Math.abs(fit.amplitude / 0.7 - 1)).toBeLessThan(1e-6);
    expect(Math.abs(fit.tau / 7.5e-12 - 1)).toBeLessThan(1e-6);
    expect(evaluateExponential(fit, 0)).toBeCloseTo(0.2, 6);
  });

  it("covers the true values with its 95 % intervals in 95 % of noisy repeats", () => {
    const normal = makeNormal(7);
    const covered = { offset: 0, amplitude: 0, tau: 0, band: 0 };
    let fits = 0;
    for (let repeat = 0; repeat < 400; repeat++) {
      const y = gaps_s.map((t) => 1.2 + 1.9 * Math.exp(-t / 8e-12) + 0.03 * normal());
      const fit = fitExponential(gaps_s, y, "decay");
      if (fit.kind === "none") continue;
      fits++;
      const holds = ([low, high]: readonly [number, number], value: number) => Number(low <= value && value <= high);
      covered.offset += holds(fit.interval95.offset, 1.2);
      covered.amplitude += holds(fit.interval95.amplitude, 1.9);
      covered.tau += holds(fit.interval95.tau, 8e-12);
      const at = 6e-12;
      covered.band += Number(
        Math.abs(evaluateExponential(fit, at) - (1.2 + 1.9 * Math.exp(-6 / 8))) <= exponentialBand(fit, at),
      );
    }
    expect(fits).toBe(400);
    // binomial with p = 0.95 and n = 400: standard deviation 1.1 %
    for (const count of Object.values(covered)) {
      expect(count / fits).toBeGreaterThan(0.91);
      expect(count / fits).toBeLessThan(0.985);
    }
  });

  it("says why it does not fit: too few points, no change, a decay outside the data", () => {
    expect(fitExponential([1, 2, 3], [3, 2, 1], "decay")).toMatchObject({ kind: "none", reason: /4 points/ });
    expect(fitExponential([1, 2, 3, 4], [1, 1, 1, 1], "decay")).toMatchObject({ kind: "none", reason: /no change/ });
    expect(fitExponential([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], "decay")).toMatchObject({ kind: "none", reason: /longer/ });
  });

  it("leaves lost points out", () => {
    const x = [...gaps_s, 50e-12];
    const y = gaps_s.map((t) => 1.2 + 1.9 * Math.exp(-t / 8e-12));
    const fit = fitExponential(x, [...y, Number.NaN], "decay");
    expect(fit).toMatchObject({ kind: "fit", n: 9 });
  });
});

describe("criticalT", () => {
  it("agrees with the printed table of Student's t, two-sided 95 %", () => {
    const table = [
      [1, 12.7062],
      [2, 4.3027],
      [3, 3.1824],
      [4, 2.7764],
      [5, 2.5706],
      [10, 2.2281],
      [30, 2.0423],
      [120, 1.9799],
    ];
    for (const [degrees, expected] of table) expect(Math.abs(criticalT(degrees) / expected - 1)).toBeLessThan(2e-4);
  });
});
