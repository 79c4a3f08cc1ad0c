import type { KernelMemory } from "./kernelMemory.ts";

/** Reference of assembly/vectors.ts. */
export function vectorReference(memory: KernelMemory) {
  return {
    /** y <- y + a x, over `count` doubles (even). */
    addScaled(count: number, a: number, x: number, y: number): void {
      const { f64 } = memory;
      const from = x >>> 3;
      const to = y >>> 3;
      for (let k = 0; k < count; k++) f64[to + k] += a * f64[from + k];
    },

    /** x <- 0, over `count` doubles. */
    fillZero(count: number, x: number): void {
      memory.f64.fill(0, x >>> 3, (x >>> 3) + count);
    },
  };
}
