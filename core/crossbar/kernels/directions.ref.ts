import type { KernelMemory } from "./kernelMemory.ts";
import { place } from "./rows.ref.ts";

/** Reference of assembly/directions.ts, where the meaning of every argument is told. */
export function directionsReference(memory: KernelMemory) {
  return {
    stepInterpolated(
      from: number,
      to: number,
      panels: number,
      stride: number,
      beta: number,
      a: number,
      w: number,
      z: number,
      p: number,
      shift: number,
      columnWeights: number,
      rowWeights: number,
      v: number,
      coarseStride: number,
      coarseRows: number,
      nodes: number,
      _line: number,
    ): void {
      const { f64 } = memory;
      const half = 1 << (shift - 1);
      const clamp = (value: number, count: number): number => Math.min(Math.max(value, 0), count - 1);
      for (let i = 8 * from; i < 8 * to; i++) {
        const above = (i + half) >> shift;
        const t = f64[(rowWeights >>> 3) + i];
        const upper = (v + clamp(above - 1, coarseRows) * coarseStride) >>> 3;
        const lower = (v + clamp(above, coarseRows) * coarseStride) >>> 3;
        const row = (e: number): number => f64[upper + e] + t * (f64[lower + e] - f64[upper + e]);
        for (let j = 0; j < 16 * panels; j++) {
          const right = (j + half) >> shift;
          const start = row(clamp(right - 1, nodes));
          const value = start + f64[(columnWeights >>> 3) + j] * (row(clamp(right, nodes)) - start);
          const k = place(p, stride, i, j);
          f64[place(w, stride, i, j)] += a * f64[k];
          f64[k] = f64[place(z, stride, i, j)] + value + beta * f64[k];
        }
      }
    },

    stepCarried(
      from: number,
      to: number,
      panels: number,
      stride: number,
      beta: number,
      a: number,
      w: number,
      z: number,
      p: number,
      r: number,
      u: number,
    ): void {
      const { f64 } = memory;
      for (let i = 8 * from; i < 8 * to; i++) {
        for (let j = 0; j < 16 * panels; j++) {
          const k = place(0, stride, i, j);
          const old = f64[(p >>> 3) + k];
          f64[(w >>> 3) + k] += a * old;
          f64[(p >>> 3) + k] = f64[(z >>> 3) + k] + beta * old;
          f64[(u >>> 3) + k] = f64[(r >>> 3) + k] + beta * f64[(u >>> 3) + k];
        }
      }
    },

    stepRelaxed(from: number, to: number, panels: number, stride: number, w: number, z: number, p: number): void {
      const { f64 } = memory;
      for (let i = 8 * from; i < 8 * to; i++) {
        for (let j = 0; j < 16 * panels; j++) {
          const k = place(0, stride, i, j);
          const value = f64[(z >>> 3) + k];
          f64[(p >>> 3) + k] = value - f64[(w >>> 3) + k];
          f64[(w >>> 3) + k] = value;
        }
      }
    },
  };
}
