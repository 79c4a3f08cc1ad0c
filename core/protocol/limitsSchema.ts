import type { z } from "zod";
import { quantityIn, strictObject } from "../document.ts";
import { type ChipLimits, findLimitsMistake, type Limits, strictest } from "../limits.ts";
import { type Mistake, notNegative, positive, trueOrFalse } from "./parameters.ts";

/** The `limits:` and `chip:` parts of an experiment file. */

export const limitsSchema = strictObject({
  voltage_V: positive("V").optional(),
  current_A: positive("A").optional(),
  slew_V_s: positive("V/s").optional(),
  dwell_s: positive("s").optional(),
  dwellAbove_V: notNegative("V").optional(),
  /** A share; "20 %" too. */
  duty: quantityIn("", 0, 1).optional(),
  dutyWindow_s: positive("s").optional(),
  charge_C: positive("C").optional(),
  energy_J: positive("J").optional(),
});

export const chipSchema = strictObject({
  membraneThickness_m: quantityIn("m", 1e-10, 1e-2).optional(),
  membraneAcknowledged: trueOrFalse().optional(),
  largestConductance_S: positive("S").optional(),
  limits: limitsSchema.optional(),
});

type LimitsFields = z.output<typeof limitsSchema>;

/** Without the keys that nobody wrote. */
export function givenLimits(fields: LimitsFields): Partial<Limits> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function givenChip({ limits, ...fields }: z.output<typeof chipSchema>): ChipLimits {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return limits ? { ...given, limits: givenLimits(limits) } : given;
}

/** What a limit lacks, and where: charge and energy are foreseen with a conductance that the chip must give. */
export function findMistakeInLimits(limits: Partial<Limits>, chip: ChipLimits): Mistake | undefined {
  const { largestConductance_S } = chip;
  const vouched = largestConductance_S === undefined ? {} : { largestConductance_S };
  const mistake = findLimitsMistake(strictest(limits, chip.limits ?? {}, vouched));
  if (!mistake) return undefined;
  const path = limits[mistake.field] === undefined ? ["chip", "limits"] : ["limits"];
  return { path: [...path, mistake.field], reason: mistake.reason };
}
