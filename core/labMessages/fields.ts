import { z } from "zod";

/** Any double: NaN is a lost or unknown value, Infinity an absent limit (`json.ts` carries both). */
export const real = z.custom<number>((value) => typeof value === "number", "expected a number");
export const reals = z.custom<readonly number[]>(
  (value) => Array.isArray(value) && value.every((item) => typeof item === "number"),
  "expected a list of numbers",
);
/** A number that is told to an instrument. */
export const finite = z.number();
export const count = z.int().min(0);

/** Names of things: ids, labels, files' names. Control and direction characters are taken out at the service. */
export const short = z.string().max(500);
/** Sentences. */
export const sentence = z.string().max(20_000);
/** Files and pictures. */
export const long = z.string().max(16 * 1024 * 1024);

/** What a run folder, a job or an array is called on the wire: never a path. */
export const id = z
  .string()
  .min(1)
  .max(200)
  .refine(
    (text) => !/[/\\\u0000-\u001f\u007f]/.test(text) && text !== "." && text !== "..",
    "expected a name without slashes",
  );

export const grid = z.strictObject({ rows: z.int().min(1), columns: z.int().min(1) });
export const address = z.strictObject({ row: count, column: count });
/** Every junction, or these. */
export const cells = z.union([
  z.literal("all"),
  z
    .array(address)
    .min(1)
    .max(1 << 20),
]);
/** ISO 8601 of the service's wall clock. */
export const stamp = z.string().max(40);

export const source = z.enum(["emulated", "measured"]);
