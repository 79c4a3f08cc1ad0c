import type { ProtocolError } from "../errors.ts";
import { refuse } from "../record/imports/importReader.ts";

/** A file as bytes that may be asked for in any order; whoever opens files makes one, so readers know no file system. */
export interface ByteSource {
  /** As the user wrote it, for messages. */
  readonly file: string;
  readonly size: number;
  /** Fills `into` from `offset`; the caller asks for no byte beyond `size`. @throws CrossporeError when reading fails */
  read(offset: number, into: Uint8Array): void;
}

export function memorySource(file: string, bytes: Uint8Array): ByteSource {
  return { file, size: bytes.length, read: (offset, into) => into.set(bytes.subarray(offset, offset + into.length)) };
}

/** One sentence with the place in the file. */
export function refuseByte(file: string, offset: number, reason: string): ProtocolError {
  return refuse(file, 0, 0, `byte ${offset}: ${reason}`);
}

const PAGE_BYTES = 1 << 16;

/**
 * Numbers and texts at places of a source, behind one page of memory. A length that a file states is compared with the
 * file before anything is allocated for it: every method refuses what does not lie in the file, with the byte and what was
 * expected there.
 */
export class ByteReader {
  readonly source: ByteSource;
  littleEndian: boolean;
  /** What a file that was cut has lost, in words, as `whole` found it. */
  readonly losses: string[] = [];
  /** Whether what is whole of a file that was cut is asked for. */
  readonly partial: boolean;
  #page = new Uint8Array(0);
  #view = new DataView(this.#page.buffer);
  #from = 0;

  /** @param partial `whole` takes what there is of a file that was cut, instead of refusing it */
  constructor(source: ByteSource, { partial = false } = {}) {
    this.source = source;
    this.littleEndian = true;
    this.partial = partial;
  }

  get file(): string {
    return this.source.file;
  }

  get size(): number {
    return this.source.size;
  }

  /** @throws ProtocolError when [offset, offset + length) is not in the file */
  need(offset: number, length: number, what: string): void {
    if (Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0) {
      if (offset + length <= this.size) return;
      throw refuseByte(
        this.file,
        offset,
        `expected ${what} (${length} ${length === 1 ? "byte" : "bytes"}), the file has ${this.size} bytes; it was cut, or is damaged`,
      );
    }
    throw refuseByte(this.file, 0, `expected ${what}, which the file says is ${length} bytes at byte ${offset}`);
  }

  /**
   * How many of `count` entries lie in the file. All of them, or the file is refused; where what is whole of a file that was
   * cut is asked for, those in front of its end, and the loss is noted.
   */
  whole(offset: number, entry: number, count: number, what: string): number {
    const fits = Math.max(0, Math.floor((this.size - offset) / entry));
    const sound = Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(count) && count >= 0;
    if (!sound || count <= fits || entry <= 0) {
      this.need(offset, entry * count, what);
      return count;
    }
    if (this.partial)
      this.losses.push(
        `${fits === 0 ? "all" : `${count - fits} of`} ${count} ${what} are lost, the file was cut at byte ${this.size}`,
      );
    else
      throw refuseByte(
        this.file,
        offset,
        `expected ${what} (${entry * count} bytes), the file has ${this.size} bytes; it was cut, or is damaged (--partial takes what is whole)`,
      );
    return fits;
  }

  u8(offset: number, what: string): number {
    const at = this.#find(offset, 1, what);
    return this.#view.getUint8(at);
  }
  i16(offset: number, what: string): number {
    const at = this.#find(offset, 2, what);
    return this.#view.getInt16(at, this.littleEndian);
  }
  u16(offset: number, what: string): number {
    const at = this.#find(offset, 2, what);
    return this.#view.getUint16(at, this.littleEndian);
  }
  i32(offset: number, what: string): number {
    const at = this.#find(offset, 4, what);
    return this.#view.getInt32(at, this.littleEndian);
  }
  u32(offset: number, what: string): number {
    const at = this.#find(offset, 4, what);
    return this.#view.getUint32(at, this.littleEndian);
  }
  /** A signed count of 64 bits; beyond 2^53 it loses digits, and no file is that long. */
  i64(offset: number, what: string): number {
    const at = this.#find(offset, 8, what);
    return Number(this.#view.getBigInt64(at, this.littleEndian));
  }
  f32(offset: number, what: string): number {
    const at = this.#find(offset, 4, what);
    return this.#view.getFloat32(at, this.littleEndian);
  }
  f64(offset: number, what: string): number {
    const at = this.#find(offset, 8, what);
    return this.#view.getFloat64(at, this.littleEndian);
  }

  /** A fixed field of text in Latin-1, up to the first NUL, without blanks at the end. */
  text(offset: number, length: number, what: string): string {
    const bytes = this.bytes(offset, length, what);
    const end = bytes.indexOf(0);
    return latin1(end < 0 ? bytes : bytes.subarray(0, end)).trimEnd();
  }

  /** A copy of some bytes. */
  bytes(offset: number, length: number, what: string): Uint8Array {
    this.need(offset, length, what);
    const copy = new Uint8Array(length);
    this.source.read(offset, copy);
    return copy;
  }

  /** Place of `offset` in the page, asked for before the view is: the page moves when it does not hold all of the number. */
  #find(offset: number, length: number, what: string): number {
    const at = offset - this.#from;
    if (at >= 0 && at + length <= this.#page.length) return at;
    this.need(offset, length, what);
    // from a little before, since records are read forth and back
    this.#from = Math.max(0, Math.min(offset - 256, this.size - PAGE_BYTES));
    this.#page = new Uint8Array(Math.min(PAGE_BYTES, this.size - this.#from));
    this.#view = new DataView(this.#page.buffer);
    this.source.read(this.#from, this.#page);
    return offset - this.#from;
  }
}

/** What acquisition programs of Windows write; beyond 0x7f only letters and units such as the micro sign matter. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let from = 0; from < bytes.length; from += 4096)
    text += String.fromCharCode(...bytes.subarray(from, from + 4096));
  return text;
}
