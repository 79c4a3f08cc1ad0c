import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measureProducts } from "./vmm.ts";

const ideal = [1, 10, 2, 20, 3, 30, 4, 40].map((x) => x * 1e-9);

describe("measureProducts", () => {
  it("finds no error between equal products", () => {
    expect(measureProducts(ideal, ideal, [0, 1])).toMatchObject({
      n: 8,
      relative: 0,
      rmse_A: 0,
      relativeCalibrated: 0,
      enob: Infinity,
    });
  });

  it("finds gain and offset of each column exactly and takes them out", () => {
    const gains = [0.9, 0.8];
    const offsets = [1e-10, -2e-10];
    const y = ideal.map((x, k) => (gains[k % 2] ?? 0) * x + (offsets[k % 2] ?? 0));
    const found = measureProducts(y, ideal, [3, 5]);
    found.columns.forEach((fit, j) => {
      expect(Math.abs(fit.gain / (gains[j] ?? 1) - 1)).toBeLessThan(1e-12);
      expect(Math.abs(fit.offset_A / (offsets[j] ?? 1) - 1)).toBeLessThan(1e-6);
    });
    expect(found.columns.map((fit) => fit.column)).toEqual([3, 5]);
    expect(found.relative).toBeGreaterThan(0.1);
    expect(found.relativeCalibrated).toBeLessThan(1e-12);
  });

  it("gives b bits for the rounding error of an ideal b-bit converter", () => {
    const bits = 6;
    const n = 40_000;
    // golden-ratio sequence: evenly spread over one period, so the rounding error is uniform
    const x = Array.from({ length: n }, (_, k) => (k * 0.6180339887498949) % 1);
    const lsb = 1 / 2 ** bits;
    const y = x.map((value) => Math.round(value / lsb) * lsb);
    expect(Math.abs(measureProducts(y, x, [0]).enob - bits)).toBeLessThan(0.01);
  });

  it("is the relative Frobenius distance: scaling both sides changes nothing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 1, noNaN: true }), { minLength: 4, maxLength: 20 }),
        fc.double({ min: 1e-12, max: 1e3, noNaN: true }),
        (values, scale) => {
          const x = values.map((v, k) => v + k);
          const y = x.map((v, k) => v * (1 + 0.1 * Math.sin(k)));
          const norm = (a: number[]) => Math.hypot(...a);
          const expected = norm(y.map((v, k) => v - (x[k] ?? 0))) / norm(x);
          const found = measureProducts(
            y.map((v) => v * scale),
            x.map((v) => v * scale),
            [0],
          ).relative;
          expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(expected, 1e-3));
        },
      ),
    );
  });

  it("leaves lost products out and refuses shapes that do not fit", () => {
    const y = ideal.map((x, k) => (k === 3 ? Number.NaN : x));
    expect(measureProducts(y, ideal, [0, 1])).toMatchObject({ n: 7, relative: 0 });
    expect(() => measureProducts([1, 2, 3], [1, 2, 3], [0, 1])).toThrow(/batch x 2/);
  });
});
