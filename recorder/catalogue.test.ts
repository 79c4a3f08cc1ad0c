import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { countStop, makeEvents, makeManifest, newFolder, recordRun } from "../tests/recordedRun.ts";
import { CATALOGUE_FILE, listRuns } from "./catalogue.ts";
import { createRun } from "./createRun.ts";

let parent: string;

beforeEach(async () => {
  parent = dirname(newFolder());
  const events = makeEvents(3, 5, "wall");
  await recordRun(join(parent, "b"), events, {}, countStop(events));
  await recordRun(join(parent, "a"), events, {}, { ...countStop(events, "abort"), reason: "stopped by the user" });
});

/** The status of each run, by name. */
function statuses(): Record<string, string> {
  return Object.fromEntries(listRuns(parent).map(({ run, status }) => [run, status]));
}

function interrupt(name: string): void {
  cpSync(join(parent, "b"), join(parent, name), { recursive: true });
  rmSync(join(parent, name, "stop.json"));
  const path = join(parent, name, "events.ndjson");
  writeFileSync(path, `${readFileSync(path, "utf8").split("\n").slice(0, 6).join("\n")}\n`);
}

test("runs are listed with what they say of themselves, and nothing else is", () => {
  mkdirSync(join(parent, "no run"));
  writeFileSync(join(parent, "file"), "x");
  symlinkSync(join(parent, "a"), join(parent, "link"));
  const runs = listRuns(parent);
  expect(runs.map(({ run }) => run)).toEqual(["a", "b"]);
  expect(runs[1]).toEqual({
    run: "b",
    name: "first loop",
    created: "2026-11-20T19:05:33.000Z",
    status: "success",
    reason: "",
    source: "emulated",
    steps: 3,
    samples: 30,
    duration_s: 1,
    unknown: 0,
  });
  expect(runs[0]).toMatchObject({ status: "abort", reason: "stopped by the user" });
});

test("an interrupted run is shown as such, with its samples and its unknown step", () => {
  interrupt("c");
  expect(listRuns(parent).find(({ run }) => run === "c")).toMatchObject({
    status: "interrupted",
    steps: 2,
    samples: 30,
    unknown: 1,
  });
});

test("a run is recording while its recorder lives, and interrupted when it is gone, though no file has changed", async () => {
  const recorder = await createRun(join(parent, "live"), makeManifest());
  for (const event of makeEvents(1, 4, "wall")) await recorder.append(event);
  expect(statuses().live).toBe("recording");
  expect(statuses().live).toBe("recording");
  const lock = join(parent, "live", "lock.json");
  const { atime, mtime } = statSync(lock);
  const text = readFileSync(lock, "utf8");
  // the same length and times, another owner
  writeFileSync(lock, text.replace(/"bootId":"..../, '"bootId":"dead'));
  expect(statSync(lock)).toMatchObject({ size: text.length });
  utimesSync(lock, atime, mtime);
  expect(statuses().live).toBe("interrupted");
  await recorder.close(countStop([]));
  expect(statuses().live).toBe("success");
});

test("the catalogue is only a cache: deleted, damaged, outdated or foreign it is made again", () => {
  const path = join(parent, CATALOGUE_FILE);
  const fresh = listRuns(parent);
  const text = readFileSync(path, "utf8");
  for (const damage of ["", "{", "[]", '{"catalogue":2,"runs":{}}', text.replace('"steps":3', '"steps":"x"')]) {
    writeFileSync(path, damage);
    expect(listRuns(parent)).toEqual(fresh);
    expect(readFileSync(path, "utf8")).toBe(text);
  }
  rmSync(path);
  expect(listRuns(parent)).toEqual(fresh);
  // what it remembers is used as long as the files are the same, and dropped when they are not
  writeFileSync(path, text.replaceAll("first loop", "remembered"));
  expect(listRuns(parent).map(({ name }) => name)).toEqual(["remembered", "remembered"]);
  appendFileSync(join(parent, "a", "events.ndjson"), " ");
  expect(listRuns(parent).map(({ name }) => name)).toEqual(["first loop", "remembered"]);
  rmSync(join(parent, "b"), { recursive: true });
  expect(Object.keys(JSON.parse(readFileSync(path, "utf8")).runs)).toEqual(["a", "b"]);
  expect(listRuns(parent).map(({ run }) => run)).toEqual(["a"]);
  expect(Object.keys(JSON.parse(readFileSync(path, "utf8")).runs)).toEqual(["a"]);
});

test("a run that cannot be read is listed with what is wrong, and hides no other", () => {
  writeFileSync(join(parent, "a", "run.json"), "{");
  const [bad, good] = listRuns(parent);
  expect(bad).toMatchObject({ run: "a", status: "unreadable" });
  expect(bad?.reason).toMatch(/run\.json:1:\d+: /);
  expect(good).toMatchObject({ run: "b", status: "success" });
  expect(() => listRuns(join(parent, "nowhere"))).toThrow(/no such file/);
});
