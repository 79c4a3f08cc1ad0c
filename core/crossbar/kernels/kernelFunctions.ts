import type { KernelMemory } from "./kernelMemory.ts";
import { vectorReference } from "./vectors.ref.ts";

/**
 * Every kernel in plain TypeScript, over the same addresses as the compiled ones: the oracle of the tests, and what runs
 * where WebAssembly SIMD is missing. Each assembly/NAME.ts has its NAME.ref.ts, listed here.
 * Arguments are numbers only: byte addresses, counts, doubles.
 */
export function referenceKernels(memory: KernelMemory) {
  return { ...vectorReference(memory) };
}

export type KernelFunctions = ReturnType<typeof referenceKernels>;
export type KernelName = keyof KernelFunctions;
