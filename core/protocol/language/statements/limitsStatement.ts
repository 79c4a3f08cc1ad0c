import { strictObject } from "../../../document.ts";
import { findLimitsMistake, type Limits, strictest } from "../../../limits.ts";
import { limitsSchema, givenLimits } from "../../limitsSchema.ts";
import { defineStatement, statementList } from "../statement.ts";

/** Narrower limits for some statements. They are checked besides those of the run, which always hold. */
export const limitsStatement = defineStatement({
  summary: "Runs statements under narrower limits: limits: { voltage_V: 0.5 V }, do: [...].",
  schema: strictObject({ limits: limitsSchema, do: statementList }),
  compile({ limits: fields, do: items }, { compiler, path, scope }) {
    const limits = givenLimits(fields);
    const body = compiler.block(items, [...path, "do"], scope);
    return function* (machine) {
      for (const [name, value] of entriesOf(limits)) {
        const around = machine.limits[name];
        if (value > around && name !== "dwellAbove_V" && name !== "dutyWindow_s")
          throw compiler.fail(
            [...path, "limits", name],
            `${value} is above the ${around} around it, a block may only tighten`,
          );
      }
      const mistake = findLimitsMistake(strictest(machine.limits, limits));
      if (mistake) throw compiler.fail([...path, "limits", mistake.field], mistake.reason);
      yield* machine.within(limits, () => body(machine));
    };
  },
});

function entriesOf(limits: Partial<Limits>): [keyof Limits, number][] {
  return Object.entries(limits) as [keyof Limits, number][];
}
