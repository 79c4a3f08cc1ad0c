import { z } from "zod";
import { errorAt, quantity, readDocument, strictObject } from "../document.ts";
import type { EmulatedArrayConfig } from "../emulated/config.ts";
import { arraySchema, resolveArray } from "../protocol/arraySchema.ts";
import { count, listOf, notNegative, positive } from "../protocol/parameters.ts";
import type { DummyMeasurement } from "./measureDummies.ts";

/** Version of the file that says what to measure for a calibration. */
export const CALIBRATE_SCHEMA = 1;

const index = z.int({ error: "expected a whole number from 0" }).min(0);
const text = z.string({ error: "expected text" }).default("");

const requestSchema = strictObject({
  calibrate: z.literal(CALIBRATE_SCHEMA, {
    error: `write "calibrate: ${CALIBRATE_SCHEMA}", the version of the format`,
  }),
  operator: text,
  cable: text,
  notes: text,
  seed: count(0, Number.MAX_SAFE_INTEGER).default(0),
  array: arraySchema,
  dummies: listOf(
    strictObject({
      cell: z.tuple([index, index], { error: "expected [row, column]" }),
      resistance_ohm: positive("ohm"),
      tolerance: quantity("").refine((value) => value >= 0 && value < 1, { error: "allowed are 0 to 100 %" }),
    }),
    "resistors",
  ),
  /** Series resistance where nothing measures it: one resistor per column cannot tell it from gain. */
  series_ohm: notNegative("ohm").default(0),
  voltage_V: positive("V").default(0.1),
  levels: count(2, 1000).default(5),
  width_s: positive("s").default(0.02),
});

/** What to measure, on what. */
export interface CalibrationRequest extends DummyMeasurement {
  readonly array: EmulatedArrayConfig;
  readonly operator: string;
  readonly cable: string;
  readonly notes: string;
  readonly seed: number;
  readonly series_ohm: number;
}

/** @throws ProtocolError at the line and column of the first mistake */
export function readCalibrationRequest(content: string, file: string): CalibrationRequest {
  const { array: fields, dummies, ...rest } = readDocument(content, file, requestSchema);
  const array = resolveArray(fields);
  if ("mistake" in array) throw errorAt(content, file, ["array", ...array.mistake.path], array.mistake.reason);
  for (const [k, { cell }] of dummies.entries())
    if (cell[0] >= array.rows || cell[1] >= array.columns)
      throw errorAt(
        content,
        file,
        ["dummies", k, "cell"],
        `[${cell.join(", ")}] is outside the array, rows are 0 to ${array.rows - 1}, columns 0 to ${array.columns - 1}`,
      );
  const placed = dummies.map(({ cell: [row, column], ...dummy }) => ({ row, column, ...dummy }));
  return { ...rest, array, dummies: placed };
}
