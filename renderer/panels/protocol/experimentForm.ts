import { type Document, isCollection, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { sourceAt, type YamlPath } from "./editYaml.ts";
import { type FieldSpec, LIBRARY, limitFields, protocolFields, protocolTitle } from "./describeFields.ts";

/** A field with what the file says. */
export interface FormField extends FieldSpec {
  readonly path: YamlPath;
  /** As it is written; undefined where the file says nothing and the fallback holds. */
  readonly written: string | undefined;
}

export type FormItem =
  | {
      readonly kind: "protocol";
      readonly name: string;
      readonly title: string;
      readonly summary: string;
      /** 1-based, where it stands in the text. */
      readonly line: number;
      readonly fields: readonly FormField[];
    }
  | {
      /** A statement of the language: edited as text. */
      readonly kind: "statement";
      readonly name: string;
      readonly line: number;
      readonly text: string;
    };

/** An experiment file as a form. Every field says where it stands in the text, which alone holds the truth. */
export interface ExperimentForm {
  readonly head: readonly FormField[];
  readonly array: readonly FormField[];
  readonly model: FormField;
  /** What the array has beyond the fields: "lines", "effects". */
  readonly more: readonly string[];
  readonly limits: readonly FormField[];
  readonly items: readonly FormItem[];
}

const text = (keys: readonly string[], label: string): FieldSpec => ({
  keys,
  label,
  unit: "",
  kind: "value",
  choices: [],
});
const number = (keys: readonly string[], label: string, fallback?: string): FieldSpec => ({
  keys,
  label,
  unit: "",
  kind: "count",
  choices: [],
  ...(fallback !== undefined && { fallback }),
});

const HEAD = [
  text(["name"], "name"),
  text(["operator"], "operator"),
  text(["notes"], "notes"),
  number(["seed"], "seed", "0"),
];
const ARRAY = [number(["array", "rows"], "rows"), number(["array", "columns"], "columns")];
const IN_FORM: ReadonlySet<unknown> = new Set(["rows", "columns", "junction"]);

/** @returns the form, or undefined while the text is no YAML map: the text view says what is wrong with it */
export function readForm(source: string): ExperimentForm | undefined {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, merge: false });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const field = (spec: FieldSpec, path: YamlPath): FormField => ({
    ...spec,
    path,
    written: sourceAt(source, document, path),
  });
  const array = document.getIn(["array"], true);
  const list = document.getIn(["protocol"], true);
  return {
    head: HEAD.map((spec) => field(spec, spec.keys)),
    array: ARRAY.map((spec) => field(spec, spec.keys)),
    model: field(text(["array", "junction", "model"], "junction model"), ["array", "junction", "model"]),
    more: isMap(array)
      ? array.items.flatMap(({ key }) => (isScalar(key) && !IN_FORM.has(key.value) ? [String(key.value)] : []))
      : [],
    limits: limitFields().map((spec) => field(spec, ["limits", ...spec.keys])),
    items: isSeq(list) ? list.items.map((_, k) => readItem(source, document, lines, k, field)) : [],
  };
}

function readItem(
  source: string,
  document: Document,
  lines: LineCounter,
  k: number,
  field: (spec: FieldSpec, path: YamlPath) => FormField,
): FormItem {
  const node = document.getIn(["protocol", k], true);
  const start = (isScalar(node) || isCollection(node)) && node.range ? node.range[0] : 0;
  const end = (isScalar(node) || isCollection(node)) && node.range ? node.range[1] : 0;
  const { line } = lines.linePos(start);
  const name = nameOf(node);
  if (LIBRARY.includes(name) && !holdsExpressionMap(node))
    return {
      kind: "protocol",
      name,
      ...pick(protocolTitle(name)),
      line,
      fields: protocolFields(name).map((spec) => field(spec, ["protocol", k, name, ...spec.keys])),
    };
  return { kind: "statement", name, line, text: source.slice(start, end).trimEnd() };
}

function pick({ title, summary }: { readonly title: string; readonly summary: string }) {
  return { title, summary };
}

/** "- iv-sweep" and "- iv-sweep: {...}" alike; of a statement its first key. */
function nameOf(node: unknown): string {
  if (isScalar(node)) return String(node.value);
  if (!isMap(node)) return "";
  const [first] = node.items;
  return isScalar(first?.key) ? String(first.key.value) : "";
}

/** "- iv-sweep: = x" or two protocols in one item: only the text view can show that. */
function holdsExpressionMap(node: unknown): boolean {
  if (!isMap(node)) return false;
  const [first] = node.items;
  const value = first?.value;
  return node.items.length !== 1 || (isScalar(value) && value.value !== null) || isSeq(value);
}
