import { z } from "zod";
import { errorAt, readDocument } from "../document.ts";
import type { EmulatedArrayConfig } from "../emulated/config.ts";
import { type ChipLimits, type Limits, NO_LIMITS } from "../limits.ts";
import { arraySchema, resolveArray } from "./arraySchema.ts";
import { chipSchema, findMistakeInLimits, givenChip, givenLimits, limitsSchema } from "./limitsSchema.ts";

const envelope = { chip: chipSchema.default({}), limits: limitsSchema.default({}) };
const arrayFileSchema = z.looseObject({ array: arraySchema, ...envelope });
const envelopeSchema = z.looseObject(envelope);

export interface Envelope {
  readonly limits: Limits;
  readonly chip: ChipLimits;
}

/**
 * The `array:` of an experiment file, or of a file with nothing else, with the limits that stand there.
 * @throws ProtocolError at the line and column of the first mistake
 */
export function readArrayFile(text: string, file: string): Envelope & { readonly array: EmulatedArrayConfig } {
  const { array, ...rest } = readDocument(text, file, arrayFileSchema);
  const config = resolveArray(array);
  if ("mistake" in config) throw errorAt(text, file, ["array", ...config.mistake.path], config.mistake.reason);
  return { array: config, ...resolveEnvelope(text, file, rest) };
}

/** The `limits:` and `chip:` of an experiment file. @throws ProtocolError */
export function readEnvelope(text: string, file: string): Envelope {
  return resolveEnvelope(text, file, readDocument(text, file, envelopeSchema));
}

function resolveEnvelope(
  text: string,
  file: string,
  given: { readonly limits: z.output<typeof limitsSchema>; readonly chip: z.output<typeof chipSchema> },
): Envelope {
  const [limits, chip] = [givenLimits(given.limits), givenChip(given.chip)];
  const lacking = findMistakeInLimits(limits, chip);
  if (lacking) throw errorAt(text, file, lacking.path, lacking.reason);
  return { limits: { ...NO_LIMITS, ...limits }, chip };
}
