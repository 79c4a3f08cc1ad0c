import {
  all,
  assign,
  binary,
  call,
  type Expression,
  index,
  one,
  PRECEDENCE,
  unary,
  UNARY_PRECEDENCE,
} from "./expressions.ts";
import { Scope } from "./scope.ts";
import { readTokens, type Token } from "./tokens.ts";
import { isTrue, LuaError, LuaTable, toNumber, type Value } from "./values.ts";

/** Why a block ended before its end. */
type Ending = { readonly kind: "break" } | { readonly kind: "return"; readonly values: readonly Value[] };
type Statement = (scope: Scope) => Promise<Ending | undefined>;

/** What runs beside a script: called before every statement, so that nothing runs for ever unseen. @throws to end it */
export type Tick = () => Promise<void> | undefined;

/** Deepest nesting of blocks, brackets and calls. */
const DEEPEST = 100;
const RESERVED = new Set(
  "and break do else elseif end false for function if in local nil not or repeat return then true until while".split(
    " ",
  ),
);

/**
 * A chunk of the language of TSP scripts, a subset of Lua 5.0: everything but metatables, methods and coroutines.
 * @throws LuaError -285 where it cannot be read
 */
export function parseChunk(text: string, tick: Tick): (scope: Scope) => Promise<readonly Value[]> {
  const parser = new Parser(readTokens(text), tick);
  const block = parser.block(["<eof>"]);
  return async (scope) => {
    const ending = await block(scope);
    return ending?.kind === "return" ? ending.values : [];
  };
}

interface Target {
  readonly expression: Expression;
  /** Absent for calls and values: they cannot be assigned to. */
  readonly assign?: (scope: Scope, value: Value) => Promise<void>;
  readonly isCall: boolean;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #tick: Tick;
  #at = 0;
  #depth = 0;
  #calls = 0;

  constructor(tokens: readonly Token[], tick: Tick) {
    this.#tokens = tokens;
    this.#tick = tick;
  }

  /** Statements up to one of the words, which stays. */
  block(ends: readonly string[]): Statement {
    this.#deeper();
    const statements: Statement[] = [];
    while (!this.#isOneOf(ends)) {
      if (this.#peek.kind === "end") this.#fail();
      statements.push(this.#statement());
      this.#take(";");
    }
    this.#depth--;
    return async (outer) => {
      const scope = new Scope(outer);
      for (const statement of statements) {
        const waiting = this.#tick();
        if (waiting) await waiting;
        const ending = await statement(scope);
        if (ending) return ending;
      }
      return undefined;
    };
  }

  #statement(): Statement {
    if (this.#take("if")) return this.#if();
    if (this.#take("while")) return this.#while();
    if (this.#take("for")) return this.#for();
    if (this.#take("repeat")) return this.#repeat();
    if (this.#take("do")) return this.#closed(this.block(["end"]));
    if (this.#take("break")) return async () => ({ kind: "break" });
    if (this.#take("function")) return this.#function();
    if (this.#take("local")) return this.#local();
    if (this.#take("return")) return this.#return();
    return this.#assignment();
  }

  #closed(statement: Statement): Statement {
    this.#need("end");
    return statement;
  }

  #if(): Statement {
    const cases: (readonly [Expression, Statement])[] = [];
    let otherwise: Statement | undefined;
    do {
      const condition = this.#expression();
      this.#need("then");
      cases.push([condition, this.block(["elseif", "else", "end"])]);
    } while (this.#take("elseif"));
    if (this.#take("else")) otherwise = this.block(["end"]);
    return this.#closed(async (scope) => {
      for (const [condition, then] of cases) if (isTrue(await one(condition, scope))) return then(scope);
      return otherwise?.(scope);
    });
  }

  #while(): Statement {
    const condition = this.#expression();
    this.#need("do");
    const body = this.block(["end"]);
    return this.#closed(async (scope) => {
      while (isTrue(await one(condition, scope))) {
        await this.#tick();
        const ending = await body(scope);
        if (ending) return ending.kind === "break" ? undefined : ending;
      }
      return undefined;
    });
  }

  #repeat(): Statement {
    const body = this.block(["until"]);
    this.#need("until");
    const condition = this.#expression();
    return async (scope) => {
      do {
        await this.#tick();
        const ending = await body(scope);
        if (ending) return ending.kind === "break" ? undefined : ending;
      } while (!isTrue(await one(condition, scope)));
      return undefined;
    };
  }

  #for(): Statement {
    const name = this.#name();
    if (!this.#take("=")) return this.#forIn(name);
    const bounds = this.#list();
    this.#need("do");
    const body = this.block(["end"]);
    return this.#closed(async (outer) => {
      const [first, last, step = 1] = await all(bounds, outer);
      const [from, to, by] = [toNumber(first), toNumber(last), toNumber(step)];
      if (by === 0) throw new LuaError("'for' step is zero");
      for (let value = from; by > 0 ? value <= to : value >= to; value += by) {
        await this.#tick();
        const scope = new Scope(outer);
        scope.declare(name, value);
        const ending = await body(scope);
        if (ending) return ending.kind === "break" ? undefined : ending;
      }
      return undefined;
    });
  }

  /** An iterator gives the next values until it gives nil. */
  #forIn(first: string): Statement {
    const names = [first];
    while (this.#take(",")) names.push(this.#name());
    this.#need("in");
    const iterator = this.#list();
    this.#need("do");
    const body = this.block(["end"]);
    return this.#closed(async (outer) => {
      const [next, state, start] = await all(iterator, outer);
      let control = start;
      for (;;) {
        await this.#tick();
        const values = await call(next, [state, control]);
        control = values[0];
        if (control === undefined) return undefined;
        const scope = new Scope(outer);
        for (const [k, name] of names.entries()) scope.declare(name, values[k]);
        const ending = await body(scope);
        if (ending) return ending.kind === "break" ? undefined : ending;
      }
    });
  }

  #function(): Statement {
    let target: Target = this.#primary();
    while (this.#take(".")) {
      const name = this.#name();
      target = this.#field(target.expression, async () => [name]);
    }
    const make = this.#functionBody();
    return async (scope) => {
      await target.assign?.(scope, await one(make, scope));
      return undefined;
    };
  }

  #functionBody(): Expression {
    this.#need("(");
    const names: string[] = [];
    if (!this.#take(")")) {
      do names.push(this.#name());
      while (this.#take(","));
      this.#need(")");
    }
    const body = this.block(["end"]);
    this.#need("end");
    return async (outer) => [
      async (parameters) => {
        if (++this.#calls > DEEPEST) throw new LuaError("stack overflow");
        try {
          const scope = new Scope(outer);
          for (const [k, name] of names.entries()) scope.declare(name, parameters[k]);
          const ending = await body(scope);
          return ending?.kind === "return" ? ending.values : [];
        } finally {
          this.#calls--;
        }
      },
    ];
  }

  #local(): Statement {
    if (this.#take("function")) {
      const name = this.#name();
      const make = this.#functionBody();
      return async (scope) => {
        scope.declare(name, undefined);
        scope.declare(name, await one(make, scope));
        return undefined;
      };
    }
    const names = [this.#name()];
    while (this.#take(",")) names.push(this.#name());
    const values = this.#take("=") ? this.#list() : [];
    return async (scope) => {
      const found = await all(values, scope);
      for (const [k, name] of names.entries()) scope.declare(name, found[k]);
      return undefined;
    };
  }

  #return(): Statement {
    const values = this.#isOneOf(["end", "else", "elseif", "until", "<eof>", ";"]) ? [] : this.#list();
    return async (scope) => ({ kind: "return", values: await all(values, scope) });
  }

  #assignment(): Statement {
    const targets = [this.#suffixed()];
    while (this.#take(",")) targets.push(this.#suffixed());
    if (targets.length === 1 && targets[0]?.isCall && !this.#isOneOf(["="])) {
      const [{ expression }] = targets as [Target];
      return async (scope) => void (await expression(scope));
    }
    const line = this.#peek;
    this.#need("=");
    const values = this.#list();
    const setters = targets.map((target) => target.assign ?? this.#fail(line));
    return async (scope) => {
      const found = await all(values, scope);
      for (const [k, set] of setters.entries()) await set(scope, found[k]);
      return undefined;
    };
  }

  #list(): Expression[] {
    const expressions = [this.#expression()];
    while (this.#take(",")) expressions.push(this.#expression());
    return expressions;
  }

  #expression(limit = 0): Expression {
    this.#deeper();
    const { text, kind } = this.#peek;
    let left: Expression;
    if (kind !== "text" && (text === "not" || text === "-" || text === "#")) {
      this.#at++;
      left = unary(text, this.#expression(UNARY_PRECEDENCE));
    } else left = this.#simple();
    for (;;) {
      const operator = this.#peek;
      const precedence = operator.kind === "text" ? undefined : PRECEDENCE[operator.text];
      if (precedence === undefined || precedence <= limit) break;
      this.#at++;
      // .. and ^ bind to the right
      const right = this.#expression(operator.text === ".." || operator.text === "^" ? precedence - 1 : precedence);
      left = binary(operator.text, left, right);
    }
    this.#depth--;
    return left;
  }

  #simple(): Expression {
    const token = this.#peek;
    if (token.kind === "number" || token.kind === "text") {
      this.#at++;
      const value = token.kind === "number" ? Number(token.text) : token.text;
      return async () => [value];
    }
    for (const [word, value] of [
      ["nil", undefined],
      ["true", true],
      ["false", false],
    ] as const)
      if (this.#take(word)) return async () => [value];
    if (this.#take("function")) return this.#functionBody();
    if (this.#take("{")) return this.#table();
    return this.#suffixed().expression;
  }

  #table(): Expression {
    const fields: { readonly key: Expression | undefined; readonly value: Expression }[] = [];
    while (!this.#take("}")) {
      let key: Expression | undefined;
      if (this.#take("[")) {
        key = this.#expression();
        this.#need("]");
        this.#need("=");
      } else if (this.#peek.kind === "name" && this.#tokens[this.#at + 1]?.text === "=") {
        const name = this.#name();
        key = async () => [name];
        this.#need("=");
      }
      fields.push({ key, value: this.#expression() });
      if (!this.#take(",") && !this.#take(";")) {
        this.#need("}");
        break;
      }
    }
    return async (scope) => {
      const table = new LuaTable();
      let next = 1;
      for (const [k, { key, value }] of fields.entries()) {
        const values = await value(scope);
        if (key) table.set(await one(key, scope), values[0]);
        else for (const found of k === fields.length - 1 ? values : values.slice(0, 1)) table.set(next++, found);
      }
      return [table];
    };
  }

  /** A name or bracket with everything that hangs on it: fields, elements, calls. */
  #suffixed(): Target {
    let target = this.#primary();
    for (;;) {
      const { expression } = target;
      if (this.#take(".")) {
        const name = this.#name();
        target = this.#field(expression, async () => [name]);
      } else if (this.#take("[")) {
        const key = this.#expression();
        this.#need("]");
        target = this.#field(expression, key);
      } else if (this.#take("(")) {
        const parameters = this.#take(")") ? [] : this.#parameters();
        target = {
          isCall: true,
          expression: async (scope) => call(await one(expression, scope), await all(parameters, scope)),
        };
      } else return target;
    }
  }

  #primary(): Target {
    if (this.#take("(")) {
      const inner = this.#expression();
      this.#need(")");
      return { isCall: false, expression: async (scope) => [await one(inner, scope)] };
    }
    const name = this.#name();
    return {
      isCall: false,
      expression: async (scope) => [scope.get(name)],
      assign: async (scope, value) => scope.set(name, value),
    };
  }

  #field(target: Expression, key: Expression): Target {
    return {
      isCall: false,
      expression: async (scope) => [await index(await one(target, scope), await one(key, scope))],
      assign: async (scope, value) => assign(await one(target, scope), await one(key, scope), value),
    };
  }

  #parameters(): Expression[] {
    const list = this.#list();
    this.#need(")");
    return list;
  }

  get #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "<eof>", line: 0 };
  }

  #isOneOf(words: readonly string[]): boolean {
    return this.#peek.kind !== "text" && words.includes(this.#peek.text);
  }

  #take(word: string): boolean {
    const found = this.#peek.kind !== "text" && this.#peek.text === word;
    if (found) this.#at++;
    return found;
  }

  #need(word: string): void {
    if (!this.#take(word)) this.#fail(this.#peek, `'${word}' expected`);
  }

  #name(): string {
    const token = this.#peek;
    if (token.kind !== "name" || RESERVED.has(token.text)) this.#fail(token);
    this.#at++;
    return token.text;
  }

  #deeper(): void {
    if (++this.#depth > DEEPEST) this.#fail(this.#peek, "chunk has too many syntax levels");
  }

  #fail({ text, line }: Token = this.#peek, reason = "unexpected symbol"): never {
    throw new LuaError(`[string] :${line}: ${reason} near '${text}'`, -285);
  }
}
