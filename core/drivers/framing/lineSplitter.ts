/** Longest line that is kept; what is longer is no answer of any instrument. */
const LARGEST_LINE_BYTES = 65_536;
const LF = 0x0a;

/**
 * Cuts a byte stream into lines. Pure, and invariant to how the stream was chunked; memory is bounded by one line.
 * Bytes are Latin-1 characters: nothing that a device sends can fail to decode. Lines are never trimmed (a trailing space may be a
 * unit prefix), but one CR before the LF is dropped.
 */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);
  #skipping = false;
  #overlong = 0;

  /** Lines that were longer than 64 KiB and thrown away. */
  get overlong(): number {
    return this.#overlong;
  }

  /** Bytes of a line that has not ended. */
  get pending(): number {
    return this.#rest.length;
  }

  append(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      const last = bytes.subarray(start, end);
      start = end + 1;
      if (this.#skipping || this.#rest.length + last.length > LARGEST_LINE_BYTES) {
        this.#overlong++;
        this.#skipping = false;
      } else lines.push(decode(this.#rest.length === 0 ? last : Buffer.concat([this.#rest, last])));
      if (this.#rest.length > 0) this.#rest = Buffer.alloc(0);
    }
    if (start < bytes.length && !this.#skipping) {
      const tail = bytes.subarray(start);
      if (this.#rest.length + tail.length > LARGEST_LINE_BYTES) {
        this.#skipping = true;
        this.#rest = Buffer.alloc(0);
      } else this.#rest = Buffer.concat([this.#rest, tail]);
    }
    return lines;
  }

  /** Forgets the line under way. */
  reset(): void {
    this.#rest = Buffer.alloc(0);
    this.#skipping = false;
  }
}

function decode(line: Buffer): string {
  const end = line.length > 0 && line[line.length - 1] === 0x0d ? line.length - 1 : line.length;
  return line.toString("latin1", 0, end);
}
