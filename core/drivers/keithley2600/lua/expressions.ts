import type { Scope } from "./scope.ts";
import { isHost, isTrue, LuaError, LuaTable, show, toNumber, typeName, type Value } from "./values.ts";

/** Compiled: gives its values where it stands. */
export type Expression = (scope: Scope) => Promise<readonly Value[]>;

export async function one(expression: Expression, scope: Scope): Promise<Value> {
  return (await expression(scope))[0];
}

/** The last of a list gives all its values, the others their first. */
export async function all(expressions: readonly Expression[], scope: Scope): Promise<readonly Value[]> {
  const values: Value[] = [];
  for (const [k, expression] of expressions.entries()) {
    const found = await expression(scope);
    if (k === expressions.length - 1) values.push(...found);
    else values.push(found[0]);
  }
  return values;
}

export async function index(target: Value, key: Value): Promise<Value> {
  if (target instanceof LuaTable) return target.get(key);
  if (isHost(target)) return target.get(key);
  throw new LuaError(`attempt to index a ${typeName(target)} value ('${show(key)}')`);
}

export async function assign(target: Value, key: Value, value: Value): Promise<void> {
  if (target instanceof LuaTable) target.set(key, value);
  else if (isHost(target)) await target.set(key, value);
  else throw new LuaError(`attempt to index a ${typeName(target)} value ('${show(key)}')`);
}

export async function call(target: Value, parameters: readonly Value[]): Promise<readonly Value[]> {
  if (typeof target !== "function") throw new LuaError(`attempt to call a ${typeName(target)} value`);
  return target(parameters);
}

export const PRECEDENCE: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  "<": 3,
  ">": 3,
  "<=": 3,
  ">=": 3,
  "~=": 3,
  "==": 3,
  "..": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "%": 6,
  "^": 8,
};
/** Of `not`, `-` and `#`: tighter than products, looser than powers. */
export const UNARY_PRECEDENCE = 7;

export function binary(operator: string, left: Expression, right: Expression): Expression {
  if (operator === "and" || operator === "or")
    return async (scope) => {
      const value = await one(left, scope);
      return [isTrue(value) === (operator === "and") ? await one(right, scope) : value];
    };
  return async (scope) => [operate(operator, await one(left, scope), await one(right, scope))];
}

function operate(operator: string, a: Value, b: Value): Value {
  switch (operator) {
    case "==":
      return a === b;
    case "~=":
      return a !== b;
    case "..":
      return text(a) + text(b);
    case "<":
    case ">":
    case "<=":
    case ">=":
      return compare(operator, a, b);
  }
  const [x, y] = [toNumber(a), toNumber(b)];
  switch (operator) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      return x / y;
    case "%":
      return x - Math.floor(x / y) * y;
    default:
      return x ** y;
  }
}

function compare(operator: string, a: Value, b: Value): boolean {
  const order =
    typeof a === "string" && typeof b === "string" ? (a < b ? -1 : a > b ? 1 : 0) : toNumber(a) - toNumber(b);
  if (operator === "<") return order < 0;
  if (operator === ">") return order > 0;
  return operator === "<=" ? order <= 0 : order >= 0;
}

function text(value: Value): string {
  if (typeof value === "string") return value.slice(0, 65_536);
  if (typeof value === "number") return show(value);
  throw new LuaError(`attempt to concatenate a ${typeName(value)} value`);
}

export function unary(operator: string, operand: Expression): Expression {
  return async (scope) => {
    const value = await one(operand, scope);
    if (operator === "not") return [!isTrue(value)];
    if (operator === "-") return [-toNumber(value)];
    return [typeof value === "string" || value instanceof LuaTable ? value.length : toNumber(undefined, "table")];
  };
}
