import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RecordError } from "../core/errors.ts";
import { Arming, type Trip } from "../core/limiter/arming.ts";
import { LatchFile, latchFolder, listLatches } from "./latchFile.ts";

const TRIP: Trip = { quantity: "current", found: "2 nA", allowed: "±1 nA", where: "step 3, column 0" };
const ONE = "PalmSens EmStat4 ES4-0017";
const OTHER = "../../../etc/passwd\n";
const root = resolve(import.meta.dirname, "..");

let state: string;
let folder: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "crosspore-latch-"));
  folder = latchFolder({ XDG_STATE_HOME: state });
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const latch = (instrument = ONE) => new LatchFile(folder, instrument, () => "2026-11-20T12:00:00.000Z");

describe("LatchFile", () => {
  it("is still there in another process, and for this instrument alone", () => {
    const arming = new Arming(latch());
    arming.arm([]);
    arming.trip(TRIP);
    const read = `
      import { LatchFile } from "${root}/dist/runtime/latchFile.js";
      process.stdout.write(JSON.stringify(new LatchFile(${JSON.stringify(folder)}, ${JSON.stringify(ONE)}).read()));`;
    const answer = execFileSync(process.execPath, ["--input-type=module", "-e", read], { encoding: "utf8" });
    expect(JSON.parse(answer)).toEqual({ trip: TRIP, cleared: false });
    expect(latch(OTHER).read()).toBeUndefined();
    expect(() => new Arming(latch()).arm([])).toThrow(/latched \(current of 2 nA found at step 3, column 0/);
  });

  it("never leaves its folder, whatever an instrument calls itself", () => {
    latch(OTHER).write(TRIP);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{24}\.json$/)]);
    expect(listLatches(folder).map(({ instrument }) => instrument)).toEqual([OTHER]);
  });

  it("blocks when its file cannot be read: nobody knows what it said", () => {
    latch().write(TRIP);
    const path = join(folder, readdirSync(folder)[0] ?? "");
    truncateSync(path, 40);
    expect(() => new Arming(latch())).toThrow(RecordError);
    expect(() => new Arming(latch())).toThrow(/not a latch/);
    writeFileSync(path, '{"schema":2}');
    expect(() => listLatches(folder)).toThrow(/not a latch/);
  });
});

describe("crosspore rearm", () => {
  const run = (...parameters: readonly string[]) =>
    spawnSync(process.execPath, [join(root, "bin/crosspore.js"), "rearm", ...parameters], {
      encoding: "utf8",
      env: { ...process.env, XDG_STATE_HOME: state },
    });

  it("lists what is latched, clears one by name, and the next run records that once", () => {
    expect(run()).toMatchObject({ status: 0, stdout: "nothing is latched\n" });
    latch().write(TRIP);
    latch(OTHER).write(TRIP);
    expect(run().stdout).toContain(
      `${ONE}  2026-11-20T12:00:00.000Z  current of 2 nA at step 3, column 0, allowed ±1 nA`,
    );
    expect(run("EmStat")).toMatchObject({ status: 1, stderr: expect.stringContaining(`"EmStat" is not latched`) });
    expect(run(ONE).status).toBe(0);
    expect(JSON.parse(run("--json").stdout)).toMatchObject([{ instrument: OTHER, trip: TRIP }]);
    const next = new Arming(latch());
    next.arm([]);
    expect(next.takeCleared()).toEqual(TRIP);
    expect(latch().read()).toBeUndefined();
  });
});
