import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SampleBlock } from "../core/arrayBackend.ts";
import { NO_LIMITS } from "../core/limits.ts";
import { MemoryRun } from "../core/record/memoryRun.ts";
import { RUN_SCHEMA, type RunManifest } from "../core/record/runData.ts";
import type { RunEvent, RunStopped } from "../core/runEvent.ts";
import { type CreateRunOptions, createRun } from "../recorder/createRun.ts";

/** A folder that does not exist yet, inside a fresh temporary one. */
export function newFolder(): string {
  return join(mkdtempSync(join(tmpdir(), "crosspore-")), "run");
}

export function makeManifest(changes: Partial<RunManifest> = {}): RunManifest {
  return {
    schema: RUN_SCHEMA,
    name: "first loop",
    created: "2026-11-20T19:05:33.000Z",
    crosspore: "0.1.0",
    platform: "test",
    operator: "",
    notes: "",
    seed: 7,
    experiment: {
      file: "loop.yaml",
      text: "name: first loop\n",
      sha256: "7a18f59682a348d1d4fea64f26cba996d283ffc9c8720d784d68b45f2e4be0b5",
    },
    resolved: { limits: NO_LIMITS, offset: null, gain: Number.NaN },
    ...changes,
  };
}

/** A block with a lost sample, an overload and a -0, all numbers different from those of every other block. */
export function makeBlock(step: number, channel: number, rows: number, startTime_s = step * 0.1): SampleBlock {
  const current_A = Float64Array.from({ length: rows }, (_, n) => (step * 1000 + channel * 100 + n + 0.1) * 1e-9);
  const voltage_V = Float64Array.from({ length: rows }, (_, n) => Math.sin(n + step));
  if (rows > 1) current_A[1] = Number.NaN;
  if (rows > 2) voltage_V[2] = -0;
  const overload = Uint8Array.from({ length: rows }, (_, n) => (n === 3 ? 1 : 0));
  return { channel, startTime_s, samplePeriod_s: 1e-3 / 3, current_A, voltage_V, overload, lost: rows > 1 ? 1 : 0 };
}

export const STOP: RunStopped = {
  kind: "run-stopped",
  time_s: 1,
  status: "success",
  reason: "",
  steps: 3,
  samples: 0,
  lost: 0,
  overloads: 0,
};

/** The events of a run of `steps` steps on two columns, as an engine emits them, `run-stopped` excluded. */
export function makeEvents(steps: number, rowsPerBlock: number, clock: "virtual" | "wall" = "virtual"): RunEvent[] {
  const events: RunEvent[] = [
    {
      kind: "run-started",
      time_s: 0,
      grid: { rows: 2, columns: 2 },
      capabilities: {
        name: "emulated array",
        source: "emulated",
        voltageRange_V: [-1, 1],
        currentRanges_A: [1e-9, 1e-6],
        fastestSampling_Hz: 1e5,
        slewLimit_V_s: Infinity,
        rowsDrivenAtOnce: 2,
        columnsSensedAtOnce: 2,
        unselectedLines: "grounded",
        products: "direct",
        clock,
        safeOnSilence: true,
        environmentInputs: [],
      },
      limits: NO_LIMITS,
      protocols: ["iv-sweep"],
      plannedDuration_s: 1,
      plannedSteps: steps,
    },
  ];
  for (let step = 0; step < steps; step++) {
    const time_s = step * 0.1;
    events.push({
      kind: "step-intended",
      step,
      time_s,
      protocol: 0,
      protocolName: "iv-sweep",
      action: "apply",
      role: "sweep",
      label: `cycle ${step}`,
      targets: [{ row: 1, column: 0 }],
      duration_s: 0.1,
      largest_V: 1,
      tags: { cycle: step, shape: "triangle" },
      windows: [{ start_s: 0, end_s: 0.1, label: "all" }],
    });
    for (const channel of [0, 1]) events.push({ kind: "samples", step, block: makeBlock(step, channel, rowsPerBlock) });
    events.push({ kind: "progressed", step, plannedSteps: steps, elapsed_s: time_s, plannedDuration_s: 1 });
    events.push({
      kind: "step-finished",
      step,
      time_s: time_s + 0.1,
      reading: {
        startTime_s: time_s,
        endTime_s: time_s + 0.1,
        columns: [0, 1],
        windows: [
          {
            label: "all",
            voltage_V: Float64Array.of(1, 0.1 + 0.2),
            current_A: Float64Array.of(Number.NaN, -0),
            samples: rowsPerBlock,
            overload: false,
          },
        ],
        samples: 2 * rowsPerBlock,
        lost: 2,
        overloads: 2,
      },
    });
  }
  return events;
}

/** The end of a run that counts what `events` hold. */
export function countStop(events: readonly RunEvent[], status: RunStopped["status"] = "success"): RunStopped {
  let [steps, samples, lost, overloads] = [0, 0, 0, 0];
  for (const event of events) {
    if (event.kind === "step-finished") steps += 1;
    if (event.kind !== "samples") continue;
    samples += event.block.current_A.length;
    lost += event.block.lost;
    overloads += event.block.overload.reduce((sum, flag) => sum + flag, 0);
  }
  return { ...STOP, status, steps, samples, lost, overloads };
}

/** A clock that moves by a millisecond each time it is asked. */
export function makeWallClock(start = Date.UTC(2026, 10, 20, 19, 5, 33)): () => Date {
  let next = start;
  return () => new Date(next++);
}

/** Records `events` and closes; returns the same run collected in memory. */
export async function recordRun(
  folder: string,
  events: readonly RunEvent[],
  options: CreateRunOptions = {},
  stop: RunStopped = STOP,
): Promise<MemoryRun> {
  const memory = new MemoryRun(makeManifest());
  const recorder = await createRun(folder, makeManifest(), { now: makeWallClock(), elapsed_s: () => 0, ...options });
  for (const event of events) {
    memory.append(event);
    await recorder.append(event);
  }
  memory.append(stop);
  await recorder.close(stop);
  return memory;
}
