import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadKernels } from "../../kernels/loadKernels.ts";
import { type KernelTask, type Pool, serialPool } from "../../pool.ts";
import { multiplyEffective } from "../effectiveMatrix.ts";
import { packMatrix, type Precision } from "./packedMatrix.ts";

const simd = serialPool(loadKernels("simd"));
const plain = serialPool(loadKernels("reference"));

/** Regions run back to front and cut for two threads. */
const twoThreads: Pool = {
  ...simd,
  threads: 2,
  run: (kernel, tasks: readonly KernelTask[]) => simd.run(kernel, tasks.toReversed()),
  [Symbol.dispose]() {},
};

const value = fc.double({ min: 0, max: 1, noNaN: true });
const list = (length: number) =>
  fc.array(value, { minLength: length, maxLength: length }).map((v) => Float64Array.from(v));
const problem = fc
  .record({
    rows: fc.integer({ min: 1, max: 40 }),
    columns: fc.integer({ min: 1, max: 40 }),
    batch: fc.integer({ min: 0, max: 12 }),
  })
  .chain(({ rows, columns, batch }) =>
    fc.record({ grid: fc.constant({ rows, columns }), matrix: list(rows * columns), inputs: list(rows * batch) }),
  );

describe.each([
  ["f64", 1e-14],
  ["f32", 1e-6],
] as const)("packed products in %s", (precision: Precision, tolerance) => {
  it.each([
    ["simd", simd],
    ["reference", plain],
  ])("equal the plain product, %s kernels", (_, pool) => {
    fc.assert(
      fc.property(problem, ({ grid, matrix, inputs }) => {
        using packed = packMatrix(grid, matrix, precision, pool);
        const found = packed.multiply(inputs);
        const exact = multiplyEffective(grid, matrix, inputs);
        expect(found.length).toBe(exact.length);
        // all terms are positive: nothing cancels
        found.forEach((current, n) =>
          expect(Math.abs(current - exact[n])).toBeLessThanOrEqual(tolerance * exact[n] + 1e-37),
        );
      }),
      { numRuns: 60, seed: 8 },
    );
  });

  it.each([
    [1, 1],
    [300, 65],
    [600, 600],
  ])("%i x %i: a vector has the same bits alone, in any batch and on any threads", (rows, columns) => {
    const grid = { rows, columns };
    const matrix = Float64Array.from({ length: rows * columns }, (_, k) => 1e-6 * (1 + Math.sin(k)));
    const inputs = Float64Array.from({ length: 150 * rows }, (_, k) => 0.1 * Math.cos(k));
    using packed = packMatrix(grid, matrix, precision, simd);
    using shared = packMatrix(grid, matrix, precision, twoThreads);
    const all = packed.multiply(inputs);
    expect(shared.multiply(inputs)).toEqual(all);
    for (const p of [0, 3, 77, 149]) {
      const alone = inputs.slice(p * rows, (p + 1) * rows);
      const expected = all.slice(p * columns, (p + 1) * columns);
      expect(packed.multiply(alone)).toEqual(expected);
      expect(shared.multiply(alone)).toEqual(expected);
    }
  });
});

it("takes new values in place and gives its memory back", () => {
  const grid = { rows: 2, columns: 3 };
  const packed = packMatrix(grid, Float64Array.of(1, 2, 3, 4, 5, 6), "f64", simd);
  expect([...packed.multiply(Float64Array.of(1, 10))]).toEqual([41, 52, 63]);
  packed.write(Float64Array.of(0, 0, 1, 1, 0, 0));
  expect([...packed.multiply(Float64Array.of(1, 10))]).toEqual([10, 0, 1]);
  packed[Symbol.dispose]();
  const before = simd.kernels.memory.reserve(packed.bytes);
  simd.kernels.memory.free(before, packed.bytes);
  const again = packMatrix(grid, new Float64Array(6), "f64", simd);
  again[Symbol.dispose]();
  expect(simd.kernels.memory.reserve(packed.bytes)).toBe(before);
  simd.kernels.memory.free(before, packed.bytes);
});

it("refuses lengths that do not fit", () => {
  expect(() => packMatrix({ rows: 2, columns: 3 }, new Float64Array(5), "f64", simd)).toThrow(
    "values has 5 values, expected 6 (2 rows x 3 columns)",
  );
  using packed = packMatrix({ rows: 2, columns: 3 }, new Float64Array(6), "f64", simd);
  expect(() => packed.multiply(new Float64Array(3))).toThrow("inputs_V has 3 values, allowed are multiples of 2");
});
