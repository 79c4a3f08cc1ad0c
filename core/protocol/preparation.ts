import { strictObject } from "../document.ts";
import { notZero, positive } from "./parameters.ts";

/** A stretch that brings a junction into a known state before its pulses: a voltage, then the level held between pulses. */
export interface Preparation {
  readonly voltage_V: number;
  readonly width_s: number;
  /** At the level held between pulses, before the first of them. */
  readonly settle_s: number;
}

export const preparation = strictObject({
  voltage_V: notZero("V"),
  width_s: positive("s"),
  settle_s: positive("s"),
}).optional();

/** @returns levels for `holds` and how long they last */
export function prepare(preparation: Preparation | undefined, hold_V: number) {
  if (!preparation) return { levels: [], lead_s: 0 };
  const { voltage_V, width_s, settle_s } = preparation;
  return { levels: [[voltage_V, width_s] as const, [hold_V, settle_s] as const], lead_s: width_s + settle_s };
}
