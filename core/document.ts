import { isMap, isSeq, LineCounter, type Node, parseDocument as parseYaml, visit, type YAMLError } from "yaml";
import { z } from "zod";
import { nearestName } from "./crossbar/nearestName.ts";
import { ProtocolError } from "./errors.ts";
import { LARGEST_FILE_BYTES } from "./largestFile.ts";
import { shown } from "./shown.ts";
import { parseQuantity } from "./units.ts";

/**
 * User files (YAML, or JSON which YAML contains) checked against a schema, with every complaint at its line and column.
 * Files are untrusted: 16 MB at most, no aliases, no merge keys, unknown keys refused by the strict schemas.
 */

/** Deepest nesting of lists and maps; far more than any of our files needs, far less than parsers choke on. */
const DEEPEST_NESTING = 32;

/** A quantity field: a number in `unit`, or text such as "100us". */
export function quantity(unit: string) {
  const allowed = `a finite number${unit === "" ? "" : ` in ${unit}, or text with a unit`}`;
  return z
    .custom<number | string>((input) => typeof input === "number" || typeof input === "string", {
      error: ({ input }) =>
        input === undefined ? `missing, write ${allowed}` : `not a quantity, allowed is ${allowed}`,
    })
    .meta({ type: ["number", "string"], description: allowed })
    .transform((input, context) => {
      try {
        return parseQuantity(input, unit);
      } catch (error) {
        context.addIssue({ code: "custom", message: (error as Error).message });
        return z.NEVER;
      }
    });
}

/**
 * A strict object whose complaint about an unknown key names the nearest known one and all that are allowed.
 * @param kind what a key is called in the complaint
 */
export function strictObject<Shape extends z.ZodRawShape>(shape: Shape, kind = "key") {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue["keys"].map((key) => describeUnknown(key, known, kind)).join("\n")
        : issue.input === undefined
          ? `missing, expected a map with ${known.join(", ")}`
          : `expected a map with ${known.join(", ")}`,
  });
}

/** Names that still stand beside a guess. */
const MOST_NAMES = 50;

/** 'unknown model "ohmik", did you mean "ohmic"? allowed are ...' */
export function describeUnknown(word: string, known: readonly string[], kind: string): string {
  const near = nearestName(word, known);
  if (near === undefined) return `unknown ${kind} "${word}", allowed are ${known.join(", ")}`;
  // a guess is worth more than a page of names
  const others = known.length > MOST_NAMES ? `one of ${known.length} names` : known.join(", ");
  return `unknown ${kind} "${word}", did you mean "${near}"? allowed are ${others}`;
}

/** A quantity inside a closed interval, both ends in `unit`. */
export function quantityIn(unit: string, least: number, most: number) {
  return quantity(unit).refine((value) => value >= least && value <= most, {
    error: (issue) => `${String(issue.input)} ${unit} is outside the range, allowed are ${least} to ${most} ${unit}`,
  });
}

/**
 * @param text content of the file
 * @param file its name, for messages
 * @returns the value as the schema transforms it
 * @throws ProtocolError at the first problem, in file order
 */
export function readDocument<T>(text: string, file: string, schema: z.ZodType<T>): T {
  const size = text.length;
  if (size > LARGEST_FILE_BYTES)
    throw new ProtocolError(
      { file, line: 1, column: 1, path: "" },
      `the file has ${size} characters, allowed are ${LARGEST_FILE_BYTES}`,
    );
  const value = parseText(text, file);
  if (value === null || value === undefined)
    throw new ProtocolError({ file, line: 1, column: 1, path: "" }, "the file is empty, or holds comments alone");
  return checkValue(value, text, file, schema);
}

/**
 * JSON at full speed; everything else by the YAML parser, which knows positions. Broken JSON goes there too: what it
 * still accepts (a missing value becomes null, NaN a word) the schema then refuses at the right place.
 */
function parseText(text: string, file: string): unknown {
  if (/^\s*[[{]/.test(text)) {
    refuseDeepJson(text, file);
    try {
      return JSON.parse(text);
    } catch {
      // fall through to the parser with positions
    }
  }
  return parseWithPositions(text, file).document.toJS({ maxAliasCount: 0 });
}

/**
 * The YAML parser needs memory that grows with the square of the nesting, so depth is bounded on the raw text first:
 * open brackets (those inside quotes count too, which only makes the bound stricter), "- - -" chains and indentation.
 */
function refuseDeepNesting(text: string, file: string): void {
  let depth = 0;
  let line = 0;
  let lineStart = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (i === 0 || text.charCodeAt(i - 1) === 0x0a) {
      line++;
      lineStart = i;
      if (/^(?: {257}|(?: *[-?] ){33})/.test(text.slice(i, i + 600))) depth = DEEPEST_NESTING + 1;
    }
    if (c === 0x5b || c === 0x7b) depth++;
    else if ((c === 0x5d || c === 0x7d) && depth > 0) depth--;
    if (depth > DEEPEST_NESTING)
      throw new ProtocolError(
        { file, line, column: i - lineStart + 1, path: "" },
        `lists and maps are nested too deeply, allowed are ${DEEPEST_NESTING} levels`,
      );
  }
}

/** The same bound for JSON, exact: brackets inside strings do not count. */
function refuseDeepJson(text: string, file: string): void {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 0x5c) i++;
      else if (c === 0x22) quoted = false;
    } else if (c === 0x22) quoted = true;
    else if (c === 0x5b || c === 0x7b) depth++;
    else if (c === 0x5d || c === 0x7d) depth--;
    if (depth <= DEEPEST_NESTING) continue;
    const lines = text.slice(0, i).split("\n");
    throw new ProtocolError(
      { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, path: "" },
      `lists and maps are nested too deeply, allowed are ${DEEPEST_NESTING} levels`,
    );
  }
}

function parseWithPositions(text: string, file: string) {
  refuseDeepNesting(text, file);
  const lines = new LineCounter();
  const document = parseYaml(text, { lineCounter: lines, prettyErrors: false, merge: false, uniqueKeys: true });
  // a warning is a tag that nobody here gives a meaning
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new ProtocolError({ file, line, column: col, path: "" }, explainYaml(problem, text));
  }
  visit(document, {
    Alias(_, node) {
      const { line, col } = lines.linePos(node.range?.[0] ?? 0);
      throw new ProtocolError({ file, line, column: col, path: "" }, "aliases (*name) are not allowed in this file");
    },
  });
  return { document, lines };
}

/** What the YAML parser complains about, in words for who does not know YAML. */
function explainYaml({ code, message, pos: [start] }: YAMLError, text: string): string {
  const said = message.replace(/\s+/g, " ");
  if (code === "MULTIPLE_DOCS") return "a second document starts here, allowed is one in a file";
  if (code === "DUPLICATE_KEY") {
    const key = /^[^\s:,{}]+/u.exec(text.slice(start, start + 80))?.[0] ?? "a key";
    return `${key} stands twice in the same map, allowed is every key once`;
  }
  if (said.includes("Nested mappings are not allowed"))
    return `${said}; text that holds ": " needs quotes around it, and a map begins on a line of its own`;
  if (code === "TAB_AS_INDENT") return `${said}, write spaces`;
  return said;
}

function checkValue<T>(value: unknown, text: string, file: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value, { error: describeIssue });
  if (result.success) return result.data;
  const located = result.error.issues
    .flatMap(flattenIssue)
    .map((issue) => ({ issue, at: locate(text, file, issue.path) }));
  // what is there and wrong comes before what is missing: a misspelt key is both
  located.sort(
    (a, b) =>
      Number(b.at.found) - Number(a.at.found) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column ||
      b.issue.path.length - a.issue.path.length,
  );
  const first = located[0];
  if (!first) throw new ProtocolError({ file, line: 1, column: 1, path: "" }, "the file does not fit its schema");
  const { line, column } = first.at;
  throw new ProtocolError({ file, line, column, path: formatPath(first.issue.path) }, first.issue.message);
}

/**
 * The same check for a value that a script made: there is no file, so the complaint carries the field only.
 * @param name what is made, e.g. "iv-sweep"
 * @throws ProtocolError at line 0
 */
export function checkInput<T>(value: unknown, name: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value, { error: describeIssue });
  if (result.success) return result.data;
  const first = result.error.issues.flatMap(flattenIssue)[0];
  throw new ProtocolError(
    { file: name, line: 0, column: 0, path: formatPath(first?.path ?? []) },
    first?.message ?? "the value does not fit its schema",
  );
}

/**
 * A part of a file against a schema of its own, for readers that check piece by piece.
 * @returns what the schema makes of it, or the first mistake: what is there and wrong before what is missing
 */
export function checkPart<T>(
  value: unknown,
  schema: z.ZodType<T>,
): { readonly data: T } | { readonly mistake: FlatIssue } {
  const result = schema.safeParse(value, { error: describeIssue });
  if (result.success) return { data: result.data };
  const issues = result.error.issues.flatMap(flattenIssue);
  const isThere = ({ path }: FlatIssue) => {
    let at: unknown = value;
    for (const key of path) {
      if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return false;
      at = Object.entries(at).find(([name]) => name === String(key))?.[1];
    }
    return true;
  };
  const mistake = issues.find(isThere) ?? issues[0] ?? { path: [], message: "does not fit" };
  return { mistake };
}

const KINDS: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  null: "null",
  number: "a finite number",
  object: "a map",
  record: "a map",
  string: "text",
};

/** What a schema without words of its own says: what was found, then what is allowed. */
function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  const found = shown(issue.input);
  switch (issue.code) {
    case "invalid_type": {
      const kind = KINDS[issue.expected];
      if (kind === undefined) return undefined;
      return issue.input === undefined ? `missing, expected ${kind}` : `${found} is refused, allowed is ${kind}`;
    }
    case "too_small":
      return `${found} is refused, allowed are ${issue.inclusive === true ? `${issue.minimum} and more` : `values above ${issue.minimum}`}`;
    case "too_big":
      return `${found} is refused, allowed are ${issue.inclusive === true ? `${issue.maximum} and less` : `values below ${issue.maximum}`}`;
    case "invalid_value":
      if (issue.input === undefined)
        return `missing, allowed ${issue.values.length === 1 ? "is" : "are"} ${issue.values.map(String).join(", ")}`;
      return `${found} is refused, allowed ${issue.values.length === 1 ? "is" : "are"} ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return !Array.isArray(issue.options)
        ? undefined
        : `unknown choice, allowed are ${issue.options.map(String).join(", ")}`;
    default:
      return undefined;
  }
}

interface FlatIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Unknown keys become one issue each at the key; a union reports the branch that got furthest. */
function flattenIssue(issue: z.core.$ZodIssue): FlatIssue[] {
  if (issue.code === "unrecognized_keys") {
    // strictObject writes one line per key; a plain zod object one sentence for all
    const sentences = issue.message.split("\n");
    return issue.keys.map((key, k) => ({
      path: [...issue.path, key],
      message: issue.message.startsWith("unknown ") ? (sentences[k] ?? issue.message) : `unknown key "${key}"`,
    }));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const branches = issue.errors.map((branch) =>
      branch.flatMap((inner) => flattenIssue({ ...inner, path: [...issue.path, ...inner.path] })),
    );
    branches.sort((a, b) => depth(b) - depth(a));
    return branches[0]?.slice(0, 1) ?? [{ path: issue.path, message: issue.message }];
  }
  return [{ path: issue.path, message: issue.message }];
}

function depth(issues: readonly FlatIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

/** Position of a field, or of the nearest enclosing node when the field is missing. 1-based. */
function locate(text: string, file: string, path: readonly PropertyKey[]) {
  return locateIn(parseWithPositions(text, file), path);
}

function locateIn({ document, lines }: ReturnType<typeof parseWithPositions>, path: readonly PropertyKey[]) {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0] ?? 0;
  let found = true;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => String((item.key as { value?: unknown }).value) === String(key));
      found = pair !== undefined;
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(key)];
      found = item !== undefined;
      if (item === undefined) break;
      offset = (item as Node).range?.[0] ?? offset;
      node = item;
    } else break;
  }
  const { line, col } = lines.linePos(offset);
  return { line, column: col, found };
}

export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    "",
  );
}

/** ProtocolError for a problem found after the schema (an address outside the grid, say) at the place of `path`. */
export function errorAt(text: string, file: string, path: readonly PropertyKey[], reason: string): ProtocolError {
  const { line, column } = locate(text, file, path);
  return new ProtocolError({ file, path: formatPath(path), line, column }, reason);
}

/** `errorAt` for a file that is asked about often: parsed once, at the first question. */
export function makeErrorAt(
  text: string,
  file: string,
): (path: readonly PropertyKey[], reason: string) => ProtocolError {
  let parsed: ReturnType<typeof parseWithPositions> | undefined;
  return (path, reason) => {
    parsed ??= parseWithPositions(text, file);
    const { line, column } = locateIn(parsed, path);
    return new ProtocolError({ file, path: formatPath(path), line, column }, reason);
  };
}

export { nearestName as nearest } from "./crossbar/nearestName.ts";
