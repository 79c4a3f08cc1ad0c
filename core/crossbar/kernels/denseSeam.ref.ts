import type { KernelMemory } from "./kernelMemory.ts";

/**
 * Reference of assembly/denseSeam.ts: the same strips, one element at a time.
 * Column j of a matrix in strips: element (p, j) at strip j >> 2, row p, place j & 3; a row of a strip is 32 bytes.
 */
export function seamReference(memory: KernelMemory) {
  /** Index of element (p, j) in `memory.f64`. */
  const index = (base: number, rows: number, p: number, j: number): number =>
    (base >>> 3) + ((j >> 2) * rows + p) * 4 + (j & 3);

  return {
    /**
     * Factors the k x k conductances C of a seam (right of the diagonal) with the pivots sum_{q>p} C_pq + outside_p.
     * @param outside k doubles, sums of the rows of X, padded to 4; replaced
     * @param roots receives 1 / sqrt(pivot), padded to 4
     */
    factorSeam(k: number, rows: number, c: number, outside: number, roots: number): void {
      const { f64 } = memory;
      const o = outside >>> 3;
      for (let p = 0; p < k; p++) {
        let pivot = f64[o + p];
        for (let q = p + 1; q < k; q++) pivot += f64[index(c, rows, p, q)];
        const root = pivot > 0 ? 1 / Math.sqrt(pivot) : 0;
        f64[(roots >>> 3) + p] = root;
        f64[o + p] *= root;
        for (let q = p + 1; q < k; q++) f64[index(c, rows, p, q)] *= root;
        for (let q = p + 1; q < k; q++) {
          const u = f64[index(c, rows, p, q)];
          f64[o + q] += u * f64[o + p];
          for (let r = q + 1; r < k; r++) f64[index(c, rows, q, r)] += u * f64[index(c, rows, p, r)];
        }
      }
    },

    /** Forward substitution x_p <- roots_p (x_p + sum_{q<p} C_qp x_q) for the strips [from, to) of X. */
    solveSeam(k: number, rows: number, c: number, roots: number, x: number, from: number, to: number): void {
      const { f64 } = memory;
      for (let j = 4 * from; j < 4 * to; j++) {
        for (let p = 0; p < k; p++) {
          let value = f64[index(x, rows, p, j)];
          for (let q = 0; q < p; q++) value += f64[index(c, rows, q, p)] * f64[index(x, rows, q, j)];
          f64[index(x, rows, p, j)] = value * f64[(roots >>> 3) + p];
        }
      }
    },

    /** D <- D + L^T R for the strips [from, to) of L; D is row-major, `stride` bytes per row. */
    crossSeam(
      k: number,
      rows: number,
      left: number,
      from: number,
      to: number,
      right: number,
      rightStrips: number,
      d: number,
      stride: number,
    ): void {
      const { f64 } = memory;
      for (let i = 4 * from; i < 4 * to; i++) {
        for (let j = 0; j < 4 * rightStrips; j++) {
          let sum = 0;
          for (let p = 0; p < k; p++) sum += f64[index(left, rows, p, i)] * f64[index(right, rows, p, j)];
          f64[((d + i * stride) >>> 3) + j] += sum;
        }
      }
    },
  };
}
