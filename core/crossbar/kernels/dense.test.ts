import { describe, expect, it } from "vitest";
import { worstRelative } from "../../../tests/relativeError.ts";
import { stripRows } from "./denseLayout.ts";
import { type KernelSet, loadKernels } from "./loadKernels.ts";

const compiled = loadKernels("simd");
const plain = loadKernels("reference");

function uniform(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s * 16807) % 2147483647;
    return s / 2147483647;
  };
}

/** Runs the same on both kernel sets, over the same numbers, and returns what each left in its region. */
function onBoth(doubles: number, run: (set: KernelSet, at: number, next: () => number) => readonly [number, number]) {
  return [compiled, plain].map((set) => {
    const at = set.memory.reserve(8 * doubles);
    const [from, count] = run(set, at, uniform(doubles));
    const result = set.memory.doubles(at, doubles).slice(from, from + count);
    set.memory.free(at, 8 * doubles);
    return result;
  });
}

it("compares two different sets", () => {
  expect([compiled.variant, plain.variant]).toEqual(["simd", "reference"]);
});

describe("seam elimination against its reference", () => {
  it.each([1, 2, 3, 4, 5, 8, 13, 31, 64, 130, 300])("%i nodes", (k) => {
    const rows = stripRows(k);
    const others = 9;
    const strips = Math.ceil(k / 4) + Math.ceil(others / 4);
    const total = 2 * rows + 4 * rows * strips;
    const [found, expected] = onBoth(total, ({ memory, call }, at, next) => {
      const values = memory.doubles(at, total);
      const element = (p: number, j: number): number => 2 * rows + ((j >> 2) * rows + p) * 4 + (j & 3);
      const x = Math.ceil(k / 4) * 4;
      for (let p = 0; p < k; p++) {
        for (let q = p + 1; q < k; q++) values[element(p, q)] = 10 ** (8 * next() - 4);
        for (let j = 0; j < others; j++) {
          values[element(p, x + j)] = next() < 0.3 ? 0 : 10 ** (8 * next() - 4);
          values[p] += values[element(p, x + j)];
        }
      }
      const [outside, roots, c] = [at, at + 8 * rows, at + 16 * rows];
      call.factorSeam(k, rows, c, outside, roots);
      call.solveSeam(k, rows, c, roots, c + 32 * rows * Math.ceil(k / 4), 0, Math.ceil(others / 4));
      // the rest of the diagonal tiles belongs to nobody
      for (let p = 0; p < k; p++) for (let q = p & ~3; q <= p; q++) values[element(p, q)] = 0;
      return [0, total];
    });
    expect(worstRelative(found, expected)).toBeLessThan(1e-13);
  });

  it.each([
    [1, 1, 1],
    [5, 2, 3],
    [256, 3, 20],
    [300, 17, 33],
  ])("product of %i rows, %i and %i strips", (k, left, right) => {
    const rows = stripRows(k);
    const total = 4 * rows * (left + right) + 16 * left * right;
    const [found, expected] = onBoth(total, ({ memory, call }, at, next) => {
      const values = memory.doubles(at, total);
      for (let n = 0; n < total; n++) values[n] = next();
      const d = at + 32 * rows * (left + right);
      call.crossSeam(k, rows, at, 0, left, at + 32 * rows * left, right, d, 32 * right);
      return [0, total];
    });
    expect(worstRelative(found, expected)).toBeLessThan(1e-14 * Math.sqrt(k));
  });
});

describe("products against their reference", () => {
  it.each([
    [1, 1, 1],
    [3, 5, 2],
    [17, 33, 5],
    [64, 7, 9],
    [300, 70, 6],
  ])("%i x %i, %i vectors", (rows, columns, batch) => {
    const padded = stripRows(rows);
    for (const single of [false, true]) {
      const strips = Math.ceil(columns / (single ? 8 : 4));
      const vectorStrips = Math.ceil(batch / 4);
      const strip = 32 * padded;
      const vectorStrip = (single ? 16 : 32) * padded;
      const parts = [
        8 * rows * columns,
        8 * batch * rows,
        strips * strip,
        vectorStrips * vectorStrip,
        32 * strips,
        4 * vectorStrips * 32 * strips,
      ].map((bytes) => Math.ceil(bytes / 64) * 64);
      const total = parts.reduce((a, b) => a + b) / 8;
      const [found, expected] = onBoth(total, ({ memory, call }, at, next) => {
        const [matrix, raw, w, v, y, d] = parts.map((_, n) => at + parts.slice(0, n).reduce((a, b) => a + b, 0));
        const inputs = memory.doubles(matrix, rows * columns);
        inputs.forEach((_, n) => (inputs[n] = next()));
        const vectors = memory.doubles(raw, batch * rows);
        vectors.forEach((_, n) => (vectors[n] = next() - 0.5));
        if (single) {
          call.packColumnsSingle(rows, columns, matrix, 8 * columns, w, strip);
          call.packVectorsSingle(rows, raw, 0, batch, v, vectorStrip);
          // one vector of its own: the first of the batch, unpacked
          const alone = new Float32Array(memory.f64.buffer, raw, rows);
          alone.set(memory.doubles(raw, rows).slice());
          call.multiplyVectorSingle(rows, w, strip, 0, strips, raw, y);
          call.multiplyBatchSingle(rows, v, vectorStrip, 0, vectorStrips, w, strip, strips, d, 32 * strips);
        } else {
          call.packColumns(rows, columns, matrix, 8 * columns, w, strip);
          call.packVectors(rows, raw, 0, batch, v, vectorStrip);
          call.multiplyVector(rows, w, strip, 0, strips, raw, y);
          call.multiplyBatch(rows, v, vectorStrip, 0, vectorStrips, w, strip, strips, d, 32 * strips);
        }
        // the matrix is packed: its place takes the products side by side
        const gather = single ? call.gatherProductsSingle : call.gatherProducts;
        gather(0, Math.min(batch, rows), columns, d, 32 * strips, matrix);
        const lines = memory.doubles(matrix, columns);
        const first = single ? new Float32Array(memory.f64.buffer, d, columns) : memory.doubles(d, columns);
        expect(lines).toEqual(Float64Array.from(first));
        const outputs = (parts[4] + parts[5]) / 8;
        const numbers = new Float64Array(memory.f64.buffer, y, outputs);
        if (single) numbers.set(new Float32Array(memory.f64.buffer, y, 2 * outputs).subarray(0, outputs));
        return [total - outputs, outputs];
      });
      // sums of values in [-0.5, 0.5]: compared with their size, singles are good to 2^-24 sqrt(rows)
      const allowed = (single ? 2 ** -23 : 2 ** -51) * Math.sqrt(rows);
      found.forEach((value, n) => expect(Math.abs(value - expected[n])).toBeLessThanOrEqual(allowed));
      expect(expected.some((value) => value !== 0)).toBe(true);
    }
  });
});
