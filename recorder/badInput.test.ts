import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { countStop, makeEvents, newFolder, recordRun } from "../tests/recordedRun.ts";
import { listRuns } from "./catalogue.ts";
import { nameRunFolder } from "./nameRunFolder.ts";
import { verifyRun } from "./verifyRun.ts";

// run folders of strangers; damage by chance is in faults.test.ts, links and foreign names in verifyRun.test.ts

let folder: string;

beforeEach(async () => {
  folder = newFolder();
  const events = makeEvents(2, 8);
  await recordRun(folder, events, {}, countStop(events));
});

function edit(name: string, change: (text: string) => string): void {
  const path = join(folder, name);
  const text = readFileSync(path, "utf8");
  const changed = change(text);
  expect(changed).not.toBe(text);
  writeFileSync(path, changed);
}

function problemsOf(): string {
  const { whole, problems } = verifyRun(folder);
  expect(whole).toBe(false);
  for (const problem of problems) expect(problem).not.toContain("\n");
  return problems.join("\n");
}

const DEEP = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;

test("nesting without end in any text of a run is refused with its place, and the list of runs goes on", () => {
  edit("run.json", (text) => text.replace('"resolved":{', `"resolved":{"x":${DEEP},`));
  expect(problemsOf()).toMatch(/run\.json:1:\d+: lists and maps are nested too deeply/);
  expect(listRuns(dirname(folder))).toMatchObject([{ status: "unreadable" }]);
  rmSync(join(folder, "run.json"));
});

test("nesting without end in an event or in the end of a run is refused or said", () => {
  edit("stop.json", (text) => text.replace('"stop":{', `"stop":{"x":${DEEP},`));
  expect(problemsOf()).toMatch(/stop\.json:1:\d+: lists and maps are nested too deeply/);
  edit("events.ndjson", (text) => text.replace('"tags":{', `"tags":{"x":${DEEP},`));
  expect(problemsOf()).toMatch(/events\.ndjson:2:\d+: /);
});

test("a manifest beyond the size of any document is refused before it is read", () => {
  truncateSync(join(folder, "run.json"), 20 * 1024 ** 3);
  expect(problemsOf()).toMatch(/run\.json: has 21474836480 bytes, allowed are 67108864/);
});

test("an index, a batch and a line that no recorder writes are left out or refused, without their size in memory", () => {
  const before = process.memoryUsage.rss();
  truncateSync(join(folder, "samples-0001.idx"), 20 * 1024 ** 3);
  expect(problemsOf()).toMatch(/samples-0001\.idx: has more than 67108864 bytes, no recorder writes that/);
  truncateSync(join(folder, "events.ndjson"), 2 * 1024 ** 3);
  expect(problemsOf()).toMatch(/events\.ndjson:\d+:1: the line has more than 268435456 bytes/);
  expect(process.memoryUsage.rss() - before).toBeLessThan(1024 ** 3);
});

test("an index record that claims four gigabytes is damage", () => {
  const index = readFileSync(join(folder, "samples-0001.idx"));
  index.writeUInt32LE(0xfffffff0, 24 + 8);
  writeFileSync(join(folder, "samples-0001.idx"), index);
  truncateSync(join(folder, "samples-0001.arrows"), 6 * 1024 ** 3);
  expect(problemsOf()).toMatch(/record 2 of \d+ is damaged/);
});

test("a schema of the future, of no number and of none is refused by name", () => {
  for (const [schema, reason] of [
    ["3", /made by a newer version, schema 3, this version reads up to 2/],
    ["1e300", /schema: /],
    ["0", /schema: /],
    ["-1", /schema: /],
    ['"2"', /schema: /],
    ["null", /schema: /],
  ] as const) {
    edit("run.json", (text) => text.replace(/"schema":[^,]+/, `"schema":${schema}`));
    expect(problemsOf(), schema).toMatch(reason);
  }
});

test("whatever an experiment is called, its run folder stays inside the parent and is a name everywhere", () => {
  const parent = join(dirname(folder), "runs");
  mkdirSync(parent);
  const names = [
    "../../etc/passwd",
    "/abs",
    "..",
    "C:\\x",
    "con",
    "a\0b",
    "\u202eevil",
    "-rf",
    "~",
    "x".repeat(5000),
    "\u001b[31m",
  ];
  for (const name of names) {
    const path = nameRunFolder(parent, name, new Date(0));
    expect(path, name).toMatch(/^[^]*\/runs\/1970-01-01T00-00-00-[a-z0-9][a-z0-9-]{0,59}$/);
    expect(dirname(path)).toBe(parent);
  }
});
