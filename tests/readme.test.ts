import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");

describe("the README", () => {
  it("shows the script that is compiled and run as examples/loop.ts, of at most 20 lines", () => {
    const script = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
    expect(script).toBe(readFileSync(join(root, "examples/loop.ts"), "utf8"));
    expect(script?.trimEnd().split("\n").length).toBeLessThanOrEqual(20);
  });

  it("names only files that exist", () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path ?? "");
    expect(links.length).toBeGreaterThan(5);
    for (const path of links) expect(() => readFileSync(join(root, path)), path).not.toThrow(/ENOENT/);
  });
});
