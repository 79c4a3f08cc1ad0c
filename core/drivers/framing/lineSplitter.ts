/** Longest line that is kept; what is longer is no answer of any instrument. */
const LARGEST_LINE_BYTES = 65_536;

/**
 * Cuts a byte stream into lines. Pure, and invariant to how the stream was chunked; memory is bounded by one line.
 * Bytes are Latin-1 characters: nothing that a device sends can fail to decode. Lines are never trimmed (a trailing space may be a
 * unit prefix), but one CR before the LF is dropped.
 */
export class LineSplitter {
  /** One character a byte. */
  #rest = "";
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
    // the piece as a whole: a conversion for each short line would take longer than the rest
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      if (this.#skipping || this.#rest.length + end - start > LARGEST_LINE_BYTES) {
        this.#overlong++;
        this.#skipping = false;
      } else {
        const line = this.#rest === "" ? text.slice(start, end) : this.#rest + text.slice(start, end);
        lines.push(line.endsWith("\r") ? line.slice(0, -1) : line);
      }
      start = end + 1;
      this.#rest = "";
    }
    if (start < text.length && !this.#skipping) {
      if (this.#rest.length + text.length - start > LARGEST_LINE_BYTES) {
        this.#skipping = true;
        this.#rest = "";
      } else this.#rest += text.slice(start);
    }
    return lines;
  }

  /** Forgets the line under way. */
  reset(): void {
    this.#rest = "";
    this.#skipping = false;
  }
}
