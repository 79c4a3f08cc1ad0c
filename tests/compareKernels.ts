import { expect } from "vitest";
import type { KernelName } from "../core/crossbar/kernels/kernelFunctions.ts";
import { type KernelSet, loadKernels } from "../core/crossbar/kernels/loadKernels.ts";
import { callables } from "../core/crossbar/pool.ts";

/** A reproducible number in [0, 1). */
function makeUniform(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 4294967296;
  };
}

const compiled = loadKernels("simd");
const reference = loadKernels("reference");

/** Runs one kernel in both worlds on the same random lists and compares every double of every list. */
export function compare(
  kernel: KernelName,
  lists: Readonly<Record<string, (uniform: () => number) => Float64Array>>,
  task: (at: (list: string) => number) => number[],
  scratch: readonly string[] = [],
): void {
  const run = (kernels: KernelSet): Map<string, Float64Array> => {
    const uniform = makeUniform(4711);
    const places = new Map<string, [address: number, count: number]>();
    for (const [name, make] of Object.entries(lists)) {
      const values = make(uniform);
      // a free cache line before each list: kernels may look at the node before the first
      const address = kernels.memory.reserve(8 * values.length + 128) + 64;
      kernels.memory.doubles(address, values.length).set(values);
      places.set(name, [address, values.length]);
    }
    callables(kernels.call)[kernel](
      ...task((list) => {
        const found = places.get(list);
        if (!found) throw new Error(`No list ${list}`);
        return found[0];
      }),
    );
    const results = new Map<string, Float64Array>();
    for (const [name, [address, count]] of places) {
      if (!scratch.includes(name)) results.set(name, kernels.memory.doubles(address, count).slice());
      kernels.memory.free(address - 64, 8 * count + 128);
    }
    return results;
  };
  const expected = run(reference);
  const found = run(compiled);
  for (const [name, values] of expected) {
    const other = found.get(name);
    let worst = 0;
    let size = 1e-300;
    for (const value of values) size = Math.max(size, Math.abs(value));
    values.forEach((value, k) => {
      const error = Math.abs(value - (other?.[k] ?? Number.NaN));
      worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
    });
    expect(worst / size, `${kernel}: ${name}`).toBeLessThan(1e-12);
  }
}
