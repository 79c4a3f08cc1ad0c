const LF = 0x0a;
/** Longest text line that is looked for; a device that sends no end of line within it sends no text. */
const LARGEST_LINE_BYTES = 256;

/**
 * Bytes in order, taken in pieces that the reader knows the length of: for protocols without framing. Pure, invariant to
 * how the stream was chunked; memory is bounded, and what is lost to the bound is counted and never silent.
 */
export class ByteQueue {
  readonly #most: number;
  #chunks: Buffer[] = [];
  /** Bytes of the first chunk that are taken. */
  #taken = 0;
  #length = 0;
  #lost = 0;

  /** @param most bytes that may wait; of more, those that came last are thrown away */
  constructor(most = 1 << 20) {
    this.#most = most;
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#length;
  }

  /** Bytes thrown away because too many waited: from then on the stream makes no sense until `reset`. */
  get lost(): number {
    return this.#lost;
  }

  append(chunk: Uint8Array): void {
    const room = this.#most - this.#length;
    if (chunk.length > room) this.#lost += chunk.length - room;
    const kept = chunk.subarray(0, Math.max(0, room));
    if (kept.length === 0) return;
    this.#chunks.push(Buffer.from(kept.buffer, kept.byteOffset, kept.length));
    this.#length += kept.length;
  }

  /** The next `count` bytes, or undefined while there are fewer; they are the reader's. */
  take(count: number): Buffer | undefined {
    if (count > this.#length) return undefined;
    const [chunk] = this.#chunks;
    // the common case, without a copy
    if (chunk && chunk.length - this.#taken > count) {
      this.#length -= count;
      this.#taken += count;
      return chunk.subarray(this.#taken - count, this.#taken);
    }
    const bytes = Buffer.alloc(count);
    let filled = 0;
    while (filled < count) {
      const [first] = this.#chunks;
      if (!first) break;
      const length = Math.min(count - filled, first.length - this.#taken);
      first.copy(bytes, filled, this.#taken, this.#taken + length);
      filled += length;
      this.#taken += length;
      if (this.#taken === first.length) {
        this.#chunks.shift();
        this.#taken = 0;
      }
    }
    this.#length -= count;
    return bytes;
  }

  /**
   * The next text line without its ending (LF, or CR LF) as Latin-1; undefined while it has not ended.
   * What is longer than 256 bytes is no line: it is handed out in pieces of that length.
   */
  takeLine(): string | undefined {
    let before = 0;
    let from = this.#taken;
    for (const chunk of this.#chunks) {
      const at = chunk.indexOf(LF, from);
      if (at >= 0 && before + at - from < LARGEST_LINE_BYTES) {
        const text = this.take(before + at - from + 1)
          ?.toString("latin1")
          .slice(0, -1);
        return text?.endsWith("\r") ? text.slice(0, -1) : text;
      }
      before += chunk.length - from;
      from = 0;
      if (at >= 0 || before >= LARGEST_LINE_BYTES) break;
    }
    return before >= LARGEST_LINE_BYTES ? this.take(LARGEST_LINE_BYTES)?.toString("latin1") : undefined;
  }

  /** Forgets everything that waits, and what was lost. */
  reset(): void {
    this.#chunks = [];
    this.#taken = 0;
    this.#length = 0;
    this.#lost = 0;
  }
}
