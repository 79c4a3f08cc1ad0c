import { coarseReference } from "./coarse.ref.ts";
import { columnsReference } from "./columns.ref.ts";
import { blockReference } from "./denseBlock.ref.ts";
import { productReference } from "./denseProduct.ref.ts";
import { seamReference } from "./denseSeam.ref.ts";
import { directionsReference } from "./directions.ref.ts";
import type { KernelMemory } from "./kernelMemory.ts";
import { relaxationReference } from "./relaxation.ref.ts";
import { residualReference } from "./residual.ref.ts";
import { rowsReference } from "./rows.ref.ts";
import { singlesReference } from "./singles.ref.ts";
import { transientReference } from "./transient.ref.ts";
import { vectorReference } from "./vectors.ref.ts";

/**
 * Every kernel in plain TypeScript, over the same addresses as the compiled ones: the oracle of the tests, and what runs
 * where WebAssembly SIMD is missing. Each assembly/NAME.ts has its NAME.ref.ts, listed here.
 * Arguments are numbers only: byte addresses, counts, doubles.
 */
export function referenceKernels(memory: KernelMemory) {
  return {
    ...vectorReference(memory),
    ...columnsReference(memory),
    ...rowsReference(memory),
    ...singlesReference(memory),
    ...directionsReference(memory),
    ...coarseReference(memory),
    ...residualReference(memory),
    ...relaxationReference(memory),
    ...blockReference(memory),
    ...seamReference(memory),
    ...productReference(memory),
    ...transientReference(memory),
  };
}

export type KernelFunctions = ReturnType<typeof referenceKernels>;
export type KernelName = keyof KernelFunctions;
