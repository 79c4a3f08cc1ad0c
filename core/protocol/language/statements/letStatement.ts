import { z } from "zod";
import { strictObject } from "../../../document.ts";
import type { Path } from "../compiler.ts";
import { dimensionOfUnit } from "../dimension.ts";
import { FUNCTIONS } from "../functions.ts";
import { defineStatement, expression } from "../statement.ts";
import { describeType, sameType } from "../value.ts";

const RESERVED = new Set(["and", "or", "not", "true", "false", "current", "voltage", "elapsed", "row", "column"]);

/** Why a word cannot be the name of a variable. */
export function findNameMistake(name: string): string | undefined {
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) return `"${name}" is no name, allowed are letters, digits and _`;
  if (dimensionOfUnit(name)) return `"${name}" is a unit, allowed is any other name`;
  if (RESERVED.has(name) || Object.hasOwn(FUNCTIONS, name))
    return `"${name}" has a meaning already, allowed is any other name`;
  return undefined;
}

/** Gives names values: in order, each may use those before it. A known name gets a new value of its own unit. */
export const letStatement = defineStatement({
  summary: "Gives names to values: let: { g: current / voltage }.",
  schema: strictObject({ let: z.record(z.string(), expression, { error: "expected a map of names and expressions" }) }),
  compile({ let: given }, { compiler, path, scope }) {
    const assignments = Object.entries(given).map(([name, raw]) => {
      const at: Path = [...path, "let", name];
      const mistake = findNameMistake(name);
      if (mistake) throw compiler.fail(at, mistake);
      const { type, value } = compiler.expression(raw, at, scope);
      const known = scope.find(name);
      if (known && !sameType(known.type, type))
        throw compiler.fail(at, `${name} is ${describeType(known.type)}, it cannot become ${describeType(type)}`);
      return { slot: (known ?? scope.declare(name, type)).slot, value };
    });
    // oxlint-disable-next-line require-yield -- a statement is a generator, also where it takes no step
    return function* (machine) {
      for (const { slot, value } of assignments) machine.variables[slot] = value(machine);
    };
  },
});
