import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { main } from "./main.ts";

let shown = "";

beforeEach(() => {
  shown = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    shown += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

afterEach(() => vi.restoreAllMocks());

test.each([[["help", "run"]], [["run", "--help"]]])("%j shows the options of the command", async (argv) => {
  expect(await main(argv)).toBe(0);
  expect(shown).toContain("Usage: crosspore run [options] <experiment>");
  expect(shown).toContain("--dry-run");
});

test("a word that is no command is wrong usage, also one that every object has", async () => {
  expect(await main(["toString"])).toBe(2);
  expect(await main(["ran"])).toBe(2);
});
