import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { SampleBlock } from "../core/arrayBackend.ts";
import { RecordError } from "../core/errors.ts";
import type { RunEvent } from "../core/runEvent.ts";
import { createRunOverChannel } from "../tests/channelRecorder.ts";
import { FaultyFs, systemError } from "../tests/faultyFs.ts";
import { countStop, makeEvents, makeManifest, newFolder, recordRun, STOP } from "../tests/recordedRun.ts";
import { recordUntilFailure } from "../tests/recordUntilFailure.ts";
import { createRun } from "./createRun.ts";
import { createRunInWorker } from "./createRunInWorker.ts";
import { openRun } from "./openRun.ts";
import { RemoteRecorder } from "./remoteRecorder.ts";
import type { RunRecorder } from "./runRecorder.ts";
import { verifyRun } from "./verifyRun.ts";

const ROWS = 65_536;

function bigBlock(k: number): SampleBlock {
  return {
    channel: 0,
    startTime_s: k * ROWS * 1e-6,
    samplePeriod_s: 1e-6,
    current_A: new Float64Array(ROWS).fill(k),
    voltage_V: new Float64Array(ROWS),
    overload: new Uint8Array(ROWS),
    lost: 0,
  };
}

/** A file system whose syncs of samples wait until they are let through. */
function gatedFs(): { fs: FaultyFs; release(): void } {
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
  return { fs, release: () => release() };
}

/** Lets messages and their answers pass. */
async function passMessages(): Promise<void> {
  for (let k = 0; k < 50; k++) await new Promise((resolve) => setImmediate(resolve));
}

test("a run recorded on its own thread equals one recorded on the caller's, byte for byte, stamps apart", async () => {
  for (const clock of ["virtual", "wall"] as const) {
    const events = makeEvents(5, 11, clock);
    const [near, far] = [newFolder(), newFolder()];
    const memory = await recordRun(near, events, {}, countStop(events));
    const recorder = await createRunInWorker(far, makeManifest());
    for (const event of events) await recorder.append(event);
    await recorder.close(countStop(events));
    const run = openRun(far);
    expect(run.warnings).toEqual([]);
    expect(run.events).toEqual(memory.events);
    expect([...run.blocks()]).toEqual([...memory.blocks()]);
    expect(verifyRun(far).whole).toBe(true);
    expect(recorder.durable).toEqual({ events: memory.events.length, rows: 110 });
    expect(readdirSync(far)).toEqual(readdirSync(near));
    const name = "samples-0001.arrows";
    if (clock === "virtual") expect(readFileSync(join(far, name)).equals(readFileSync(join(near, name)))).toBe(true);
  }
});

test("blocks stay the caller's: what was handed over may be read and changed afterwards", async () => {
  const folder = newFolder();
  const recorder = await createRunInWorker(folder, makeManifest());
  const events = makeEvents(1, 8, "wall");
  const expected = structuredClone(events);
  for (const event of events) {
    await recorder.append(event);
    if (event.kind !== "samples") continue;
    expect(event.block.current_A).toHaveLength(8);
    event.block.current_A.fill(0);
  }
  await recorder.close(countStop(events));
  const blocks = expected.flatMap((event) => (event.kind === "samples" ? [event.block] : []));
  expect([...openRun(folder).blocks()].map(({ block }) => block)).toEqual(blocks);
});

test("on a wall-clock array an intent is on the disk when append resolves, through the thread too", async () => {
  const folder = newFolder();
  const recorder = await createRunInWorker(folder, makeManifest());
  const events = makeEvents(3, 5, "wall");
  for (const event of events) {
    await recorder.append(event);
    if (event.kind === "step-intended")
      expect(openRun(folder).events.at(-1)).toMatchObject({ kind: "step-intended", step: event.step });
  }
  await recorder.close(countStop(events));
});

test("on a virtual-clock array no event waits for the disk", async () => {
  const { fs, release } = gatedFs();
  const folder = newFolder();
  const recorder = await createRunOverChannel(folder, makeManifest(), { fs });
  const events = makeEvents(2000, 40, "virtual");
  // 160,000 samples: batches are due, and the disk does not answer
  for (const event of events) await recorder.append(event);
  expect(recorder.durable.rows).toBe(0);
  release();
  await recorder.close(countStop(events));
  expect(openRun(folder).rows).toBe(160_000);
});

test("while the caller's thread is busy, everything that it handed over reaches the disk", async () => {
  const folder = newFolder();
  const recorder = await createRunInWorker(folder, makeManifest());
  const events = makeEvents(1, 100, "wall").slice(0, -2);
  for (const event of events) await recorder.append(event);
  // frozen: no timer, no message, nothing; the recorder commits 50 ms after the first sample by its own clock
  const until = performance.now() + 2000;
  while (performance.now() < until && openRun(folder).rows < 200);
  expect(openRun(folder).rows).toBe(200);
  await recorder.close(countStop(events));
});

test("an append waits while 16 MiB are on their way to a disk that stands still, and the event loop does not", async () => {
  const { fs, release } = gatedFs();
  const folder = newFolder();
  const recorder = await createRunOverChannel(folder, makeManifest(), { fs });
  const [started] = makeEvents(0, 0, "virtual");
  if (!started) throw new Error("the run has no beginning");
  await recorder.append(started);
  let settled = 0;
  const pumping = (async () => {
    for (let k = 0; k < 40; k++) {
      await recorder.append({ kind: "samples", step: 0, block: bigBlock(k) });
      settled += 1;
    }
  })();
  await passMessages();
  // 31 bytes x 65,536 rows = 2.03 MB: the recorder answers to 8 blocks, 8 more are the credit of this side
  expect(settled).toBe(16);
  release();
  await pumping;
  await recorder.close(STOP);
  expect(openRun(folder).rows).toBe(40 * ROWS);
});

test("a caller that never waits is stopped at 256 MiB with a reason, and everything that was taken is kept", async () => {
  const { fs, release } = gatedFs();
  const folder = newFolder();
  const recorder = await createRunOverChannel(folder, makeManifest(), { fs });
  const outcomes = await appendWithoutWaiting(recorder, release);
  await expect(recorder.append({ kind: "samples", step: 0, block: bigBlock(0) })).rejects.toBeInstanceOf(RecordError);
  const stop = { ...STOP, status: "fail", reason: outcomes[0] ?? "" } as const;
  await recorder.append(stop);
  await recorder.close(stop);
  const run = openRun(folder);
  expect(run.stop).toEqual(stop);
  // 256 MiB / 2.03 MB = 132 blocks
  expect(run.rows / ROWS).toBe(132);
});

test("a caller that never waits is stopped on its own thread too", async () => {
  const { fs, release } = gatedFs();
  const recorder = await createRun(newFolder(), makeManifest(), { fs });
  await appendWithoutWaiting(recorder, () => {
    fs.create = () => Promise.reject(systemError("EIO"));
    release();
  });
  await expect(recorder.close(STOP)).rejects.toBeInstanceOf(RecordError);
});

/** Appends 160 big blocks at once while the disk stands still; returns the reasons of those that were refused. */
async function appendWithoutWaiting(recorder: RunRecorder, release: () => void): Promise<string[]> {
  const [started] = makeEvents(0, 0, "wall");
  if (!started) throw new Error("the run has no beginning");
  await recorder.append(started);
  const block = bigBlock(0);
  const appends = Array.from({ length: 160 }, () => recorder.append({ kind: "samples", step: 0, block }));
  const outcomes = Promise.allSettled(appends);
  await passMessages();
  release();
  const reasons = (await outcomes).flatMap((outcome) =>
    outcome.status === "rejected" ? [String(outcome.reason)] : [],
  );
  expect(reasons.join("\n")).toMatch(/the disk is too slow, \d+ MB wait to be written/);
  return reasons;
}

test("a folder that is taken is refused through the thread in the same words, and the thread ends", async () => {
  const folder = newFolder();
  const recorder = await createRunInWorker(folder, makeManifest());
  await expect(createRunInWorker(folder, makeManifest())).rejects.toThrow(/another recorder is writing there/);
  await recorder.close(STOP);
  await expect(recorder.append(STOP)).rejects.toThrow(/closed already/);
  await expect(createRunInWorker(folder, makeManifest())).rejects.toThrow(/not empty/);
});

test("what no thread can be sent is refused in one line, and what came before is closed as usual", async () => {
  const folder = newFolder();
  const odd = { ...makeManifest(), resolved: { model: () => 1 } };
  await expect(createRunInWorker(folder, odd)).rejects.toThrow(/cannot be recorded \(DataCloneError/);
  const recorder = await createRunInWorker(folder, makeManifest());
  const events = makeEvents(1, 4, "wall");
  for (const event of events) await recorder.append(event);
  const mark = { kind: "marked", time_s: 1, protocol: 0, protocolName: "x", label: "", data: { f: () => 1 } };
  await expect(recorder.append(mark as unknown as RunEvent)).rejects.toBeInstanceOf(RecordError);
  await recorder.close(countStop(events));
  expect(verifyRun(folder).whole).toBe(true);
});

test("products weigh what their numbers weigh: an append waits for them too", async () => {
  const sent: { id?: number }[] = [];
  const link = { send: (message: object) => void sent.push(message), hold: () => undefined, release: async () => {} };
  const recorder = new RemoteRecorder(link, "runs/x");
  const starting = recorder.start(makeManifest());
  recorder.take({ kind: "settled" });
  await starting;
  const [started] = makeEvents(0, 0, "virtual");
  if (!started) throw new Error("the run has no beginning");
  const first = recorder.append(started);
  recorder.take({ kind: "settled", id: 0 });
  await first;
  const inputs_V = new Float64Array(1_000_000);
  const products = {
    startTime_s: 0,
    endTime_s: 1,
    columns: [0],
    current_A: inputs_V,
    overloads: 0,
    method: "direct",
  } as const;
  const taken = { kind: "products-taken", step: 0, time_s: 1, inputs_V, products } as const;
  // 16 MB fit into the credit of 16 MiB, the second one does not
  await recorder.append(taken);
  let settled = false;
  const second = recorder.append({ ...taken, step: 1 }).then(() => {
    settled = true;
  });
  await passMessages();
  expect(settled).toBe(false);
  recorder.take({ kind: "settled", id: 1 });
  await second;
});

test("a thread that dies rejects everything that waits and everything that comes after", async () => {
  const sent: unknown[] = [];
  const link = { send: (message: unknown) => void sent.push(message), hold: () => undefined, release: async () => {} };
  const recorder = new RemoteRecorder(link, "runs/x");
  const starting = recorder.start(makeManifest());
  recorder.take({ kind: "settled" });
  await starting;
  const [started, intended] = makeEvents(1, 1, "wall");
  if (!started || !intended) throw new Error("the run has no beginning");
  const waiting = recorder.append(started);
  recorder.end("the recorder's thread has ended");
  await expect(waiting).rejects.toThrow("runs/x: the recorder's thread has ended");
  await expect(recorder.append(intended)).rejects.toBeInstanceOf(RecordError);
  await expect(recorder.close(STOP)).rejects.toThrow(/thread has ended/);
  expect(sent).toHaveLength(2);
});

test("T2: whichever operation of the thread's file system fails, the caller learns it and everything acknowledged is there", async () => {
  const probe = new FaultyFs();
  const reference = newFolder();
  const none = await recordUntilFailure(createRunOverChannel, reference, probe);
  expect(none.reason).toBeUndefined();
  const written = openRun(reference).events;
  expect(probe.operations.length).toBeGreaterThan(50);
  for (const forever of [false, true])
    for (let failAt = 1; failAt <= probe.operations.length; failAt++) {
      const folder = newFolder();
      const where = `${probe.operations[failAt - 1]} ${failAt}${forever ? " and all after" : ""}`;
      const { reason, acknowledged } = await recordUntilFailure(
        createRunOverChannel,
        folder,
        new FaultyFs({ failAt, forever }),
      );
      expect(reason, where).toBeInstanceOf(RecordError);
      expect(String(reason), where).toContain("input/output error");
      if (!readdirSync(dirname(folder)).includes("run") || !readdirSync(folder).includes("run.json")) {
        expect(acknowledged, where).toBe(0);
        continue;
      }
      const run = openRun(folder);
      expect(run.events.length, where).toBeGreaterThanOrEqual(acknowledged);
      expect(run.events, where).toEqual(written.slice(0, run.events.length));
      const finished = run.events.slice(0, acknowledged).filter((event) => event.kind === "step-finished").length;
      expect(run.rows, where).toBeGreaterThanOrEqual(8 * finished);
    }
});
