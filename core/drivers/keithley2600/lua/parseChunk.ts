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
import {
  block,
  branch,
  countingLoop,
  iteratorLoop,
  repeatLoop,
  type Statement,
  type Tick,
  whileLoop,
} from "./statements.ts";
import { TokenCursor } from "./tokenCursor.ts";
import { LuaError, LuaTable, type Value } from "./values.ts";

/** Deepest nesting of calls. */
const DEEPEST_CALL = 100;

/**
 * A chunk of the language of TSP scripts, a subset of Lua 5.0: everything but metatables, methods and coroutines.
 * @throws LuaError -285 where it cannot be read
 */
export function parseChunk(text: string, tick: Tick): (scope: Scope) => Promise<readonly Value[]> {
  const parser = new Parser(new TokenCursor(text), tick);
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
  readonly #tokens: TokenCursor;
  readonly #tick: Tick;
  #calls = 0;

  constructor(tokens: TokenCursor, tick: Tick) {
    this.#tokens = tokens;
    this.#tick = tick;
  }

  /** Statements up to one of the words, which stays. */
  block(ends: readonly string[]): Statement {
    const statements = this.#tokens.nested(() => {
      const found: Statement[] = [];
      while (!this.#tokens.isOneOf(ends)) {
        if (this.#tokens.peek.kind === "end") this.#tokens.fail();
        found.push(this.#statement());
        this.#tokens.take(";");
      }
      return found;
    });
    return block(statements, this.#tick);
  }

  #statement(): Statement {
    if (this.#tokens.take("if")) return this.#if();
    if (this.#tokens.take("while")) return this.#while();
    if (this.#tokens.take("for")) return this.#for();
    if (this.#tokens.take("repeat")) return this.#repeat();
    if (this.#tokens.take("do")) return this.#closed(this.block(["end"]));
    if (this.#tokens.take("break")) return async () => ({ kind: "break" });
    if (this.#tokens.take("function")) return this.#function();
    if (this.#tokens.take("local")) return this.#local();
    if (this.#tokens.take("return")) return this.#return();
    return this.#assignment();
  }

  #closed(statement: Statement): Statement {
    this.#tokens.need("end");
    return statement;
  }

  #if(): Statement {
    const cases: (readonly [Expression, Statement])[] = [];
    let otherwise: Statement | undefined;
    do {
      const condition = this.#expression();
      this.#tokens.need("then");
      cases.push([condition, this.block(["elseif", "else", "end"])]);
    } while (this.#tokens.take("elseif"));
    if (this.#tokens.take("else")) otherwise = this.block(["end"]);
    return this.#closed(branch(cases, otherwise));
  }

  #while(): Statement {
    const condition = this.#expression();
    this.#tokens.need("do");
    return this.#closed(whileLoop(condition, this.block(["end"]), this.#tick));
  }

  #repeat(): Statement {
    const body = this.block(["until"]);
    this.#tokens.need("until");
    return repeatLoop(body, this.#expression(), this.#tick);
  }

  #for(): Statement {
    const name = this.#tokens.name();
    if (!this.#tokens.take("=")) return this.#forIn(name);
    const bounds = this.#list();
    this.#tokens.need("do");
    return this.#closed(countingLoop(name, bounds, this.block(["end"]), this.#tick));
  }

  #forIn(first: string): Statement {
    const names = [first];
    while (this.#tokens.take(",")) names.push(this.#tokens.name());
    this.#tokens.need("in");
    const iterator = this.#list();
    this.#tokens.need("do");
    return this.#closed(iteratorLoop(names, iterator, this.block(["end"]), this.#tick));
  }

  #function(): Statement {
    let target: Target = this.#primary();
    while (this.#tokens.take(".")) {
      const name = this.#tokens.name();
      target = this.#field(target.expression, async () => [name]);
    }
    const make = this.#functionBody();
    return async (scope) => {
      await target.assign?.(scope, await one(make, scope));
      return undefined;
    };
  }

  #functionBody(): Expression {
    this.#tokens.need("(");
    const names: string[] = [];
    if (!this.#tokens.take(")")) {
      do names.push(this.#tokens.name());
      while (this.#tokens.take(","));
      this.#tokens.need(")");
    }
    const body = this.block(["end"]);
    this.#tokens.need("end");
    return async (outer) => [
      async (parameters) => {
        if (++this.#calls > DEEPEST_CALL) throw new LuaError("stack overflow");
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
    if (this.#tokens.take("function")) {
      const name = this.#tokens.name();
      const make = this.#functionBody();
      return async (scope) => {
        scope.declare(name, undefined);
        scope.declare(name, await one(make, scope));
        return undefined;
      };
    }
    const names = [this.#tokens.name()];
    while (this.#tokens.take(",")) names.push(this.#tokens.name());
    const values = this.#tokens.take("=") ? this.#list() : [];
    return async (scope) => {
      const found = await all(values, scope);
      for (const [k, name] of names.entries()) scope.declare(name, found[k]);
      return undefined;
    };
  }

  #return(): Statement {
    const values = this.#tokens.isOneOf(["end", "else", "elseif", "until", "<eof>", ";"]) ? [] : this.#list();
    return async (scope) => ({ kind: "return", values: await all(values, scope) });
  }

  #assignment(): Statement {
    const targets = [this.#suffixed()];
    while (this.#tokens.take(",")) targets.push(this.#suffixed());
    if (targets.length === 1 && targets[0]?.isCall && !this.#tokens.isOneOf(["="])) {
      const [{ expression }] = targets as [Target];
      return async (scope) => void (await expression(scope));
    }
    const line = this.#tokens.peek;
    this.#tokens.need("=");
    const values = this.#list();
    const setters = targets.map((target) => target.assign ?? this.#tokens.fail(line));
    return async (scope) => {
      const found = await all(values, scope);
      for (const [k, set] of setters.entries()) await set(scope, found[k]);
      return undefined;
    };
  }

  #list(): Expression[] {
    const expressions = [this.#expression()];
    while (this.#tokens.take(",")) expressions.push(this.#expression());
    return expressions;
  }

  #expression(limit = 0): Expression {
    return this.#tokens.nested(() => this.#operators(limit));
  }

  #operators(limit: number): Expression {
    const { text, kind } = this.#tokens.peek;
    let left: Expression;
    if (kind !== "text" && (text === "not" || text === "-" || text === "#")) {
      this.#tokens.skip();
      left = unary(text, this.#expression(UNARY_PRECEDENCE));
    } else left = this.#simple();
    for (;;) {
      const operator = this.#tokens.peek;
      const precedence = operator.kind === "text" ? undefined : PRECEDENCE[operator.text];
      if (precedence === undefined || precedence <= limit) break;
      this.#tokens.skip();
      // .. and ^ bind to the right
      const right = this.#expression(operator.text === ".." || operator.text === "^" ? precedence - 1 : precedence);
      left = binary(operator.text, left, right);
    }
    return left;
  }

  #simple(): Expression {
    const token = this.#tokens.peek;
    if (token.kind === "number" || token.kind === "text") {
      this.#tokens.skip();
      const value = token.kind === "number" ? Number(token.text) : token.text;
      return async () => [value];
    }
    for (const [word, value] of [
      ["nil", undefined],
      ["true", true],
      ["false", false],
    ] as const)
      if (this.#tokens.take(word)) return async () => [value];
    if (this.#tokens.take("function")) return this.#functionBody();
    if (this.#tokens.take("{")) return this.#table();
    return this.#suffixed().expression;
  }

  #table(): Expression {
    const fields: { readonly key: Expression | undefined; readonly value: Expression }[] = [];
    while (!this.#tokens.take("}")) {
      let key: Expression | undefined;
      if (this.#tokens.take("[")) {
        key = this.#expression();
        this.#tokens.need("]");
        this.#tokens.need("=");
      } else if (this.#tokens.peek.kind === "name" && this.#tokens.following?.text === "=") {
        const name = this.#tokens.name();
        key = async () => [name];
        this.#tokens.need("=");
      }
      fields.push({ key, value: this.#expression() });
      if (!this.#tokens.take(",") && !this.#tokens.take(";")) {
        this.#tokens.need("}");
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
      if (this.#tokens.take(".")) {
        const name = this.#tokens.name();
        target = this.#field(expression, async () => [name]);
      } else if (this.#tokens.take("[")) {
        const key = this.#expression();
        this.#tokens.need("]");
        target = this.#field(expression, key);
      } else if (this.#tokens.take("(")) {
        const parameters = this.#tokens.take(")") ? [] : this.#parameters();
        target = {
          isCall: true,
          expression: async (scope) => call(await one(expression, scope), await all(parameters, scope)),
        };
      } else return target;
    }
  }

  #primary(): Target {
    if (this.#tokens.take("(")) {
      const inner = this.#expression();
      this.#tokens.need(")");
      return { isCall: false, expression: async (scope) => [await one(inner, scope)] };
    }
    const name = this.#tokens.name();
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
    this.#tokens.need(")");
    return list;
  }
}
