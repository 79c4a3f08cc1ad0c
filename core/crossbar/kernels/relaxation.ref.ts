import type { KernelMemory } from "./kernelMemory.ts";

/** Reference of assembly/relaxation.ts, where the meaning of every argument is told. */
export function relaxationReference(memory: KernelMemory) {
  return {
    exponential(count: number, x: number, into: number): void {
      const { f64 } = memory;
      for (let k = 0; k < count; k++)
        f64[(into >>> 3) + k] = Math.exp(Math.min(Math.max(f64[(x >>> 3) + k], -708), 709));
    },

    relaxStates(count: number, dt: number, state: number, target: number, tau: number): void {
      const { f64 } = memory;
      for (let k = 0; k < count; k++) {
        const minusGain = Math.expm1(Math.max(-dt / f64[(tau >>> 3) + k], -708));
        const value = f64[(state >>> 3) + k];
        f64[(state >>> 3) + k] = value + (value - f64[(target >>> 3) + k]) * minusGain;
      }
    },

    relaxUniform(count: number, gain: number, state: number, target: number): void {
      const { f64 } = memory;
      for (let k = 0; k < count; k++) {
        const value = f64[(state >>> 3) + k];
        f64[(state >>> 3) + k] = value + (f64[(target >>> 3) + k] - value) * gain;
      }
    },

    interpolateTable(
      count: number,
      start: number,
      perUnit: number,
      points: number,
      table: number,
      x: number,
      into: number,
    ): void {
      const { f64 } = memory;
      for (let k = 0; k < count; k++) {
        const place = Math.min(Math.max((f64[(x >>> 3) + k] - start) * perUnit, 0), points - 1);
        const segment = Math.min(Math.floor(place), points - 2);
        const from = f64[(table >>> 3) + segment];
        f64[(into >>> 3) + k] = from + (place - segment) * (f64[(table >>> 3) + segment + 1] - from);
      }
    },
  };
}
