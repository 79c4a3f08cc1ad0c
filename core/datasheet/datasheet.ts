import { z } from "zod";
import { readDocument } from "../document.ts";

/** Version of the machine-readable datasheet. */
export const DATASHEET_SCHEMA = 1;

const finite = z.number();
const numbers = z.array(finite);

const metricSchema = z.strictObject({
  /** Stable name, e.g. "writeEnergy_J". */
  name: z.string(),
  label: z.string(),
  unit: z.string(),
  /** null: not measured; `reason` says why. */
  value: finite.nullable(),
  /** ">" where the measurement ended before the quantity did: the value is a lower bound. */
  relation: z.enum(["=", ">"]),
  /** Standard deviation of the values behind the mean; null for one, or where there is no mean. */
  deviation: finite.nullable(),
  /** How many values stand behind it. */
  n: z.int().min(0),
  /** Under which voltages, widths, times. */
  conditions: z.string(),
  definition: z.string(),
  reason: z.string(),
});

const datasheetSchema = z.strictObject({
  schema: z.literal(DATASHEET_SCHEMA),
  kind: z.literal("crosspore-datasheet"),
  name: z.string(),
  /** Never both: a datasheet is of a model or of a device. */
  source: z.enum(["emulated", "measured"]),
  crosspore: z.string(),
  /** What was looked at, in words and figures. */
  device: z.array(z.tuple([z.string(), z.string()])),
  /** What the figures come from. */
  runs: z.array(
    z.strictObject({
      name: z.string(),
      created: z.string(),
      backend: z.string(),
      sha256: z.string(),
      status: z.string(),
    }),
  ),
  notes: z.array(z.string()),
  metrics: z.array(metricSchema),
  curves: z.strictObject({
    loops: z.array(z.strictObject({ frequency_Hz: finite.nullable(), voltage_V: numbers, current_A: numbers })),
    potentiation_S: numbers,
    depression_S: numbers,
    pairs: z.array(z.strictObject({ gap_s: finite, index: finite, deviation: finite, n: finite })),
    retention: z.array(z.strictObject({ time_s: finite, remaining: finite })),
    endurance: z.array(
      z.strictObject({
        cycle: finite,
        on_S: finite,
        off_S: finite,
        onDeviation_S: finite,
        offDeviation_S: finite,
        n: finite,
      }),
    ),
    temperature: z.array(z.strictObject({ temperature_K: finite, conductance_S: finite })),
  }),
});

export type Metric = z.output<typeof metricSchema>;
export type Datasheet = z.output<typeof datasheetSchema>;
export type Curves = Datasheet["curves"];

/** @throws ProtocolError with file:line:column */
export function readDatasheet(text: string, file: string): Datasheet {
  return readDocument(text, file, datasheetSchema);
}

/** Two spaces and one line feed at the end: small differences between versions stay small. */
export function encodeDatasheet(sheet: Datasheet): string {
  return `${JSON.stringify(sheet, null, 1)}\n`;
}
