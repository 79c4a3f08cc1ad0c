import { strictObject } from "../../../document.ts";
import { dimensionOfField } from "../dimension.ts";
import { defineStatement, expression } from "../statement.ts";

export const waitStatement = defineStatement({
  summary: "All lines at 0 V for so long: wait: 10 ms.",
  schema: strictObject({ wait: expression }),
  compile({ wait }, { compiler, path, scope }) {
    const at = [...path, "wait"];
    const duration = compiler.number(wait, dimensionOfField("wait_s"), at, scope);
    const place = compiler.place(path);
    return function* (machine) {
      const { low, high } = duration.value(machine);
      if (!(low >= 0) || !Number.isFinite(high))
        throw compiler.fail(
          at,
          `${low === high ? low : `${low} to ${high}`} s is refused, allowed are 0 s and more, below infinity`,
        );
      yield* machine.rest(high, place);
    };
  },
});
