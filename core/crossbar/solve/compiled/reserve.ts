import type { KernelMemory } from "../../kernels/kernelMemory.ts";

/** A region of kernel memory that is given back when its holder is disposed of. */
export interface Region extends Disposable {
  readonly address: number;
}

export function reserve(memory: KernelMemory, bytes: number): Region {
  const address = memory.reserve(bytes);
  let held = true;
  return {
    address,
    [Symbol.dispose]() {
      if (held) memory.free(address, bytes);
      held = false;
    },
  };
}
