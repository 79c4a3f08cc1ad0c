import { LuaError } from "./values.ts";

export interface Token {
  readonly kind: "name" | "number" | "text" | "mark" | "end";
  readonly text: string;
  readonly line: number;
}

const PATTERN =
  /(\s+)|--\[\[[\s\S]*?\]\]|--[^\n]*|([A-Za-z_]\w*)|(0[xX][\dA-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|("(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*')|(\.\.\.|\.\.|==|~=|<=|>=|[-+*/%^#<>=(){}[\];:,.])/y;

/** @throws LuaError -285 at the line that cannot be read */
export function readTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(PATTERN);
  let line = 1;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new LuaError(`[string] :${line}: unexpected symbol near '${text.slice(at, at + 10)}'`, -285);
    const [all, , name, number, quoted, mark] = match;
    if (name !== undefined) tokens.push({ kind: "name", text: name, line });
    else if (number !== undefined) tokens.push({ kind: "number", text: number, line });
    else if (quoted !== undefined) tokens.push({ kind: "text", text: unquote(quoted), line });
    else if (mark !== undefined) tokens.push({ kind: "mark", text: mark, line });
    for (let k = all.indexOf("\n"); k >= 0; k = all.indexOf("\n", k + 1)) line++;
  }
  tokens.push({ kind: "end", text: "<eof>", line });
  return tokens;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\([\s\S])/g, (_, c: string) => ESCAPES[c] ?? c);
}
