import { z } from "zod";
import type { At } from "./compiler.ts";
import type { Operation } from "./machine.ts";
import { listOf } from "../parameters.ts";

/** One kind of statement: how files write it and what it does. */
export interface Statement<Fields> {
  /** One sentence, for the schema that editors read. */
  readonly summary: string;
  readonly schema: z.ZodType<Fields>;
  compile(fields: Fields, at: At): Operation;
}

/** What a table of statements holds: fields that its own schema has checked. */
export interface AnyStatement {
  readonly summary: string;
  readonly schema: z.ZodType;
  compile(fields: unknown, at: At): Operation;
}

/** Joins a schema to what takes its output; the table forgets the type of the fields and loses nothing by it. */
export function defineStatement<Fields>({ summary, schema, compile }: Statement<Fields>): AnyStatement {
  return { summary, schema, compile: (fields, at) => compile(fields as Fields, at) };
}

/** Nested statements; the compiler checks each. */
export const statementList = listOf(z.unknown(), "statements").meta({ items: { $ref: "#/$defs/statement" } });

function describeNoExpression(input: unknown): string {
  const nested = typeof input === "object" && input !== null && !Array.isArray(input);
  return nested
    ? "expected an expression such as 10 or g > 3 nS, not a map: do and the other words stand beside this one, not inside it"
    : "expected an expression such as 10 or g > 3 nS";
}

/** Text that is an expression, or a number in base SI. */
export const expression = z
  .custom<string | number | boolean>((input) => ["string", "number", "boolean"].includes(typeof input), {
    error: ({ input }) => (input === undefined ? "missing, write an expression" : describeNoExpression(input)),
  })
  .meta({ type: ["string", "number", "boolean"] });
