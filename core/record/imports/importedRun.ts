import type { SampleBlock } from "../../arrayBackend.ts";
import type { Grid } from "../../crossbar/grid.ts";
import { NO_LIMITS } from "../../limits.ts";
import type { RunEvent } from "../../runEvent.ts";

/** What a reader makes of a file: steps for single junctions, in the order of the file. */
export interface ImportedRun {
  readonly grid: Grid;
  /** What measured, as far as the file says: "ArC ONE". */
  readonly instrument: string;
  /** Kinds of experiments in the file; `ImportedStep.protocol` counts in it. */
  readonly protocols: readonly string[];
  /** What the file says of itself: session, date, hardware. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** What a reader of the run must know: what was taken as what, what the file does not say, what was left out. */
  readonly notes: readonly string[];
  /** Something of the file is missing: it was cut. */
  readonly cut: boolean;
  readonly steps: readonly ImportedStep[];
  /** "emulated" where the file itself says that its data are simulated; absent: measured. */
  readonly source?: "measured" | "emulated";
  /** Comments of the file at their times, in order. */
  readonly marks?: readonly { readonly time_s: number; readonly label: string }[];
}

export interface ImportedStep {
  readonly protocol: number;
  readonly role: string;
  readonly label: string;
  /** 0-based. */
  readonly row: number;
  readonly column: number;
  readonly startTime_s: number;
  readonly duration_s: number;
  readonly largest_V: number;
  readonly tags: Readonly<Record<string, number | string>>;
  /** A single reading, where the step is one. */
  readonly read?: { readonly voltage_V: number; readonly current_A: number };
  /** Samples at even times; a lost one is NaN. */
  readonly samples?: {
    readonly samplePeriod_s: number;
    readonly voltage_V: Float64Array;
    readonly current_A: Float64Array;
  };
  /** Samples of several columns, `column` the first of them, that stay in the file until they are asked for. */
  readonly recorded?: RecordedSamples;
}

export interface RecordedSamples {
  readonly samplePeriod_s: number;
  readonly points: number;
  readonly columns: number;
  read(column: number, from: number, into: Pick<SampleBlock, "voltage_V" | "current_A" | "overload">): void;
}

/** Samples of a recording that are in memory at a time, per column. */
const BLOCK_SAMPLES = 1 << 15;

/** The events of an imported run, as if it had been recorded here; for a recorder or a `MemoryRun`. */
export function* importEvents(run: ImportedRun, reader: string): Generator<RunEvent, void, undefined> {
  const { grid, protocols, steps } = run;
  const largest_V = steps.reduce((most, step) => Math.max(most, step.largest_V), 0);
  const end_s = steps.reduce((end, step) => Math.max(end, step.startTime_s + step.duration_s), 0);
  yield {
    kind: "run-started",
    time_s: 0,
    grid,
    capabilities: {
      name: `${run.instrument}, imported`,
      source: run.source ?? "measured",
      voltageRange_V: [-largest_V, largest_V],
      currentRanges_A: [],
      fastestSampling_Hz: Infinity,
      slewLimit_V_s: Infinity,
      rowsDrivenAtOnce: 1,
      columnsSensedAtOnce: 1,
      // what the unselected lines did, no file says
      unselectedLines: "floating",
      products: "none",
      // the clock is the file's, and nobody waited for it here
      clock: "virtual",
      safeOnSilence: false,
      environmentInputs: [],
    },
    // limits of the past are unknown, and nothing is driven
    limits: NO_LIMITS,
    protocols,
    plannedDuration_s: end_s,
    plannedSteps: steps.length,
  };
  yield {
    kind: "marked",
    time_s: 0,
    protocol: 0,
    protocolName: protocols[0] ?? "",
    label: `imported by ${reader}`,
    data: { ...run.facts, notes: run.notes.join("; ") },
  };
  const { marks = [] } = run;
  let [samples, lost, overloads, marked] = [0, 0, 0, 0];
  for (const [number, step] of steps.entries()) {
    const taken = yield* stepEvents(step, number, protocols[step.protocol] ?? "");
    samples += taken.samples;
    lost += taken.lost;
    overloads += taken.overloads;
    const isLast = number === steps.length - 1;
    for (; marked < marks.length; marked++) {
      const { time_s, label } = marks[marked]!;
      if (!isLast && time_s > step.startTime_s + step.duration_s) break;
      yield {
        kind: "marked",
        time_s,
        protocol: step.protocol,
        protocolName: protocols[step.protocol] ?? "",
        label,
        data: {},
      };
    }
  }
  yield {
    kind: "run-stopped",
    time_s: end_s,
    status: run.cut ? "fail" : "success",
    reason: run.cut ? "the imported file was cut" : "the imported file is whole",
    steps: steps.length,
    samples,
    lost,
    overloads,
  };
}

function* stepEvents(
  step: ImportedStep,
  number: number,
  protocolName: string,
): Generator<RunEvent, { samples: number; lost: number; overloads: number }, undefined> {
  const { row, column, startTime_s, duration_s, read, recorded } = step;
  const columns = Array.from({ length: recorded?.columns ?? 1 }, (_, k) => column + k);
  yield {
    kind: "step-intended",
    step: number,
    time_s: startTime_s,
    protocol: step.protocol,
    protocolName,
    action: "apply",
    role: step.role,
    label: step.label,
    targets: columns.map((own) => ({ row, column: own })),
    duration_s,
    largest_V: step.largest_V,
    tags: { row, column, ...step.tags },
    windows: read ? [{ start_s: 0, end_s: duration_s, label: "read" }] : [],
  };
  let [samples, lost, overloads] = [0, 0, 0];
  for (const block of blocksOf(step)) {
    yield { kind: "samples", step: number, block };
    samples += block.current_A.length;
    lost += block.lost;
    overloads += block.overload.reduce((sum, over) => sum + over, 0);
  }
  yield {
    kind: "step-finished",
    step: number,
    time_s: startTime_s + duration_s,
    reading: {
      startTime_s,
      endTime_s: startTime_s + duration_s,
      columns,
      windows: read
        ? [
            {
              label: "read",
              voltage_V: Float64Array.of(read.voltage_V),
              current_A: Float64Array.of(read.current_A),
              samples: Number.isFinite(read.current_A) ? 1 : 0,
              overload: false,
            },
          ]
        : [],
      samples,
      lost,
      overloads,
    },
  };
  return { samples, lost, overloads };
}

function* blocksOf(step: ImportedStep): Generator<SampleBlock, void, undefined> {
  const { recorded, startTime_s, column } = step;
  if (!recorded) {
    const block = blockOf(step);
    if (block) yield block;
    return;
  }
  const { points, columns, samplePeriod_s } = recorded;
  for (let from = 0; from < points; from += BLOCK_SAMPLES)
    for (let k = 0; k < columns; k++) {
      const count = Math.min(BLOCK_SAMPLES, points - from);
      const block = {
        channel: column + k,
        startTime_s: startTime_s + from * samplePeriod_s,
        samplePeriod_s,
        voltage_V: new Float64Array(count),
        current_A: new Float64Array(count),
        overload: new Uint8Array(count),
      };
      recorded.read(k, from, block);
      yield { ...block, lost: countLost(block.current_A) };
    }
}

function countLost(current_A: Float64Array): number {
  return current_A.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
}

/** A reading is a block of one sample, so that exports and overviews hold it too. */
function blockOf({ column, startTime_s, duration_s, samples, read }: ImportedStep): SampleBlock | undefined {
  const taken =
    samples ??
    (read && {
      samplePeriod_s: Math.max(duration_s, 1e-9),
      voltage_V: Float64Array.of(read.voltage_V),
      current_A: Float64Array.of(read.current_A),
    });
  if (!taken) return undefined;
  const { samplePeriod_s, voltage_V, current_A } = taken;
  return {
    channel: column,
    startTime_s,
    samplePeriod_s,
    voltage_V,
    current_A,
    overload: new Uint8Array(current_A.length),
    lost: countLost(current_A),
  };
}
