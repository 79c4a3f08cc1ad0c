import { LIBRARY, limitFields, protocolFields, protocolTitle } from "./describeFields.ts";

export interface Completion {
  /** What is written. */
  readonly insert: string;
  readonly label: string;
  readonly detail: string;
}

const TOP: readonly (readonly [string, string])[] = [
  ["crosspore", "version of the format, 1"],
  ["name", "of the experiment"],
  ["operator", "who runs it"],
  ["notes", "kept with the run"],
  ["seed", "of everything random"],
  ["array", "rows, columns, junction, lines"],
  ["on", "address of an instrument"],
  ["chip", "what the chip bears"],
  ["limits", "voltage, current, slew, dwell, dose"],
  ["hold_V", "voltage while paused"],
  ["protocol", "list of protocols"],
];

/**
 * What could stand at the end of `before`, the text up to the cursor: names of protocols behind a dash, fields of the
 * protocol or of the limits that the line belongs to, keys of the file. Words are known from the schema that checks the file.
 * @returns where the word under the cursor begins, and what could replace it
 */
export function completeYaml(before: string): { readonly from: number; readonly options: readonly Completion[] } {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const word = /[A-Za-z_/-]*$/u.exec(line)?.[0] ?? "";
  const from = before.length - word.length;
  const lead = line.slice(0, line.length - word.length);
  const choices = choicesAt(before, lead);
  return { from, options: choices.filter(({ insert }) => insert.startsWith(word)) };
}

function choicesAt(before: string, lead: string): readonly Completion[] {
  if (/^\s*-\s+$/u.test(lead) && ownerOf(before, indentOf(lead)) === "protocol")
    return LIBRARY.map((name) => ({ insert: name, label: name, detail: protocolTitle(name).title }));
  const inFlow = /([A-Za-z-]+):\s*\{[^{}]*$/u.exec(lead);
  if (inFlow) return /[{,]\s*$/u.test(lead) ? fieldsOf(inFlow[1] ?? "") : valuesOf(inFlow[1] ?? "", lead);
  const value = /^\s*(?:-\s+)?([A-Za-z_]+):\s+$/u.exec(lead);
  const owner = ownerOf(before, indentOf(lead));
  if (value) return valuesOf(owner ?? "", lead);
  if (!/^\s*$/u.test(lead)) return [];
  if (lead === "") return TOP.map(([key, detail]) => ({ insert: `${key}: `, label: key, detail }));
  return fieldsOf(owner ?? "");
}

function indentOf(lead: string): number {
  return /^\s*/u.exec(lead)?.[0].length ?? 0;
}

/** The key that a line of this indentation stands under. */
function ownerOf(before: string, indent: number): string | undefined {
  const lines = before.split("\n").slice(0, -1).reverse();
  for (const line of lines) {
    const found = /^(\s*)(-\s+)?([A-Za-z_-]+)\s*:\s*(#.*)?$/u.exec(line);
    if (!found) continue;
    const at = (found[1] ?? "").length;
    // the items of a list may stand as far out as its key
    if (at < indent || (at === indent && found[3] === "protocol")) return found[3];
  }
  return undefined;
}

function fieldsOf(owner: string): readonly Completion[] {
  const fields = owner === "limits" ? limitFields() : protocolFields(owner);
  return fields.flatMap(({ keys, fallback, unit, choices }) => {
    const [key] = keys;
    if (key === undefined || keys.length > 1) return [];
    const detail = choices.length > 0 ? choices.join(" | ") : [fallback, unit].filter(Boolean).join(" ");
    return [{ insert: `${key}: `, label: key, detail }];
  });
}

/** Words that a choice allows. */
function valuesOf(owner: string, lead: string): readonly Completion[] {
  const key = /([A-Za-z_]+):\s*$/u.exec(lead)?.[1];
  const field = protocolFields(owner).find(({ keys }) => keys.length === 1 && keys[0] === key);
  return (field?.choices ?? []).map((choice) => ({ insert: choice, label: choice, detail: "" }));
}
