import { z } from "zod";
import { strictObject } from "../../../document.ts";
import { dimensionOfField } from "../dimension.ts";
import { defineStatement, expression } from "../statement.ts";

const words = z.string({ error: "expected text" }).min(1, { error: "the text is empty" });

const note = z.union([
  words,
  strictObject({
    label: words,
    /** The name of each says its unit: { conductance_S: g }. */
    data: z.record(z.string(), expression).default({}),
  }),
]);

export const markStatement = defineStatement({
  summary: "Writes a note into the record, with values if wanted: mark: { label: set, data: { conductance_S: g } }.",
  schema: strictObject({ mark: note }),
  compile({ mark }, { compiler, path, scope }) {
    const { label, data } = typeof mark === "string" ? { label: mark, data: {} } : mark;
    const values = Object.entries(data).map(([name, raw]) => {
      const number = compiler.number(raw, dimensionOfField(name), [...path, "mark", "data", name], scope);
      return [name, number] as const;
    });
    const place = compiler.place(path);
    return function* (machine) {
      // what a dry run does not know is not noted
      const noted = values.map(([name, number]): [string, number] => {
        const { low, high } = number.value(machine);
        return [name, low === high ? low : Number.NaN];
      });
      yield* machine.perform({ kind: "mark", label, data: Object.fromEntries(noted) }, place);
    };
  },
});

export const promptStatement = defineStatement({
  summary: "Waits until the operator has done something and confirms it: prompt: Exchange the electrolyte.",
  schema: strictObject({ prompt: words }),
  compile({ prompt }, { compiler, path }) {
    const place = compiler.place(path);
    return (machine) => machine.perform({ kind: "mark", label: prompt, data: {}, prompt: true }, place);
  },
});
