import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findProcess, identifyProcess } from "../runtime/processIdentity.ts";
import { newFolder } from "../tests/recordedRun.ts";
import { Spoken } from "../tests/wallRun.ts";
import { inspectLock } from "./lock.ts";
import { readManifest } from "./openRun.ts";

const RACERS = 4;
const ROUNDS = 8;
const child = join(import.meta.dirname, "../tests/children/raceRun.mjs");

test(`of ${RACERS} processes that want one folder exactly one gets it, ${ROUNDS} times; its lock outlives it as stale`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const folder = newFolder();
    const racers = Array.from({ length: RACERS }, () => new Spoken(process.execPath, [child, folder]));
    await Promise.all(racers.map((racer) => racer.says("ready\n")));
    for (const racer of racers) racer.tell("go");
    await Promise.all(racers.map((racer) => Promise.race([racer.says("won"), racer.says("lost")])));
    const { pid } = JSON.parse(readFileSync(join(folder, "lock.json"), "utf8")) as { pid: number };
    expect(inspectLock(folder)).toBe("alive");
    expect(readManifest(folder).name).toBe(String(pid));
    for (const racer of racers) racer.child.kill("SIGKILL");
    const ends = await Promise.all(racers.map(({ ended }) => ended));
    const winners = racers.filter((_, k) => ends[k]?.stdout.includes("won"));
    expect(winners.map(({ child }) => child.pid)).toEqual([pid]);
    for (const { stdout } of ends)
      expect(stdout).toMatch(/won|another recorder is writing|is not empty|exists already/);
    expect(inspectLock(folder)).toBe("stale");
  }
}, 120_000);

test.skipIf(process.platform !== "linux")("a lock whose pid belongs to a younger process is stale", async () => {
  const folder = newFolder();
  const owner = new Spoken(process.execPath, [child, folder]);
  await owner.says("ready");
  owner.tell("go");
  await owner.says("won");
  const path = join(folder, "lock.json");
  const lock = JSON.parse(readFileSync(path, "utf8")) as { pid: number; startTicks: number };
  owner.child.kill("SIGKILL");
  await owner.ended;
  // a living process with the number of the dead one: what a reused pid looks like
  const other = new Spoken(process.execPath, [child, newFolder()]);
  await other.says("ready");
  writeFileSync(path, JSON.stringify({ ...lock, pid: other.child.pid }));
  expect(findProcess(identifyProcess(other.child.pid))).toBe("alive");
  expect(inspectLock(folder)).toBe("stale");
  other.tell("end");
  await other.ended;
});
