import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { expect, test } from "vitest";
import { RecordError } from "../core/errors.ts";
import { BYTES_PER_SAMPLE } from "../core/record/bytesPerSample.ts";
import {
  makeBlock,
  makeEvents,
  makeManifest,
  makeWallClock,
  newFolder,
  recordRun,
  STOP,
} from "../tests/recordedRun.ts";
import { createRun } from "./createRun.ts";
import { nameRunFolder, sanitiseName } from "./nameRunFolder.ts";
import { openRun } from "./openRun.ts";

test("a run read from its folder equals the run collected in memory", async () => {
  const folder = newFolder();
  const memory = await recordRun(folder, makeEvents(5, 11));
  const run = openRun(folder);
  expect(run.warnings).toEqual([]);
  expect(run.manifest).toEqual(memory.manifest);
  expect(run.events).toEqual(memory.events);
  expect([...run.blocks()]).toEqual([...memory.blocks()]);
  expect([...run.blocks(3)]).toEqual([...memory.blocks(3)]);
  expect([...run.blocks(3)]).toHaveLength(2);
  expect(run.stop).toEqual(STOP);
});

test("a run on a wall-clock array reads back the same from many small batches and segments", async () => {
  const folder = newFolder();
  const memory = await recordRun(folder, makeEvents(6, 11, "wall"), { segmentBytes: 1 });
  expect(readdirSync(folder).filter((name) => name.endsWith(".arrows"))).toHaveLength(6);
  const run = openRun(folder);
  expect(run.warnings).toEqual([]);
  expect([...run.blocks()]).toEqual([...memory.blocks()]);
});

test("two recordings of the same events are equal byte for byte, wall-clock stamps apart", async () => {
  const folders = [newFolder(), newFolder()] as const;
  await recordRun(folders[0], makeEvents(40, 4000), { now: makeWallClock(0) });
  await recordRun(folders[1], makeEvents(40, 4000), { now: makeWallClock(9e11) });
  const names = readdirSync(folders[0]);
  expect(readdirSync(folders[1])).toEqual(names);
  expect(names).toContain("samples-0001.idx");
  for (const name of names) {
    const [a, b] = folders.map((folder) => readFileSync(join(folder, name)));
    if (name.startsWith("samples") || name === "run.json") expect(a?.equals(b as Buffer)).toBe(true);
    else if (name === "events.ndjson") expect(withoutWall(String(a))).toBe(withoutWall(String(b)));
  }
});

function withoutWall(text: string): string {
  return text.replaceAll(/"wall":"[^"]*"/g, "");
}

test("a run with no sample at all is a run", async () => {
  const folder = newFolder();
  await recordRun(folder, makeEvents(0, 0));
  const run = openRun(folder);
  expect(run.warnings).toEqual([]);
  expect([...run.blocks()]).toEqual([]);
  expect(run.rows).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(["events.ndjson", "run.json", "stop.json"]);
});

test("a sample file is an Arrow stream that apache-arrow reads, with units", async () => {
  const folder = newFolder();
  const memory = await recordRun(folder, makeEvents(5, 11));
  const table = tableFromIPC(readFileSync(join(folder, "samples-0001.arrows")));
  const currents = [...memory.blocks()].flatMap(({ block }) => Array.from(block.current_A));
  expect([...(table.getChild("current_A") ?? [])]).toEqual(currents);
  expect(table.schema.fields.map((field) => `${field.name} ${field.type} ${field.metadata.get("unit")}`)).toEqual([
    "step Int32 1",
    "column Int16 1",
    "time_s Float64 s",
    "voltage_V Float64 V",
    "current_A Float64 A",
    "overload Uint8 1",
  ]);
});

test("a sample takes as many bytes on disk as the dry run says, within 1 %", async () => {
  const folder = newFolder();
  await recordRun(folder, makeEvents(20, 10_000));
  const bytes = readFileSync(join(folder, "samples-0001.arrows")).length;
  expect(Math.abs(bytes / 400_000 / BYTES_PER_SAMPLE - 1)).toBeLessThan(0.01);
});

test("a run without stop.json was interrupted, and a step without an outcome is called unknown", async () => {
  const folder = newFolder();
  const recorder = await createRun(folder, makeManifest());
  for (const event of makeEvents(2, 5, "wall").slice(0, -1)) await recorder.append(event);
  const run = openRun(folder);
  expect(run.stop).toBeUndefined();
  expect("stop" in run).toBe(false);
  expect(run.warnings.join("\n")).toMatch(
    /interrupted[^]*step 1 \(cycle 1\) was intended and has no outcome: the state of junction r1 c0 is unknown/,
  );
  expect([...run.blocks()].map(({ step }) => step)).toEqual([0, 0]);
  await recorder.close(STOP);
});

test("on a wall-clock array an intent is on the disk when append resolves", async () => {
  const folder = newFolder();
  const recorder = await createRun(folder, makeManifest());
  const events = makeEvents(3, 5, "wall");
  for (const event of events) {
    await recorder.append(event);
    if (event.kind === "step-intended")
      expect(openRun(folder).events.at(-1)).toMatchObject({ kind: "step-intended", step: event.step });
  }
  await recorder.close(STOP);
});

test("on a wall-clock array a batch ends when its samples span 50 ms", async () => {
  const folder = newFolder();
  const recorder = await createRun(folder, makeManifest());
  const [started, intended] = makeEvents(1, 1, "wall");
  if (!started || !intended) throw new Error("the run has no beginning");
  await recorder.append(started);
  await recorder.append(intended);
  // 30 ms per block: one block waits, the second makes 60 ms and commits both
  for (let k = 0; k < 5; k++) await recorder.append({ kind: "samples", step: 0, block: makeBlock(0, 0, 90, k * 0.03) });
  await recorder.append({ ...STOP });
  await recorder.close(STOP);
  const table = tableFromIPC(readFileSync(join(folder, "samples-0001.arrows")));
  expect(table.batches.map((batch) => batch.numRows)).toEqual([180, 180, 90]);
  expect(openRun(folder).events.filter(({ kind }) => kind === "quality-flagged")).toEqual([]);
});

test("a folder that is not empty, a file in its place and a path below a file are refused in one line", async () => {
  const folder = newFolder();
  mkdirSync(folder);
  writeFileSync(join(folder, "mine.txt"), "keep");
  await expect(createRun(folder, makeManifest())).rejects.toThrow(/not empty/);
  expect(readdirSync(folder)).toEqual(["mine.txt"]);
  for (const path of [join(folder, "mine.txt"), join(folder, "mine.txt", "deeper")]) {
    const error = await createRun(path, makeManifest()).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(RecordError);
    expect(String(error)).not.toContain("\n");
  }
  await expect(recordRun(folder.replace(/run$/, "other"), makeEvents(1, 1))).resolves.toBeDefined();
  await expect(createRun(folder.replace(/run$/, "other"), makeManifest())).rejects.toThrow(/not empty/);
});

test("a folder that is no run, of a newer schema or with a cut manifest is refused, with the place", async () => {
  const folder = newFolder();
  expect(() => openRun(folder)).toThrow(/no such file/);
  mkdirSync(folder);
  expect(() => openRun(folder)).toThrow(/not a run folder/);
  await recordRun(join(folder, "a"), makeEvents(1, 1));
  const path = join(folder, "a", "run.json");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace('"schema":2', '"schema":3'));
  expect(() => openRun(dirname(path))).toThrow("made by a newer version, schema 3, this version reads up to 2");
  writeFileSync(path, text.slice(0, 40));
  expect(() => openRun(dirname(path))).toThrow(/run\.json:\d+:\d+: /);
  writeFileSync(path, text.replace('"seed":7', '"seed":"seven"'));
  expect(() => openRun(dirname(path))).toThrow(/run\.json:1:\d+: seed: /);
});

test("a wrong line inside the events is refused with its place, a wrong last line is left out and said", async () => {
  const folder = newFolder();
  await recordRun(folder, makeEvents(2, 3));
  const path = join(folder, "events.ndjson");
  const lines = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, lines.with(2, (lines[2] ?? "").slice(0, 30)).join("\n"));
  expect(() => openRun(folder)).toThrow(/events\.ndjson:3:\d+: not a whole line of JSON/);
  writeFileSync(path, lines.toSpliced(2, 1).join("\n"));
  expect(() => openRun(folder)).toThrow(/events\.ndjson:3:1: seq 3, expected 2/);
  writeFileSync(path, lines.with(lines.length - 2, "{}").join("\n"));
  const run = openRun(folder);
  expect(run.events).toHaveLength(lines.length - 2);
  expect(run.warnings.join("\n")).toMatch(/the last line is left out[^]*has changed since the run was closed/);
});

test("the folder of a run is named by date and name, inside its parent, and never one that exists", () => {
  const parent = dirname(newFolder());
  const date = new Date("2026-11-20T19:05:33Z");
  const path = nameRunFolder(parent, "First loop!", date);
  expect(path).toBe(`${parent}/2026-11-20T19-05-33-first-loop`);
  mkdirSync(path);
  expect(nameRunFolder(parent, "First loop!", date)).toBe(`${path}-2`);
  for (const name of ["../../etc/passwd", "..", "/", "a/../b", "\u0000", "C:\\x", "über", "x".repeat(500)])
    expect(sanitiseName(name)).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  expect(existsSync(path)).toBe(true);
});
