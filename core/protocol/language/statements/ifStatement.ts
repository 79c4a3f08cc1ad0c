import { strictObject } from "../../../document.ts";
import { defineStatement, expression, statementList } from "../statement.ts";

/** Where a dry run cannot know the condition, it takes both ways, so that both are checked and counted. */
export const ifStatement = defineStatement({
  summary: "Does one thing or another: if: g > 5 nS, do: [...], else: [...].",
  schema: strictObject({ if: expression, do: statementList, else: statementList.optional() }),
  compile({ if: raw, do: first, else: second = [] }, { compiler, path, scope }) {
    const condition = compiler.condition(raw, [...path, "if"], scope);
    const yes = compiler.block(first, [...path, "do"], scope);
    const no = compiler.block(second, [...path, "else"], scope);
    return function* (machine) {
      const { canBeTrue, canBeFalse } = condition.value(machine);
      if (!canBeTrue || !canBeFalse) {
        yield* (canBeTrue ? yes : no)(machine);
        return;
      }
      const before = [...machine.variables];
      yield* yes(machine);
      const after = machine.variables;
      machine.variables = before;
      yield* no(machine);
      machine.joinWith(after);
    };
  },
});
