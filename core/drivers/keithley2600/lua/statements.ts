import { all, call, type Expression, one } from "./expressions.ts";
import { Scope } from "./scope.ts";
import { isTrue, LuaError, toNumber, type Value } from "./values.ts";

/** Why a block ended before its end. */
export type Ending = { readonly kind: "break" } | { readonly kind: "return"; readonly values: readonly Value[] };

/** Compiled: does something where it stands. */
export type Statement = (scope: Scope) => Promise<Ending | undefined>;

/** What runs beside a script: called before every statement, so that nothing runs for ever unseen. @throws to end it */
export type Tick = () => Promise<void> | undefined;

/** One after the other, in a scope of their own. */
export function block(statements: readonly Statement[], tick: Tick): Statement {
  return async (outer) => {
    const scope = new Scope(outer);
    for (const statement of statements) {
      const waiting = tick();
      if (waiting) await waiting;
      const ending = await statement(scope);
      if (ending) return ending;
    }
    return undefined;
  };
}

export function branch(
  cases: readonly (readonly [condition: Expression, then: Statement])[],
  otherwise: Statement | undefined,
): Statement {
  return async (scope) => {
    for (const [condition, then] of cases) if (isTrue(await one(condition, scope))) return then(scope);
    return otherwise?.(scope);
  };
}

/** What a loop ends with when its body ended early: a break is the loop's own. */
const leaving = (ending: Ending) => (ending.kind === "break" ? undefined : ending);

export function whileLoop(condition: Expression, body: Statement, tick: Tick): Statement {
  return async (scope) => {
    while (isTrue(await one(condition, scope))) {
      await tick();
      const ending = await body(scope);
      if (ending) return leaving(ending);
    }
    return undefined;
  };
}

export function repeatLoop(body: Statement, condition: Expression, tick: Tick): Statement {
  return async (scope) => {
    do {
      await tick();
      const ending = await body(scope);
      if (ending) return leaving(ending);
    } while (!isTrue(await one(condition, scope)));
    return undefined;
  };
}

/** @param bounds first, last and, where it is not 1, step */
export function countingLoop(name: string, bounds: readonly Expression[], body: Statement, tick: Tick): Statement {
  return async (outer) => {
    const [first, last, step = 1] = await all(bounds, outer);
    const [from, to, by] = [toNumber(first), toNumber(last), toNumber(step)];
    if (by === 0) throw new LuaError("'for' step is zero");
    for (let value = from; by > 0 ? value <= to : value >= to; value += by) {
      await tick();
      const scope = new Scope(outer);
      scope.declare(name, value);
      const ending = await body(scope);
      if (ending) return leaving(ending);
    }
    return undefined;
  };
}

/** An iterator gives the next values until it gives nil. */
export function iteratorLoop(
  names: readonly string[],
  iterator: readonly Expression[],
  body: Statement,
  tick: Tick,
): Statement {
  return async (outer) => {
    const [next, state, start] = await all(iterator, outer);
    let control = start;
    for (;;) {
      await tick();
      const values = await call(next, [state, control]);
      control = values[0];
      if (control === undefined) return undefined;
      const scope = new Scope(outer);
      for (const [k, name] of names.entries()) scope.declare(name, values[k]);
      const ending = await body(scope);
      if (ending) return leaving(ending);
    }
  };
}
