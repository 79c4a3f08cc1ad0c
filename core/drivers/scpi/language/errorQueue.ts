import { describeScpiError } from "./scpiError.ts";

/** First in, first out; what comes when it is full turns its last entry into -350. */
export class ErrorQueue {
  readonly #depth: number;
  readonly #signed: boolean;
  #codes: number[] = [];

  /** @param signed whether positive codes and zero are printed with a plus (Agilent) */
  constructor(depth = 10, signed = false) {
    this.#depth = depth;
    this.#signed = signed;
  }

  get length(): number {
    return this.#codes.length;
  }

  push(code: number): void {
    if (this.#codes.length < this.#depth) this.#codes.push(code);
    else this.#codes[this.#depth - 1] = -350;
  }

  clear(): void {
    this.#codes = [];
  }

  /** Takes the oldest: `-113,"Undefined header"`, or `0,"No error"`. */
  next(): string {
    const code = this.#codes.shift() ?? 0;
    return `${this.#signed && code >= 0 ? "+" : ""}${code},"${describeScpiError(code)}"`;
  }

  /** All of them, comma separated, and none is left. */
  all(): string {
    const texts = [this.next()];
    while (this.#codes.length > 0) texts.push(this.next());
    return texts.join(",");
  }
}
