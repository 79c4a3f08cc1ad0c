import { readFileSync } from "node:fs";
import { z } from "zod";
import { quantity, quantityIn, readDocument, strictObject } from "../../document.ts";
import { ProtocolError } from "../../errors.ts";

/** One command as text, on one line; control characters are for `clear` alone. */
export const command = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x20-\x7e]+$/, "a command is one line of printable characters");
/** A command with a place for a number. */
export const setting = command.refine((text) => text.includes("{value}"), {
  error: ({ input }) => `"${String(input)}" has no place for its number, write {value} there`,
});
export const query = command.refine((text) => text.includes("?"), {
  error: ({ input }) => `"${String(input)}" is no query, there is no ? in it`,
});

const profileSchema = strictObject({
  crosspore: z.literal(1),
  scpi: strictObject({
    title: z.string().min(1).max(100),
    /** Words that all stand in the answer to `*IDN?`. */
    identity: z.array(z.string().min(1).max(100)).min(1).max(10),
    lineEnd: z.enum(["lf", "cr", "crlf"]).default("lf"),
    /** Bytes that end whatever runs, sent without a line end. */
    clear: z.string().max(10).default(""),
    start: z.array(command).max(100).default([]),
    voltage: strictObject({
      range_V: z
        .tuple([quantityIn("V", -1000, 0), quantityIn("V", 0, 1000)])
        .refine(([least, most]) => least < most, { error: "the range is empty, write the lower end first" }),
      step_V: quantity("V"),
      set: setting,
    }),
    current: strictObject({
      ranges_A: z
        .array(quantityIn("A", 1e-15, 100))
        .min(1)
        .max(30)
        .refine((ranges) => ranges.every((one, k) => k === 0 || one > (ranges[k - 1] ?? 0)), {
          error: "ranges are written in ascending order",
        }),
      setRange: setting.optional(),
      setAuto: command.optional(),
      read: query,
      field: z.int().min(0).max(100).default(0),
      status: z.int().min(0).max(100).optional(),
      overload: z.int().min(0).max(0x7fff_ffff).default(0),
      /** -1 where a positive current flows out of the column. */
      sign: z.union([z.literal(1), z.literal(-1)]).default(1),
    }),
    compliance: strictObject({ preset_A: quantityIn("A", 1e-12, 100), set: setting, read: query }),
    output: strictObject({ on: command, off: command, read: query }),
    error: query.default("SYST:ERR?"),
    shortest_s: quantityIn("s", 1e-3, 3600),
    reading_s: quantityIn("s", 0, 3600),
  }).refine(({ shortest_s, reading_s }) => reading_s <= shortest_s, {
    error: "a reading takes longer than the shortest level",
    path: ["reading_s"],
  }),
});

/** A source-measure unit as text: what it is told, what it answers, what it can. */
export type ScpiProfile = z.infer<typeof profileSchema>["scpi"];

/** @throws ProtocolError at the line and column of the first mistake */
export function parseProfile(text: string, file: string): ScpiProfile {
  return readDocument(text, file, profileSchema).scpi;
}

/** @throws ProtocolError when the file cannot be read, or as `parseProfile` */
export function readProfile(file: string): ScpiProfile {
  return parseProfile(readProfileText(file), file);
}

/** @throws ProtocolError when the file cannot be read */
export function readProfileText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProtocolError({ file, line: 0, column: 0, path: "" }, `the profile cannot be read: ${why}`);
  }
}
