import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canRun } from "../../../tests/needs.ts";
import { ohmicJunction } from "../../../tests/ohmicJunction.ts";
import { SOAK, soakOr } from "../../../tests/soak.ts";
import { Bench, type BenchStep } from "../emulation/bench.ts";
import { serveInstrument } from "../emulation/serve.ts";
import { wallTimer } from "../timer.ts";
import { arcOne } from "./index.ts";

/** What `safeOnSilence` promises. */
const LONGEST_S = 0.5;
/** A job that was on its way when the host died has ended by then. */
const WATCHED_S = 1.2;
const host = join(import.meta.dirname, "../../../tests/children/holdPlan.mjs");

/** Tells up to when its terminals are driven. */
class WatchedBench extends Bench {
  drivenUntil_s = -Infinity;

  override drive(...[steps, bias]: Parameters<Bench["drive"]>): ReturnType<Bench["drive"]> {
    let at_s = wallTimer.now_s();
    for (const { voltage_V, duration_s } of steps) {
      at_s += duration_s;
      if (voltage_V !== 0) this.drivenUntil_s = at_s;
    }
    return super.drive(steps satisfies readonly BenchStep[], bias);
  }
}

/** @returns how long the output outlived the host, s */
async function dieOnce(bench: WatchedBench, address: string, round: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [host, address], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  const driving = once(child.stdout ?? child, "data");
  await driving;
  // at another moment of a job each time
  await new Promise((resolve) => setTimeout(resolve, 100 + ((round * 37) % 400)));
  expect(bench.drivenUntil_s).toBeGreaterThan(wallTimer.now_s() - LONGEST_S);
  const killed_s = wallTimer.now_s();
  child.kill("SIGKILL");
  await gone;
  await new Promise((resolve) => setTimeout(resolve, WATCHED_S * 1000));
  return bench.drivenUntil_s - killed_s;
}

describe.skipIf(!canRun("killing the host of an emulated ArC ONE", { programs: ["socat"] }))("ArC ONE", () => {
  it(
    "is at 0 V within 500 ms of the host's SIGKILL, whenever it comes",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "killed-"));
      const bench = new WatchedBench(ohmicJunction(1e6), "grounded");
      const place = { link: join(folder, "arc") };
      const served = await serveInstrument({ make: arcOne.emulate, bench, place, timer: wallTimer, paced: true });
      const outlived_s: number[] = [];
      for (let round = 0; round < soakOr(100, 3); round++)
        outlived_s.push(await dieOnce(bench, `${served.address}?driver=arc-one`, round));
      await served[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
      expect(Math.max(...outlived_s)).toBeLessThan(LONGEST_S);
      // some of them died while the output was on
      expect(Math.max(...outlived_s)).toBeGreaterThan(0);
      if (SOAK) console.info(`longest ${(1e3 * Math.max(...outlived_s)).toFixed(0)} ms of ${outlived_s.length}`);
    },
    soakOr(1_800_000, 60_000),
  );
});
