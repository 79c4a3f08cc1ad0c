import { z } from "zod";
import { quantity, quantityIn, readDocument, strictObject } from "../../document.ts";
import { TELEGRAPHED } from "../../patchClamp/telegraphs.ts";
import { command, query, readProfileText, setting } from "../scpi/profile.ts";

const names = TELEGRAPHED.map(({ name }) => name);

const amplifier = strictObject({
  /** Of the telegraph tables, or "other": then everything is declared. */
  name: z.enum(["other", ...names]),
  /** Volts at the pipette per volt at the external command input. */
  command_V_V: quantityIn("", 1e-4, 1),
  /** What the front panel is set to, as the user reads it. */
  declared: strictObject({
    gain_V_A: quantityIn("V/A", 1e3, 1e15).optional(),
    mode: z.enum(["VC", "I=0", "IC"]).optional(),
    lowPass_Hz: quantityIn("Hz", 0.1, 1e7).optional(),
  }).default({}),
  /** Queries of the converter that read its telegraph outputs, in volts. They go before what is declared. */
  telegraphs: strictObject({ gain: query.optional(), frequency: query.optional(), mode: query.optional() }).default({}),
}).superRefine(({ name, declared, telegraphs }, context) => {
  const need = (part: "gain" | "mode", isDeclared: boolean) => {
    if (isDeclared || telegraphs[part] !== undefined) return;
    const message = `the ${part} is neither declared nor telegraphed: without it a current is not known`;
    context.addIssue({ code: "custom", path: ["declared"], message });
  };
  need("gain", declared.gain_V_A !== undefined);
  need("mode", declared.mode !== undefined);
  if (name === "other" && Object.keys(telegraphs).length > 0)
    context.addIssue({
      code: "custom",
      path: ["telegraphs"],
      message: `there is no table for "other", allowed are telegraphs of ${names.join(", ")}`,
    });
});

const schema = strictObject({
  crosspore: z.literal(1),
  amplifier,
  converter: strictObject({
    /** Words that all stand in the answer to `*IDN?`. */
    identity: z.array(z.string().min(1).max(100)).min(1).max(10),
    lineEnd: z.enum(["lf", "cr", "crlf"]).default("lf"),
    start: z.array(command).max(100).default([]),
    /** Its analog output, at the command input of the amplifier. */
    output: strictObject({
      range_V: z
        .tuple([quantityIn("V", -100, 0), quantityIn("V", 0, 100)])
        .refine(([least, most]) => least < most, { error: "the range is empty, write the lower end first" }),
      step_V: quantity("V"),
      set: setting,
      read: query,
    }),
    /** Its analog input, at the output of the amplifier. */
    input: strictObject({
      range_V: quantityIn("V", 1e-3, 100),
      read: query,
      /** -1 where a positive voltage is a current out of the column. */
      sign: z.union([z.literal(1), z.literal(-1)]).default(1),
    }),
    error: query.default("SYST:ERR?"),
    shortest_s: quantityIn("s", 1e-3, 3600),
    reading_s: quantityIn("s", 0, 3600),
  }).refine(({ shortest_s, reading_s }) => reading_s <= shortest_s, {
    error: "a reading takes longer than the shortest level",
    path: ["reading_s"],
  }),
});

export type AmplifierProfile = z.infer<typeof schema>;

/** @throws ProtocolError at the line and column of the first mistake */
export function parseAmplifier(text: string, file: string): AmplifierProfile {
  return readDocument(text, file, schema);
}

/** @throws ProtocolError when the file cannot be read, or as `parseAmplifier` */
export function readAmplifier(file: string): AmplifierProfile {
  return parseAmplifier(readProfileText(file), file);
}
