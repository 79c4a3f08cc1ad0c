import { z } from "zod";
import { quantity, strictObject } from "../../document.ts";

/** Where in the dialogue a fault strikes: after so many bytes sent to the host, or so long after the host called. */
const whenSchema = z.union([strictObject({ sentBytes: z.int().min(0) }), strictObject({ after_s: quantity("s") })]);

const faultSchema = z.discriminatedUnion("kind", [
  /** The next `bytes` bytes to the host are lost. */
  strictObject({ kind: z.literal("drop"), at: whenSchema, bytes: z.int().min(1) }),
  /** The next `bytes` bytes to the host arrive with every second bit turned. */
  strictObject({ kind: z.literal("garble"), at: whenSchema, bytes: z.int().min(1) }),
  /** Nothing goes out for a while, then everything at once. */
  strictObject({ kind: z.literal("stall"), at: whenSchema, duration_s: quantity("s") }),
  /**
   * The line hangs up; the port comes back after `returns_s`, or never. `repeats`: the last so many bytes that were sent come
   * again when the host is back, as from a bridge that kept them.
   */
  strictObject({
    kind: z.literal("unplug"),
    at: whenSchema,
    returns_s: quantity("s").optional(),
    repeats: z
      .int()
      .min(1)
      .max(1 << 20)
      .optional(),
  }),
  /** From then on the line carries so many bytes per second. */
  strictObject({ kind: z.literal("slow"), at: whenSchema, bytesPerSecond: z.number().positive() }),
  /** From then on bytes from the host are lost that come less than 1 ms after a line end: the receiver has no flow control. */
  strictObject({ kind: z.literal("overrun"), at: whenSchema }),
  /** The instrument says it is somebody else. */
  strictObject({ kind: z.literal("wrong-identity"), identity: z.string().max(200) }),
]);

/** A script of faults, for `crosspore emulate --faults FILE`. */
export const faultsSchema = strictObject({ faults: z.array(faultSchema).max(1000) });

export type Fault = z.infer<typeof faultSchema>;
