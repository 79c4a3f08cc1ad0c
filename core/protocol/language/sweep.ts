import { z } from "zod";
import { strictObject } from "../../document.ts";
import { shown } from "../../shown.ts";
import { cells, findCellMistake, oneOf, resolveCells } from "../parameters.ts";
import type { At } from "./compiler.ts";
import { COLUMN, describeDimension, PURE, ROW, sameDimension } from "./dimension.ts";
import { exactly } from "./interval.ts";
import type { Machine } from "./machine.ts";
import { compileParameters } from "./parameterExpressions.ts";
import { expression } from "./statement.ts";
import { CELL, numberOf, sameType, type Type, type Value } from "./value.ts";

/** What a loop goes through: known before the run, in full. */
export interface Sweep {
  readonly type: Type;
  values(machine: Machine): readonly Value[];
}

/** Longest sweep; more values are a mistake in a step. */
const MOST_VALUES = 1_000_000;

const range = strictObject({
  from: expression,
  to: expression,
  /** With its sign; 1 for pure numbers where nobody says. */
  step: expression.optional(),
  count: expression.optional(),
  spacing: oneOf(["linear", "log"]).default("linear"),
});
const addresses = strictObject({ cells });
const lines = z.union([z.literal("all"), z.array(z.unknown()).length(2)], { error: "expected all or [first, last]" });
const rows = strictObject({ rows: lines });
const columns = strictObject({ columns: lines });

/**
 * `[0.1 V, 0.5 V]`, `{from, to, step}`, `{from, to, count}` (`spacing: log`), `{cells: ...}`, `{rows: [first, last]}`,
 * `{columns: all}`.
 */
export function compileSweep(raw: unknown, at: At): Sweep {
  if (Array.isArray(raw)) return compileList(raw, at);
  if (typeof raw !== "object" || raw === null)
    throw at.compiler.fail(
      at.path,
      `${shown(raw)} is no sweep, allowed are a list, {from, to, step}, {from, to, count}, {cells}, {rows} and {columns}`,
    );
  if ("cells" in raw) return compileCells(raw, at);
  if ("rows" in raw) return compileLines(at.compiler.check(raw, rows, at.path).rows, "rows", at);
  if ("columns" in raw) return compileLines(at.compiler.check(raw, columns, at.path).columns, "columns", at);
  return compileRange(at.compiler.check(raw, range, at.path), at);
}

function compileList(raw: readonly unknown[], { compiler, path, scope }: At): Sweep {
  const items = raw.map((item, k) => compiler.expression(item, [...path, k], scope));
  const [first] = items;
  if (!first) throw compiler.fail(path, "the list is empty, write at least one value");
  if (first.type.kind !== "number")
    throw compiler.fail([...path, 0], "is no number, allowed are numbers with one unit");
  const { dimension } = first.type;
  const values = raw.map((item, k) => compiler.exactNumber(item, dimension, [...path, k], scope));
  return { type: first.type, values: (machine) => values.map(({ value }) => number(value(machine))) };
}

function compileRange(fields: z.output<typeof range>, { compiler, path, scope }: At): Sweep {
  const { type } = compiler.expression(fields.from, [...path, "from"], scope);
  if (type.kind !== "number") throw compiler.fail([...path, "from"], "is no number");
  const { dimension } = type;
  const end = (name: "from" | "to" | "step") =>
    compiler.exactNumber(fields[name] ?? 1, dimension, [...path, name], scope);
  const [from, to] = [end("from"), end("to")];
  if (fields.step !== undefined && fields.count !== undefined)
    throw compiler.fail([...path, "count"], "step gives the number of values already, allowed is one of the two");
  if (fields.count !== undefined) {
    const count = compiler.exactNumber(fields.count, PURE, [...path, "count"], scope);
    return {
      type,
      values: (machine) => spread(from.value(machine), to.value(machine), count.value(machine), fields.spacing, refuse),
    };
  }
  if (fields.spacing === "log")
    throw compiler.fail([...path, "spacing"], "log needs count, allowed is step with linear alone");
  if (fields.step === undefined && !sameDimension(dimension, PURE))
    throw compiler.fail(
      path,
      `step or count is missing, values of ${describeDimension(dimension)} have no step of their own`,
    );
  const step = end("step");
  return { type, values: (machine) => march(from.value(machine), to.value(machine), step.value(machine), refuse) };

  function refuse(field: string, reason: string): Error {
    return compiler.fail([...path, field], reason);
  }
}

type Refuse = (field: string, reason: string) => Error;

/** From one end by equal steps as far as the other, which belongs to it also where decimal steps do not quite meet it. */
function march(from: number, to: number, step: number, refuse: Refuse): Value[] {
  if (step === 0) throw refuse("step", "a step of 0 never arrives, allowed is anything else");
  if ((to - from) * step < 0)
    throw refuse("step", `a step of ${step} leads away from ${to}, allowed is the other sign`);
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (!(count <= MOST_VALUES)) throw refuse("step", `${count} values, allowed are ${MOST_VALUES}`);
  // multiples and not sums: no rounding piles up, and the last value is the end itself
  const last = count - 1;
  return Array.from({ length: count }, (_, k) =>
    number(k === last && Math.abs(from + last * step - to) <= 1e-9 * Math.abs(step) ? to : from + k * step),
  );
}

function spread(from: number, to: number, count: number, spacing: "linear" | "log", refuse: Refuse): Value[] {
  if (!Number.isInteger(count) || count < 1 || count > MOST_VALUES)
    throw refuse("count", `${count} is refused, allowed are integers from 1 to ${MOST_VALUES}`);
  if (spacing === "log" && !(from * to > 0))
    throw refuse("from", `${from} to ${to} has no logarithm, allowed are ends of one sign, none of them 0`);
  return Array.from({ length: count }, (_, k) => {
    if (k === 0) return number(from);
    if (k === count - 1) return number(to);
    const part = k / (count - 1);
    return number(spacing === "log" ? from * (to / from) ** part : from + (to - from) * part);
  });
}

function compileCells(raw: object, at: At): Sweep {
  const { compiler, path } = at;
  const read = (value: unknown): Value[] => {
    const chosen = compiler.check(value, addresses, path).cells;
    const mistake = findCellMistake(compiler.grid, chosen);
    if (mistake) throw compiler.fail([...path, ...mistake.path], mistake.reason);
    return resolveCells(compiler.grid, chosen).map((cell): Value => ({ kind: "cell", ...cell }));
  };
  const computed = compileParameters(raw, at);
  if (computed) return { type: CELL, values: (machine) => read(computed(machine)) };
  const known = read(raw);
  return { type: CELL, values: () => known };
}

function compileLines(
  chosen: "all" | readonly unknown[],
  which: "rows" | "columns",
  { compiler, path, scope }: At,
): Sweep {
  const most = compiler.grid[which] - 1;
  const dimension = which === "rows" ? ROW : COLUMN;
  const type = numberOf(dimension);
  const list = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, k) => number(first + k));
  if (chosen === "all") return { type, values: () => list(0, most) };
  const ends = chosen.map((raw, k) => {
    const at = [...path, which, k];
    // a pure number counts lines too
    const pure = typeof raw === "string" && sameType(compiler.expression(raw, at, scope).type, numberOf(PURE));
    return compiler.exactNumber(raw, pure ? PURE : dimension, at, scope);
  });
  return {
    type,
    values: (machine) => {
      const [first = 0, last = 0] = ends.map(({ value }) => value(machine));
      if (![first, last].every(Number.isInteger) || first < 0 || last > most || first > last)
        throw compiler.fail(
          [...path, which],
          `${first} to ${last} is refused, allowed are ${which} 0 to ${most}, ascending`,
        );
      return list(first, last);
    },
  };
}

function number(value: number): Value {
  return { kind: "number", ...exactly(value) };
}
