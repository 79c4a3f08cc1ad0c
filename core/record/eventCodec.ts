import { z } from "zod";
import { readDocument, formatPath } from "../document.ts";
import { ProtocolError, RecordError } from "../errors.ts";
import { NO_LIMITS } from "../limits.ts";
import { fromJson, toJson } from "./json.ts";
import type { RecordedEvent } from "./runData.ts";

/** A line of events.ndjson. `wall` is the only part that differs between two runs with one seed. */
export interface EventLine {
  readonly seq: number;
  /** ISO 8601, absent where nobody looked at a wall clock. */
  readonly wall?: string;
  readonly event: RecordedEvent;
}

/**
 * @param seq 0 for the first event of a run, then one more for each
 * @param wall ISO 8601 stamp of whoever records
 * @returns one line without its newline; numbers as in json.ts, NaN = null
 */
export function encodeEvent(event: RecordedEvent, seq: number, wall?: string): string {
  return toJson({ seq, wall, ...event }, "null");
}

/**
 * @param line one line without its newline
 * @param at file and 1-based line number, for the message
 * @throws RecordError with file:line:column
 */
export function decodeEvent(line: string, at: { file: string; line: number } = { file: "event", line: 1 }): EventLine {
  const result = checkLine(parseLine(line, at), at);
  if (!result.success) {
    const issue = result.error.issues[0];
    const path = formatPath(issue?.path ?? []);
    throw new RecordError(
      `${at.file}:${at.line}:1: ${path === "" ? "" : `${path}: `}${issue?.message ?? "not an event"}`,
    );
  }
  const { seq, wall, ...event } = result.data;
  return wall === undefined ? { seq, event } : { seq, wall, event };
}

/** Nesting without end exhausts the stack of whoever walks it. */
function checkLine(value: unknown, at: { file: string; line: number }) {
  try {
    return lineSchema.safeParse(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RecordError(`${at.file}:${at.line}:1: lists and maps are nested too deeply`);
  }
}

function parseLine(line: string, at: { file: string; line: number }): unknown {
  try {
    return fromJson(line, "null");
  } catch {
    throw new RecordError(`${at.file}:${at.line}:${columnOfProblem(line)}: not a whole line of JSON`);
  }
}

/** JSON.parse does not always say where; the reader of documents does. */
function columnOfProblem(line: string): number {
  try {
    readDocument(line, "event.json", z.unknown());
  } catch (error) {
    if (error instanceof ProtocolError) return error.column;
  }
  return 1;
}

// zod's number() refuses NaN and Infinity, which are data here
const number = z.custom<number>((value) => typeof value === "number", "expected a number, null for NaN");
const count = z.int().min(0);
const numbers = z.custom<readonly number[]>(
  (value) => Array.isArray(value) && value.every((item) => typeof item === "number"),
  "expected a list of numbers, null for NaN",
);
const float64 = numbers.transform((values) => Float64Array.from(values));
const counts = z.array(count);
const address = z.strictObject({ row: count, column: count });
const currentRange = z.union([number, z.literal("auto")]);

export const capabilitiesSchema = z.strictObject({
  name: z.string(),
  source: z.enum(["emulated", "measured"]),
  voltageRange_V: z.tuple([number, number]),
  columnVoltageRange_V: z.tuple([number, number]).exactOptional(),
  currentRanges_A: numbers,
  fastestSampling_Hz: number,
  slewLimit_V_s: number,
  rowsDrivenAtOnce: number,
  columnsSensedAtOnce: number,
  columnsPerProduct: number.exactOptional(),
  impedance: z.strictObject({ frequency_Hz: z.tuple([number, number]), amplitude_V: number }).exactOptional(),
  unselectedLines: z.enum(["floating", "grounded", "biased"]),
  products: z.enum(["direct", "superposed", "none"]),
  clock: z.enum(["virtual", "wall"]),
  safeOnSilence: z.boolean(),
  environmentInputs: z.array(z.string()),
  holdRange_V: z.tuple([number, number]).exactOptional(),
});

export const limitsSchema = z.strictObject({
  voltage_V: number,
  current_A: number,
  slew_V_s: number,
  dwell_s: number,
  dwellAbove_V: number,
  // what later versions added; absent means no limit
  duty: number.default(NO_LIMITS.duty),
  dutyWindow_s: number.default(NO_LIMITS.dutyWindow_s),
  charge_C: number.default(NO_LIMITS.charge_C),
  energy_J: number.default(NO_LIMITS.energy_J),
  largestConductance_S: number.default(NO_LIMITS.largestConductance_S),
});

const stamp = { seq: count, wall: z.string().exactOptional() };

const runStarted = z.strictObject({
  ...stamp,
  kind: z.literal("run-started"),
  time_s: number,
  grid: z.strictObject({ rows: count, columns: count }),
  capabilities: capabilitiesSchema,
  limits: limitsSchema,
  protocols: z.array(z.string()),
  plannedDuration_s: number,
  plannedSteps: number,
});

export const tripSchema = z.strictObject({
  quantity: z.string(),
  found: z.string(),
  allowed: z.string(),
  where: z.string(),
});
const rearmed = z.strictObject({ ...stamp, kind: z.literal("rearmed"), time_s: number, cleared: tripSchema });
const armed = z.strictObject({ ...stamp, kind: z.literal("armed"), time_s: number, limitsCrc: count });
const tripped = z.strictObject({ ...stamp, kind: z.literal("tripped"), time_s: number, trip: tripSchema });
const disarmed = z.strictObject({ ...stamp, kind: z.literal("disarmed"), time_s: number });

const stepIntended = z.strictObject({
  ...stamp,
  kind: z.literal("step-intended"),
  step: count,
  time_s: number,
  protocol: count,
  protocolName: z.string(),
  action: z.enum(["apply", "multiply"]),
  role: z.string(),
  label: z.string(),
  targets: z.array(address),
  duration_s: number,
  largest_V: number,
  tags: z.record(z.string(), z.union([number, z.string()])),
  windows: z.array(z.strictObject({ start_s: number, end_s: number, label: z.string().exactOptional() })),
  products: z
    .strictObject({
      batch: count,
      readout: z.strictObject({ integration_s: number, rest_s: number, columns: counts, currentRange_A: currentRange }),
    })
    .exactOptional(),
});

const stepFinished = z.strictObject({
  ...stamp,
  kind: z.literal("step-finished"),
  step: count,
  time_s: number,
  reading: z.strictObject({
    startTime_s: number,
    endTime_s: number,
    columns: counts,
    windows: z.array(
      z.strictObject({
        label: z.string(),
        voltage_V: float64,
        current_A: float64,
        samples: count,
        overload: z.boolean(),
      }),
    ),
    samples: count,
    lost: count,
    overloads: count,
    impedance: z
      .strictObject({ frequency_Hz: number, real_ohm: number, imaginary_ohm: number, overload: z.boolean() })
      .exactOptional(),
  }),
});

const productsTaken = z.strictObject({
  ...stamp,
  kind: z.literal("products-taken"),
  step: count,
  time_s: number,
  inputs_V: float64,
  products: z.strictObject({
    startTime_s: number,
    endTime_s: number,
    columns: counts,
    current_A: float64,
    overloads: count,
    method: z.enum(["direct", "superposed"]),
    readTimes_s: float64.exactOptional(),
  }),
  expected_A: float64.exactOptional(),
});

const marked = z.strictObject({
  ...stamp,
  kind: z.literal("marked"),
  time_s: number,
  protocol: count,
  protocolName: z.string(),
  label: z.string(),
  data: z.record(z.string(), z.union([number, z.string(), numbers])),
});

const prompt = { time_s: number, protocol: count, protocolName: z.string(), prompt: z.string() };
const prompted = z.strictObject({ ...stamp, kind: z.literal("prompted"), ...prompt });
const confirmed = z.strictObject({ ...stamp, kind: z.literal("confirmed"), ...prompt, by: z.string() });

const qualityFlagged = z.strictObject({
  ...stamp,
  kind: z.literal("quality-flagged"),
  time_s: number,
  flag: z.enum(["out-of-order", "gap", "wall-clock-jump", "suspended", "uncertain"]),
  offset_s: number,
  step: count.exactOptional(),
  column: count.exactOptional(),
});

const instrumentStated = z.strictObject({
  ...stamp,
  kind: z.literal("instrument-state"),
  time_s: number,
  instrument: z.string(),
  state: z.record(z.string(), z.union([number, z.string(), z.boolean()])),
});

const disturbBooked = z.strictObject({
  ...stamp,
  kind: z.literal("disturb-booked"),
  time_s: number,
  floatingSteps: count,
  doses: z.record(z.string(), numbers),
});

const paused = z.strictObject({
  ...stamp,
  kind: z.literal("paused"),
  time_s: number,
  steps: count,
  level_V: number,
  by: z.string(),
});

const asked = { ...stamp, time_s: number, steps: count, by: z.string() };
const resumed = z.strictObject({ ...asked, kind: z.literal("resumed") });
const stopRequested = z.strictObject({ ...asked, kind: z.literal("stop-requested") });

/** Also the core of stop.json. */
export const runStoppedFields = {
  kind: z.literal("run-stopped"),
  time_s: number,
  status: z.enum(["success", "abort", "fail"]),
  reason: z.string(),
  steps: count,
  samples: count,
  lost: count,
  overloads: count,
  left: count.exactOptional(),
};

const runStopped = z.strictObject({ ...stamp, ...runStoppedFields });

const lineSchema = z.discriminatedUnion("kind", [
  runStarted,
  rearmed,
  armed,
  tripped,
  disarmed,
  stepIntended,
  stepFinished,
  productsTaken,
  marked,
  prompted,
  confirmed,
  qualityFlagged,
  instrumentStated,
  disturbBooked,
  paused,
  resumed,
  stopRequested,
  runStopped,
]);
