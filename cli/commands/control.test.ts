import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { openRun } from "../../recorder/openRun.ts";
import { verifyRun } from "../../recorder/verifyRun.ts";
import { newFolder } from "../../tests/recordedRun.ts";
import { crosspore, startWallRun } from "../../tests/wallRun.ts";

const json = (text: string): unknown => JSON.parse(text);

describe("crosspore pause, resume, stop and status on a live run", () => {
  it("hold it between two steps, go on, and end it after a cell as a success", async () => {
    const { folder, run } = await startWallRun();
    expect(lstatSync(join(folder, "control.sock")).mode & 0o777).toBe(0o600);
    const pausing = await crosspore("pause", folder, "--json").ended;
    expect(pausing.code).toBe(0);
    expect(json(pausing.stdout)).toMatchObject({ state: "pausing", outputs: "driven", steps: 0, plannedSteps: 6 });
    run.tell("go");
    await run.says("event paused");
    expect(json((await crosspore("status", folder, "--json").ended).stdout)).toMatchObject({
      status: "live",
      unknown: [],
      live: { state: "paused", outputs: "held", level_V: 0, steps: 1, source: "measured", pid: run.child.pid },
    });
    // found by itself among the runs of its folder
    const resumed = await crosspore("resume", "--runs", dirname(folder)).ended;
    expect(resumed).toMatchObject({ code: 0, stderr: "" });
    await run.says("apply 1");
    expect((await crosspore("stop", folder).ended).stdout).toContain("stopping");
    expect(await crosspore("resume", folder).ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("refused, the run is ending already") as string,
    });
    run.tell("go");
    const { code, stdout } = await run.ended;
    expect(code).toBe(0);
    expect(stdout.split("\n").filter((line) => line.startsWith("apply"))).toEqual(["apply 0", "apply 1"]);
    expect(stdout).toMatch(/safe ramp\nevent paused\nevent resumed\napply 1\n/);
    expect(verifyRun(folder)).toMatchObject({ whole: true, status: "success" });
    expect(openRun(folder).stop).toMatchObject({ steps: 2, left: 4 });
    expect(readdirSync(folder).sort()).toEqual([
      "events.ndjson",
      "run.json",
      "samples-0001.arrows",
      "samples-0001.idx",
      "stop.json",
    ]);
    const closed = await crosspore("status", folder).ended;
    expect(closed).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("4 of 6 planned steps were left") as string,
    });
  });

  it("say so when there is no live run, when there are several, and when a folder is no run", async () => {
    const first = await startWallRun();
    const parent = dirname(first.folder);
    const second = await startWallRun({ folder: join(parent, "other") });
    for (const command of ["status", "pause", "panic"]) {
      const { code, stderr } = await crosspore(command, "--runs", parent).ended;
      expect(code).toBe(2);
      expect(stderr).toContain(`2 live runs, name one: `);
      expect(stderr).toContain(first.folder);
      expect(stderr).toContain(second.folder);
    }
    for (const { folder, run } of [first, second]) {
      expect((await crosspore("abort", folder).ended).code).toBe(0);
      expect((await run.ended).code).toBe(130);
    }
    for (const [parameters, message] of [
      [["abort", "--runs", parent], "no live run in"],
      [["abort", first.folder], "no live run listens there"],
      [["status", parent], "not a run folder"],
      [["status", join(parent, "nowhere")], "not a run folder"],
    ] as const) {
      const { code, stderr } = await crosspore(...parameters).ended;
      expect(code).toBe(1);
      expect(stderr).toContain(message);
    }
    expect((await crosspore("status", "--timeout", "0").ended).code).toBe(2);
  });

  it("reach a run whose folder has a path too long for a socket", async () => {
    const folder = join(newFolder(), "a".repeat(90), "b".repeat(90));
    mkdirSync(dirname(folder), { recursive: true });
    const { run } = await startWallRun({ folder });
    const { socket } = json(readFileSync(join(folder, "control.json"), "utf8")) as { socket: string };
    expect(lstatSync(socket).mode & 0o777).toBe(0o600);
    expect(lstatSync(dirname(socket)).mode & 0o777).toBe(0o700);
    expect((await crosspore("status", folder).ended).stdout).toContain("running");
    expect((await crosspore("abort", folder).ended).code).toBe(0);
    expect((await run.ended).code).toBe(130);
    expect([existsSync(dirname(socket)), existsSync(join(folder, "control.json"))]).toEqual([false, false]);
    expect(verifyRun(folder).whole).toBe(false); // one step was sent and has no outcome
    expect(openRun(folder).unknown).toHaveLength(1);
  });
});

describe("crosspore abort and panic", () => {
  it("answer when the outputs are safe, not before", async () => {
    const { folder, run } = await startWallRun({ ramp: "wait" });
    const aborting = crosspore("abort", folder);
    await run.says("safe ramp begins");
    // the ramp is under way, and other questions are answered
    expect(json((await crosspore("status", folder, "--json").ended).stdout)).toMatchObject({
      live: { state: "ending", outputs: "driven" },
    });
    expect(aborting.child.exitCode).toBe(null);
    run.tell("safe");
    const { code, stdout } = await aborting.ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining("outputs safe")]);
    expect((await run.ended).code).toBe(130);
    expect(openRun(folder).stop).toMatchObject({ status: "abort", reason: "stopped by crosspore abort" });
  });

  it("panic overtakes a ramp that does not end", async () => {
    const { folder, run } = await startWallRun({ ramp: "wait" });
    const aborting = crosspore("abort", folder);
    await run.says("safe ramp begins");
    const panicking = crosspore("panic", folder);
    await run.says("safe immediate");
    expect((await panicking.ended).code).toBe(0);
    expect((await aborting.ended).code).toBe(0);
    expect((await run.ended).code).toBe(130);
    expect(openRun(folder).stop).toMatchObject({
      status: "fail",
      reason: "panic: outputs idled at once by crosspore panic",
    });
  });

  it("answer UNKNOWN with 4 when the array does not obey", async () => {
    const { folder, run } = await startWallRun({ immediate: "fail" });
    const { code, stderr } = await crosspore("panic", folder).ended;
    expect([code, stderr]).toEqual([4, expect.stringMatching(/what the outputs do is UNKNOWN: the line is broken/)]);
    expect((await run.ended).stdout).toContain("failed the line is broken");
    expect(openRun(folder).stop).toMatchObject({ status: "fail", reason: "the line is broken" });
  });

  it("answer UNKNOWN with 4 when the run's process is frozen, and status calls it silent", async () => {
    const { folder, run } = await startWallRun();
    run.child.kill("SIGSTOP");
    expect((await crosspore("panic", folder, "--timeout", "0.2").ended).code).toBe(4);
    const { code, stdout } = await crosspore("status", folder, "--timeout", "0.2", "--json").ended;
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({
      status: "silent",
      unknown: [expect.stringContaining("what the outputs do is unknown") as string, expect.stringContaining("step 0")],
    });
    run.child.kill("SIGCONT");
    // awake again, it looks after its outputs first
    const { code: ended, stdout: said } = await run.ended;
    expect([ended, said]).toEqual([130, expect.stringMatching(/safe (ramp|immediate)\n/)]);
  });
});

describe("a run whose process was killed", () => {
  it("is shown as interrupted with what is unknown, cannot be controlled, and is never resumed", async () => {
    const { folder, run } = await startWallRun();
    run.child.kill("SIGKILL");
    await run.ended;
    const before = readFileSync(join(folder, "events.ndjson"), "utf8");
    const { code, stdout } = await crosspore("status", folder, "--json").ended;
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({
      status: "interrupted",
      unknown: [
        "what the outputs did after the last event is unknown: the run has no recorded end",
        "step 0 (r0 c0) was intended and has no outcome: the state of junction r0 c0 is unknown",
      ],
    });
    for (const command of ["pause", "resume", "stop", "abort", "panic"]) {
      const { code, stderr } = await crosspore(command, folder).ended;
      expect([code, stderr]).toEqual([1, expect.stringContaining("no live run listens there")]);
    }
    expect(readFileSync(join(folder, "events.ndjson"), "utf8")).toBe(before);
  });
});
