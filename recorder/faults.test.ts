import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { RecordError } from "../core/errors.ts";
import type { MemoryRun } from "../core/record/memoryRun.ts";
import { FaultyFs } from "../tests/faultyFs.ts";
import { makeEvents, makeManifest, newFolder, recordRun, STOP } from "../tests/recordedRun.ts";
import { recordUntilFailure } from "../tests/recordUntilFailure.ts";
import { soakOr } from "../tests/soak.ts";
import { createRun } from "./createRun.ts";
import { decodeIndexRecord, INDEX_RECORD_BYTES } from "./indexRecord.ts";
import { type OpenedRun, openRun } from "./openRun.ts";

// a small run of three batches in one segment, damaged in every way below
let memory: MemoryRun;
const whole = newFolder();
const damaged = join(mkdtempSync(join(tmpdir(), "crosspore-")), "run");

beforeAll(async () => {
  memory = await recordRun(whole, makeEvents(3, 4, "wall"));
  cpSync(whole, damaged, { recursive: true });
});

/** Opens the damaged copy; only a RecordError in one line may come out. */
function tryOpen(folder = damaged): { run: OpenedRun; blocks: string[]; events: string[] } | undefined {
  try {
    const run = openRun(folder);
    return { run, blocks: [...run.blocks()].map(describe), events: run.events.map(describe) };
  } catch (error) {
    expect(error).toBeInstanceOf(RecordError);
    expect((error as Error).message).not.toContain("\n");
    return undefined;
  }
}

function describe(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "number" ? String(item) : item));
}

function restore(name: string): Buffer {
  const bytes = readFileSync(join(whole, name));
  writeFileSync(join(damaged, name), bytes);
  return bytes;
}

/** How many blocks (two per batch) are committed within the first `data` and `index` bytes. */
function committedBlocks(data: number, index: number): number {
  const bytes = readFileSync(join(whole, "samples-0001.idx"));
  let blocks = 0;
  for (let at = 0; at + INDEX_RECORD_BYTES <= Math.min(index, bytes.length); at += INDEX_RECORD_BYTES) {
    const record = decodeIndexRecord(bytes.subarray(at));
    if (record && record.rows > 0 && record.offset + record.length <= data) blocks += 2;
  }
  return blocks;
}

test("T2: samples and index cut at every byte lose nothing committed and add nothing", () => {
  const written = [...memory.blocks()].map(describe);
  for (const name of ["samples-0001.arrows", "samples-0001.idx"]) {
    const size = restore(name).length;
    for (let bytes = size - 1; bytes >= 0; bytes--) {
      truncateSync(join(damaged, name), bytes);
      const opened = tryOpen();
      const expected = name.endsWith("idx") ? committedBlocks(Infinity, bytes) : committedBlocks(bytes, Infinity);
      expect(opened?.blocks, `${name} cut at ${bytes}`).toEqual(written.slice(0, expected));
      const lost = name.endsWith("idx") ? bytes % INDEX_RECORD_BYTES !== 0 : true;
      if (lost) expect(opened?.run.warnings.length, `${name} cut at ${bytes}`).toBeGreaterThan(0);
    }
    restore(name);
  }
});

test("events cut at every byte keep every whole line and say that the rest is gone", () => {
  const written = memory.events.map(describe);
  const text = restore("events.ndjson");
  for (let bytes = text.length - 1; bytes >= 0; bytes--) {
    truncateSync(join(damaged, "events.ndjson"), bytes);
    const lines = text.subarray(0, bytes).filter((byte) => byte === 10).length;
    const opened = tryOpen();
    expect(opened?.events, `cut at ${bytes}`).toEqual(written.slice(0, lines));
    expect(opened?.run.warnings.length).toBeGreaterThan(0);
  }
  restore("events.ndjson");
});

test("a manifest or stop file cut at every byte is refused or leaves an interrupted run with all its data", () => {
  const written = [...memory.blocks()].map(describe);
  for (const name of ["run.json", "stop.json"]) {
    const size = restore(name).length;
    for (let bytes = size - 2; bytes >= 0; bytes--) {
      truncateSync(join(damaged, name), bytes);
      const opened = tryOpen();
      if (name === "run.json") expect(opened).toBeUndefined();
      else {
        expect(opened?.blocks).toEqual(written);
        expect(opened?.run.stop).toBeUndefined();
        expect(opened?.run.warnings.join("\n")).toContain("interrupted");
      }
    }
    restore(name);
  }
});

test("each of the 8 bits of any byte of samples or index, flipped, is noticed, and no false sample comes out", async () => {
  const folder = newFolder();
  // one batch in the short form, three in a soak
  const small = await recordRun(folder, makeEvents(soakOr(3, 1), 4, "wall"));
  const written = new Set([...small.blocks()].map(describe));
  for (const name of ["samples-0001.arrows", "samples-0001.idx"]) {
    const bytes = readFileSync(join(folder, name));
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(join(folder, name), flipped);
      const opened = tryOpen(folder);
      expect(opened?.run.warnings.length, `${name}, bit ${bit}`).toBeGreaterThan(0);
      for (const block of opened?.blocks ?? []) expect(written.has(block), `${name}, bit ${bit}`).toBe(true);
    }
    writeFileSync(join(folder, name), bytes);
  }
}, 300_000);

test("a file system that takes at most 7 bytes per write loses nothing", async () => {
  const folder = newFolder();
  const fs = new FaultyFs({ mostPerWrite: 7 });
  const expected = await recordRun(folder, makeEvents(3, 4, "wall"), { fs });
  const run = openRun(folder);
  expect(run.warnings).toEqual([]);
  expect(run.events).toEqual(expected.events);
  expect([...run.blocks()]).toEqual([...expected.blocks()]);
});

test("T2: whichever operation fails, the recorder says so and everything acknowledged is in the folder", async () => {
  const probe = new FaultyFs();
  await recordRun(newFolder(), makeEvents(3, 4, "wall"), { fs: probe });
  const written = memory.events.map(describe);
  const blocks = [...memory.blocks()].map(describe);
  expect(probe.operations.length).toBeGreaterThan(50);
  for (const forever of [false, true])
    for (let failAt = 1; failAt <= probe.operations.length; failAt++) {
      const folder = newFolder();
      const where = `${probe.operations[failAt - 1]} ${failAt}${forever ? " and all after" : ""}`;
      const { reason, acknowledged } = await recordUntilFailure(createRun, folder, new FaultyFs({ failAt, forever }));
      expect(reason, where).toBeInstanceOf(RecordError);
      expect(String(reason), where).toContain("input/output error");
      expect(String(reason), where).not.toContain("\n");
      if (!existsSync(join(folder, "run.json"))) {
        expect(acknowledged, where).toBe(0);
        if (!forever) expect(readdirSync(dirname(folder)), where).toEqual([]);
        continue;
      }
      const run = openRun(folder);
      const events = run.events.map(describe);
      expect(events.length, where).toBeGreaterThanOrEqual(acknowledged);
      expect(events, where).toEqual(written.slice(0, events.length));
      // a finished step that was acknowledged has its two blocks
      const finished = run.events.slice(0, acknowledged).filter((event) => event.kind === "step-finished").length;
      const found = [...run.blocks()].map(describe);
      expect(found.length, where).toBeGreaterThanOrEqual(2 * finished);
      expect(found, where).toEqual(blocks.slice(0, found.length));
    }
});

test("T10: a disk that fills up at any byte loses nothing acknowledged", async () => {
  const names = readdirSync(whole);
  const total = names.reduce((sum, name) => sum + readFileSync(join(whole, name)).length, 0);
  const written = memory.events.map(describe);
  for (let diskBytes = 0; diskBytes < total; diskBytes += 37) {
    const folder = newFolder();
    const { reason, acknowledged } = await recordUntilFailure(createRun, folder, new FaultyFs({ diskBytes }));
    expect(reason, `disk of ${diskBytes} bytes`).toBeInstanceOf(RecordError);
    expect(String(reason)).toContain("no space left on the disk");
    if (!existsSync(join(folder, "run.json"))) continue;
    const events = openRun(folder).events.map(describe);
    expect(events.length).toBeGreaterThanOrEqual(acknowledged);
    expect(events).toEqual(written.slice(0, events.length));
  }
});

test("memory stays bounded: an append waits while more than the backlog is on its way to a slow disk", async () => {
  const folder = newFolder();
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const fs = new FaultyFs();
  const create = fs.create.bind(fs);
  fs.create = async (path) => {
    if (path.endsWith(".arrows")) await gate;
    return await create(path);
  };
  const recorder = await createRun(folder, makeManifest(), { fs });
  const [started] = makeEvents(0, 0);
  if (!started) throw new Error("the run has no beginning");
  await recorder.append(started);
  let settled = 0;
  const appends: Promise<void>[] = [];
  const rows = 65_536;
  for (let k = 0; k < 20; k++) {
    const block = {
      channel: 0,
      startTime_s: k,
      samplePeriod_s: 1e-6,
      current_A: new Float64Array(rows).fill(k),
      voltage_V: new Float64Array(rows),
      overload: new Uint8Array(rows),
      lost: 0,
    };
    appends.push(
      recorder.append({ kind: "samples", step: 0, block }).then(() => {
        settled += 1;
      }),
    );
  }
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  // 31 bytes x 65,536 rows = 2.0 MB per batch: 8 fit into 16 MiB, the ninth waits
  expect(settled).toBe(8);
  release();
  await Promise.all(appends);
  await recorder.close(STOP);
  expect(openRun(folder).rows).toBe(20 * rows);
});
