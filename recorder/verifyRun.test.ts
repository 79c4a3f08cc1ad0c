import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { csvRows } from "../core/record/csv.ts";
import type { RunEvent } from "../core/runEvent.ts";
import { countStop, makeEvents, newFolder, recordRun } from "../tests/recordedRun.ts";
import { openRun } from "./openRun.ts";
import { verifyRun } from "./verifyRun.ts";

const whole = newFolder();

beforeAll(async () => {
  const events = makeEvents(3, 5, "wall");
  await recordRun(whole, events, { segmentBytes: 2000 }, countStop(events));
});

/** A copy to be damaged. */
function copyRun(): string {
  const folder = newFolder();
  cpSync(whole, folder, { recursive: true });
  return folder;
}

function edit(folder: string, name: string, change: (text: string) => string): void {
  const path = join(folder, name);
  const before = readFileSync(path, "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

async function record(events: readonly RunEvent[]): Promise<string> {
  const folder = newFolder();
  await recordRun(folder, events, {}, countStop(events));
  return folder;
}

test("a run as recorded is whole, and everything in it is counted", () => {
  const names = readdirSync(whole);
  const bytes = names.reduce((sum, name) => sum + readFileSync(join(whole, name)).length, 0);
  expect(verifyRun(whole)).toEqual({
    run: whole,
    status: "success",
    whole: true,
    problems: [],
    unknown: [],
    flags: {},
    lost: 6,
    rows: 30,
    events: 8,
    files: names.length,
    bytes,
  });
  expect(names.filter((name) => name.endsWith(".arrows")).length).toBeGreaterThan(1);
});

test("a run of the first schema, frozen in the fixtures, is whole and gives the same table as its own version did", () => {
  const fixtures = resolve(import.meta.dirname, "../fixtures/runs");
  expect(verifyRun(join(fixtures, "schema1"))).toMatchObject({
    status: "success",
    whole: true,
    problems: [],
    rows: 42,
  });
  const run = openRun(join(fixtures, "schema1"));
  expect(run.manifest.schema).toBe(1);
  expect([...csvRows(run)].join("")).toBe(readFileSync(join(fixtures, "schema1.csv"), "utf8"));
});

test("every file of a run that is missing is missed", () => {
  for (const name of readdirSync(whole)) {
    const folder = copyRun();
    rmSync(join(folder, name));
    const { whole: isWhole, problems } = verifyRun(folder);
    expect(isWhole, name).toBe(false);
    expect(problems.join("\n"), name).toContain(name);
  }
});

test("one changed byte anywhere in any file is noticed", () => {
  const folder = copyRun();
  for (const name of readdirSync(whole)) {
    const bytes = readFileSync(join(whole, name));
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x20;
      writeFileSync(join(folder, name), changed);
      // the stamp in stop.json is the only text of a run that nothing else tells
      const stamp = bytes.indexOf('"wall":"');
      if (name === "stop.json" && at >= stamp + 8 && at < stamp + 32) continue;
      expect(verifyRun(folder).whole, `${name}, byte ${at}`).toBe(false);
    }
    writeFileSync(join(folder, name), bytes);
  }
  expect(verifyRun(folder).whole).toBe(true);
});

test("a file that was added, events behind the end and an edited experiment are said", () => {
  const added = copyRun();
  cpSync(join(added, "samples-0001.arrows"), join(added, "samples-0009.arrows"));
  cpSync(join(added, "samples-0001.idx"), join(added, "samples-0009.idx"));
  expect(verifyRun(added).problems.join("\n")).toMatch(/samples-0009\.arrows: is not named in stop\.json/);
  const longer = copyRun();
  appendFileSync(
    join(longer, "events.ndjson"),
    '{"seq":8,"kind":"marked","time_s":9,"protocol":0,"protocolName":"x","label":"late","data":{}}\n',
  );
  expect(verifyRun(longer).problems.join("\n")).toMatch(/events\.ndjson:8:1: 1 events follow run-stopped/);
  const edited = copyRun();
  edit(edited, "run.json", (text) => text.replace("name: first loop", "name: third loop"));
  expect(verifyRun(edited).problems.join("\n")).toMatch(/run\.json: experiment\.text differs from its SHA-256/);
});

test("a stop file that names files outside the run is refused without opening them", () => {
  for (const name of ["../secret", "/etc/passwd", "..\\secret", "samples-0001.arrows/../../secret", "__proto__"]) {
    const folder = copyRun();
    writeFileSync(join(folder, "..", "secret"), "x");
    edit(folder, "stop.json", (text) => text.replace('"run.json":', `${JSON.stringify(name)}:`));
    const { problems } = verifyRun(folder);
    expect(problems.join("\n")).toMatch(/is no file of a run|does not name run\.json/);
    expect(problems.join("\n")).not.toContain("secret: has changed");
  }
});

test("a symbolic link or a folder in place of a file is refused, by verify and by every reader", () => {
  for (const name of readdirSync(whole)) {
    const folder = copyRun();
    rmSync(join(folder, name));
    symlinkSync(join(whole, name), join(folder, name));
    expect(verifyRun(folder)).toMatchObject({ status: "unreadable", whole: false });
    expect(verifyRun(folder).problems.join("\n")).toContain(`${name}: is a symbolic link`);
    expect(() => openRun(folder)).toThrow(/is a symbolic link, a run holds plain files only/);
  }
});

test("a folder that is no run, or is not there, is answered and not thrown", () => {
  expect(verifyRun(newFolder())).toMatchObject({ status: "unreadable", whole: false, rows: 0 });
  expect(verifyRun(join(whole, "run.json")).problems.join("")).toMatch(/a part of the path is not a folder/);
});

test("an interrupted run names its unknown step and the junctions of it", async () => {
  const folder = copyRun();
  rmSync(join(folder, "stop.json"));
  edit(folder, "events.ndjson", (text) => `${text.split("\n").slice(0, 6).join("\n")}\n`);
  const verification = verifyRun(folder);
  expect(verification).toMatchObject({ status: "interrupted", whole: false });
  expect(verification.unknown).toEqual([
    { step: 2, protocolName: "iv-sweep", label: "cycle 2", targets: [{ row: 1, column: 0 }] },
  ]);
  expect(verification.problems.join("\n")).toMatch(/step 2 \(cycle 2\).*state of junction r1 c0 is unknown/);
});

test("a product without an outcome leaves every junction that it drove unknown, also in a run that was closed", async () => {
  const [started, intended] = makeEvents(1, 0, "wall");
  if (started?.kind !== "run-started" || intended?.kind !== "step-intended") throw new Error("no beginning");
  const readout = { integration_s: 1, rest_s: 0, columns: [1], currentRange_A: "auto" } as const;
  const product = { ...intended, action: "multiply", targets: [], products: { batch: 1, readout } } as const;
  const folder = await record([started, product]);
  const { unknown, whole: isWhole } = verifyRun(folder);
  expect(isWhole).toBe(false);
  expect(unknown[0]?.targets).toEqual([
    { row: 0, column: 1 },
    { row: 1, column: 1 },
  ]);
});

test("samples and outcomes that contradict each other are said", async () => {
  const events = makeEvents(2, 5, "wall");
  const missing = events.filter((event) => event.kind !== "samples" || event.step !== 1 || event.block.channel !== 1);
  expect(verifyRun(await record(missing)).problems).toEqual([
    expect.stringMatching(/step 1 has 5 samples, 1 lost; its outcome says 10, 2 lost/),
  ]);
  const stray = events.filter((event) => event.kind !== "step-intended" || event.step !== 1);
  expect(verifyRun(await record(stray)).problems.join("\n")).toMatch(/step 1 has no intent[^]*step 1, which was never/);
  const twice = events.flatMap((event): RunEvent[] => (event.kind === "step-finished" ? [event, event] : [event]));
  expect(verifyRun(await record(twice)).problems.join("\n")).toMatch(/step 0 has two outcomes/);
  const backwards = events.toSorted((a, b) => order(a) - order(b));
  expect(verifyRun(await record(backwards)).problems.join("\n")).toMatch(/step 0 is intended after step 1/);
});

/** Step 1 before step 0. */
function order(event: RunEvent): number {
  return "step" in event ? 1 - (event.step ?? 0) : -1;
}
