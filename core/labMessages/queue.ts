import { z } from "zod";
import type { DeepReadonly } from "./deepReadonly.ts";
import { labErrorSchema } from "./errors.ts";
import { document } from "./protocols.ts";
import { count, id, long, real, sentence, short, stamp } from "./fields.ts";

/** How a live run stands; sent at most ten times a second, and at every change of `state` or `outputs`. */
export const progressSchema = z.strictObject({
  state: z.enum(["starting", "running", "pausing", "paused", "stopping", "ending"]),
  outputs: z.enum(["driven", "held", "safe", "unknown"]),
  steps: count,
  plannedSteps: count,
  /** Array time, seconds. */
  elapsed_s: real,
  plannedDuration_s: real,
  /** Time on the wall that the run has worked, pauses excluded, and what is predicted to be left (NaN = unknown). */
  worked_s: real,
  left_s: real,
  /** Level of a pause; NaN = none. */
  level_V: real,
  samples: count,
  lost: count,
  overloads: count,
  /** What a crash now would leave: acknowledged by the disk. */
  durableEvents: count,
  durableRows: count,
});

export type Progress = DeepReadonly<z.output<typeof progressSchema>>;

export const jobSchema = z.strictObject({
  job: id,
  name: short,
  file: short,
  array: id,
  /** `refused`: nothing was driven. `failed`: the run closed as "fail". `interrupted`: nobody knows. */
  state: z.enum(["waiting", "running", "success", "abort", "failed", "refused", "canceled", "interrupted"]),
  /** The name of the run folder, from the moment it exists. */
  run: id.nullable(),
  /** `read-cells` and `pulse-cells` make small jobs that a queue may show apart. */
  kind: z.enum(["experiment", "read", "pulse"]),
  submitted: stamp,
  /** Name of the client. */
  by: short,
  steps: count,
  duration_s: real,
  largest_V: real,
  bytes: count,
  progress: progressSchema.nullable(),
  /** Why it ended, in words. */
  reason: sentence,
  error: labErrorSchema.nullable(),
});

export type Job = DeepReadonly<z.output<typeof jobSchema>>;

export const queueSchema = z.strictObject({
  /** Waiting and running jobs in their order, then the latest 100 that ended, newest first. */
  jobs: z.array(jobSchema),
  /** A held queue begins nothing new. */
  held: z.boolean(),
});

export const promptSchema = z.strictObject({
  prompt: id,
  job: id,
  run: id,
  array: id,
  text: sentence,
  since: stamp,
});

export type PromptCard = DeepReadonly<z.output<typeof promptSchema>>;

const job = { job: id };
const nothing = z.strictObject({});

/** What may be asked of a live run: the stops table of ARCHITECTURE.md. */
export const RUN_COMMANDS = ["pause", "resume", "stop", "abort", "panic"] as const;

export const QUEUE_ASKS = {
  queue: { body: nothing, answer: queueSchema },
  /**
   * Checks, plans and queues an experiment. Refused with the diagnostics' first error (PROTOCOL, LIMIT, UNSUPPORTED).
   * The array named here is the one it runs on; `array: null` opens the file's own emulated array for this job alone.
   */
  submit: {
    body: z.strictObject({
      ...document,
      array: id.nullable(),
      seed: count.exactOptional(),
      /** Allow more than 10^7 pulses. */
      manyPulses: z.boolean().exactOptional(),
      /** Confirm every prompt without asking. */
      confirmPrompts: z.boolean().exactOptional(),
      /** At the head of the queue. */
      first: z.boolean().exactOptional(),
      /** Added to the notes of the run. */
      notes: sentence.exactOptional(),
      /** Name of the run folder; default: date and name. Refused where it exists. */
      run: id.exactOptional(),
      /** Corrects every current of an emulated array; an opened instrument has its own. */
      calibration: z.strictObject({ text: long, file: short }).exactOptional(),
    }),
    answer: z.strictObject({ job: jobSchema }),
  },
  /** Puts a waiting job before another one; null = at the end. */
  "move-job": { body: z.strictObject({ ...job, before: id.nullable() }), answer: queueSchema },
  /** Takes a waiting job away; a running one is ended with `control-run`. */
  "cancel-job": { body: z.strictObject(job), answer: queueSchema },
  "hold-queue": { body: z.strictObject({ held: z.boolean() }), answer: queueSchema },
  /** pause, resume and stop answer at once; abort and panic when the outputs are safe (TRANSPORT when nobody knows). */
  "control-run": {
    body: z.strictObject({ ...job, command: z.enum(RUN_COMMANDS) }),
    answer: z.strictObject({ job: jobSchema }),
  },
  /**
   * Idles the outputs of every array at once (or of one), ends their runs and holds the queue. Allowed to everybody,
   * observers too, and goes before everything else. Answered when all are safe.
   */
  panic: {
    body: z.strictObject({ array: id.exactOptional() }),
    answer: z.strictObject({ unsafe: z.array(z.strictObject({ array: id, error: labErrorSchema })) }),
  },
  prompts: { body: nothing, answer: z.strictObject({ prompts: z.array(promptSchema) }) },
  /** `confirmed: false` aborts the run. */
  "answer-prompt": { body: z.strictObject({ prompt: id, confirmed: z.boolean() }), answer: nothing },
} as const;
