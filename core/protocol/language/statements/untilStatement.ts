import { strictObject } from "../../../document.ts";
import { PURE } from "../dimension.ts";
import type { Variables } from "../compileExpression.ts";
import { defineStatement, expression, statementList } from "../statement.ts";
import { MOST_REPETITIONS } from "./repeatStatement.ts";

/**
 * Statements, then the question whether to go on; at most `most` times. How it ended is noted in the record. A dry run
 * cannot know when a reading will end it: it takes all rounds, and what follows may come after any of them.
 */
export const untilStatement = defineStatement({
  summary: "Repeats statements until a condition holds, at most so often: until: g > 5 nS, most: 100.",
  schema: strictObject({ until: expression, most: expression.optional(), do: statementList }),
  compile({ until: raw, most, do: items }, { compiler, path, scope }) {
    if (most === undefined)
      throw compiler.fail([...path, "until"], "may never end, write most: and the largest number of rounds");
    const rounds = compiler.exactNumber(most, PURE, [...path, "most"], scope);
    const condition = compiler.condition(raw, [...path, "until"], scope);
    const body = compiler.block(items, [...path, "do"], scope);
    const place = compiler.place(path);
    return function* (machine) {
      const bound = rounds.value(machine);
      if (!Number.isInteger(bound) || bound < 1 || bound > MOST_REPETITIONS)
        throw compiler.fail(
          [...path, "most"],
          `${bound} is refused, allowed are integers from 1 to ${MOST_REPETITIONS}`,
        );
      const ends: Variables[] = [];
      let [met, round] = [false, 0];
      while (!met && round < bound) {
        round++;
        machine.spend((reason) => compiler.fail([...path, "until"], reason));
        yield* body(machine);
        const { canBeTrue, canBeFalse } = condition.value(machine);
        met = canBeTrue && !canBeFalse;
        if (canBeTrue && canBeFalse) ends.push([...machine.variables]);
      }
      for (const end of ends) machine.joinWith(end);
      const label = `until ${String(raw).trim()}: ${met ? "met" : "not met"} after ${round} of at most ${bound}`;
      yield* machine.perform({ kind: "mark", label, data: { rounds: round, most: bound, met: met ? 1 : 0 } }, place);
    };
  },
});
