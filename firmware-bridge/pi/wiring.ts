import { z } from "zod";
import { readDocument, strictObject } from "../../core/document.ts";

const line = z.int().min(0).max(1023);
const side = strictObject({
  /** Address bits, lowest first. */
  address: z.array(line).min(3).max(4),
  /** One enable per multiplexer. */
  enables: z.array(line).min(1).max(4),
});

const wiringSchema = strictObject({
  crosspore: z.literal(1),
  /** 4067: 16 channels, on when low. adg1408: 8 channels, on when high. */
  multiplexer: z.enum(["4067", "adg1408"]).default("4067"),
  rows: side,
  columns: side,
  /** Toggled while a host is alive; an external one-shot switches everything off when it rests. */
  hold: line,
  trigger: line,
  /** Number of the header's line 0 in /sys/class/gpio; absent: found by the chip's label. */
  gpio_base: z.int().min(0).max(4096).optional(),
  /** Serial instruments that are offered under a name. */
  instruments: z
    .array(strictObject({ name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/), path: z.string().min(1), baud: z.int() }))
    .max(16)
    .default([]),
})
  .refine(({ multiplexer, rows, columns }) => {
    const bits = multiplexer === "4067" ? 4 : 3;
    return rows.address.length === bits && columns.address.length === bits;
  }, "a 4067 has 4 address lines, an adg1408 has 3")
  .refine(({ rows, columns, hold, trigger }) => {
    const all = [rows, columns].flatMap((one) => [...one.address, ...one.enables]).concat(hold, trigger);
    return new Set(all).size === all.length;
  }, "a line is named twice")
  .refine(
    ({ instruments }) => new Set(instruments.map(({ name }) => name)).size === instruments.length,
    "two instruments have one name",
  );

export type Wiring = z.infer<typeof wiringSchema>;

/** BCM numbers of the wiring guide (docs/hardware.md): 32 x 32 with two CD74HC4067 on either side. */
export const GUIDE_WIRING: Wiring = {
  crosspore: 1,
  multiplexer: "4067",
  rows: { address: [17, 27, 22, 23], enables: [5, 6] },
  columns: { address: [24, 25, 16, 26], enables: [7, 8] },
  hold: 20,
  trigger: 21,
  instruments: [],
};

/** @throws ProtocolError at the line and column of the first mistake */
export function readWiring(text: string, file: string): Wiring {
  return readDocument(text, file, wiringSchema);
}
