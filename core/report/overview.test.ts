import { expect, test } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { MemoryRun } from "../record/memoryRun.ts";
import type { RunData } from "../record/runData.ts";
import { overviewTrace } from "./overview.ts";

const manifest = new MemoryRun({
  schema: 1,
  name: "",
  created: "",
  crosspore: "",
  platform: "",
  operator: "",
  notes: "",
  seed: 0,
  experiment: { file: "", text: "", sha256: "" },
  resolved: {},
}).manifest;

/** A run of `blocks` blocks of 1000 samples at 1 kHz, a spike in block 7, a pause of 5 s before block 10. */
function longRun(blocks: number): RunData {
  return {
    manifest,
    events: [],
    *blocks() {
      for (let b = 0; b < blocks; b++) {
        const current_A = Float64Array.from({ length: 1000 }, (_, n) => Math.sin((2 * Math.PI * (b * 1000 + n)) / 400));
        if (b === 7) current_A[123] = 9;
        const startTime_s = b + (b >= 10 ? 5 : 0);
        yield {
          step: 0,
          block: {
            channel: 2,
            startTime_s,
            samplePeriod_s: 1e-3,
            current_A,
            voltage_V: current_A,
            overload: new Uint8Array(1000),
            lost: 0,
          },
        };
      }
    },
  };
}

test("a run of any length leaves a bounded curve with its extremes and its pauses", () => {
  const found = overviewTrace(longRun(2000));
  if (!found) throw new Error("no trace");
  const { trace, column, samples } = found;
  expect(column).toBe(2);
  expect(samples).toBe(2_000_000);
  expect(trace.time_s.length).toBeLessThanOrEqual(8 * 16384 + 2002);
  const current = Array.from(trace.current_A);
  const peak = current.indexOf(9);
  expectClose(trace.time_s[peak] ?? 0, 7.123, 1e-9);
  expect(current.filter(Number.isNaN)).toHaveLength(1);
});

test("a short run keeps every sample", () => {
  const found = overviewTrace(longRun(3));
  expect(found?.trace.time_s).toHaveLength(3000);
});
