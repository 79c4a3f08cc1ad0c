import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import fixture from "../../../fixtures/analysis/impedance.json" with { type: "json" };
import { fillNormal } from "../../crossbar/index.ts";
import { parseCircuit } from "./circuit.ts";
import { evaluateImpedance, fitImpedance, type ImpedanceFit } from "./fitImpedance.ts";

const band = Array.from({ length: 61 }, (_, k) => 10 ** (-1 + k / 10));

function spectrumOf(text: string, values: readonly number[], noise?: Float64Array) {
  const circuit = parseCircuit(text);
  const z = new Float64Array(2);
  const real_ohm: number[] = [];
  const imaginary_ohm: number[] = [];
  band.forEach((f, k) => {
    circuit.impedance(values, 2 * Math.PI * f, z);
    const size = Math.hypot(z[0]!, z[1]!);
    real_ohm.push(z[0]! + size * (noise?.[2 * k] ?? 0));
    imaginary_ohm.push(z[1]! + size * (noise?.[2 * k + 1] ?? 0));
  });
  return { frequency_Hz: band, real_ohm, imaginary_ohm };
}

const mustFit = (found: ReturnType<typeof fitImpedance>): ImpedanceFit => {
  if (found.kind === "none") throw new Error(found.reason);
  return found;
};

describe("fitImpedance", () => {
  it("reaches the minimum and the standard errors of scipy.optimize.least_squares without being given a start", () => {
    const found = mustFit(fitImpedance(fixture, fixture.circuit));
    for (const { name, value, standardError } of found.values) {
      const i = fixture.names.indexOf(name);
      const expected = fixture.parameters[i] ?? 0;
      expectClose(value, expected, 1e-5);
      expectClose(standardError, (fixture.logDeviations[i] ?? 0) * expected, 0.01);
    }
    expectClose(found.fit.sumOfSquares, fixture.sumOfSquares, 1e-9);
    expect(found.vague).toEqual([]);
  });

  it.each([
    ["R0-p(R1,C1)", [1e5, 1e6, 1e-9]],
    ["R0-p(R1,L1)", [1e5, 1e6, 1e5]],
    ["R0-p(R1,C1)-p(R2,CPE2)", [1e5, 1e6, 1e-9, 3e6, 2e-7, 0.85]],
    ["R0-p(R1,C1)-p(R2,L2)", [1e5, 1e6, 1e-10, 1e6, 1e5]],
    ["R0-Ws1", [1e5, 1e6, 0.5]],
    ["p(R0,C0)-W1", [1e6, 1e-10, 1e5]],
  ])("recovers exact %s", (text, truth) => {
    for (const weights of ["modulus", "proportional", "unit"] as const) {
      const found = mustFit(fitImpedance(spectrumOf(text, truth), text, { weights }));
      found.values.forEach(({ value }, i) => expectClose(value, truth[i] ?? 0, 1e-4));
      expect(found.largestRelative).toBeLessThan(1e-4);
    }
  });

  it("covers the truth with its 95 % intervals in 95 % of spectra with 1 % noise", () => {
    const truth = [1e5, 1e6, 2e-8, 0.9];
    const covered = [0, 0, 0, 0];
    const noise = new Float64Array(2 * band.length);
    for (let repeat = 0; repeat < 150; repeat++) {
      fillNormal(noise, 6, 6, repeat * noise.length);
      const spectrum = spectrumOf(
        "R0-p(R1,CPE1)",
        truth,
        noise.map((x) => 0.01 * x),
      );
      mustFit(fitImpedance(spectrum, "R0-p(R1,CPE1)", { start: [2e5, 5e5, 1e-8, 0.8] })).values.forEach(
        ({ interval95: [low, high] }, i) => {
          if (low <= truth[i]! && truth[i]! <= high) covered[i]!++;
        },
      );
    }
    // binomial, p = 0.95, n = 150: standard deviation 1.8 %
    for (const count of covered) expect(count / 150).toBeGreaterThan(0.89);
  });

  it("draws the fit, and says which parameters the spectrum leaves vague", () => {
    const spectrum = spectrumOf("R0-p(R1,C1)", [1e5, 1e6, 1e-9]);
    const drawn = evaluateImpedance(mustFit(fitImpedance(spectrum, "R0-p(R1,C1)")), band);
    spectrum.real_ohm.forEach((re, k) => expectClose(drawn.real_ohm[k] ?? 0, re, 1e-6));
    const noise = new Float64Array(2 * band.length);
    fillNormal(noise, 1, 1, 0);
    const flat = spectrumOf(
      "R0-p(R1,C1)",
      [1e6, 1e3, 1e-9],
      noise.map((x) => 0.02 * x),
    );
    const found = fitImpedance(flat, "R0-p(R1,C1)");
    if (found.kind === "fit") expect(found.vague.length).toBeGreaterThan(0);
    else expect(found.reason).toMatch(/do not determine/);
  });

  it("names what does not fit together", () => {
    expect(fitImpedance({ frequency_Hz: [1], real_ohm: [1], imaginary_ohm: [1] }, "R0-p(R1,C1)")).toMatchObject({
      reason: /3 parameters need more than 2 frequencies, there are 1/,
    });
    expect(() => fitImpedance({ frequency_Hz: [1], real_ohm: [], imaginary_ohm: [1] }, "R0")).toThrow(
      /1 frequencies, 0 real/,
    );
    expect(() => fitImpedance({ frequency_Hz: [0], real_ohm: [1], imaginary_ohm: [1] }, "R0")).toThrow(
      /frequency_Hz\[0\] is 0/,
    );
    expect(() => fitImpedance(spectrumOf("R0", [1]), "R0-C1", { start: [1] })).toThrow(/start has 1 values.*R0, C1/);
  });
});
