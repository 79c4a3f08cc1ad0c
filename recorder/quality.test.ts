import { expect, test } from "vitest";
import type { SampleBlock } from "../core/arrayBackend.ts";
import type { RunEvent } from "../core/runEvent.ts";
import { countStop, makeBlock, makeEvents, makeManifest, newFolder, recordRun } from "../tests/recordedRun.ts";
import { createRun } from "./createRun.ts";
import { openRun } from "./openRun.ts";
import { QualityWatch } from "./qualityWatch.ts";
import { verifyRun } from "./verifyRun.ts";

/** Ten samples, one per millisecond. */
function block(startTime_s: number, channel = 0): SampleBlock {
  return { ...makeBlock(0, channel, 10, startTime_s), samplePeriod_s: 1e-3 };
}

/** A run of one step whose samples are `blocks`. */
function eventsWith(blocks: readonly SampleBlock[]): RunEvent[] {
  const [started, intended, finished] = makeEvents(1, 0, "wall").filter((event) => event.kind !== "samples");
  if (!started || !intended || finished?.kind !== "progressed") throw new Error("not the events of a step");
  return [started, intended, ...blocks.map((block) => ({ kind: "samples", step: 0, block }) as const)];
}

test("blocks that follow each other raise no flag, whatever their rounding", () => {
  const watch = new QualityWatch();
  for (let k = 0; k < 1000; k++) expect(watch.takeBlock(0, block(k * 10 * 1e-3 + 1e-12 * k))).toBeUndefined();
  // the next step may begin at the very moment of the last sample, or any time later
  expect(watch.takeBlock(1, block(9.999))).toBeUndefined();
  expect(watch.takeBlock(2, block(500))).toBeUndefined();
});

test("a gap within a step and samples out of order are flagged in the events, with column, place and size", async () => {
  const folder = newFolder();
  const events = eventsWith([block(0), block(0, 1), block(0.01), block(0.03), block(0.025, 1), block(0.005)]);
  await recordRun(folder, events, {}, countStop(events));
  const flags = openRun(folder).events.filter((event) => event.kind === "quality-flagged");
  expect(flags.map(({ flag, column, step, time_s }) => [flag, column, step, time_s])).toEqual([
    ["gap", 0, 0, 0.03],
    ["gap", 1, 0, 0.025],
    ["out-of-order", 0, 0, 0.005],
  ]);
  expect(flags[0]?.offset_s).toBeCloseTo(0.01, 12);
  expect(flags[2]?.offset_s).toBeCloseTo(0.005 - 0.04, 12);
  // flagged disorder is data and no fault of the folder; only the missing outcome is
  expect(verifyRun(folder).flags).toEqual({ gap: 2, "out-of-order": 1 });
  expect(verifyRun(folder).problems).toHaveLength(1);
});

test("a wall clock that jumps, forwards or backwards, is flagged between the events that it falls between", async () => {
  for (const jump_s of [-3600, 3600, -0.6, 0.6]) {
    let wall_ms = Date.UTC(2026, 10, 20);
    let elapsed_s = 5;
    const folder = newFolder();
    const recorder = await createRun(folder, makeManifest(), {
      now: () => new Date(wall_ms),
      elapsed_s: () => elapsed_s,
    });
    const events = makeEvents(3, 4, "wall");
    for (const event of events) {
      wall_ms += 10;
      elapsed_s += 0.01;
      if (event.kind === "step-intended" && event.step === 1) wall_ms += jump_s * 1000;
      await recorder.append(event);
    }
    await recorder.close(countStop(events));
    const run = openRun(folder);
    const kinds = run.events.map((event) => event.kind);
    const at = kinds.indexOf("quality-flagged");
    expect(run.events[at - 1]).toMatchObject({ kind: "step-finished", step: 0 });
    expect(run.events[at]).toMatchObject({ flag: "wall-clock-jump" });
    expect(run.events[at + 1]).toMatchObject({ kind: "step-intended", step: 1 });
    const flag = run.events[at];
    expect(flag?.kind === "quality-flagged" && flag.offset_s).toBeCloseTo(jump_s, 6);
    expect(kinds.filter((kind) => kind === "quality-flagged")).toHaveLength(1);
    expect(verifyRun(folder)).toMatchObject({ whole: true, flags: { "wall-clock-jump": 1 } });
  }
});

test("a clock that is slewed, as time servers do, raises no flag", () => {
  const watch = new QualityWatch();
  for (let k = 0; k < 10_000; k++) expect(watch.takeClocks(new Date(k * 1000.5), k)).toBeUndefined();
});
