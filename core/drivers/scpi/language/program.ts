/** One command or query of a program message. */
export interface ScpiUnit {
  /** Nodes of the header in capitals, from the root: ["SOUR", "VOLT"], or ["*RST"]. */
  readonly header: readonly string[];
  readonly query: boolean;
  /** As written, trimmed, with their quotes. */
  readonly parameters: readonly string[];
}

export type ParsedUnit = ScpiUnit | { readonly error: number };

/**
 * A program message: units between semicolons, relative to the header before unless a colon stands in front (IEEE 488.2 and
 * SCPI 1999, section 6.2.4). Total: what cannot be read is an error code in its place.
 */
export function parseProgram(message: string): readonly ParsedUnit[] {
  const units: ParsedUnit[] = [];
  let branch: readonly string[] = [];
  for (const text of splitOutsideQuotes(message, ";")) {
    if (text.trim() === "") continue;
    const unit = parseUnit(text.trim(), branch);
    units.push(unit);
    // common commands leave the path where it is
    if (!("error" in unit) && !unit.header[0]?.startsWith("*")) branch = unit.header.slice(0, -1);
  }
  return units;
}

function parseUnit(text: string, branch: readonly string[]): ParsedUnit {
  if (/[^\t\x20-\x7e]/.test(text)) return { error: -101 };
  // one client writes ":*CLS"; the instrument takes it
  const match = /^(:?)(\*?[A-Za-z][A-Za-z0-9_]*(?::[A-Za-z][A-Za-z0-9_]*)*)(\?)?(?:\s+([\s\S]*))?$/.exec(text);
  if (!match) return { error: /^[:*A-Za-z]/.test(text) ? -102 : -101 };
  const [, colon, header = "", mark, rest = ""] = match;
  const nodes = header.toUpperCase().split(":");
  const rooted = colon === ":" || header.startsWith("*");
  const parameters = rest.trim() === "" ? [] : splitOutsideQuotes(rest, ",").map((part) => part.trim());
  if (parameters.includes("")) return { error: -102 };
  return { header: rooted ? nodes : [...branch, ...nodes], query: mark === "?", parameters };
}

/** Quotes protect what they enclose, and so do the brackets of a channel list. */
export function splitOutsideQuotes(text: string, mark: string): string[] {
  const parts: string[] = [];
  let quote = "";
  let depth = 0;
  let from = 0;
  for (let k = 0; k < text.length; k++) {
    const c = text[k] ?? "";
    if (quote !== "") {
      if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === "(") depth++;
    else if (c === ")") depth = Math.max(0, depth - 1);
    else if (c === mark && depth === 0) {
      parts.push(text.slice(from, k));
      from = k + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
