import type { Capabilities } from "./arrayBackend.ts";
import { ProtocolError } from "./errors.ts";

/**
 * What may be done to each junction of a run. The strictest of experiment, chip, instrument and junction model holds.
 * Checked before anything moves (core/limiter); a refusal names the quantity, what was asked and what is allowed.
 * A junction's voltage is what its lines are commanded to, before the drops of the lines.
 */
export interface Limits {
  /** Largest |V| between any row and any column. */
  readonly voltage_V: number;
  /** Largest |I| per column; a reading beyond it trips the run. */
  readonly current_A: number;
  /** Fastest ramp of a line and of a junction; steps are exempt only where this is Infinity. */
  readonly slew_V_s: number;
  /** Longest uninterrupted time at more than `dwellAbove_V`. */
  readonly dwell_s: number;
  readonly dwellAbove_V: number;
  /** Above `dwellAbove_V` for at most duty x (T + dutyWindow_s) within any stretch of time T; 1 is no limit. */
  readonly duty: number;
  readonly dutyWindow_s: number;
  /** Integral of |i| dt over the run. */
  readonly charge_C: number;
  /** Integral of |i v| dt over the run. */
  readonly energy_J: number;
  /**
   * No limit but what somebody vouches for: no junction conducts better. Current, charge and energy are foreseen with
   * it; charge and energy cannot be limited without. Of several the largest counts.
   */
  readonly largestConductance_S: number;
}

/** No limit at all: what an emulated array takes where its model's range and the experiment say nothing. */
export const NO_LIMITS: Limits = {
  voltage_V: Infinity,
  current_A: Infinity,
  slew_V_s: Infinity,
  dwell_s: Infinity,
  dwellAbove_V: 0,
  duty: 1,
  dutyWindow_s: Infinity,
  charge_C: Infinity,
  energy_J: Infinity,
  largestConductance_S: Infinity,
};

/** The chip behind the array, as far as limits go. */
export interface ChipLimits {
  /** Of the membrane that holds the pores. Measured arrays are then limited to 0.1 V per nanometre. */
  readonly membraneThickness_m?: number;
  /** The user knows that the membrane's default is exceeded, as in controlled breakdown. */
  readonly membraneAcknowledged?: boolean;
  readonly largestConductance_S?: number;
  readonly limits?: Partial<Limits>;
}

/**
 * 0.1 V/nm, a quarter of the weakest field at which silicon nitride is pierced on purpose: 0.4 to 1 V/nm
 * (Fried et al. 2021, 10.1002/smll.202102543; Kwok et al. 2014, 10.1371/journal.pone.0092880).
 */
const MEMBRANE_FIELD_V_M = 1e8;
/** Of that, where the outputs stay on when the host falls silent. */
const SHARE_WITHOUT_WATCHDOG = 0.5;

/** The strictest of several sets; sets may name only some quantities. */
export function strictest(...sets: readonly Partial<Limits>[]): Limits {
  const least = (name: keyof Limits) => Math.min(...sets.map((set) => set[name] ?? NO_LIMITS[name]));
  const above = sets.filter(
    ({ dwell_s = Infinity, duty = 1, dwellAbove_V }) => dwell_s !== Infinity || duty !== 1 || dwellAbove_V,
  );
  const vouched = sets.flatMap(({ largestConductance_S: most = Infinity }) => (most === Infinity ? [] : [most]));
  return {
    voltage_V: least("voltage_V"),
    current_A: least("current_A"),
    slew_V_s: least("slew_V_s"),
    dwell_s: least("dwell_s"),
    dwellAbove_V: above.length === 0 ? 0 : Math.min(...above.map((set) => set.dwellAbove_V ?? 0)),
    duty: least("duty"),
    dutyWindow_s: least("dutyWindow_s"),
    charge_C: least("charge_C"),
    energy_J: least("energy_J"),
    largestConductance_S: vouched.length === 0 ? Infinity : Math.max(...vouched),
  };
}

/**
 * The limits of a run: the experiment's, the chip's and the array's own voltage range, which for an emulated array is
 * the valid range of its junction model. A membrane limits measured arrays alone.
 * @throws ProtocolError when a limit is no limit (NaN, below 0) or lacks what it needs
 */
export function limitsInForce(limits: Partial<Limits>, capabilities: Capabilities, chip: ChipLimits = {}): Limits {
  const [least, most] = capabilities.voltageRange_V;
  const { largestConductance_S, membraneThickness_m, membraneAcknowledged = false } = chip;
  const sets: Partial<Limits>[] = [limits, { voltage_V: Math.max(Math.abs(least), Math.abs(most)) }];
  if (chip.limits) sets.push(chip.limits);
  if (largestConductance_S !== undefined) sets.push({ largestConductance_S });
  if (capabilities.source === "measured" && membraneThickness_m !== undefined && !membraneAcknowledged) {
    const share = capabilities.safeOnSilence ? 1 : SHARE_WITHOUT_WATCHDOG;
    sets.push({ voltage_V: share * MEMBRANE_FIELD_V_M * membraneThickness_m });
  }
  for (const set of sets) checkEach(set);
  const inForce = strictest(...sets);
  checkTogether(inForce);
  return inForce;
}

/** Whether somebody who knows the sample limited the voltage; an instrument's range is no such knowledge. */
export function limitsVoltage(limits: Partial<Limits>, chip: ChipLimits = {}): boolean {
  return [limits.voltage_V, chip.limits?.voltage_V, chip.membraneThickness_m].some(
    (value) => (value ?? Infinity) < Infinity,
  );
}

/** What is wrong with a set of limits as a whole: the field, and what it lacks. */
export function findLimitsMistake(
  limits: Partial<Limits>,
): { readonly field: keyof Limits; readonly reason: string } | undefined {
  const { duty = 1, dutyWindow_s = Infinity, largestConductance_S = Infinity } = limits;
  if (duty < 1 && dutyWindow_s === Infinity)
    return { field: "duty", reason: "a duty needs dutyWindow_s, over which it may be used up at once" };
  for (const field of ["charge_C", "energy_J"] as const)
    if ((limits[field] ?? Infinity) !== Infinity && largestConductance_S === Infinity)
      return {
        field,
        reason: "foreseen with the largest conductance, which nobody gives: write chip.largestConductance_S",
      };
  return undefined;
}

function checkEach(limits: Partial<Limits>): void {
  for (const [field, value] of Object.entries(limits))
    if (value !== undefined && !(value >= 0 && (field !== "duty" || value <= 1)))
      throw mistaken(field, `${value} is no limit, allowed are values from 0${field === "duty" ? " to 1" : ""}`);
}

function checkTogether(limits: Limits): void {
  const mistake = findLimitsMistake(limits);
  if (mistake) throw mistaken(mistake.field, mistake.reason);
}

function mistaken(field: string, reason: string): ProtocolError {
  return new ProtocolError({ file: "limits", line: 0, column: 0, path: field }, reason);
}
