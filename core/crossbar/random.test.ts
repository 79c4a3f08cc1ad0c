import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { fillNormal, fillUniform, normal, streamOf, threefry2x32, uniform } from "./random.ts";

describe("threefry2x32", () => {
  // known answers published with the Random123 library (kat_vectors, threefry2x32 20)
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])("key %o, counter %o gives the published block", ([k0, k1], [c0, c1], expected) => {
    const out = new Uint32Array(2);
    threefry2x32(k0, k1, c0, c1, out);
    expect([...out]).toEqual(expected);
  });
});

describe("counter-based numbers", () => {
  const seeds = fc.maxSafeNat();
  const streams = fc.nat(0xffffffff);

  it("depend on seed, stream and index alone, not on the order or the way of asking", () => {
    fc.assert(
      fc.property(seeds, streams, fc.nat(1e9), fc.integer({ min: 0, max: 9 }), (seed, stream, first, length) => {
        const normals = new Float64Array(length);
        const uniforms = new Float64Array(length);
        fillNormal(normals, seed, stream, first);
        fillUniform(uniforms, seed, stream, first);
        for (let k = length - 1; k >= 0; k--) {
          expect(normal(seed, stream, first + k)).toBe(normals[k]);
          expect(uniform(seed, stream, first + k)).toBe(uniforms[k]);
        }
      }),
    );
  });

  it("differ between seeds, streams and indices beyond 32 bits", () => {
    const big = 2 ** 40;
    const drawn = [
      uniform(1, 2, 3),
      uniform(1 + 2 ** 32, 2, 3),
      uniform(1, 2, 3 + big),
      uniform(1, 3, 3),
      uniform(2, 2, 3),
      uniform(1, 2, 4),
    ];
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(streamOf("adc-noise")).not.toBe(streamOf("adc-noisf"));
  });

  it("have the moments of their distributions (4 sigma of 2e5 draws)", () => {
    const count = 200_000;
    const out = new Float64Array(count);
    fillUniform(out, 5, streamOf("test"), 0);
    expect(out.every((u) => u > 0 && u < 1)).toBe(true);
    expectClose(
      mean(out, (u) => u),
      0.5,
      0,
      (4 * Math.sqrt(1 / 12)) / Math.sqrt(count),
    );
    fillNormal(out, 5, streamOf("test"), 0);
    expectClose(
      mean(out, (x) => x),
      0,
      0,
      4 / Math.sqrt(count),
    );
    expectClose(
      mean(out, (x) => x * x),
      1,
      0,
      (4 * Math.sqrt(2)) / Math.sqrt(count),
    );
    expectClose(
      mean(out, (x) => x ** 4),
      3,
      0,
      (4 * Math.sqrt(96)) / Math.sqrt(count),
    );
    let product = 0;
    for (let k = 0; k + 1 < count; k++) product += out[k] * out[k + 1];
    expectClose(product / count, 0, 0, 4 / Math.sqrt(count));
  });

  it("refuse seeds and streams that are no counters", () => {
    expect(() => uniform(-1, 0, 0)).toThrow(/seed is -1/);
    expect(() => uniform(0.5, 0, 0)).toThrow(/seed is 0.5/);
    expect(() => normal(0, 2 ** 32, 0)).toThrow(/stream is 4294967296/);
  });
});

function mean(values: Float64Array, of: (value: number) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}
