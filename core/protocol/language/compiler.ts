import type { z } from "zod";
import { checkPart, describeUnknown } from "../../document.ts";
import type { Grid } from "../../crossbar/grid.ts";
import type { ProtocolError } from "../../errors.ts";
import { shown } from "../../shown.ts";
import { compileExpression } from "./compileExpression.ts";
import { describeDimension, type Dimension } from "./dimension.ts";
import { exactly, isExact, type Interval } from "./interval.ts";
import type { Machine, Operation } from "./machine.ts";
import { Scope } from "./scope.ts";
import { STATEMENTS } from "./statements/index.ts";
import { compileProtocolStatement, findProtocol, protocolNames } from "./statements/protocolStatement.ts";
import { ExpressionMistake } from "./tokens.ts";
import { describeType, numberOf, sameType, type Truth, type Type, type Value } from "./value.ts";

export type Path = readonly PropertyKey[];

/** An expression bound to its place: mistakes while it is computed name file, line and column. */
export interface Placed<T> {
  readonly type: Type;
  value(machine: Machine): T;
}

/** Turns statements into operations; every mistake that needs no array is found here, at its place. */
export class Compiler {
  readonly grid: Grid;
  readonly #errorAt: (path: Path, reason: string) => ProtocolError;

  constructor(grid: Grid, errorAt: (path: Path, reason: string) => ProtocolError) {
    this.grid = grid;
    this.#errorAt = errorAt;
  }

  fail(path: Path, reason: string): ProtocolError {
    return this.#errorAt(path, reason);
  }

  /** "x.yaml:12:5" */
  place(path: Path): string {
    const { file, line, column } = this.#errorAt(path, "");
    return `${file}:${line}:${column}`;
  }

  /** Statements in order, in a block of their own: names declared in it end with it. */
  block(items: readonly unknown[], path: Path, outer: Scope): Operation {
    const scope = new Scope(outer);
    const operations = items.map((item, k) => this.statement(item, [...path, k], scope));
    return function* (machine) {
      for (const operation of operations) yield* operation(machine);
    };
  }

  /** One statement; declarations go into `scope`. */
  statement(item: unknown, path: Path, scope: Scope): Operation {
    const fields = typeof item === "string" ? { [item]: null } : item;
    if (typeof fields !== "object" || fields === null || Array.isArray(fields))
      throw this.fail(path, `${shown(item)} is no statement, allowed is a map such as "wait: 10 ms"`);
    const keys = Object.keys(fields);
    const fail = (reason: string) => this.fail(path, reason);
    const operation = this.#compile(fields, keys, path, scope);
    return function* (machine) {
      machine.spend(fail);
      yield* operation(machine);
    };
  }

  #compile(fields: object, keys: readonly string[], path: Path, scope: Scope): Operation {
    const heads = keys.filter((key) => Object.hasOwn(STATEMENTS, key) || findProtocol(key));
    const [head, second] = heads;
    if (head === undefined) {
      const [first = ""] = keys;
      const known = [...Object.keys(STATEMENTS), ...protocolNames()];
      throw this.fail([...path, first], describeUnknown(first, known, "protocol or statement"));
    }
    if (second !== undefined)
      throw this.fail(path, `${heads.length} statements in one list item (${heads.join(", ")}), allowed is one`);
    const definition = STATEMENTS[head];
    if (definition && Object.hasOwn(STATEMENTS, head))
      return definition.compile(this.check(fields, definition.schema, path), { compiler: this, path, scope });
    const other = keys.find((key) => key !== head);
    if (other !== undefined)
      throw this.fail([...path, other], `unknown key "${other}" beside ${head}, allowed is none`);
    const parameters: unknown = Object.values(fields)[0] ?? {};
    return compileProtocolStatement(head, parameters, { compiler: this, path: [...path, head], scope });
  }

  /** A value against a schema, the first complaint at its place. */
  check<T>(value: unknown, schema: z.ZodType<T>, path: Path): T {
    const checked = checkPart(value, schema);
    if ("data" in checked) return checked.data;
    const { path: inner, message } = checked.mistake;
    throw this.fail([...path, ...inner], message);
  }

  /** An expression of any type. */
  expression(raw: unknown, path: Path, scope: Scope): Placed<Value> {
    if (typeof raw === "number" || typeof raw === "boolean") raw = String(raw);
    if (typeof raw !== "string") throw this.fail(path, `${shown(raw)} is no expression, write for example 2 * step`);
    const text = raw.replace(/^\s*=/, "");
    const located = <T>(action: () => T): T => {
      try {
        return action();
      } catch (error) {
        if (!(error instanceof ExpressionMistake)) throw error;
        throw this.fail(
          path,
          `${error.message}, in "${shortened(text.trim())}" at character ${characterOf(text, error.at)}`,
        );
      }
    };
    const { type, evaluate } = located(() => compileExpression(text, scope));
    return { type, value: (machine) => located(() => evaluate(machine.variables)) };
  }

  /** A number of this unit; a plain number of a file is in base SI already. */
  number(raw: unknown, dimension: Dimension, path: Path, scope: Scope): Placed<Interval> {
    if (typeof raw === "number") {
      if (!Number.isFinite(raw)) throw this.fail(path, `${raw} is not a finite number`);
      const value = exactly(raw);
      return { type: numberOf(dimension), value: () => value };
    }
    const { type, value } = this.expression(raw, path, scope);
    if (!sameType(type, numberOf(dimension)))
      throw this.fail(path, `${shown(raw)} is ${describeType(type)}, expected ${describeDimension(dimension)}`);
    return { type, value: (machine) => asInterval(value(machine)) };
  }

  /** A number that does not depend on readings. */
  exactNumber(raw: unknown, dimension: Dimension, path: Path, scope: Scope): Placed<number> {
    const { type, value } = this.number(raw, dimension, path, scope);
    return {
      type,
      value: (machine) => {
        const found = value(machine);
        if (isExact(found) && !Number.isNaN(found.low)) return found.low;
        throw this.fail(path, "depends on a reading, allowed is what is known before the run; use until with most");
      },
    };
  }

  condition(raw: unknown, path: Path, scope: Scope): Placed<Truth> {
    const { type, value } = this.expression(raw, path, scope);
    if (type.kind !== "truth")
      throw this.fail(path, `${describeType(type)} is no condition, write a comparison such as g > 5 nS`);
    return {
      type,
      value: (machine) => {
        const found = value(machine);
        return found.kind === "truth" ? found : { kind: "truth", canBeTrue: false, canBeFalse: true };
      },
    };
  }
}

/** What a statement is compiled with. */
export interface At {
  readonly compiler: Compiler;
  readonly path: Path;
  readonly scope: Scope;
}

function asInterval(value: Value): Interval {
  return value.kind === "number" ? value : exactly(Number.NaN);
}

function characterOf(text: string, at: number): number {
  return at - (/^\s*/.exec(text)?.[0].length ?? 0) + 1;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
