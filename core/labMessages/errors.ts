import { z } from "zod";
import type { DeepReadonly } from "./deepReadonly.ts";
import { count, sentence, short } from "./fields.ts";

/**
 * Codes of `errors.ts` (PROTOCOL, LIMIT, TRANSPORT, FRAME, UNSUPPORTED, RECORD, ABORTED, INSTRUMENT, ARM) and of the
 * service itself: MESSAGE (not a message of this protocol), TOKEN, VERSION (one side is newer), OBSERVER (this client
 * may look only), UNKNOWN (no such array, run, job or prompt), BUSY (the array runs something), INTERNAL (a defect).
 */
export const ERROR_CODES = [
  "PROTOCOL",
  "LIMIT",
  "TRANSPORT",
  "FRAME",
  "UNSUPPORTED",
  "RECORD",
  "ABORTED",
  "INSTRUMENT",
  "ARM",
  "MESSAGE",
  "TOKEN",
  "VERSION",
  "OBSERVER",
  "UNKNOWN",
  "BUSY",
  "INTERNAL",
] as const;

/** Whatever went wrong, told so that a page can show it in place: what happened, where, and what to do. */
export const labErrorSchema = z.strictObject({
  code: z.enum(ERROR_CODES),
  /** The whole sentence, with its place. */
  message: sentence,
  /** The field of the file or message, e.g. `protocol[0].iv-sweep.amplitude_V`; "" = none in particular. */
  field: short,
  /** Of a text: its name and the 1-based place; 0 = nowhere in particular. */
  file: short,
  line: count,
  column: count,
  /** What the reader can do now, a sentence; "" = nothing in particular. */
  remedy: sentence,
});

export type LabError = DeepReadonly<z.output<typeof labErrorSchema>>;
