import { decodeBase64 } from "./decodeBase64.ts";
import { KERNEL_BYTES } from "./generated/kernelBytes.ts";
import { type KernelFunctions, type KernelName, referenceKernels } from "./kernelFunctions.ts";
import { KernelMemory, plainMemory } from "./kernelMemory.ts";
import { LARGEST_PAGES, wasm, type WasmModule } from "./wasm.ts";

/**
 * `simd` 128-bit SIMD over its own memory; `threads` the same over a shared memory; `relaxed` that with fused
 * multiply-add, whose last bits depend on the processor; `reference` plain TypeScript.
 */
export type KernelVariant = "simd" | "threads" | "relaxed" | "reference";

/** Kernels and the memory they work on. Arguments are byte addresses into `memory`, counts and doubles. */
export interface KernelSet {
  readonly variant: KernelVariant;
  /** Why this variant and not the one that was asked for; empty when it is the one. */
  readonly remark: string;
  readonly call: KernelFunctions;
  readonly memory: KernelMemory;
  /** To be posted to workers together with `memory.wasmMemory`; absent for `reference`. */
  readonly module?: WasmModule;
}

type CompiledVariant = keyof typeof KERNEL_BYTES;

/** One compilation per variant and process: the optimising tier starts over for every module. */
const modules = new Map<CompiledVariant, WasmModule>();

/**
 * Kernels over a fresh memory.
 * @param asked `threads` and `relaxed` need shared memory; what is missing here is replaced by the next simpler variant
 */
export function loadKernels(asked: KernelVariant = "simd"): KernelSet {
  if (asked === "reference" || !wasm) return loadReference(asked, "WebAssembly is missing here");
  const bytes = decodeBase64(KERNEL_BYTES[asked]);
  const sharing = asked !== "simd";
  if (sharing && typeof SharedArrayBuffer === "undefined") return simpler(asked, "shared memory is missing here");
  let module = modules.get(asked);
  try {
    // compiled at once: validating first would read all of it twice
    if (!module) modules.set(asked, (module = new wasm.Module(bytes)));
  } catch {
    return simpler(asked, asked === "relaxed" ? "relaxed SIMD is missing here" : "WebAssembly SIMD is missing here");
  }
  const memory = new wasm.Memory({ initial: 16, maximum: LARGEST_PAGES, ...(sharing && { shared: true }) });
  const { exports } = new wasm.Instance(module, { env: { memory } });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the exports are those of assembly/index.ts, tested against the reference
  const call = exports as KernelFunctions;
  return { variant: asked, remark: "", call, memory: new KernelMemory(memory), module };
}

let shared: KernelSet | undefined;

/** The kernels of this thread that solvers use unless they are given a pool: loaded at first use, one memory for all. */
export function defaultKernels(): KernelSet {
  return (shared ??= loadKernels());
}

/** One sentence for the run record. */
export function kernelsInUse(kernels: KernelSet = defaultKernels()): string {
  const names: Record<KernelVariant, string> = {
    simd: "WebAssembly SIMD",
    threads: "WebAssembly SIMD with threads",
    relaxed: "WebAssembly relaxed SIMD with threads",
    reference: "plain TypeScript",
  };
  return kernels.remark ? `${names[kernels.variant]} (${kernels.remark})` : names[kernels.variant];
}

export function kernelNames(kernels: KernelSet): KernelName[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys of an object literal
  return Object.keys(referenceKernels(kernels.memory)) as KernelName[];
}

function simpler(asked: CompiledVariant, reason: string): KernelSet {
  const next: KernelVariant = asked === "relaxed" ? "threads" : asked === "threads" ? "simd" : "reference";
  const found = next === "reference" ? loadReference(asked, reason) : loadKernels(next);
  return { ...found, remark: found.remark || reason };
}

function loadReference(asked: KernelVariant, reason: string): KernelSet {
  const memory = new KernelMemory(plainMemory());
  return {
    variant: "reference",
    remark: asked === "reference" ? "" : reason,
    call: referenceKernels(memory),
    memory,
  };
}
