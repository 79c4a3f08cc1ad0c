import { z } from "zod";
import type { DeepReadonly } from "./deepReadonly.ts";
import { count, grid, id, long, real, reals, sentence, short } from "./fields.ts";

/** A mistake in a text, in its place. Lines and columns are 1-based as in every editor; 0 = nowhere in particular. */
export const diagnosticSchema = z.strictObject({
  severity: z.enum(["error", "warning", "info"]),
  line: count,
  column: count,
  /** The field, e.g. `protocol[0].iv-sweep.amplitude_V`. */
  field: short,
  message: sentence,
  /** Which check: the text itself, the plan against the limits, the prediction. */
  stage: z.enum(["text", "plan", "prediction"]),
});

export type Diagnostic = DeepReadonly<z.output<typeof diagnosticSchema>>;

/** A text that the page holds; `file` is only a name for messages and records. */
export const document = { text: long, file: short };

/** What a run of it would do (`plan.ts`), nothing sent. */
export const planSchema = z.strictObject({
  name: short,
  grid,
  steps: count,
  duration_s: real,
  largest_V: real,
  samples: count,
  bytes: count,
  products: count,
  /** Steps with floating lines, whose junctions are in no dose. */
  floatingSteps: count,
  prompts: z.array(z.strictObject({ prompt: sentence, place: short })),
  perProtocol: z.array(
    z.strictObject({
      name: short,
      /** Where it stands in the text. */
      line: count,
      steps: count,
      duration_s: real,
      largest_V: real,
      samples: count,
      products: count,
      /** Command voltage of the reference row over time, thinned, NaN between pieces; for the page's own preview. */
      preview: z.strictObject({ time_s: reals, voltage_V: reals, duration_s: real }),
    }),
  ),
  /** Row-major: largest |V|, and the integral of |v| dt while a target and while not. */
  largestJunction_V: reals,
  selectedDose_Vs: reals,
  halfSelectDose_Vs: reals,
  /** In words, as `crosspore run --dry-run` prints it. */
  text: long,
  /** Waveforms and maps as one SVG picture. */
  figure_svg: long,
});

export type PlanCard = DeepReadonly<z.output<typeof planSchema>>;

/** What the emulated array says that a run would give (`predictRun.ts`). */
export const predictionSchema = z.strictObject({
  steps: count,
  duration_s: real,
  samples: count,
  overloads: count,
  largestCurrent_A: real,
  column: count,
  energy_J: real,
  complianceShare: real,
  /** The limit that ended it early; null = none. */
  tripped: sentence.nullable(),
});

const templateSchema = z.strictObject({
  /** e.g. "iv-sweep". */
  name: short,
  title: short,
  description: sentence,
  text: long,
});

const diagnostics = z.array(diagnosticSchema);

export const PROTOCOL_ASKS = {
  /** Reads a text; cheap enough for every pause in typing. */
  "check-protocol": {
    body: z.strictObject(document),
    answer: z.strictObject({ diagnostics, name: short.nullable(), protocols: z.array(short) }),
  },
  /**
   * Dry run against an array of the service (its grid, capabilities and limits), or against the file's own emulated
   * array where `array` is null. `plan` is null where an error stands among the diagnostics.
   */
  "plan-protocol": {
    body: z.strictObject({
      ...document,
      array: id.nullable(),
      seed: count.exactOptional(),
      /** Also run it on its emulated array: currents, energy, trips. */
      predict: z.boolean().exactOptional(),
    }),
    answer: z.strictObject({ diagnostics, plan: planSchema.nullable(), prediction: predictionSchema.nullable() }),
  },
  /** Ready-made experiment files for an array: every protocol of the library. */
  templates: {
    body: z.strictObject({ array: id.nullable() }),
    answer: z.strictObject({ templates: z.array(templateSchema) }),
  },
} as const;
