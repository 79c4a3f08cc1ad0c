import type { At } from "./compiler.ts";
import { COLUMN, describeDimension, type Dimension, dimensionOfField, PURE, ROW, sameDimension } from "./dimension.ts";
import { isExact } from "./interval.ts";
import type { Machine } from "./machine.ts";
import { describeType } from "./value.ts";

type Computed = (machine: Machine) => unknown;

/**
 * Parameters of a protocol with expressions in them: text that begins with "=". The name of a field says what unit it
 * takes. Where a dry run knows a value only between bounds, it takes the one that is farther from 0.
 * @returns what computes them; undefined where there is no expression
 */
export function compileParameters(given: unknown, at: At): Computed | undefined {
  return compileValue(given, at, { dimension: PURE, cells: false });
}

interface Field {
  readonly dimension: Dimension;
  /** Whether addresses stand here: pairs are [row, column], and a cell is an address. */
  readonly cells: boolean;
}

function compileValue(given: unknown, at: At, field: Field): Computed | undefined {
  if (typeof given === "string") return given.trimStart().startsWith("=") ? compileText(given, at, field) : undefined;
  if (typeof given !== "object" || given === null) return undefined;
  const entries = Array.isArray(given)
    ? given.map((item: unknown, k) =>
        compileValue(item, { ...at, path: [...at.path, k] }, fieldOfItem(given, k, field)),
      )
    : Object.entries(given).map(([name, value]) =>
        compileValue(value, { ...at, path: [...at.path, name] }, fieldOfName(name, field)),
      );
  if (!entries.some((entry) => entry)) return undefined;
  if (Array.isArray(given)) {
    const items: readonly unknown[] = given;
    return (machine) => items.map((item, k) => (entries[k] ? entries[k](machine) : item));
  }
  const pairs = Object.entries(given);
  return (machine) =>
    Object.fromEntries(pairs.map(([name, value], k) => [name, entries[k] ? entries[k](machine) : value]));
}

/** In `cells: [[1, 2], [3, 4]]` the inner lists are a row and a column each. */
function fieldOfItem(list: readonly unknown[], k: number, field: Field): Field {
  if (!field.cells || Array.isArray(list[k])) return field;
  return { ...field, dimension: k === 0 ? ROW : COLUMN };
}

/** In `cells: { rows: [0, 3] }` both ends are rows. */
function fieldOfName(name: string, field: Field): Field {
  if (name === "cells") return { dimension: PURE, cells: true };
  const own = dimensionOfField(name);
  const nested = field.cells && (sameDimension(own, ROW) || sameDimension(own, COLUMN));
  return { dimension: own, cells: field.cells && !nested };
}

function compileText(text: string, { compiler, path, scope }: At, field: Field): Computed {
  const { type, value } = compiler.expression(text, path, scope);
  if (type.kind === "cell") {
    if (!field.cells) throw compiler.fail(path, "a cell does not fit here, allowed is it in cells");
    return (machine) => {
      const cell = value(machine);
      return cell.kind === "cell" ? [[cell.row, cell.column]] : [];
    };
  }
  if (type.kind === "truth")
    return (machine) => {
      const found = value(machine);
      return found.kind === "truth" && found.canBeTrue;
    };
  const line = sameDimension(field.dimension, ROW) || sameDimension(field.dimension, COLUMN);
  if (!sameDimension(type.dimension, field.dimension) && !(line && sameDimension(type.dimension, PURE))) {
    const mixed = line && [ROW, COLUMN].some((other) => sameDimension(type.dimension, other));
    const hint = mixed ? "; rows and columns are mixed up" : "";
    throw compiler.fail(
      path,
      `${describeType(type)} is refused, expected ${describeDimension(field.dimension)}${hint}`,
    );
  }
  return (machine) => {
    const found = value(machine);
    if (found.kind !== "number") return undefined;
    const { low, high } = found;
    if (Number.isNaN(low))
      throw compiler.fail(path, "comes from a reading without a valid sample, nothing can be done with it");
    const farther = Math.abs(low) > Math.abs(high) ? low : high;
    if (isExact(found) || Number.isFinite(farther)) return farther;
    throw compiler.fail(
      path,
      "depends on a reading without bounds, write clamp(x, low, high) so that it can be checked",
    );
  };
}
