import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { HOUR, SOAK, soakOr } from "../tests/soak.ts";
import { startStream, type StreamFigures } from "../tests/streamChild.ts";
import { verifyRun } from "./verifyRun.ts";

/** Records a stream on the wall clock, checks that every sample is there, and returns what the process measured. */
async function record(rate_Hz: number, duration_s: number): Promise<StreamFigures> {
  const folder = join(mkdtempSync(join(tmpdir(), "crosspore-stream-")), "run");
  const { said, ended } = startStream({ folder, rate_Hz, duration_s, step_s: duration_s });
  await ended;
  expect(said).toMatchObject({ failures: [], closed: true, made: rate_Hz * duration_s, rows: rate_Hz * duration_s });
  expect(verifyRun(folder)).toMatchObject({ whole: true, rows: rate_Hz * duration_s, lost: 0, flags: {} });
  rmSync(dirname(folder), { recursive: true });
  const figures = said.figures ?? expect.fail("the process did not say what it measured");
  const { cores, growth_MB, rss_MB, unacked_ms, largestLag_ms } = figures;
  console.log(
    `${rate_Hz / 1000} kS/s x ${duration_s} s: 0 of ${said.made} samples lost, ${(cores * 100).toFixed(1)} % of a core, ` +
      `memory +${growth_MB.toFixed(1)} MB (${rss_MB.toFixed(0)} MB), unacknowledged p50 ${unacked_ms.p50.toFixed(0)} ms, ` +
      `p99 ${unacked_ms.p99.toFixed(0)} ms, max ${unacked_ms.max.toFixed(0)} ms, loop lag max ${largestLag_ms.toFixed(0)} ms`,
  );
  return figures;
}

const LONG_s = HOUR ? 3600 : soakOr(60, 5);

test(
  `T1: 100 kS/s for ${LONG_s} s: no sample lost, at most a quarter of a core, memory flat`,
  async () => {
    const { cores, growth_MB, unacked_ms } = await record(100_000, LONG_s);
    expect(growth_MB).toBeLessThan(50);
    // times are judged where the machine is ours alone: in the long form
    if (!SOAK) return;
    expect(cores).toBeLessThanOrEqual(0.25);
    // the loss window, while the disk answers
    expect(unacked_ms.p99).toBeLessThanOrEqual(250);
  },
  LONG_s * 10_000,
);

const BURST_s = soakOr(60, 3);

test(
  `T1: a burst of 500 kS/s for ${BURST_s} s: no sample lost, memory bounded`,
  async () => {
    const { growth_MB } = await record(500_000, BURST_s);
    expect(growth_MB).toBeLessThan(100);
  },
  BURST_s * 10_000,
);
