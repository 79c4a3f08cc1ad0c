import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The head of a model's file as text: equation, symbols, range. It is the longest comment before the model's name,
 * or of the file; where it refers to another file ("Equations in NAME.ts") the head of that file follows.
 */
export function readHead(modelsFolder: string, name: string): string {
  const files = readdirSync(modelsFolder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .sort();
  for (const file of files) {
    const source = readFileSync(join(modelsFolder, file), "utf8");
    const at = source.indexOf(`name: "${name}"`);
    if (at < 0) continue;
    const head = longestComment(source.slice(0, at)) ?? longestComment(source);
    const other = /Equations in (\w+\.ts)/.exec(head ?? "")?.[1];
    const rest = other === undefined ? undefined : longestComment(readFileSync(join(modelsFolder, other), "utf8"));
    return [head, rest].filter((text) => text !== undefined).join("\n\n");
  }
  return "";
}

const COMMENT = /\/\*\*[\s\S]*?\*\//gu;

function longestComment(source: string): string | undefined {
  const comments = [...source.matchAll(COMMENT)].map(([text]) => text).sort((a, b) => b.length - a.length);
  return strip(comments[0]);
}

function strip(comment: string | undefined): string | undefined {
  return comment
    ?.replace(/^\/\*\*[ \t]*\n?|\s*\*\/$/gu, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/u, ""))
    .join("\n")
    .trimEnd();
}
