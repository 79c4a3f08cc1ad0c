import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { beforeEach, expect, test, vi } from "vitest";
import { RecordError } from "../../core/errors.ts";
import { makeEvents, newFolder, recordRun } from "../../tests/recordedRun.ts";
import { checkMarkup } from "../../tests/wellFormed.ts";
import { add } from "./report.ts";

const printed = vi.hoisted(() => ({ text: [] as string[] }));
vi.mock("../terminal.ts", () => ({
  printText: (text: string) => printed.text.push(text),
  printJson: (value: unknown) => printed.text.push(JSON.stringify(value)),
  log: () => undefined,
}));

let folder: string;

beforeEach(() => {
  folder = newFolder();
  printed.text = [];
});

async function runReport(...options: string[]): Promise<void> {
  const program = new Command().exitOverride();
  add(program);
  for (const child of program.commands) child.exitOverride();
  await program.parseAsync(["report", folder, ...options], { from: "user" });
}

test("the page stands in the run folder, its path is printed, and nothing else changes there", async () => {
  await recordRun(folder, makeEvents(3, 50));
  const before = readdirSync(folder);
  await runReport();
  const file = join(folder, "report.html");
  expect(printed.text.join("")).toBe(`${file}\n`);
  checkMarkup(readFileSync(file, "utf8"));
  expect(readdirSync(folder).sort()).toEqual([...before, "report.html"].sort());
  await runReport();
  expect(readdirSync(folder).sort()).toEqual([...before, "report.html"].sort());
});

test("--out writes elsewhere, --json prints the analysis and where the page is", async () => {
  await recordRun(folder, makeEvents(2, 20));
  const out = join(dirname(folder), "page.html");
  await runReport("--out", out);
  expect(readFileSync(out, "utf8")).toMatch(/^<!doctype html>/);
  expect(existsSync(join(folder, "report.html"))).toBe(false);
  printed.text = [];
  writeFileSync(join(folder, "report.html.tmp"), "left by a killed report");
  await runReport("--json");
  const analysis: unknown = JSON.parse(printed.text.join(""));
  expect(analysis).toMatchObject({
    report: join(folder, "report.html"),
    status: "success",
    sections: expect.any(Array),
  });
  expect(existsSync(join(folder, "report.html"))).toBe(true);
  expect(existsSync(join(folder, "report.html.tmp"))).toBe(false);
});

test("a folder that is no run, and a target that cannot be written, are refused in one line and leave nothing", async () => {
  await expect(runReport()).rejects.toThrow(RecordError);
  await recordRun(folder, makeEvents(1, 2));
  await expect(runReport("--out", join(folder, "missing", "page.html"))).rejects.toThrow(/page\.html: .*no such/);
  expect(readdirSync(folder)).not.toContain("missing");
});

test("a damaged run is refused and --partial reports what is left; a pipe is never replaced by the page", async () => {
  await recordRun(folder, makeEvents(3, 50));
  truncateSync(join(folder, "samples-0001.arrows"), 100);
  await expect(runReport()).rejects.toThrow(/0 of 300 samples .* --partial takes them$/);
  expect(existsSync(join(folder, "report.html"))).toBe(false);
  await runReport("--partial");
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("0 of 300 recorded samples can be read");
  const pipe = join(dirname(folder), "pipe");
  execFileSync("mkfifo", [pipe]);
  await expect(runReport("--partial", "--out", pipe)).rejects.toThrow(/is no plain file/);
  expect(lstatSync(pipe).isFIFO()).toBe(true);
});
