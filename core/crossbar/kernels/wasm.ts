/** The part of the WebAssembly global that the loader uses; core/crossbar compiles without the types of any platform. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  grow(pages: number): number;
}

/** Opaque; a compiled module can be posted to a worker, which then need not compile it again. */
export type WasmModule = object;

interface WasmGlobal {
  Module: new (bytes: Uint8Array) => WasmModule;
  Instance: new (
    module: WasmModule,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: unknown };
  Memory: new (limits: { initial: number; maximum: number; shared?: boolean }) => WasmMemory;
}

/** Undefined where there is no WebAssembly at all. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where this global gets its type
export const wasm = (globalThis as unknown as { readonly WebAssembly?: WasmGlobal }).WebAssembly;

export const PAGE_BYTES = 65536;
/** 4 GiB, what 32-bit addresses reach. */
export const LARGEST_PAGES = 65536;
