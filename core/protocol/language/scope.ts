import type { Type } from "./value.ts";

/** A name that expressions may use. */
export interface Name {
  readonly slot: number;
  readonly type: Type;
  /** What is said when it is used before it has a value. */
  readonly lacking?: string;
}

/** Names of a block and of those around it; slots are numbered through the whole program. */
export class Scope {
  readonly #names = new Map<string, Name>();
  readonly #outer: Scope | undefined;
  readonly #count: { slots: number };

  constructor(outer?: Scope) {
    this.#outer = outer;
    this.#count = outer ? outer.#count : { slots: 0 };
  }

  find(name: string): Name | undefined {
    return this.#names.get(name) ?? this.#outer?.find(name);
  }

  declare(name: string, type: Type, lacking?: string): Name {
    const declared = { slot: this.#count.slots++, type, ...(lacking !== undefined && { lacking }) };
    this.#names.set(name, declared);
    return declared;
  }

  names(): string[] {
    return [...(this.#outer?.names() ?? []), ...this.#names.keys()];
  }
}
