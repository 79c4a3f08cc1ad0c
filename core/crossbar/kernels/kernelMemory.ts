import { LARGEST_PAGES, PAGE_BYTES, type WasmMemory } from "./wasm.ts";

/** First address handed out: below it lie the null address and what the compiler may place there. */
const FIRST_ADDRESS = 4096;
/** Regions start on cache lines, and no SIMD load is unaligned. */
const ALIGNMENT = 64;

interface Hole {
  address: number;
  bytes: number;
}

/**
 * One linear memory, shared by every solver that uses the same kernels. Regions are reserved and freed, first fit.
 * Kernels know addresses only; `f64` and `i32` are views of the whole memory, made anew whenever it grows.
 * Never keep a view across a `reserve`: a memory that is not shared detaches it.
 */
export class KernelMemory {
  readonly #memory: WasmMemory;
  readonly #holes: Hole[];
  #f64: Float64Array;
  #i32: Int32Array;

  constructor(memory: WasmMemory) {
    this.#memory = memory;
    this.#holes = [{ address: FIRST_ADDRESS, bytes: memory.buffer.byteLength - FIRST_ADDRESS }];
    this.#f64 = new Float64Array(memory.buffer);
    this.#i32 = new Int32Array(memory.buffer);
  }

  /** The WebAssembly.Memory, to be posted to workers when it is shared. */
  get wasmMemory(): WasmMemory {
    return this.#memory;
  }

  get shared(): boolean {
    return typeof SharedArrayBuffer !== "undefined" && this.#memory.buffer instanceof SharedArrayBuffer;
  }

  /** All doubles: the value at byte address a is `f64[a >>> 3]`. */
  get f64(): Float64Array {
    return this.#f64;
  }

  /** All 32-bit integers: the value at byte address a is `i32[a >>> 2]`. */
  get i32(): Int32Array {
    return this.#i32;
  }

  /** View of `count` doubles from a byte address on. */
  doubles(address: number, count: number): Float64Array {
    return this.#f64.subarray(address >>> 3, (address >>> 3) + count);
  }

  /**
   * Address of a fresh region of zeros, on a 64-byte boundary.
   * @throws RangeError with the bytes that were asked for and the bytes that are there
   */
  reserve(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const hole = this.#holes.find((candidate) => candidate.bytes >= size) ?? this.#grow(size);
    const { address } = hole;
    hole.address += size;
    hole.bytes -= size;
    if (hole.bytes === 0) this.#holes.splice(this.#holes.indexOf(hole), 1);
    new Uint8Array(this.#memory.buffer, address, size).fill(0);
    return address;
  }

  /** Gives a region back; `bytes` as it was asked for. */
  free(address: number, bytes: number): void {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const next = this.#holes.findIndex((hole) => hole.address > address);
    const at = next < 0 ? this.#holes.length : next;
    this.#holes.splice(at, 0, { address, bytes: size });
    this.#join(at);
    this.#join(at - 1);
  }

  #join(at: number): void {
    const hole = this.#holes[at];
    const following = this.#holes[at + 1];
    if (!hole || !following || hole.address + hole.bytes !== following.address) return;
    hole.bytes += following.bytes;
    this.#holes.splice(at + 1, 1);
  }

  #grow(size: number): Hole {
    const end = this.#memory.buffer.byteLength;
    const last = this.#holes.at(-1);
    const atEnd = last !== undefined && last.address + last.bytes === end ? last : undefined;
    const pages = Math.ceil((size - (atEnd?.bytes ?? 0)) / PAGE_BYTES);
    const refusal = `The solver needs ${size} more bytes beside ${end} in use, allowed are ${LARGEST_PAGES * PAGE_BYTES}`;
    if (end / PAGE_BYTES + pages > LARGEST_PAGES) throw new RangeError(refusal);
    try {
      this.#memory.grow(pages);
    } catch (cause) {
      throw new RangeError(`${refusal} and as much as the machine has`, { cause });
    }
    this.#f64 = new Float64Array(this.#memory.buffer);
    this.#i32 = new Int32Array(this.#memory.buffer);
    if (atEnd) {
      atEnd.bytes += pages * PAGE_BYTES;
      return atEnd;
    }
    const hole = { address: end, bytes: pages * PAGE_BYTES };
    this.#holes.push(hole);
    return hole;
  }
}

/** A memory of the same shape without WebAssembly, for the reference kernels. */
export function plainMemory(): WasmMemory {
  let buffer = new ArrayBuffer(16 * PAGE_BYTES);
  return {
    get buffer() {
      return buffer;
    },
    grow(pages) {
      const before = buffer.byteLength / PAGE_BYTES;
      const larger = new ArrayBuffer(buffer.byteLength + pages * PAGE_BYTES);
      new Uint8Array(larger).set(new Uint8Array(buffer));
      buffer = larger;
      return before;
    },
  };
}
