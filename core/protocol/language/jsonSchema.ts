import { z } from "zod";
import { experimentSchema } from "../experiment.ts";
import { PROTOCOLS } from "../library/index.ts";
import { STATEMENTS } from "./statements/index.ts";
import { VERBS } from "./verbs/index.ts";

/** JSON, as a schema is. */
type Json = { [key: string]: unknown };

/** What an expression looks like inside the parameters of a protocol. */
const EXPRESSION: Json = { type: "string", pattern: "^\\s*=", description: "an expression" };

/**
 * JSON Schema (draft 2020-12) of experiment files, for editors that complete and underline. It knows fields, kinds and
 * words; units, names and the array are checked by `crosspore protocol check`.
 */
export function experimentJsonSchema(): Json {
  const { $defs, ...root } = toJson(experimentSchema);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Crosspore experiment",
    ...root,
    $defs: { ...(isMap($defs) ? $defs : {}), statement: statementSchema() },
  };
}

function statementSchema(): Json {
  const protocols = Object.values({ ...PROTOCOLS, ...VERBS }).map(({ definition }) => definition);
  return {
    anyOf: [
      { enum: protocols.map(({ name }) => name), description: "a protocol with its defaults" },
      ...protocols.map(({ name, summary, schema }) => ({
        type: "object",
        description: summary,
        properties: { [name]: { anyOf: [withExpressions(toJson(schema)), { type: "null" }] } },
        required: [name],
        additionalProperties: false,
      })),
      ...Object.values(STATEMENTS).map(({ summary, schema }) => ({ ...toJson(schema), description: summary })),
    ],
  };
}

function toJson(schema: z.ZodType): Json {
  const { $schema: _dialect, ...json }: Json = { ...z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) };
  return json;
}

/** Every value inside a map or a list may be an expression too. */
function withExpressions(schema: Json): Json {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(isMap(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, orExpression(value)])),
    }),
    ...(isMap(items) && { items: orExpression(items) }),
  };
}

function orExpression(value: unknown): unknown {
  if (!isMap(value)) return value;
  const free = !["type", "enum", "anyOf", "const"].some((key) => key in value);
  return free ? value : { anyOf: [withExpressions(value), EXPRESSION] };
}

function isMap(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
