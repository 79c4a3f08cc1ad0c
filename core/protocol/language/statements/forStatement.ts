import { z } from "zod";
import { strictObject } from "../../../document.ts";
import type { Operation } from "../machine.ts";
import { Scope } from "../scope.ts";
import { defineStatement, statementList } from "../statement.ts";
import { compileSweep } from "../sweep.ts";
import { findNameMistake } from "./letStatement.ts";

/** Loops; of several names the first is the outermost loop. */
export const forStatement = defineStatement({
  summary: "Repeats statements for each value of a sweep: for: { v: { from: 0.1 V, to: 1 V, step: 0.1 V } }.",
  schema: strictObject({
    for: z.record(z.string(), z.unknown(), { error: "expected a map of names and sweeps" }),
    do: statementList,
  }),
  compile({ for: given, do: items }, { compiler, path, scope }) {
    const inner = new Scope(scope);
    const loops = Object.entries(given).map(([name, raw]) => {
      const at = [...path, "for", name];
      const mistake = findNameMistake(name);
      if (mistake) throw compiler.fail(at, mistake);
      const sweep = compileSweep(raw, { compiler, path: at, scope: inner });
      return { slot: inner.declare(name, sweep.type).slot, values: sweep.values };
    });
    if (loops.length === 0) throw compiler.fail([...path, "for"], "the map is empty, write a name and its sweep");
    const body = compiler.block(items, [...path, "do"], inner);
    return loops.reduceRight<Operation>(
      (within, { slot, values }) =>
        function* (machine) {
          for (const value of values(machine)) {
            machine.spend((reason) => compiler.fail([...path, "for"], reason));
            machine.variables[slot] = value;
            yield* within(machine);
          }
        },
      body,
    );
  },
});
