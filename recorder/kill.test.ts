import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { SOAK, soakOr } from "../tests/soak.ts";
import { expectNothingLost, startStream } from "../tests/streamChild.ts";
import { verifyRun } from "./verifyRun.ts";

const KILLS = soakOr(1000, 100);
const RATE_HZ = 20_000;

/** Delays of the kills after the first acknowledgement: spread over several batches, steps and syncs, repeatable. */
function delayOf(kill: number): number {
  return (kill * 0.618034 * 250) % 250;
}

async function killOnce(kill: number): Promise<number> {
  const folder = join(mkdtempSync(join(tmpdir(), "crosspore-kill-")), "run");
  const stream = startStream({ folder, rate_Hz: RATE_HZ, duration_s: 60, step_s: 0.3, period_ms: 2 });
  // one in ten is killed while it starts, from the first file on
  if (kill % 10 !== 0) await stream.recording;
  await new Promise((resolve) => setTimeout(resolve, delayOf(kill) * (kill % 10 === 0 ? 3 : 1)));
  stream.child.kill("SIGKILL");
  await stream.ended;
  expect(stream.said.failures).toEqual([]);
  const rows = expectNothingLost(folder, stream.said);
  const { status, whole } = verifyRun(folder);
  expect(whole).toBe(false);
  expect(["interrupted", "unreadable"]).toContain(status);
  rmSync(dirname(folder), { recursive: true });
  return ((stream.said.made - rows) / RATE_HZ) * 1000;
}

test(
  `T2: kill -9 x ${KILLS}: no acknowledged sample or event is lost, and in 99 of 100 at most 250 ms of others`,
  async () => {
    const lost_ms: number[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < KILLS) lost_ms.push(await killOnce(next++));
    };
    await Promise.all([worker(), worker()]);
    lost_ms.sort((a, b) => a - b);
    expect(lost_ms).toHaveLength(KILLS);
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => lost_ms[Math.ceil(KILLS * share) - 1] ?? Number.NaN);
    console.log(
      `kill -9 x ${KILLS}: 0 acknowledged lost; not yet acknowledged: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms of data`,
    );
    // not all of them: a machine that gives the process no time for 200 ms takes the window with it
    if (SOAK) expect(p99).toBeLessThanOrEqual(250);
  },
  KILLS * 10_000,
);
