/** Bytes in any chunks to lines without their newline; a line beyond the bound ends it all. */
export class LineSplitter {
  readonly #longest: number;
  #rest: Buffer = Buffer.alloc(0);
  #overflowed = false;

  /** @param longest bytes of a line, its newline excluded */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** True once a line was too long: nothing that follows is taken. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** @returns the lines that are whole now; text that is no UTF-8 has replacement characters */
  append(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let at = 0;
    while (!this.#overflowed) {
      const end = chunk.indexOf(0x0a, at);
      const part = chunk.subarray(at, end < 0 ? chunk.length : end);
      if (this.#rest.length + part.length > this.#longest) {
        this.#overflowed = true;
        this.#rest = Buffer.alloc(0);
        break;
      }
      const line = Buffer.concat([this.#rest, part]);
      if (end < 0) {
        this.#rest = line;
        break;
      }
      this.#rest = Buffer.alloc(0);
      lines.push(line.toString("utf8"));
      at = end + 1;
    }
    return lines;
  }
}
