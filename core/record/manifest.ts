import { z } from "zod";
import { calibrationSchema } from "../calibration/calibration.ts";
import { readDocument } from "../document.ts";
import { ProtocolError, RecordError } from "../errors.ts";
import { revive, toJson } from "./json.ts";
import { RUN_SCHEMA, type RunManifest } from "./runData.ts";

/** Text of run.json. Numbers as in json.ts, NaN = "NaN" because `resolved` may hold nulls. */
export function encodeManifest(manifest: RunManifest): string {
  return `${toJson(manifest, "text")}\n`;
}

const versionSchema = z.looseObject({ schema: z.int().min(1) });

const manifestSchema = z.strictObject({
  schema: z.int().min(1),
  name: z.string(),
  created: z.string(),
  crosspore: z.string(),
  platform: z.string(),
  operator: z.string(),
  notes: z.string(),
  seed: z.number(),
  experiment: z.strictObject({ file: z.string(), text: z.string(), sha256: z.string() }),
  resolved: z.record(z.string(), z.unknown()),
  calibration: z.strictObject({ file: z.string(), sha256: z.string(), content: calibrationSchema }).exactOptional(),
});

/** @throws RecordError with file:line:column, also when a newer version wrote it */
export function decodeManifest(text: string, file: string): RunManifest {
  return readVersioned(text, file, manifestSchema);
}

/**
 * Any versioned JSON file of a run: the version first, so that a newer file is called newer and not wrong.
 * @throws RecordError with file:line:column
 */
export function readVersioned<T>(text: string, file: string, schema: z.ZodType<T>): T {
  try {
    const version = readDocument(text, file, versionSchema).schema;
    if (version > RUN_SCHEMA)
      throw new RecordError(
        `${file}: made by a newer version, schema ${version}, this version reads up to ${RUN_SCHEMA}`,
      );
    return readDocument(
      text,
      file,
      z
        .unknown()
        .transform((value) => revive(value, "text"))
        .pipe(schema),
    );
  } catch (error) {
    if (error instanceof ProtocolError) throw new RecordError(error.message, { cause: error });
    throw error;
  }
}
