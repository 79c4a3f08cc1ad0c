import { readTokens, type Token } from "./tokens.ts";
import { LuaError } from "./values.ts";

/** Deepest nesting of blocks and brackets. */
const DEEPEST = 100;
const RESERVED = new Set(
  "and break do else elseif end false for function if in local nil not or repeat return then true until while".split(
    " ",
  ),
);

/** The tokens of a chunk, taken one by one. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  /** @throws LuaError -285 for text that is no token */
  constructor(text: string) {
    this.#tokens = readTokens(text);
  }

  get peek(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "<eof>", line: 0 };
  }

  /** The one behind `peek`. */
  get following(): Token | undefined {
    return this.#tokens[this.#at + 1];
  }

  skip(): void {
    this.#at++;
  }

  isOneOf(words: readonly string[]): boolean {
    return this.peek.kind !== "text" && words.includes(this.peek.text);
  }

  take(word: string): boolean {
    const found = this.peek.kind !== "text" && this.peek.text === word;
    if (found) this.#at++;
    return found;
  }

  /** @throws LuaError -285 */
  need(word: string): void {
    if (!this.take(word)) this.fail(this.peek, `'${word}' expected`);
  }

  /** @throws LuaError -285 where none stands */
  name(): string {
    const token = this.peek;
    if (token.kind !== "name" || RESERVED.has(token.text)) this.fail(token);
    this.#at++;
    return token.text;
  }

  /** @throws LuaError -285 where blocks and brackets are nested too deep */
  nested<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) this.fail(this.peek, "chunk has too many syntax levels");
    const found = read();
    this.#depth--;
    return found;
  }

  /** @throws LuaError -285 */
  fail({ text, line }: Token = this.peek, reason = "unexpected symbol"): never {
    throw new LuaError(`[string] :${line}: ${reason} near '${text}'`, -285);
  }
}
