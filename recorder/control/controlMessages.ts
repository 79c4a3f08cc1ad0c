import { z } from "zod";

export const CONTROL_COMMANDS = ["status", "pause", "resume", "stop", "abort", "panic"] as const;
export type ControlCommand = (typeof CONTROL_COMMANDS)[number];

/** Longest question, bytes. */
export const LONGEST_REQUEST_BYTES = 1024;
/** Longest answer, bytes. */
export const LONGEST_ANSWER_BYTES = 65_536;

const requestSchema = z.strictObject({ crosspore: z.literal(1), command: z.enum(CONTROL_COMMANDS) });

/** What a live run says of itself. Times of the array are seconds of its clock, others of the clock on the wall. */
const liveSchema = z.strictObject({
  name: z.string(),
  pid: z.int(),
  state: z.enum(["starting", "running", "pausing", "paused", "stopping", "ending"]),
  outputs: z.enum(["driven", "held", "safe", "unknown"]),
  source: z.enum(["emulated", "measured", "unknown"]),
  steps: z.int(),
  plannedSteps: z.int(),
  elapsed_s: z.number(),
  plannedDuration_s: z.number(),
  /** Time that the run has worked, pauses excluded. */
  worked_s: z.number(),
  /** Predicted; null while nothing is known. */
  left_s: z.number().nullable(),
  /** Level of the pause, volt; null while none. */
  level_V: z.number().nullable(),
});

const answerSchema = z.union([
  z.strictObject({ crosspore: z.literal(1), command: z.enum(CONTROL_COMMANDS), ok: z.literal(true), run: liveSchema }),
  z.strictObject({
    crosspore: z.literal(1),
    command: z.string(),
    ok: z.literal(false),
    /** "refused": nothing was done. "unsafe": it was tried, and nobody knows what the outputs do. */
    reason: z.enum(["refused", "unsafe"]),
    error: z.string(),
  }),
]);

export type LiveRun = z.output<typeof liveSchema>;
export type ControlAnswer = z.output<typeof answerSchema>;

/** @returns undefined for whatever is no question; never throws */
export function parseRequest(line: string): ControlCommand | undefined {
  return parse(line, requestSchema)?.command;
}

/** @returns undefined for whatever is no answer; never throws */
export function parseAnswer(line: string): ControlAnswer | undefined {
  return parse(line, answerSchema);
}

export function formatRequest(command: ControlCommand): string {
  return `${JSON.stringify({ crosspore: 1, command })}\n`;
}

export function formatAnswer(answer: ControlAnswer): string {
  return `${JSON.stringify(answer)}\n`;
}

function parse<T>(line: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
