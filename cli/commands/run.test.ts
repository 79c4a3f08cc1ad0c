import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRun } from "../../recorder/openRun.ts";

const root = resolve(import.meta.dirname, "../..");
const bin = join(root, "bin/crosspore.js");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "crosspore-run-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(parameters: readonly string[]): { child: ChildProcess; done: Promise<Outcome> } {
  const child = spawn(process.execPath, [bin, ...parameters], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
  const done = new Promise<Outcome>((settle) => child.on("close", (code) => settle({ code, stdout, stderr })));
  return { child, done };
}

function crosspore(...parameters: string[]): Promise<Outcome> {
  return start(parameters).done;
}

const ARRAY = "array: { rows: 2, columns: 3, junction: { model: conical-channel }, lines: { rowSegment_ohm: 1 Mohm } }";

function write(name: string, protocol: string, more = ""): string {
  writeFileSync(join(folder, name), `crosspore: 1\nname: test\nseed: 4\n${ARRAY}\n${more}protocol:\n${protocol}`);
  return name;
}

const SWEEP =
  "  - iv-sweep: { cells: [[1, 2]], amplitude_V: 1 V, frequency_Hz: 40 Hz, cycles: 2, samplesPerCycle: 200 }\n";

describe("crosspore run", () => {
  it("records a run that reads back whole, and says where it is", async () => {
    const file = write("good.yaml", SWEEP);
    const { code, stdout, stderr } = await crosspore("run", file, "--out", "good", "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ run: "good", status: "success", steps: 1, samples: 401, lost: 0 });
    const run = openRun(join(folder, "good"));
    expect(run.warnings).toEqual([]);
    expect(run.stop?.status).toBe("success");
    expect(run.manifest).toMatchObject({ name: "test", seed: 4, experiment: { file } });
    expect([...run.blocks()].reduce((sum, { block }) => sum + block.current_A.length, 0)).toBe(401);
  });

  it("gives the same bits for the same seed and others for another, wall-clock fields apart", async () => {
    const noisy = ARRAY.replace("rows: 2", "frontEnd: { noise_A_rtHz: 1 fA/Hz^0.5 }, rows: 2");
    writeFileSync(join(folder, "noisy.yaml"), `crosspore: 1\nname: test\n${noisy}\nprotocol:\n${SWEEP}`);
    for (const [out, seed] of [
      ["a", "7"],
      ["b", "7"],
      ["c", "8"],
    ] as const)
      expect((await crosspore("run", "noisy.yaml", "--out", out, "--seed", seed)).code).toBe(0);
    const samples = (out: string) => readFileSync(join(folder, out, "samples-0001.arrows"));
    const events = (out: string) =>
      readFileSync(join(folder, out, "events.ndjson"), "utf8").replace(/"wall": ?"[^"]*"/g, "");
    expect(samples("a").equals(samples("b"))).toBe(true);
    expect(events("a")).toBe(events("b"));
    expect(samples("a").equals(samples("c"))).toBe(false);
  });

  it("shows a dry run and drives and writes nothing", async () => {
    const file = write("dry.yaml", SWEEP);
    const before = readdirSync(folder);
    const { code, stdout } = await crosspore("run", file, "--dry-run");
    expect(code).toBe(0);
    for (const word of ["max |V|", "duration", "half-select dose", "samples", "on disk", "iv-sweep"])
      expect(stdout).toContain(word);
    const planned = JSON.parse((await crosspore("run", file, "--dry-run", "--json")).stdout) as {
      largest_V: number;
      duration_s: number;
    };
    expect(planned.largest_V).toBe(1);
    expect(planned.duration_s).toBeCloseTo(0.05, 12);
    expect(readdirSync(folder)).toEqual(before);
  });

  it.each([
    [
      "an unknown key",
      SWEEP.replace("cycles", "cycels"),
      "",
      2,
      /^crosspore: bad\.yaml:6:\d+: protocol\[0\]\.iv-sweep\.cycels: .*cycles/,
    ],
    [
      "a wrong unit",
      SWEEP.replace("1 V", "1 A"),
      "",
      2,
      /^crosspore: bad\.yaml:6:\d+: protocol\[0\]\.iv-sweep\.amplitude_V: .*expected V/,
    ],
    [
      "a NaN",
      SWEEP.replace("1 V", ".nan"),
      "",
      2,
      /^crosspore: bad\.yaml:6:\d+: protocol\[0\]\.iv-sweep\.amplitude_V: /,
    ],
    [
      "an address outside the grid",
      SWEEP.replace("[1, 2]", "[1, 3]"),
      "",
      2,
      /^crosspore: bad\.yaml:6:\d+: protocol\[0\]\.iv-sweep\.cells\[0\]: \[1, 3\] .*columns 0 to 2/,
    ],
    ["an unknown protocol", SWEEP.replace("iv-sweep", "iv-sweap"), "", 2, /^crosspore: bad\.yaml:6:5: .*iv-sweep/],
    [
      "a voltage beyond the limit",
      SWEEP,
      "limits: { voltage_V: 0.5 V }\n",
      3,
      /^crosspore: bad\.yaml:7:5: .*voltage of 1 V refused, allowed is ±500 mV/,
    ],
    [
      "a voltage beyond the model's range",
      SWEEP.replace("1 V", "3 V"),
      "",
      3,
      /^crosspore: bad\.yaml:6:5: .*voltage of 3 V refused, allowed is -2 to 2 V/,
    ],
  ])("refuses %s in one line and leaves nothing behind", async (_, protocol, more, code, message) => {
    const file = write("bad.yaml", protocol, more);
    const outcome = await crosspore("run", file, "--out", "bad");
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(outcome.code).toBe(code);
    expect(outcome.stdout).toBe("");
    expect(existsSync(join(folder, "bad"))).toBe(false);
  });

  it("refuses a missing file, a taken folder and a folder that cannot be written", async () => {
    const missing = await crosspore("run", "nowhere.yaml");
    expect(missing).toMatchObject({ code: 2, stderr: "crosspore: nowhere.yaml:1:1: no such file\n" });
    const file = write("fine.yaml", SWEEP);
    mkdirSync(join(folder, "taken"));
    writeFileSync(join(folder, "taken", "notes.txt"), "mine");
    expect(await crosspore("run", file, "--out", "taken")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^crosspore: taken: .*not empty/) as string,
    });
    expect(readdirSync(join(folder, "taken"))).toEqual(["notes.txt"]);
    writeFileSync(join(folder, "plain"), "");
    const unwritable = await crosspore("run", file, "--out", "plain/run");
    expect(unwritable.code).toBe(1);
    expect(unwritable.stderr).toMatch(/^crosspore: plain\/run.*not a folder\n$/);
    if (!existsSync("/proc/self")) return;
    const refused = await crosspore("run", file, "--out", "/proc/crosspore/run");
    expect(refused).toMatchObject({
      code: 1,
      stderr: "crosspore: /proc/crosspore/run: the file system refuses to make this folder\n",
    });
  });

  it("answers wrong usage with 2", async () => {
    expect((await crosspore("run")).code).toBe(2);
    expect((await crosspore("run", "x.yaml", "--seed", "-1")).code).toBe(2);
    expect((await crosspore("run", "x.yaml", "--frobnicate")).code).toBe(2);
    expect((await crosspore("rum")).code).toBe(2);
  });

  it.each([
    ["SIGINT", "abort"],
    ["SIGTERM", "abort"],
    ["SIGHUP", "abort"],
  ] as const)("closes the run as aborted on %s and keeps what was measured", async (signal, status) => {
    const out = `stopped-${signal}`;
    const file = write("long.yaml", SWEEP.replace("cycles: 2", "cycles: 400000").replace("1, 2", "0, 0"));
    const { child, done } = start(["run", file, "--out", out, "--json"]);
    // the handler is in place before the folder is made complete by run.json, and the first block follows
    while (!existsSync(join(folder, out, "samples-0001.arrows"))) await new Promise((wake) => setTimeout(wake, 20));
    child.kill(signal);
    const { code, stdout, stderr } = await done;
    expect(stderr).toContain(`${signal}: aborting`);
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ status });
    const run = openRun(join(folder, out));
    expect(run.stop?.status).toBe(status);
    expect(run.rows).toBeGreaterThan(0);
    expect(run.rows).toBe(run.stop?.samples);
  });
});

describe("crosspore report and export on a damaged run", () => {
  it("refuse a folder that is no run, and a run.json cut short, with the place", async () => {
    mkdirSync(join(folder, "empty"));
    for (const command of [
      ["report", "empty"],
      ["export", "empty", "--format", "csv", "--out", "x.csv"],
    ])
      expect(await crosspore(...command)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^crosspore: empty.*run/) as string,
      });
    await crosspore("run", write("cut.yaml", SWEEP), "--out", "cut");
    const manifest = readFileSync(join(folder, "cut/run.json"), "utf8");
    writeFileSync(join(folder, "cut/run.json"), manifest.slice(0, 100));
    const { code, stderr } = await crosspore("report", "cut");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^crosspore: cut\/run\.json:\d+:\d+: /);
    expect(existsSync(join(folder, "cut/report.html"))).toBe(false);
    expect(existsSync(join(folder, "x.csv"))).toBe(false);
  });
});
