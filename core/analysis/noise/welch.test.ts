import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../../tests/close.ts";
import fixture from "../../../fixtures/analysis/spectra.json" with { type: "json" };
import { fillNormal } from "../../crossbar/index.ts";
import { makeRealTransform } from "./fourier.ts";
import { bandVariance, measureSpectrum, type WindowName } from "./welch.ts";

describe("makeRealTransform", () => {
  it("equals the sum that defines it", () => {
    for (const length of [4, 8, 64]) {
      const x = new Float64Array(length);
      fillNormal(x, 1, length, 0);
      const power = new Float64Array(length / 2 + 1);
      makeRealTransform(length).power(x, power);
      power.forEach((found, k) => {
        let [re, im] = [0, 0];
        x.forEach((value, n) => {
          re += value * Math.cos((2 * Math.PI * k * n) / length);
          im -= value * Math.sin((2 * Math.PI * k * n) / length);
        });
        expectClose(found, re * re + im * im, 1e-11, 1e-12);
      });
    }
  });

  it("refuses a length that is no power of two", () => {
    expect(() => makeRealTransform(100)).toThrow(/length is 100, allowed are powers of two/);
  });
});

describe("measureSpectrum", () => {
  it("equals scipy.signal.welch for five windows, three overlaps and three detrendings", () => {
    for (const { window, overlap, detrend, density } of fixture.cases) {
      const name = window === "boxcar" ? "rectangular" : window === "flattop" ? "flat-top" : (window as WindowName);
      const found = measureSpectrum(fixture.record, fixture.samplePeriod_s, {
        segment: fixture.segment,
        overlap,
        window: name,
        detrend: detrend === "constant" ? "mean" : detrend === "linear" ? "line" : "none",
      });
      expectAllClose(found.frequency_Hz, fixture.frequency_Hz, 1e-12);
      expectAllClose(found.density, density, 1e-9, 1e-15);
    }
  });

  it("is calibrated: white noise of deviation s sampled every dt has the density 2 s^2 dt, and integrates to s^2", () => {
    const record = new Float64Array(2 ** 18);
    fillNormal(record, 9, 1, 0);
    for (let k = 0; k < record.length; k++) record[k]! *= 3e-12;
    const found = measureSpectrum(record, 1e-4, { segment: 1024 });
    const expected = 2 * 3e-12 ** 2 * 1e-4;
    const mean = found.density.slice(1, -1).reduce((sum, value) => sum + value, 0) / 511;
    // 2^18 samples: the mean of the density scatters by sqrt(2 / 2^18) = 0.3 %
    expectClose(mean, expected, 0.015);
    expectClose(bandVariance(found, 0, 5000), 9e-24, 0.015);
    // half-overlapping Hann segments: correlation 1/6 of neighbours, 18/19 of the segments count (Welch 1967)
    expectClose(found.averages / found.segments, 18 / 19, 0.01);
    const scatter = Math.sqrt(found.density.slice(1, -1).reduce((sum, s) => sum + (s / expected - 1) ** 2, 0) / 511);
    expectClose(scatter, 1 / Math.sqrt(found.averages), 0.15);
  });

  it("puts a sine of amplitude a into a^2 / 2 of variance, whatever its phase", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 6.28, noNaN: true }),
        fc.double({ min: 60, max: 400, noNaN: true }),
        (phase, f) => {
          const record = Float64Array.from(
            { length: 4096 },
            (_, k) => 2 * Math.sin(2 * Math.PI * f * k * 1e-3 + phase),
          );
          const found = measureSpectrum(record, 1e-3, { segment: 1024, window: "blackman" });
          expectClose(bandVariance(found, f - 20, f + 20), 2, 1e-2);
        },
      ),
    );
  });

  it("leaves a segment with a lost sample out whole and counts it", () => {
    const record = Float64Array.from({ length: 1024 }, (_, k) => Math.sin(k));
    record[100] = Number.NaN;
    const found = measureSpectrum(record, 1, { segment: 128, overlap: 0 });
    expect(found).toMatchObject({ segments: 7, skipped: 1 });
    expect(found.density.every(Number.isFinite)).toBe(true);
  });

  it("names what is not allowed", () => {
    expect(() => measureSpectrum([1, 2, 3, 4], 0)).toThrow(/samplePeriod_s is 0, allowed are positive/);
    expect(() => measureSpectrum([1, 2, 3, 4], 1, { overlap: 1 })).toThrow(/overlap is 1, allowed is 0 to 0.95/);
    expect(() => measureSpectrum([1, 2, 3, 4], 1, { segment: 8 })).toThrow(/at most the record's 4/);
    expect(() => measureSpectrum([1, 2], 1)).toThrow(/has 2 samples, allowed are 4 and more/);
    expect(() => measureSpectrum([1, Number.NaN, 3, 4], 1, { segment: 4 })).toThrow(/without a lost sample/);
  });
});
