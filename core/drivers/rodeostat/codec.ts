/**
 * Rodeostat (IO Rodeo), firmware FW0.1.0: one JSON object per line, both ways.
 * Source: the firmware library `potentiostat` of the project iorodeo-potentiostat (MIT). Pure: no I/O.
 */
import { z } from "zod";

/** What the device prints in answer to a command. `response` is empty when the command was not found. */
const answerSchema = z.object({
  success: z.boolean(),
  message: z.string().optional(),
  response: z.record(z.string(), z.unknown()),
});

const sampleSchema = z.object({
  /** Milliseconds since the test began. */
  t: z.number(),
  /** Volt. */
  v: z.number(),
  /** Microampere; absent or null when there was no number. */
  i: z.number().nullable(),
  /** Channel of the multiplexer. */
  n: z.number().optional(),
  /** The converter stood at one of its ends. */
  le: z.boolean().optional(),
});

export type Message =
  | { readonly kind: "answer"; readonly answer: z.infer<typeof answerSchema> }
  | { readonly kind: "sample"; readonly sample: z.infer<typeof sampleSchema> }
  | { readonly kind: "done" }
  | { readonly kind: "garbage"; readonly line: string };

/** Total: every line is something. */
export function decodeLine(line: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: "garbage", line };
  }
  if (typeof value === "object" && value !== null && Object.keys(value).length === 0 && !Array.isArray(value))
    return { kind: "done" };
  const sample = sampleSchema.safeParse(value);
  if (sample.success) return { kind: "sample", sample: sample.data };
  const answer = answerSchema.safeParse(value);
  return answer.success ? { kind: "answer", answer: answer.data } : { kind: "garbage", line };
}

/** A message whose length is a multiple of the USB packet must be told apart from its end: a space before it does. */
const USB_PACKET = 64;

export function encodeCommand(command: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const text = JSON.stringify({ command, ...fields });
  return (text.length + 1) % USB_PACKET === 0 ? ` ${text}` : text;
}

/** Full scales of the current variants, ampere, by the word in the variant string ("10V_microAmpV0.2"). */
export const CURRENT_RANGES = {
  nanoAmp: { "60nA": 60e-9, "100nA": 100e-9, "1uA": 1e-6, "10uA": 10e-6 },
  microAmp: { "1uA": 1e-6, "10uA": 10e-6, "100uA": 100e-6, "1000uA": 1e-3 },
  "10MilliAmp": { "10uA": 10e-6, "100uA": 100e-6, "1000uA": 1e-3, "10000uA": 10e-3 },
  "24MilliAmp": { "100uA": 100e-6, "1000uA": 1e-3, "10000uA": 10e-3, "24000uA": 24e-3 },
} as const satisfies Record<string, Record<string, number>>;

export const VOLTAGE_RANGES_V = { "1V": 1, "2V": 2, "5V": 5, "10V": 10 } as const;

/** Working electrodes of the multiplexer, 1-based on the wire. */
export const MUX_CHANNELS = 7;
/** Steps that `multiStep` holds. */
export const MOST_STEPS = 50;

export type Variant = keyof typeof CURRENT_RANGES;

/** @returns undefined for a variant nobody knows */
export function parseVariant(text: string): Variant | undefined {
  const word = /^(?:\d+V_)?(10MilliAmp|24MilliAmp|microAmp|nanoAmp)/i.exec(text)?.[1]?.toLowerCase();
  const known: readonly Variant[] = ["nanoAmp", "microAmp", "10MilliAmp", "24MilliAmp"];
  return known.find((name) => name.toLowerCase() === word);
}
