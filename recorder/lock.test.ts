import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findProcess, identifyProcess } from "../runtime/processIdentity.ts";
import { makeManifest, newFolder, STOP } from "../tests/recordedRun.ts";
import { createRun } from "./createRun.ts";
import { inspectLock } from "./lock.ts";
import { openRun } from "./openRun.ts";

const onLinux = process.platform === "linux";

test("a process is itself, and another one when only its start differs", () => {
  const own = identifyProcess();
  expect(findProcess(own)).toBe("alive");
  expect(findProcess({ ...own, host: "another machine" })).toBe("elsewhere");
  if (!onLinux) return;
  expect(own.startTicks).toBeGreaterThan(0);
  // a pid that was given away: same number, other start; and a lock from before the last boot
  expect(findProcess({ ...own, startTicks: (own.startTicks ?? 0) - 1 })).toBe("gone");
  expect(findProcess({ ...own, bootId: "00000000-0000-0000-0000-000000000000" })).toBe("gone");
});

test("a process that was killed is gone, also before anybody has asked for its exit", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const identity = identifyProcess(child.pid);
  expect(findProcess(identity)).toBe("alive");
  const gone = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  expect(findProcess(identity)).toBe("gone");
});

test("a folder is locked from its first file to its last, and free when the run is closed", async () => {
  const folder = newFolder();
  expect(inspectLock(folder)).toBe("free");
  const recorder = await createRun(folder, makeManifest());
  expect(inspectLock(folder)).toBe("alive");
  await expect(createRun(folder, makeManifest())).rejects.toThrow(/another recorder is writing there/);
  await recorder.close(STOP);
  expect(inspectLock(folder)).toBe("free");
  expect(readdirSync(folder).sort()).toEqual(["events.ndjson", "run.json", "stop.json"]);
  await expect(createRun(folder, makeManifest())).rejects.toThrow(/not empty, a run needs a new one/);
});

test("a lock whose owner is gone, or that is torn, is stale, and its folder is still refused to a new run", async () => {
  const folder = newFolder();
  mkdirSync(folder);
  const path = join(folder, "lock.json");
  writeFileSync(path, `${JSON.stringify({ ...identifyProcess(), bootId: "an earlier boot" })}\n`);
  expect(inspectLock(folder)).toBe("stale");
  await expect(createRun(folder, makeManifest())).rejects.toThrow(/not empty, a run needs a new one/);
  writeFileSync(path, readFileSync(path, "utf8").slice(0, 10));
  expect(inspectLock(folder)).toBe("stale");
});

test("of recorders that want one folder at the same moment exactly one gets it, 200 times", async () => {
  for (let round = 0; round < 200; round++) {
    const folder = newFolder();
    const tries = await Promise.allSettled([1, 2, 3].map(() => createRun(folder, makeManifest())));
    const winners = tries.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(winners).toHaveLength(1);
    await winners[0]?.close(STOP);
    expect(openRun(folder).stop).toEqual(STOP);
  }
});
