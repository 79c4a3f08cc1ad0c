import { LuaError, type Value } from "./values.ts";

/** Names that are visible at one place. */
export class Scope {
  readonly #names = new Map<string, Value>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  get(name: string): Value {
    const scope = this.#find(name);
    return scope ? scope.#names.get(name) : undefined;
  }

  /** Where it is known, else as a global. */
  set(name: string, value: Value): void {
    (this.#find(name) ?? this.#root).#names.set(name, value);
  }

  declare(name: string, value: Value): void {
    this.#names.set(name, value);
    if (this.#names.size > 20_000) throw new LuaError("not enough memory", -225);
  }

  #find(name: string): Scope | undefined {
    if (this.#names.has(name)) return this;
    return this.#outer ? this.#outer.#find(name) : undefined;
  }

  get #root(): Scope {
    return this.#outer ? this.#outer.#root : this;
  }
}
