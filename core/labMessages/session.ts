import { z } from "zod";
import type { DeepReadonly } from "./deepReadonly.ts";
import { arrayCardSchema, mapQuantity } from "./arrays.ts";
import { count, id, real, sentence, short, stamp } from "./fields.ts";
import { jobSchema, progressSchema, promptSchema, queueSchema } from "./queue.ts";
import { cellsReadSchema, eventNewsSchema, runSummarySchema } from "./runs.ts";

/** Somebody who is connected. */
export const clientSchema = z.strictObject({
  client: id,
  kind: z.enum(["window", "script", "other"]),
  /** e.g. "Firefox 146", "crosspore run"; shown to the others. */
  name: short,
  role: z.enum(["operator", "observer"]),
  since: stamp,
  /** No sign of life for longer than the policy allows; false again when it comes back. */
  silent: z.boolean(),
});

export type ClientCard = DeepReadonly<z.output<typeof clientSchema>>;

/**
 * What happens to live runs of wall-clock arrays when every operator's window that was there has fallen silent (frozen,
 * closed by a crash). A script that is attached counts as somebody who watches.
 */
export const policySchema = z.strictObject({
  onSilence: z.enum(["continue", "pause", "abort"]),
  /** So long without a beat is silence, seconds. */
  silence_s: z.number().min(1).max(600),
});

export type Policy = DeepReadonly<z.output<typeof policySchema>>;

export const logLineSchema = z.strictObject({
  seq: count,
  wall: stamp,
  level: z.enum(["info", "warning", "error"]),
  /** Who speaks: "service", "array", "run", "client", an instrument's name. */
  from: short,
  text: sentence,
  array: id.nullable(),
  run: id.nullable(),
});

export type LogLine = DeepReadonly<z.output<typeof logLineSchema>>;

/** Something that somebody must know of now; announced assertively, and again with `over` when it has passed. */
export const alarmSchema = z.strictObject({
  alarm: id,
  kind: z.enum(["silence", "vanished", "tripped", "unsafe", "recorder", "panic", "suspended"]),
  text: sentence,
  remedy: sentence,
  array: id.nullable(),
  run: id.nullable(),
  since: stamp,
  over: z.boolean(),
});

export type Alarm = DeepReadonly<z.output<typeof alarmSchema>>;

const nothing = z.strictObject({});

export const SESSION_ASKS = {
  "set-policy": { body: policySchema, answer: policySchema },
  /** Log lines from a number on, at most 1000, the latest that are kept. */
  log: { body: z.strictObject({ from: count }), answer: z.strictObject({ lines: z.array(logLineSchema) }) },
  alarms: { body: nothing, answer: z.strictObject({ alarms: z.array(alarmSchema) }) },
  /**
   * Frames of one map at every change, at most ten a second. The first comes at once.
   * @returns the number that its frames carry; refused (UNSUPPORTED) where the array has no such quantity
   */
  "watch-map": {
    body: z.strictObject({ array: id, quantity: mapQuantity }),
    answer: z.strictObject({ stream: count }),
  },
  /**
   * Frames of samples as they come, thinned to least and largest per pixel: `window_s` of array time on `pixels`.
   * At most 30 frames a second and column; frames that are not acknowledged hold the next ones back, which are then
   * folded together, the oldest dropped (`SampleFrame.dropped`). The recorder never waits for them.
   */
  "watch-samples": {
    body: z.strictObject({
      array: id,
      columns: z.union([z.literal("all"), z.array(count).min(1).max(1024)]),
      window_s: z.number().positive().max(1e9),
      pixels: z.int().min(16).max(8192),
    }),
    answer: z.strictObject({ stream: count }),
  },
  unwatch: { body: z.strictObject({ stream: count }), answer: nothing },
  /** Ends the service: runs abort, outputs are safe, then it is gone. Refused while runs live unless `abort`. */
  "shut-down": { body: z.strictObject({ abort: z.boolean() }), answer: nothing },
} as const;

/**
 * What the service says unasked. After `welcome` it sends the present state once: `arrays`, `queue`, `clients`, every
 * open `prompt` and `alarm`, and the latest 200 log lines one by one.
 */
export const NEWS = {
  clients: z.strictObject({ clients: z.array(clientSchema) }),
  /** All of them, when one is opened or closed. */
  arrays: z.strictObject({ arrays: z.array(arrayCardSchema) }),
  /** One, when something about it changed. */
  array: z.strictObject({ array: arrayCardSchema }),
  queue: queueSchema,
  job: z.strictObject({ job: jobSchema }),
  progress: z.strictObject({ job: id, run: id, array: id, progress: progressSchema }),
  "run-event": eventNewsSchema,
  /** A run that is new in the browser or has changed its status. */
  run: z.strictObject({ summary: runSummarySchema }),
  "cells-read": cellsReadSchema,
  prompt: promptSchema,
  "prompt-over": z.strictObject({ prompt: id, by: short, confirmed: z.boolean() }),
  alarm: alarmSchema,
  log: logLineSchema,
  policy: policySchema,
  /** The service ends by itself or because somebody asked; the connection closes next. */
  "shutting-down": z.strictObject({ why: sentence, seconds: real }),
} as const;

export type NewsTopic = keyof typeof NEWS;
export type News<T extends NewsTopic> = DeepReadonly<z.output<(typeof NEWS)[T]>>;
