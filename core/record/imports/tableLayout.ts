import { DELIMITERS, type Delimiter } from "./importReader.ts";

/** How a table is written. */
export interface TableLayout {
  readonly delimiter: Delimiter;
  readonly decimal: "." | ",";
}

/** Fields of a line. Quotes as in RFC 4180; runs of blanks count once where blanks part the fields. */
export function splitFields(line: string, delimiter: Delimiter): string[] {
  if (delimiter === "space") return line.trim().split(/[ \t]+/u);
  const mark = DELIMITERS[delimiter];
  if (!line.includes('"')) return line.split(mark);
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (let k = 0; k < line.length; k++) {
    const character = line[k];
    if (quoted && character === '"' && line[k + 1] === '"') {
      field += '"';
      k++;
    } else if (character === '"') quoted = !quoted;
    else if (character === mark && !quoted) {
      fields.push(field);
      field = "";
    } else field += character;
  }
  fields.push(field);
  return fields;
}

/** Column of the n-th field in its line, from 1. */
export function columnOf(line: string, delimiter: Delimiter, field: number): number {
  if (delimiter === "space") {
    const starts = [...line.matchAll(/[^ \t]+/gu)].map((match) => match.index);
    return (starts[field] ?? line.length) + 1;
  }
  let [at, quoted] = [0, false];
  for (let left = field; left > 0 && at < line.length; at++) {
    if (line[at] === '"') quoted = !quoted;
    else if (line[at] === DELIMITERS[delimiter] && !quoted) left--;
  }
  return at + 1;
}

const POINT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;
const COMMA = /^[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?$/u;

/**
 * A number of a table. An empty cell and "NaN" are a lost value.
 * @returns undefined when the text is no number in this notation; Infinity stands for "inf" and "OverLoad"-like cells never
 */
export function readNumber(text: string, decimal: "." | ","): number | undefined {
  const plain = text.trim().replace("−", "-");
  if (plain === "" || /^nan$/iu.test(plain)) return Number.NaN;
  if (decimal === ",") return COMMA.test(plain) ? Number(plain.replace(",", ".")) : undefined;
  return POINT.test(plain) ? Number(plain) : undefined;
}

/**
 * Every way in which some lines are a table of at least `fields` columns of numbers; one is the answer, none or several
 * are a question for the user. Layouts that read the same numbers are one.
 * @param lines of data, without header
 */
export function findLayouts(
  lines: readonly string[],
  wanted: { readonly delimiter?: Delimiter; readonly decimal?: "." | ","; readonly fields?: number },
): TableLayout[] {
  const found: { layout: TableLayout; values: string }[] = [];
  for (const delimiter of ["tab", "semicolon", "comma", "space"] as const) {
    if (wanted.delimiter !== undefined && wanted.delimiter !== delimiter) continue;
    const rows = lines.map((line) => splitFields(line, delimiter));
    const count = wanted.fields ?? rows[0]?.length ?? 0;
    if (count < 2 || rows.some((row) => row.length !== count)) continue;
    for (const decimal of [".", ","] as const) {
      if (wanted.decimal !== undefined && wanted.decimal !== decimal) continue;
      if (decimal === "," && delimiter === "comma") continue;
      const values = rows.map((row) => row.map((text) => readNumber(text, decimal)));
      // text columns are allowed where a header names the columns; a table has two columns of numbers at least
      const numeric = (values[0] ?? []).filter((_, k) => values.every((row) => row[k] !== undefined)).length;
      if (numeric < 2) continue;
      const key = JSON.stringify(values);
      if (!found.some((other) => other.values === key)) found.push({ layout: { delimiter, decimal }, values: key });
    }
  }
  return found.map(({ layout }) => layout);
}
