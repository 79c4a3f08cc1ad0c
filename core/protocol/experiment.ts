import { z } from "zod";
import { makeErrorAt, quantity, readDocument, strictObject } from "../document.ts";
import type { EmulatedArrayConfig } from "../emulated/config.ts";
import { type ChipLimits, type Limits, NO_LIMITS } from "../limits.ts";
import { arraySchema, resolveArray } from "./arraySchema.ts";
import { PROTOCOLS } from "./library/index.ts";
import { chipSchema, findMistakeInLimits, givenChip, givenLimits, limitsSchema } from "./limitsSchema.ts";
import { count, listOf } from "./parameters.ts";
import { shown } from "../shown.ts";
import type { FileEntry } from "./defineProtocol.ts";
import { compileProgram, LANGUAGE_KEYS, needsLanguage, type Passage } from "./language/program.ts";
import type { Protocol } from "./protocol.ts";

/** Version of the experiment file. */
export const EXPERIMENT_SCHEMA = 1;

/** An experiment file, read and checked as far as that goes without an array. */
export interface Experiment {
  readonly name: string;
  readonly operator: string;
  readonly notes: string;
  readonly seed: number;
  /** The array, or what is expected of it where instruments are named. */
  readonly array: EmulatedArrayConfig;
  /** Addresses of the instrument and its selector; empty = emulated. */
  readonly on: readonly string[];
  readonly limits: Limits;
  /** Voltage of every junction while the run is paused. */
  readonly hold_V: number;
  readonly chip: ChipLimits;
  readonly protocols: readonly Protocol[];
  /** Where each protocol stands, "x.yaml:12:5", for refusals after loading. */
  readonly places: readonly string[];
  /** Everything above with defaults filled in, base SI, as JSON can hold it: for the run record. */
  readonly resolved: Readonly<Record<string, unknown>>;
}

const text = (what: string) =>
  z.string({
    error: ({ input }) =>
      input === undefined ? `missing, write ${what} as text` : `${shown(input)} is refused, write ${what} as text`,
  });

const NAMES = Object.keys(PROTOCOLS);

const namedEntries = strictObject(
  {
    ...Object.fromEntries(Object.entries(PROTOCOLS).map(([name, { fileEntry }]) => [name, fileEntry.optional()])),
    // never met here, but allowed in a list item, and so named where something unknown stands
    ...Object.fromEntries(LANGUAGE_KEYS.map((key) => [key, z.undefined().optional()])),
  },
  "protocol",
);

/** An item of the list: a protocol that is known now, or a statement that the language compiles. */
type Item = { readonly name: string; readonly entry: FileEntry } | { readonly statement: unknown };

/** One protocol per list item: `- iv-sweep: {...}`; `- read-map:` or `- read-map` alone mean its defaults. */
const plainEntry = z
  .preprocess((item) => {
    if (typeof item === "string") return { [item]: {} };
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, value ?? {}]));
  }, namedEntries)
  .transform((named, context) => {
    const found = Object.entries(named).flatMap(([name, entry]) => (entry ? [{ name, entry }] : []));
    const [only] = found;
    if (only && found.length === 1) return only;
    context.addIssue({
      code: "custom",
      message: `${found.length} protocols in one list item, allowed is one of ${NAMES.join(", ")}`,
    });
    return z.NEVER;
  });

const statementItem = z
  .unknown()
  .refine(needsLanguage)
  .transform((statement): Item => ({ statement }));

const protocolEntry: z.ZodType<Item> = z
  .union([plainEntry, statementItem])
  .meta({ id: "statement", description: "one protocol, verb or statement" });

/** What a file holds, before its parts are compared with one another. */
export const experimentSchema = strictObject({
  crosspore: z.literal(EXPERIMENT_SCHEMA, {
    error: ({ input }) =>
      input === undefined
        ? `missing, write "crosspore: ${EXPERIMENT_SCHEMA}", the version of the format`
        : `${shown(input)} is no version of this file, allowed is ${EXPERIMENT_SCHEMA}`,
  }),
  name: text("a name").min(1, { error: "the name is empty" }),
  operator: text("a name").default(""),
  notes: text("notes").default(""),
  seed: count(0, Number.MAX_SAFE_INTEGER).default(0),
  array: arraySchema,
  on: z
    .union([text("an address"), listOf(text("an address"), "addresses of the instrument and its selector")])
    .default([])
    .transform((given) => (typeof given === "string" ? [given] : given)),
  chip: chipSchema.default({}),
  limits: limitsSchema.default({}),
  hold_V: quantity("V").default(0),
  protocol: listOf(protocolEntry, "protocols"),
});

/**
 * @param content text of the file
 * @param file its name, for messages
 * @throws ProtocolError at the line and column of the first mistake
 */
export function loadExperiment(content: string, file: string): Experiment {
  const { name, operator, notes, seed, on, hold_V, ...parts } = readDocument(content, file, experimentSchema);
  const errorAt = makeErrorAt(content, file);
  const array = resolveArray(parts.array);
  if ("mistake" in array) throw errorAt(["array", ...array.mistake.path], array.mistake.reason);
  const [given, chip] = [givenLimits(parts.limits), givenChip(parts.chip)];
  const lacking = findMistakeInLimits(given, chip);
  if (lacking) throw errorAt(lacking.path, lacking.reason);
  const atItem = (path: readonly PropertyKey[], reason: string) => errorAt(["protocol", ...path], reason);
  const parsed = collectPassages(parts.protocol);
  const programs = compileProgram(
    parsed.filter((part): part is Passage => "items" in part),
    array,
    atItem,
  );
  const [protocols, places]: [Protocol[], string[]] = [[], []];
  for (const part of parsed) {
    const program = "items" in part ? programs.shift() : undefined;
    if ("entry" in part) {
      const mistake = part.entry.findMistake(array);
      if (mistake) throw atItem([part.first, part.name, ...mistake.path], mistake.reason);
      protocols.push(part.entry.protocol);
    } else if (program) protocols.push(program);
    const { line, column } = atItem([part.first], "");
    places.push(`${file}:${line}:${column}`);
  }
  return {
    name,
    operator,
    notes,
    seed,
    array,
    on,
    limits: { ...NO_LIMITS, ...given },
    hold_V,
    chip,
    protocols,
    places,
    resolved: {
      name,
      operator,
      notes,
      seed,
      array: { ...array },
      ...(on.length > 0 && { on }),
      chip: { ...chip },
      limits: given,
      hold_V,
      protocol: protocols.map((protocol) => ({ [protocol.name]: protocol.parameters })),
    },
  };
}

type Part = Passage | { readonly first: number; readonly name: string; readonly entry: FileEntry };

/** Protocols stay entries of their own; statements between them are joined. */
function collectPassages(items: readonly Item[]): Part[] {
  const parts: Part[] = [];
  for (const [first, item] of items.entries()) {
    const last = parts.at(-1);
    if ("entry" in item) parts.push({ first, ...item });
    else if (last && "items" in last) parts[parts.length - 1] = { ...last, items: [...last.items, item.statement] };
    else parts.push({ first, items: [item.statement] });
  }
  return parts;
}
