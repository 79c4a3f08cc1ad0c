import { LimitError } from "./errors.ts";
import { formatSI } from "./units.ts";

/**
 * What may be done to the junctions of a run. The strictest of experiment, chip, instrument and junction model holds.
 * Checked before anything moves; a refusal names the quantity, what was asked and what is allowed.
 */
export interface Limits {
  /** Largest |V| between any row and any column. */
  readonly voltage_V: number;
  /** Largest |I| per column; a reading beyond it trips the run. */
  readonly current_A: number;
  /** Fastest ramp; steps are exempt only where this is Infinity. */
  readonly slew_V_s: number;
  /** Longest uninterrupted time at more than `dwellAbove_V`. */
  readonly dwell_s: number;
  readonly dwellAbove_V: number;
}

/** No limit at all: what an emulated array takes where its model's range and the experiment say nothing. */
export const NO_LIMITS: Limits = {
  voltage_V: Infinity,
  current_A: Infinity,
  slew_V_s: Infinity,
  dwell_s: Infinity,
  dwellAbove_V: 0,
};

/** The strictest of several sets; sets may name only some quantities. */
export function strictest(...sets: readonly Partial<Limits>[]): Limits {
  const least = (name: keyof Limits) => Math.min(...sets.map((set) => set[name] ?? Infinity));
  const dwelling = sets.filter((set) => set.dwell_s !== undefined && set.dwell_s !== Infinity);
  return {
    voltage_V: least("voltage_V"),
    current_A: least("current_A"),
    slew_V_s: least("slew_V_s"),
    dwell_s: least("dwell_s"),
    dwellAbove_V: dwelling.length === 0 ? 0 : Math.min(...dwelling.map((set) => set.dwellAbove_V ?? 0)),
  };
}

/** @throws LimitError when |voltage_V| is above the limit */
export function checkVoltage(voltage_V: number, limits: Limits, where: string): void {
  if (!(Math.abs(voltage_V) <= limits.voltage_V))
    throw new LimitError("voltage", formatSI(voltage_V, "V", 6), `±${formatSI(limits.voltage_V, "V", 6)}`, where);
}

/** @throws LimitError when a ramp is faster than the limit */
export function checkSlew(slew_V_s: number, limits: Limits, where: string): void {
  if (!(Math.abs(slew_V_s) <= limits.slew_V_s))
    throw new LimitError("slew", formatSI(slew_V_s, "V/s", 6), formatSI(limits.slew_V_s, "V/s", 6), where);
}

/** @throws LimitError when a voltage above `dwellAbove_V` is held longer than allowed */
export function checkDwell(duration_s: number, limits: Limits, where: string): void {
  if (!(duration_s <= limits.dwell_s))
    throw new LimitError("dwell", formatSI(duration_s, "s", 6), formatSI(limits.dwell_s, "s", 6), where);
}
