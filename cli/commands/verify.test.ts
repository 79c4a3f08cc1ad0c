import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countStop, makeEvents, recordRun } from "../../tests/recordedRun.ts";

const bin = resolve(import.meta.dirname, "../../bin/crosspore.js");
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "crosspore-verify-"));
  const events = makeEvents(2, 5, "wall");
  for (const name of ["good", "flipped", "cut", "crashed"])
    await recordRun(join(folder, "runs", name), events, {}, countStop(events));
  const samples = join(folder, "runs/flipped/samples-0001.arrows");
  const bytes = readFileSync(samples);
  bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
  writeFileSync(samples, bytes);
  rmSync(join(folder, "runs/cut/samples-0001.idx"));
  rmSync(join(folder, "runs/crashed/stop.json"));
  const log = join(folder, "runs/crashed/events.ndjson");
  writeFileSync(log, `${readFileSync(log, "utf8").split("\n").slice(0, 4).join("\n")}\n`);
  appendFileSync(log, '{"seq":4,"wa');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function crosspore(...parameters: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...parameters], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  return new Promise((settle) => child.on("close", (code) => settle({ code, stdout, stderr })));
}

describe("crosspore verify", () => {
  it("exits with 0 for a whole run and counts what is in it", async () => {
    const { code, stdout, stderr } = await crosspore("verify", "runs/good");
    expect(stdout).toMatch(
      /^whole: runs\/good\n {2}success: 20 samples, 4 of them lost, 6 events; 5 files, \d+ bytes\n$/,
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse((await crosspore("verify", "runs/good", "--json")).stdout)).toMatchObject({
      run: "runs/good",
      status: "success",
      whole: true,
      problems: [],
      unknown: [],
      rows: 20,
    });
  });

  it("exits with 1 and says what is missing of a damaged, a cut and an interrupted run", async () => {
    const flipped = await crosspore("verify", "runs/flipped");
    expect(flipped.code).toBe(1);
    expect(flipped.stdout).toMatch(/^NOT whole[^]*batch 2 fails its check sum, 10 rows are left out/);
    expect(flipped.stdout).toMatch(/10 of 20 recorded samples can be read/);
    const cut = await crosspore("verify", "runs/cut");
    expect(cut.code).toBe(1);
    expect(cut.stdout).toMatch(/samples-0001\.idx: is missing/);
    const crashed = await crosspore("verify", "runs/crashed", "--json");
    expect(crashed.code).toBe(1);
    const answer = JSON.parse(crashed.stdout);
    expect(answer).toMatchObject({ status: "interrupted", whole: false });
    expect(answer.unknown).toMatchObject([{ step: 1, targets: [{ row: 1, column: 0 }] }]);
    expect(answer.problems.join("\n")).toMatch(/events\.ndjson:5:1: the last line is torn[^]*interrupted/);
    const text = await crosspore("verify", "runs/crashed");
    expect(text.stdout).toMatch(
      /UNKNOWN: step 1 \(cycle 1\) was intended and has no outcome: the state of junction r1 c0/,
    );
  });

  it("shows in the report what is unknown", async () => {
    const { code } = await crosspore("report", "runs/crashed");
    expect(code).toBe(0);
    expect(readFileSync(join(folder, "runs/crashed/report.html"), "utf8")).toMatch(
      /state of junction r1 c0 is unknown/,
    );
  });

  it("answers to what is no run, with exit code 1", async () => {
    for (const path of ["nowhere", ".", "runs/good/run.json"]) {
      const { code, stdout } = await crosspore("verify", path);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^NOT whole: [^]*\n {2}unreadable/);
    }
  });
});

describe("crosspore runs", () => {
  it("lists runs with their state, also as JSON", async () => {
    const { code, stdout } = await crosspore("runs");
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^crashed {2}interrupted {2}1 steps {2}20 samples .*UNKNOWN: 1 step without an outcome/);
    const list = JSON.parse((await crosspore("runs", "--json")).stdout);
    expect(list.map(({ run, status }: { run: string; status: string }) => [run, status])).toEqual([
      ["crashed", "interrupted"],
      ["cut", "success"],
      ["flipped", "success"],
      ["good", "success"],
    ]);
    expect(list[3]).toMatchObject({ folder: "runs/good", samples: 20 });
  });

  it("prints no control character of a run's name, and refuses a folder that is not there", async () => {
    const path = join(folder, "runs/good/run.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"name":"first loop"', '"name":"a\\u001b[2Jb\\nc"'));
    const { stdout } = await crosspore("runs", "runs");
    expect(stdout).toContain("a[2Jb c");
    expect(stdout.includes("\u001b")).toBe(false);
    writeFileSync(path, text);
    const missing = await crosspore("runs", "nowhere");
    expect([missing.code, missing.stderr]).toEqual([1, "crosspore: nowhere: no such file\n"]);
  });
});
