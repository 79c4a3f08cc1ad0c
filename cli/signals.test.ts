import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { openRun } from "../recorder/openRun.ts";
import { verifyRun } from "../recorder/verifyRun.ts";
import { canRun } from "../tests/needs.ts";
import { newFolder } from "../tests/recordedRun.ts";
import { Spoken, crosspore, startWallRun } from "../tests/wallRun.ts";

const root = join(import.meta.dirname, "..");
const safes = (stdout: string) => stdout.split("\n").filter((line) => /^safe \w+$/.test(line));

describe("signals to a run on a wall-clock array", () => {
  it("Ctrl-C again, while the outputs ramp, idles them at once", async () => {
    const { folder, run } = await startWallRun({ ramp: "wait" });
    run.child.kill("SIGINT");
    await run.says("safe ramp begins");
    run.child.kill("SIGINT");
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    expect(safes(stdout)).toEqual(["safe immediate"]);
    expect(openRun(folder).stop).toMatchObject({ status: "fail", reason: "panic: outputs idled at once by SIGINT" });
  });

  it.each(["SIGTERM", "SIGHUP"] as const)(
    "%s, then Ctrl-C, is a panic; twice itself it stays an abort",
    async (signal) => {
      const first = await startWallRun({ ramp: "wait" });
      first.run.child.kill(signal);
      await first.run.says("safe ramp begins");
      first.run.child.kill("SIGINT");
      expect((await first.run.ended).code).toBe(130);
      expect(openRun(first.folder).stop?.status).toBe("fail");

      const second = await startWallRun({ ramp: "wait" });
      second.run.child.kill(signal);
      await second.run.says("safe ramp begins");
      second.run.child.kill(signal);
      second.run.tell("safe");
      expect((await second.run.ended).code).toBe(130);
      expect(openRun(second.folder).stop).toMatchObject({ status: "abort", reason: `stopped by ${signal}` });
    },
  );

  it("a storm of all of them ends in the safe state and a closed folder", async () => {
    const { folder, run } = await startWallRun();
    for (let k = 0; k < 60; k++) run.child.kill((["SIGINT", "SIGTERM", "SIGHUP"] as const)[k % 3]);
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    expect(safes(stdout).length).toBeGreaterThan(0);
    const { stop, unknown } = openRun(folder);
    expect(["abort", "fail"]).toContain(stop?.status);
    expect(unknown).toHaveLength(1);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("%s ends a paused run", async (signal) => {
    const { folder, run } = await startWallRun();
    await crosspore("pause", folder).ended;
    run.tell("go");
    await run.says("event paused");
    run.child.kill(signal);
    expect((await run.ended).code).toBe(130);
    expect(openRun(folder).stop).toMatchObject({ status: "abort", steps: 1 });
    expect(verifyRun(folder).whole).toBe(true);
  });

  it("a process told to quit leaves, says that the outputs are UNKNOWN, and its run is interrupted", async () => {
    const { folder, run } = await startWallRun({ ramp: "wait", immediate: "wait", budget: "real" });
    run.child.kill("SIGTERM");
    await run.says("safe immediate begins");
    const { code, stderr } = await run.ended;
    expect(code).toBe(4);
    expect(stderr).toContain("what the outputs do is UNKNOWN, the run stays interrupted");
    expect(openRun(folder).stop).toBeUndefined();
    expect((await crosspore("status", folder).ended).stdout).toMatch(/interrupted.*\n\s+UNKNOWN: what the outputs did/);
  });

  it("Ctrl-Z pauses: outputs are never left without anybody who watches", async () => {
    const { folder, run } = await startWallRun();
    run.child.kill("SIGTSTP");
    await run.says("the run pauses instead");
    run.tell("go");
    await run.says("event paused");
    expect((await crosspore("abort", folder).ended).code).toBe(0);
    expect((await run.ended).code).toBe(130);
  });

  it.skipIf(process.platform !== "linux")(
    "a process that stood still ends its run in the safe state, and says so",
    async () => {
      const { folder, run } = await startWallRun();
      await standStill(run);
      const { code, stdout } = await run.ended;
      expect(code).toBe(130);
      expect(safes(stdout)).toEqual(["safe ramp"]);
      const { stop, events } = openRun(folder);
      expect(stop).toMatchObject({
        status: "abort",
        reason: expect.stringContaining("nobody watched the outputs") as string,
      });
      expect(events).toContainEqual(expect.objectContaining({ kind: "quality-flagged", flag: "suspended" }));
    },
  );
});

describe.skipIf(process.platform !== "linux")("a run on a virtual clock", () => {
  it("that stood still goes on, and is flagged", async () => {
    const { folder, run } = await startLong();
    await standStill(run);
    await untilFlagged(folder);
    run.child.kill("SIGINT");
    expect((await run.ended).code).toBe(130);
    const { stop, events } = openRun(folder);
    expect(stop).toMatchObject({ status: "abort", reason: "stopped by SIGINT" });
    expect(events.filter((event) => event.kind === "quality-flagged")).toMatchObject([{ flag: "suspended" }]);
  });
});

const hasTerminal = canRun("stops at a terminal", { programs: ["script"] });

describe.skipIf(!hasTerminal)("at a terminal", () => {
  it("the key Ctrl-C aborts", async () => {
    const folder = newFolder();
    const terminal = atTerminal(folder);
    await terminal.says("apply 0");
    terminal.child.stdin?.write("\u0003");
    await terminal.says("safe ramp");
    await terminal.ended;
    expect(openRun(folder).stop).toMatchObject({ status: "abort", reason: "stopped by SIGINT" });
  });

  it("a window that is closed ends the run in the safe state, and its folder is closed", async () => {
    const folder = newFolder();
    const terminal = atTerminal(folder);
    await terminal.says("apply 0");
    const pid = readPid(folder);
    terminal.child.kill("SIGKILL");
    await untilGone(pid);
    expect(openRun(folder).stop).toMatchObject({ status: "abort", reason: "stopped by SIGHUP" });
  });
});

function atTerminal(folder: string): Spoken {
  const command = `${process.execPath} ${join(root, "tests/children/wallRun.mjs")} '${JSON.stringify({ folder })}'`;
  return new Spoken("script", ["-qefc", command, "/dev/null"]);
}

/** A real experiment on the emulated array that lasts until it is stopped. */
async function startLong(): Promise<{ folder: string; run: Spoken }> {
  const folder = newFolder();
  const file = join(dirname(folder), "long.yaml");
  writeFileSync(
    file,
    "crosspore: 1\nname: long\narray: { rows: 2, columns: 2, junction: { model: conical-channel } }\n" +
      "protocol:\n  - iv-sweep: { amplitude_V: 1 V, frequency_Hz: 40 Hz, cycles: 400000 }\n",
  );
  const run = crosspore("run", file, "--out", folder);
  for (;;) {
    const { stdout } = await crosspore("status", folder, "--json").ended;
    if (stdout !== "" && (JSON.parse(stdout) as { live?: { state: string } }).live?.state === "running") break;
  }
  return { folder, run };
}

async function standStill({ child }: Spoken): Promise<void> {
  child.kill("SIGSTOP");
  while (!/^\d+ \(.*\) T/.test(readFileSync(`/proc/${child.pid}/stat`, "utf8"))) await nextTurn();
  child.kill("SIGCONT");
}

async function untilFlagged(folder: string): Promise<void> {
  // events of a virtual clock are committed with the next batch
  while (!readFileSync(join(folder, "events.ndjson"), "utf8").includes('"suspended"')) await nextTurn();
}

function readPid(folder: string): number {
  return (JSON.parse(readFileSync(join(folder, "lock.json"), "utf8")) as { pid: number }).pid;
}

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
