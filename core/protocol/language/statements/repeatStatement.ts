import { strictObject } from "../../../document.ts";
import { PURE } from "../dimension.ts";
import { defineStatement, expression, statementList } from "../statement.ts";

/** So often at most; more is a mistake in a number. */
export const MOST_REPETITIONS = 10_000_000;

export const repeatStatement = defineStatement({
  summary: "Repeats statements so often: repeat: 10.",
  schema: strictObject({ repeat: expression, do: statementList }),
  compile({ repeat, do: items }, { compiler, path, scope }) {
    const at = [...path, "repeat"];
    const count = compiler.exactNumber(repeat, PURE, at, scope);
    const body = compiler.block(items, [...path, "do"], scope);
    return function* (machine) {
      const times = count.value(machine);
      if (!Number.isInteger(times) || times < 0 || times > MOST_REPETITIONS)
        throw compiler.fail(at, `${times} is refused, allowed are integers from 0 to ${MOST_REPETITIONS}`);
      for (let k = 0; k < times; k++) {
        machine.spend((reason) => compiler.fail(at, reason));
        yield* body(machine);
      }
    };
  },
});
