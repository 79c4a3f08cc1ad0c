import { z } from "zod";
import type { DeepReadonly } from "./deepReadonly.ts";
import type { RunAnalysis } from "../analysis/summary.ts";
import { mapQuantity } from "./arrays.ts";
import { count, grid, id, long, real, reals, sentence, short, source, stamp } from "./fields.ts";

/** One line of the runs browser, as `crosspore runs` shows it. */
export const runSummarySchema = z.strictObject({
  /** Name of the folder. */
  run: id,
  name: short,
  created: short,
  /** `unreadable`: damaged, or written by a newer Crosspore; `reason` says which and what to do. */
  status: z.enum(["success", "abort", "fail", "recording", "interrupted", "unreadable"]),
  reason: sentence,
  source: z.enum(["emulated", "measured", "unknown"]),
  steps: count,
  samples: count,
  duration_s: real,
  /** Steps whose outcome nobody knows. */
  unknown: count,
});

export type RunSummaryCard = DeepReadonly<z.output<typeof runSummarySchema>>;

export const runCardSchema = z.strictObject({
  summary: runSummarySchema,
  /** Where it lies on the service's machine, to be shown and copied. */
  folder: sentence,
  operator: short,
  notes: sentence,
  seed: count,
  crosspore: short,
  /** As the user wrote it: open it in the editor, queue it again. */
  experiment: z.strictObject({ file: short, text: long, sha256: short }),
  /** Capabilities' name and addresses of an instrument. */
  backend: short,
  grid: grid.nullable(),
  protocols: z.array(short),
  /** Array time of the first and of the last event: the range of the time brush. */
  start_s: real,
  end_s: real,
  events: count,
  /** What was left out or does not fit, a sentence each. */
  warnings: z.array(sentence),
  unknownSteps: z.array(sentence),
  /** Columns that have samples. */
  columns: z.array(count),
});

export type RunCard = DeepReadonly<z.output<typeof runCardSchema>>;

/**
 * A piece of a record as pixels of equal time: least and largest of each quantity. One sample per pixel where the
 * record is no denser. NaN = nothing there (no drive, lost samples, another step).
 */
export const traceSchema = z.strictObject({
  column: count,
  start_s: real,
  pixel_s: real,
  leastCurrent_A: reals,
  largestCurrent_A: reals,
  leastVoltage_V: reals,
  largestVoltage_V: reals,
  /** Of current over voltage, where the voltage is not 0. */
  leastConductance_S: reals,
  largestConductance_S: reals,
  /** Pixels in which the amplifier saturated. */
  overloaded: z.array(count),
});

export type Trace = DeepReadonly<z.output<typeof traceSchema>>;

/** A picture of the report (core/report). Show it as an image (`data:image/svg+xml,`): never as markup. */
export const figureSchema = z.strictObject({
  /** Index and name of the protocol; -1 for the run as a whole. */
  protocol: z.int().min(-1),
  name: short,
  /** Kind of the analysis section: "loops", "plasticity", "pairs", "map", "products", "reservoir", "experiment". */
  kind: short,
  caption: sentence,
  svg: long,
});

export type Figure = DeepReadonly<z.output<typeof figureSchema>>;

/** Computed by `analyseRun`, which wrote the type; the page only shows it. Typed arrays are plain lists here. */
const analysisSchema = z.custom<RunAnalysis>(
  (value) => typeof value === "object" && value !== null && Array.isArray((value as { sections?: unknown }).sections),
  "expected an analysis",
);

/** What two runs have in common, compared: an emulated one and a measured one, or any two. */
export const comparisonSchema = z.strictObject({
  emulated: runSummarySchema,
  measured: runSummarySchema,
  grid: grid.nullable(),
  /**
   * Conductance of every junction that both have read, and (measured - emulated) / emulated; row-major, NaN where one
   * has none. Empty where neither has a map or the grids differ.
   */
  emulated_S: reals,
  measured_S: reals,
  residual: reals,
  /** Of the residuals: root of the mean square, median, largest magnitude; NaN without any. */
  rms: real,
  median: real,
  largest: real,
  /** Figures of merit that both have, e.g. "loop area r0 c1". */
  metrics: z.array(z.strictObject({ label: short, unit: short, emulated: real, measured: real, difference: real })),
  /** Curves of one step of each, on one axis: loops, trains, pairs. */
  overlays: z.array(
    z.strictObject({
      title: short,
      x: z.strictObject({ label: short, unit: short }),
      y: z.strictObject({ label: short, unit: short }),
      emulated: z.strictObject({ x: reals, y: reals }),
      measured: z.strictObject({ x: reals, y: reals }),
      /** Measured minus emulated at the measured points, and its rms over that of the emulated curve. */
      residual: z.strictObject({ x: reals, y: reals }),
      relativeRms: real,
    }),
  ),
  /** Why something could not be compared. */
  notes: z.array(sentence),
});

export type Comparison = DeepReadonly<z.output<typeof comparisonSchema>>;

const run = { run: id };
const nothing = z.strictObject({});

export const RUN_ASKS = {
  /** The runs of the service's runs folder, oldest first, live ones too. */
  "list-runs": {
    body: nothing,
    answer: z.strictObject({ folder: sentence, runs: z.array(runSummarySchema) }),
  },
  /** @throws RECORD for a damaged folder or one of a newer version: with the reason and what to do */
  "open-run": { body: z.strictObject(run), answer: runCardSchema },
  /** Lines of events.ndjson as they stand there: `decodeEvent` of core/record/eventCodec.ts reads one. */
  "run-events": {
    body: z.strictObject({ ...run, from: count, count: z.int().min(1).max(5000) }),
    answer: z.strictObject({ total: count, lines: z.array(long) }),
  },
  "analyse-run": { body: z.strictObject(run), answer: z.strictObject({ analysis: analysisSchema }) },
  "run-figures": { body: z.strictObject(run), answer: z.strictObject({ figures: z.array(figureSchema) }) },
  /** The whole report as one page of HTML (for a file or a sandboxed frame). */
  "run-report": { body: z.strictObject(run), answer: z.strictObject({ html: long }) },
  /**
   * Samples of a recorded or live run between two array times, at most `pixels` per column. Whole run: the times of
   * `open-run`. Of a live run the answer ends with what has been sampled so far.
   */
  "read-trace": {
    body: z.strictObject({
      ...run,
      columns: z.array(count).min(1).max(64),
      from_s: real,
      to_s: real,
      pixels: z.int().min(1).max(8192),
    }),
    answer: z.strictObject({ traces: z.array(traceSchema) }),
  },
  /** Of a selection in a trace, sample by sample (`traceStatistics`); of a live run, what has been committed. */
  "trace-statistics": {
    body: z.strictObject({ ...run, column: count, from_s: real, to_s: real }),
    answer: z.strictObject({
      samples: count,
      lost: count,
      overloads: count,
      mean_A: real,
      least_A: real,
      largest_A: real,
      mean_V: real,
      charge_C: real,
      sampled_s: real,
    }),
  },
  /** The map as the record knows it at an array time: the latest read of each junction before it. */
  "replay-map": {
    body: z.strictObject({ ...run, time_s: real, quantity: mapQuantity }),
    answer: z.strictObject({ grid, time_s: real, values: reals }),
  },
  "compare-runs": { body: z.strictObject({ emulated: id, measured: id }), answer: comparisonSchema },
  /**
   * Writes a run as one file for other programs into `exports/` of the runs folder, under the name of the run; a number is
   * added where a file of that name is there. Refused for a damaged run. @returns where it lies
   */
  "export-run": {
    body: z.strictObject({ ...run, format: z.enum(["csv", "parquet", "hdf5", "nwb", "abf", "atf"]) }),
    answer: z.strictObject({ file: sentence, samples: count, warnings: z.array(sentence) }),
  },
  /** Checks every byte of a run against its sums, as `crosspore verify`. */
  "verify-run": {
    body: z.strictObject(run),
    answer: z.strictObject({ whole: z.boolean(), findings: z.array(sentence) }),
  },
} as const;

/** A run in which something new was recorded. */
export const eventNewsSchema = z.strictObject({
  run: id,
  array: id,
  job: id,
  /** As it will stand in events.ndjson; `decodeEvent` reads it. */
  line: long,
});

export const cellsReadSchema = z.strictObject({
  array: id,
  run: id,
  source,
  wall: stamp,
  time_s: real,
  cells: z.array(z.strictObject({ row: count, column: count, voltage_V: real, current_A: real, conductance_S: real })),
});
