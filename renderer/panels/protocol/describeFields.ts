import { MODELS } from "../../../core/crossbar/models/registry.ts";
import { experimentJsonSchema } from "../../../core/protocol/language/jsonSchema.ts";
import { PROTOCOLS } from "../../../core/protocol/library/index.ts";
import { formatSI } from "../../../core/units.ts";

/** A field of an experiment file as a form shows it, made from the schema that checks the file. */
export interface FieldSpec {
  /** Keys below the item, ["read", "voltage_V"]. */
  readonly keys: readonly string[];
  /** "voltage", "samples per cycle". */
  readonly label: string;
  /** "V", "" for pure numbers and words. */
  readonly unit: string;
  readonly kind: "quantity" | "count" | "choice" | "flag" | "value";
  /** Of a choice. */
  readonly choices: readonly string[];
  /** What holds when nothing is written, as one would write it; undefined: nothing, or it has to be written. */
  readonly fallback?: string;
}

type Json = { readonly [key: string]: unknown };

/** Fields of a protocol in the order of its schema, groups such as "read" one level deep. */
export function protocolFields(name: string): readonly FieldSpec[] {
  const known = cache.get(name);
  if (known) return known;
  const fields = isProtocol(name)
    ? fieldsOf(schemaOf(name), defaultsOf(name), [], writtenDefaults(PROTOCOLS[name].definition.schema))
    : [];
  cache.set(name, fields);
  return fields;
}

let made: Json | undefined;
/** Making it takes tens of milliseconds. */
export function wholeSchema(): Json {
  made ??= experimentJsonSchema();
  return made;
}

const cache = new Map<string, readonly FieldSpec[]>();

export function protocolTitle(name: string): { readonly title: string; readonly summary: string } {
  return isProtocol(name) ? PROTOCOLS[name].definition : { title: name, summary: "" };
}

/** Names of the library in its order. */
export const LIBRARY: readonly string[] = Object.keys(PROTOCOLS);

/** What the limits of an experiment can hold. */
export function limitFields(): readonly FieldSpec[] {
  const schema = wholeSchema();
  const limits = isJson(schema["properties"]) ? schema["properties"]["limits"] : undefined;
  return isJson(limits) ? fieldsOf(limits, {}, []) : [];
}

/** Junction models by name and title, as `crosspore models` lists them. */
export const JUNCTIONS: readonly { readonly name: string; readonly title: string }[] = MODELS.map(
  ({ name, title }) => ({ name, title }),
);

function isProtocol(name: string): name is keyof typeof PROTOCOLS {
  return Object.hasOwn(PROTOCOLS, name);
}

function schemaOf(name: string): Json {
  const { $defs } = wholeSchema();
  const statement = isJson($defs) ? $defs["statement"] : undefined;
  const choices = isJson(statement) && Array.isArray(statement["anyOf"]) ? (statement["anyOf"] as unknown[]) : [];
  for (const choice of choices) {
    const properties = isJson(choice) ? choice["properties"] : undefined;
    const found = isJson(properties) ? properties[name] : undefined;
    if (found !== undefined) return withoutExpression(found);
  }
  return {};
}

/** Schemas of values allow an expression too, and those of protocols nothing at all: what is left is the value itself. */
function withoutExpression(schema: unknown): Json {
  if (!isJson(schema)) return {};
  const { anyOf } = schema;
  if (!Array.isArray(anyOf)) return schema;
  const [first] = anyOf as unknown[];
  return withoutExpression(first);
}

function fieldsOf(schema: Json, defaults: Json, group: readonly string[], written: Json = {}): FieldSpec[] {
  const properties = isJson(schema["properties"]) ? schema["properties"] : {};
  return Object.entries(properties).flatMap(([key, given]): FieldSpec[] => {
    const value = withoutExpression(given);
    const keys = [...group, key];
    const made = defaults[key];
    if (isJson(value["properties"]) && group.length === 0) return fieldsOf(value, isJson(made) ? made : {}, keys);
    // the schema's default is as one would write it, {from, to, perDecade}; what became of it may be a long list
    const held = value["default"] ?? made ?? written[key];
    const { label, unit } = nameField(key);
    const kind = kindOf(value);
    const fallback = held === undefined ? undefined : write(held, unit);
    return [
      {
        keys,
        label,
        unit,
        kind,
        choices: kind === "choice" ? (value["enum"] as unknown[]).map(String) : [],
        ...(fallback !== undefined && { fallback }),
      },
    ];
  });
}

function kindOf({ type, enum: words }: Json): FieldSpec["kind"] {
  if (Array.isArray(words)) return "choice";
  if (type === "integer") return "count";
  if (type === "boolean") return "flag";
  if (Array.isArray(type)) return "quantity";
  return "value";
}

/** Parameters of the protocol as it is without any; fields that must be written have none. */
function defaultsOf(name: keyof typeof PROTOCOLS): Json {
  try {
    return { ...PROTOCOLS[name]().parameters };
  } catch {
    // it has a field without default
    return {};
  }
}

/** Defaults of fields that the protocol turns into others ("amplitude" into both lobes), from the schema itself. */
function writtenDefaults(schema: unknown): Json {
  const shape = unwrap(schema, (inner) => inner["shape"]);
  if (!isJson(shape)) return {};
  return Object.fromEntries(
    Object.entries(shape).map(([key, field]) => [key, unwrap(field, (inner) => inner["defaultValue"])]),
  );
}

/** Looks into a zod schema through its pipes and options. */
function unwrap(schema: unknown, look: (definition: Json) => unknown): unknown {
  for (let inner: unknown = schema; isJson(inner) && isJson(inner["def"]); ) {
    const { def } = inner;
    const found = look(def);
    if (found !== undefined) return found;
    inner = def["in"] ?? def["innerType"];
  }
  return undefined;
}

/** "samplesPerCycle" is "samples per cycle"; "amplitude_V" is "amplitude" in V; "slew_V_s" is "slew" in V/s. */
export function nameField(key: string): { readonly label: string; readonly unit: string } {
  const [stem = key, ...unit] = key.split("_");
  const label = stem
    .replace(/([a-z0-9])([A-Z])/gu, "$1 $2")
    .toLowerCase()
    .replace(/^ph$/u, "pH");
  return { label, unit: unit.join("/").replace("ohm", "Ω") };
}

function write(value: unknown, unit: string): string {
  if (typeof value === "number") return unit === "" ? String(value) : formatSI(value, unit, 12).replace("µ", "u");
  if (Array.isArray(value)) return `[${value.map((item) => write(item, unit)).join(", ")}]`;
  if (isJson(value)) {
    const pairs = Object.entries(value).map(([key, item]) => `${key}: ${write(item, nameField(key).unit)}`);
    return `{ ${pairs.join(", ")} }`;
  }
  return String(value);
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
