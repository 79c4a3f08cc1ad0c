import { z } from "zod";
import { listOf, notNegative, positive } from "../protocol/parameters.ts";
import { quantity, readDocument, strictObject } from "../document.ts";
import { shown } from "../shown.ts";

/** Version of the calibration file. */
export const CALIBRATION_SCHEMA = 1;

const name = z.string({ error: "expected text" });
const column = z.int({ error: "expected the number of a column, from 0" }).min(0);

const channelSchema = strictObject({
  column,
  /** What the amplifier shows without a current. */
  offset_A: quantity("A"),
  offsetError_A: notNegative("A"),
  /** Shown current per true current, sign apart. */
  gain: positive(""),
  gainError: notNegative(""),
});

/** `shown = polarity gain true + offset`, per column; errors are standard uncertainties. */
export const calibrationSchema = strictObject({
  calibration: z.literal(CALIBRATION_SCHEMA, {
    error: ({ input }) =>
      `${input === undefined ? "missing" : `${shown(input)} is no version of this file`}, write "calibration: ${CALIBRATION_SCHEMA}"`,
  }),
  /** What was calibrated, as the array names itself; another array refuses it. */
  identity: name.min(1, { error: "the identity is empty" }),
  date: z.iso.datetime({ error: "expected a date such as 2026-11-20T19:05:33Z" }),
  operator: name.default(""),
  cable: name.default(""),
  notes: name.default(""),
  /** +1, or -1 where the leads are swapped. */
  polarity: z.custom<1 | -1>((value) => value === 1 || value === -1, { error: "allowed are 1 and -1" }),
  /** In series with every junction, outside the array (leads, switches). */
  series_ohm: notNegative("ohm"),
  seriesError_ohm: notNegative("ohm"),
  channels: listOf(channelSchema, "channels").refine(
    (channels) => new Set(channels.map((channel) => channel.column)).size === channels.length,
    { error: "a column has two channels" },
  ),
});

export type Calibration = z.output<typeof calibrationSchema>;
export type ChannelCalibration = Calibration["channels"][number];

/** @throws ProtocolError at the line and column of the first mistake */
export function readCalibration(text: string, file: string): Calibration {
  return readDocument(text, file, calibrationSchema);
}

/** True current of a shown one; NaN stays NaN. */
export function correctCurrent(channel: ChannelCalibration, polarity: 1 | -1, current_A: number): number {
  return (polarity * (current_A - channel.offset_A)) / channel.gain;
}
