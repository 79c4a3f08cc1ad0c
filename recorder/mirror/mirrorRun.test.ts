import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { InfluxServer } from "../../tests/influxServer.ts";
import { expectSamplesEqual } from "../../tests/mirrorChecks.ts";
import { canRun } from "../../tests/needs.ts";
import { countStop, makeBlock, makeEvents, makeManifest, newFolder, recordRun } from "../../tests/recordedRun.ts";
import { makeRichEvents } from "../../tests/richEvents.ts";
import { createRun } from "../createRun.ts";
import { openRun } from "../openRun.ts";
import { verifyRun } from "../verifyRun.ts";
import { compareRun } from "./compareRun.ts";
import { RunMirror } from "./mirrorRun.ts";
import { postTo } from "./postLines.ts";
import { sendLines } from "./sendLines.ts";
import { describeTarget, parseTarget } from "./target.ts";

describe.skipIf(!canRun("the mirror on a real InfluxDB", { programs: ["influxd"] }))("a mirrored run", () => {
  let server: InfluxServer;
  let folder: string;
  let problems: string[];
  let refused: string[];
  let count = 0;
  let database: string;
  beforeAll(async () => {
    server = await InfluxServer.open();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    folder = newFolder();
    problems = [];
    refused = [];
    database = `test${count++}`;
    await server.query("", `CREATE DATABASE ${database}`);
  });

  const target = () => parseTarget(server.url, database, {});
  const clock = { sleep: async () => undefined, random: Math.random, elapsed_s: () => 0 };
  function open(every_s: number, where = folder): RunMirror {
    const send = {
      post: postTo(target(), 10),
      clock,
      patience_s: 5,
      onRefused: (line: string, reason: string) => refused.push(`${line} ${reason}`),
      onWaiting: () => undefined,
    };
    return new RunMirror(where, {
      target: describeTarget(target()),
      every_s,
      send: (lines) => sendLines(lines, send, new AbortController().signal),
      onProblem: (problem) => problems.push(problem),
    });
  }

  async function dump(): Promise<string[]> {
    const rows = await server.query(database, "SELECT * FROM /^crosspore_/");
    return rows.map((row) => JSON.stringify(row)).sort();
  }

  function cursorPath(where = folder): string {
    return join(where, readdirSync(where).find((name) => name.startsWith("mirror-")) ?? "none");
  }

  it("with every sample is the run, row by row and bit by bit, also where steps and columns share a moment", async () => {
    const events = makeRichEvents();
    await recordRun(folder, events, {}, countStop(events));
    const run = open(0);
    await run.drain();
    expect(run.progress).toMatchObject({ complete: true, rejected: 0, skipped: 0 });
    expect(problems).toEqual([]);
    expect(await expectSamplesEqual(server, database, folder)).toBeGreaterThan(2400);
    expect(await compareRun(openRun(folder), run.label, 0, target(), 10)).toMatchObject({ equal: true });
    // the step that touches its predecessor on column 0 needs a second lane, and no other does
    const lanes = await server.query(database, 'SHOW TAG VALUES FROM crosspore_samples WITH KEY = "lane"');
    expect(lanes.map(({ value }) => value)).toEqual(["0", "1"]);
    expect(await server.query(database, "SHOW TAG KEYS")).not.toContainEqual({ tagKey: "run" });
  });

  it("has every event, reading and product with the recorded values", async () => {
    const events = makeRichEvents();
    await recordRun(folder, events, {}, countStop(events));
    await open(0.01).drain();
    const run = openRun(folder);
    const rows = await server.query(database, "SELECT seq, time_s FROM crosspore_events");
    const found = rows.sort((a, b) => Number(a["seq"]) - Number(b["seq"])).map(({ time_s }) => time_s);
    expect(found).toEqual(run.events.map(({ time_s }) => time_s));
    const readings = await server.query(
      database,
      "SELECT step, label, current_A_0, voltage_V_1 FROM crosspore_readings",
    );
    expect(readings.map(({ step, current_A_0, voltage_V_1 }) => [step, current_A_0, voltage_V_1])).toEqual(
      [0, 1, 2, 3].map((step) => [step, null, 0.1 + 0.2]),
    );
    const products = await server.query(
      database,
      "SELECT vector, input_V_0, input_V_1, current_A_0, current_A_1, expected_A_1 FROM crosspore_products",
    );
    expect(products.map((row) => Object.values(row).slice(1))).toEqual([
      [0, 0.1, 0.2, 1e-9, 2e-9, 2],
      [1, 0.3, 0.4, 3e-9, null, 4],
      [2, 0.5, 0.6, 5e-9, 6e-9, 6],
    ]);
    const marks = await server.query(database, "SELECT data FROM crosspore_events WHERE kind = 'marked'");
    expect(marks.map(({ data }) => JSON.parse(String(data)) as unknown)).toEqual([
      { a: 1, b: "two\nevil v=1", c: [1, 2] },
      { a: "text now" },
    ]);
    const measurements = await server.query(database, "SHOW MEASUREMENTS");
    expect(measurements.map(({ name }) => name)).not.toContain("evil");
    const [summary] = await server.query(database, "SELECT * FROM crosspore_runs");
    expect(summary).toMatchObject({
      status: "success",
      name: "first loop",
      samples: run.rows,
      array: "emulated array",
    });
  });

  it("in windows has least, greatest and mean of the samples that fall into each, across batches and blocks", async () => {
    const memory = await recordRun(folder, makeEvents(5, 700, "wall"), {});
    const every_s = 0.03;
    await open(every_s).drain();
    const expected = new Map<string, number[]>();
    for (const { step, block } of memory.blocks())
      for (const [n, current] of block.current_A.entries()) {
        const index = Math.floor((block.startTime_s + n * block.samplePeriod_s) / every_s);
        const key = `${block.channel} ${step} ${index}`;
        expected.set(key, [...(expected.get(key) ?? []), current]);
      }
    const rows = await server.query(database, "SELECT * FROM crosspore_windows");
    let compared = 0;
    const bySteps = new Map<string, number>();
    for (const row of rows)
      for (const column of [0, 1]) {
        if (typeof row[`samples_${column}`] !== "number") continue;
        // windows of a column and step follow each other
        const place = `${column} ${row["step"]}`;
        const at = bySteps.get(place) ?? 0;
        bySteps.set(place, at + 1);
        const keys = [...expected.keys()].filter((key) => key.startsWith(`${place} `));
        const values = expected.get(keys[at] ?? "") ?? [];
        const valid = values.filter((value) => !Number.isNaN(value));
        expect(row[`samples_${column}`]).toBe(valid.length);
        expect(row[`lost_${column}`]).toBe(values.length - valid.length);
        expect(row[`current_A_min_${column}`]).toBe(Math.min(...valid));
        expect(row[`current_A_max_${column}`]).toBe(Math.max(...valid));
        const mean = valid.reduce((sum, value) => sum + value, 0) / valid.length;
        expect(Math.abs(Number(row[`current_A_mean_${column}`]) / mean - 1)).toBeLessThan(1e-12);
        compared += 1;
      }
    expect(compared).toBe(expected.size);
    expect(compared).toBeGreaterThan(60);
  });

  it("mirrored twice, from the beginning and by another process, is the same rows", async () => {
    const events = makeRichEvents();
    await recordRun(folder, events, {}, countStop(events));
    for (const every_s of [0, 0.02]) {
      await open(every_s).drain();
      const once = await dump();
      const again = open(every_s);
      await again.drain();
      expect(again.progress.complete).toBe(true);
      writeFileSync(cursorPath(), "{ torn");
      await open(every_s).drain();
      expect(await dump()).toEqual(once);
    }
    expect(verifyRun(folder)).toMatchObject({ whole: true, problems: [] });
  });

  it("of a run that grows is the same rows as of the whole run, wherever the mirror was stopped in between", async () => {
    const events = makeRichEvents();
    const recorder = await createRun(folder, makeManifest(), {});
    for (const every_s of [0, 0.007]) open(every_s);
    let mirror = open(0.007);
    for (const [n, event] of events.entries()) {
      await recorder.append(event);
      if (n % 3 === 0) await mirror.drain();
      // another process takes over, from the cursor alone
      if (n % 5 === 0) mirror = open(0.007);
    }
    await mirror.drain();
    expect(mirror.progress.complete).toBe(false);
    expect(await server.query(database, "SELECT status FROM crosspore_runs")).toMatchObject([{ status: "recording" }]);
    await recorder.close(countStop(events));
    await open(0.007).drain();
    const grown = await dump();
    writeFileSync(cursorPath(), "");
    await server.query("", `DROP DATABASE ${database}`);
    await server.query("", `CREATE DATABASE ${database}`);
    await open(0.007).drain();
    expect(grown).toEqual(await dump());
    expect(problems).toEqual([]);
  });

  it("that was never closed is shown as interrupted, and nothing that was not committed is there", async () => {
    const events = makeEvents(3, 400, "wall");
    await recordRun(folder, events, {}, countStop(events));
    const lost = 24 * 2;
    renameSync(join(folder, "stop.json"), join(folder, "..", "stop.json"));
    const index = readFileSync(join(folder, "samples-0001.idx"));
    truncateSync(join(folder, "samples-0001.idx"), index.length - lost - 7);
    appendFileSync(join(folder, "events.ndjson"), '{"seq":');
    const run = open(0);
    await run.drain();
    expect(run.ended).toBe(true);
    expect(await expectSamplesEqual(server, database, folder)).toBe(openRun(folder).rows);
    expect(await server.query(database, "SELECT status FROM crosspore_runs")).toMatchObject([
      { status: "interrupted" },
    ]);
  });

  it("with a damaged batch says so and has the others", async () => {
    const events = makeEvents(6, 400, "wall");
    await recordRun(folder, events, {}, countStop(events));
    const path = join(folder, "samples-0001.arrows");
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    writeFileSync(path, bytes);
    await open(0).drain();
    expect(problems).toEqual([
      expect.stringMatching(/samples-0001\.arrows: batch \d+ cannot be read .* rows are left out/),
    ]);
    await expectSamplesEqual(server, database, folder);
    expect(openRun(folder).rows).toBeGreaterThan(0);
  });

  it("with a damaged line is refused with its place", async () => {
    await recordRun(folder, makeEvents(2, 5));
    const path = join(folder, "events.ndjson");
    writeFileSync(path, readFileSync(path, "utf8").split("\n").with(1, "{").join("\n"));
    await expect(open(0).drain()).rejects.toThrow(/events\.ndjson:2:\d+: /);
  });

  it("whose samples jump back in time and repeat moments loses none of them", async () => {
    const events = makeEvents(1, 1, "wall");
    for (const [k, start_s] of [0.5, 0.2, 0.2, 0.2, 0.5, 0.1].entries())
      events.push({ kind: "samples", step: 0, block: makeBlock(20 + k, k % 2 === 0 ? 0 : 1, 30, start_s) });
    await recordRun(folder, events);
    await open(0).drain();
    await expectSamplesEqual(server, database, folder);
  });

  it("beside another of the same moment keeps all its rows: no run replaces another's", async () => {
    const parent = mkdtempSync(join(tmpdir(), "crosspore-"));
    for (const [k, seed] of [1, 2, 3].entries()) {
      mkdirSync(join(parent, `${k}`));
      const events = makeEvents(2, 200);
      const where = join(parent, `${k}`, `run${k}`);
      const recorder = await createRun(where, makeManifest({ seed }), {});
      for (const event of events) await recorder.append(event);
      await recorder.close(countStop(events));
      await open(0, where).drain();
    }
    for (const k of [0, 1, 2]) await expectSamplesEqual(server, database, join(parent, `${k}`, `run${k}`));
  });

  it("into a database where a field has another type has everything but those points, told one by one", async () => {
    await server.write(database, "crosspore_readings,kind=reading,array=emulated\\ array label=5 1795201533000000000");
    await recordRun(folder, makeEvents(3, 20));
    const run = open(0);
    await run.drain();
    const readings = openRun(folder).events.filter(({ kind }) => kind === "step-finished").length;
    expect(run.progress).toMatchObject({ complete: true, rejected: readings });
    expect(refused).toHaveLength(readings);
    expect(refused[0]).toMatch(/^crosspore_readings,.*HTTP 400: partial write: field type conflict/);
    await expectSamplesEqual(server, database, folder);
  });
});
