import { expect, test } from "vitest";
import { EmulatedArray } from "../core/emulated/emulatedArray.ts";
import { runProtocols } from "../core/engine.ts";
import { NO_LIMITS } from "../core/limits.ts";
import { ivSweep } from "../core/protocol/library/index.ts";
import { makePace } from "./pace.ts";

test("an emulated array never runs ahead of a slow recorder by more than what it makes between two pauses", async () => {
  const pace = makePace();
  const config = { rows: 1, columns: 1, junction: { model: "conical-channel" } };
  const array = new EmulatedArray(config, { seed: 1, pause: pace.pause, blockSamples: 1000 });
  let [made, taken, most] = [0, 0, 0];
  array.samples.subscribe(({ current_A }) => {
    made += current_A.length;
    most = Math.max(most, made - taken);
  });
  const slow = async (rows: number): Promise<void> => {
    // a timer per block, while the array by itself would make some ten blocks between two timers
    await new Promise((resolve) => setTimeout(resolve, 0));
    taken += rows;
  };
  const stop = await runProtocols({
    protocols: [ivSweep({ amplitude_V: 1, frequency_Hz: 1, cycles: 1, samplesPerCycle: 500_000 })],
    array,
    limits: NO_LIMITS,
    seed: 1,
    signal: new AbortController().signal,
    emit: (event) => pace.follow(slow(event.kind === "samples" ? event.block.current_A.length : 0)),
  });
  expect(stop).toMatchObject({ status: "success", samples: 500_001 });
  expect(taken).toBe(500_001);
  expect(most).toBeLessThan(50_000);
});

test("a recorder that fails does not hold up the array", async () => {
  const pace = makePace();
  pace.follow(Promise.reject(new Error("disk full"))).catch(() => undefined);
  await expect(pace.pause()).resolves.toBeUndefined();
});
