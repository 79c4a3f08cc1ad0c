import { describeUnknown } from "../../document.ts";
import {
  COLUMN,
  describeDimension,
  type Dimension,
  multiplyDimensions,
  PURE,
  raiseDimension,
  ROW,
  sameDimension,
} from "./dimension.ts";
import { FUNCTIONS } from "./functions.ts";
import { add, divide, exactly, type Interval, isExact, multiply, negate, raise } from "./interval.ts";
import { type BinarySign, type Comparison, type Expression, parseExpression } from "./parseExpression.ts";
import type { Scope } from "./scope.ts";
import { ExpressionMistake } from "./tokens.ts";
import { describeType, numberOf, sameType, TRUTH, type Truth, truth, type Type, type Value } from "./value.ts";

/** Variables while a program runs, by the slots that the compiler gave them. */
export type Variables = (Value | undefined)[];

/** An expression whose names and units are known to fit; it always ends. */
export interface Compiled {
  readonly type: Type;
  /** @throws ExpressionMistake where it has no value: a division by zero, a root of a negative number */
  evaluate(variables: Variables): Value;
}

/** @throws ExpressionMistake for what is no expression, an unknown name or units that do not fit */
export function compileExpression(text: string, scope: Scope): Compiled {
  return compile(parseExpression(text), scope);
}

function compile(expression: Expression, scope: Scope): Compiled {
  const { at } = expression;
  switch (expression.kind) {
    case "number": {
      const value: Value = { kind: "number", ...exactly(expression.value) };
      return { type: numberOf(expression.dimension), evaluate: () => value };
    }
    case "truth": {
      const value = truth(expression.value);
      return { type: TRUTH, evaluate: () => value };
    }
    case "name":
      return compileName(expression.name, at, scope);
    case "part":
      return compilePart(compile(expression.of, scope), expression.part, at);
    case "call":
      return compileCall(expression.name, expression.given, at, scope);
    case "negate": {
      const of = numeric(expression.of, scope, '"-"');
      return { type: numberOf(of.dimension), evaluate: (variables) => number(negate(of.evaluate(variables)), at) };
    }
    case "not": {
      const of = condition(expression.of, scope);
      return {
        type: TRUTH,
        evaluate: (variables) => {
          const { canBeTrue, canBeFalse } = of(variables);
          return { kind: "truth", canBeTrue: canBeFalse, canBeFalse: canBeTrue };
        },
      };
    }
    case "power": {
      const of = numeric(expression.of, scope, '"^"');
      const { power } = expression;
      return {
        type: numberOf(raiseDimension(of.dimension, power)),
        evaluate: (variables) => {
          const value = raise(of.evaluate(variables), power);
          if (!value) throw new ExpressionMistake(at, "division by zero");
          return number(value, at);
        },
      };
    }
    case "binary":
      return compileBinary(expression.sign, expression.left, expression.right, at, scope);
  }
}

function compileName(name: string, at: number, scope: Scope): Compiled {
  const found = scope.find(name);
  if (!found) throw new ExpressionMistake(at, describeUnknown(name, scope.names(), "name"));
  const { slot, type, lacking } = found;
  return {
    type,
    evaluate: (variables) => {
      const value = variables[slot];
      if (!value) throw new ExpressionMistake(at, lacking ?? `${name} has no value yet`);
      return value;
    },
  };
}

function compilePart(of: Compiled, part: string, at: number): Compiled {
  if (of.type.kind !== "cell" || (part !== "row" && part !== "column"))
    throw new ExpressionMistake(at, `".${part}" does not fit ${describeType(of.type)}, a cell has .row and .column`);
  return {
    type: numberOf(part === "row" ? ROW : COLUMN),
    evaluate: (variables) => {
      const cell = of.evaluate(variables);
      return { kind: "number", ...exactly(cell.kind === "cell" ? cell[part] : Number.NaN) };
    },
  };
}

function compileCall(name: string, given: readonly Expression[], at: number, scope: Scope): Compiled {
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!known) throw new ExpressionMistake(at, describeUnknown(name, Object.keys(FUNCTIONS), "function"));
  if (given.length !== known.count)
    throw new ExpressionMistake(at, `${given.length} values for ${name}, allowed is ${known.form}`);
  const compiled = given.map((one) => numeric(one, scope, name));
  const dimension = known.dimension(compiled.map((one) => one.dimension));
  if (typeof dimension === "string") {
    const found = compiled.map((one) => describeDimension(one.dimension)).join(", ");
    throw new ExpressionMistake(at, `${known.form} ${dimension}, found ${found}`);
  }
  return {
    type: numberOf(dimension),
    evaluate: (variables) => {
      const values = compiled.map((one) => one.evaluate(variables));
      const value = known.evaluate(values);
      if (!value)
        throw new ExpressionMistake(at, `${name} has no value at ${values.map(({ low }) => String(low)).join(", ")}`);
      return number(value, at);
    },
  };
}

function compileBinary(sign: BinarySign, left: Expression, right: Expression, at: number, scope: Scope): Compiled {
  switch (sign) {
    case "and":
    case "or":
      return compileLogic(sign, condition(left, scope), condition(right, scope));
    case "*":
    case "/": {
      const [a, b] = [numeric(left, scope, `"${sign}"`), numeric(right, scope, `"${sign}"`)];
      const ofRight = sign === "*" ? b.dimension : raiseDimension(b.dimension, -1);
      return {
        type: numberOf(multiplyDimensions(a.dimension, ofRight)),
        evaluate: (variables) => {
          const [x, y] = [a.evaluate(variables), b.evaluate(variables)];
          const value = sign === "*" ? multiply(x, y) : divide(x, y);
          if (!value) throw new ExpressionMistake(at, "division by zero");
          return number(value, at, x, y);
        },
      };
    }
    case "+":
    case "-": {
      const [a, b] = [numeric(left, scope, `"${sign}"`), numeric(right, scope, `"${sign}"`)];
      const dimension = dimensionOfSum(sign, a.dimension, b.dimension, at);
      return {
        type: numberOf(dimension),
        evaluate: (variables) => {
          const [x, y] = [a.evaluate(variables), b.evaluate(variables)];
          return number(add(x, sign === "+" ? y : negate(y)), at, x, y);
        },
      };
    }
    default:
      return compileComparison(sign, left, right, at, scope);
  }
}

/** One unit on both sides; a pure number may be added to a row or a column, which counts lines on. */
function dimensionOfSum(sign: "+" | "-", a: Dimension, b: Dimension, at: number): Dimension {
  if (sameDimension(a, b)) return a;
  const line = [ROW, COLUMN].find((index) => sameDimension(a, index) || sameDimension(b, index));
  if (line && (sameDimension(a, PURE) || sameDimension(b, PURE))) return line;
  throw new ExpressionMistake(
    at,
    `"${sign}" between ${describeDimension(a)} and ${describeDimension(b)}, allowed is one unit`,
  );
}

function compileComparison(sign: Comparison, left: Expression, right: Expression, at: number, scope: Scope): Compiled {
  const [a, b] = [compile(left, scope), compile(right, scope)];
  const ordered = a.type.kind === "number" && b.type.kind === "number";
  const lines = ordered && isPureWithLine(a.type, b.type);
  if (!lines && (!sameType(a.type, b.type) || (!ordered && (a.type.kind !== "cell" || !["==", "!="].includes(sign)))))
    throw new ExpressionMistake(
      at,
      `"${sign}" between ${describeType(a.type)} and ${describeType(b.type)}, allowed is one unit`,
    );
  return {
    type: TRUTH,
    evaluate: (variables) => {
      const [x, y] = [a.evaluate(variables), b.evaluate(variables)];
      if (x.kind === "cell" && y.kind === "cell")
        return truth((x.row === y.row && x.column === y.column) === (sign === "=="));
      return x.kind === "number" && y.kind === "number" ? compare(sign, x, y) : truth(false);
    },
  };
}

function isPureWithLine(a: Type, b: Type): boolean {
  if (a.kind !== "number" || b.kind !== "number") return false;
  const isLine = (dimension: Dimension) => sameDimension(dimension, ROW) || sameDimension(dimension, COLUMN);
  return (
    (sameDimension(a.dimension, PURE) && isLine(b.dimension)) ||
    (sameDimension(b.dimension, PURE) && isLine(a.dimension))
  );
}

/** Neither is known where the intervals overlap. A lost reading (NaN) is below, above and equal to nothing. */
function compare(sign: Comparison, a: Interval, b: Interval): Truth {
  if ([a.low, a.high, b.low, b.high].some(Number.isNaN)) return truth(sign === "!=");
  const can = (yes: boolean, no: boolean): Truth => ({ kind: "truth", canBeTrue: yes, canBeFalse: no });
  const equal = can(a.low <= b.high && b.low <= a.high, !(isExact(a) && isExact(b) && a.low === b.low));
  switch (sign) {
    case "<":
      return can(a.low < b.high, a.high >= b.low);
    case "<=":
      return can(a.low <= b.high, a.high > b.low);
    case ">":
      return can(a.high > b.low, a.low <= b.high);
    case ">=":
      return can(a.high >= b.low, a.low < b.high);
    case "==":
      return equal;
    case "!=":
      return can(equal.canBeFalse, equal.canBeTrue);
  }
}

type Condition = (variables: Variables) => Truth;

/** The right side is not computed where the left one decides: `n > 0 and 1 / n > 3` has a value for n = 0. */
function compileLogic(sign: "and" | "or", left: Condition, right: Condition): Compiled {
  return {
    type: TRUTH,
    evaluate: (variables) => {
      const a = left(variables);
      if (sign === "and" ? !a.canBeTrue : !a.canBeFalse) return a;
      const b = right(variables);
      return sign === "and"
        ? { kind: "truth", canBeTrue: a.canBeTrue && b.canBeTrue, canBeFalse: a.canBeFalse || b.canBeFalse }
        : { kind: "truth", canBeTrue: a.canBeTrue || b.canBeTrue, canBeFalse: a.canBeFalse && b.canBeFalse };
    },
  };
}

function condition(expression: Expression, scope: Scope): Condition {
  const { type, evaluate } = compile(expression, scope);
  if (type.kind !== "truth")
    throw new ExpressionMistake(
      expression.at,
      `${describeType(type)} is no condition, write a comparison such as g > 5 nS`,
    );
  return (variables) => {
    const value = evaluate(variables);
    return value.kind === "truth" ? value : truth(false);
  };
}

function numeric(expression: Expression, scope: Scope, where: string) {
  const { type, evaluate } = compile(expression, scope);
  if (type.kind !== "number")
    throw new ExpressionMistake(expression.at, `${where} takes numbers, found ${describeType(type)}`);
  return {
    dimension: type.dimension,
    evaluate: (variables: Variables): Interval => {
      const value = evaluate(variables);
      return value.kind === "number" ? value : exactly(Number.NaN);
    },
  };
}

/** A number that doubles cannot hold is a mistake; NaN is a reading without samples and stays one. */
function number(value: Interval, at: number, ...from: readonly Interval[]): Value {
  if (isExact(value) && !Number.isFinite(value.low) && !Number.isNaN(value.low) && from.every(isExact))
    throw new ExpressionMistake(at, "the result is too large");
  return { kind: "number", low: value.low, high: value.high };
}
