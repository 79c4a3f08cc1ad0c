import { LimitError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { formatSI } from "../units.ts";
import type { Checks } from "./commandChecks.ts";
import type { JunctionPast } from "./junctionHistory.ts";
import type { JunctionDrive } from "./stretch.ts";

/** The checks of what lines and junctions bear, by name; see commandChecks.ts. */
export interface DriveFacts {
  readonly drive: JunctionDrive;
  readonly limits: Limits;
  readonly where: string;
}

/** `past` is what the junction has borne in the run before this command. */
export interface PastFacts extends DriveFacts {
  readonly past: JunctionPast;
}

/** Steps up to this share of the largest voltage are rounding. */
const ROUNDING = 1e-9;

const allow = (quantity: string, unit: string, asked: number, allowed: number, where: string, sign = "") => {
  if (!(asked <= allowed))
    throw new LimitError(quantity, formatSI(asked, unit, 6), `${sign}${formatSI(allowed, unit, 6)}`, where);
};

/** Largest step of a line or a junction, the ones from and to rest included. */
function largestStep_V({ step_V, first_V, last_V }: JunctionDrive): number {
  return Math.max(step_V, Math.abs(first_V), Math.abs(last_V));
}

const isStep = (drive: JunctionDrive) => largestStep_V(drive) > ROUNDING * drive.largest_V;

/** Of a line against ground. */
export const LINE_CHECKS: Checks<DriveFacts> = {
  "line slew": ({ drive, limits, where }) => allow("slew", "V/s", drive.slew_V_s, limits.slew_V_s, where),
  "line steps": ({ drive, limits, where }) => {
    if (isStep(drive)) allow("slew", "V/s", Infinity, limits.slew_V_s, where);
  },
};

/** Of a junction during one command. */
export const JUNCTION_CHECKS: Checks<DriveFacts> = {
  voltage: ({ drive, limits, where }) =>
    allow("voltage", "V", drive.largest_V, Math.min(limits.voltage_V, Number.MAX_VALUE), where, "±"),
  slew: ({ drive, limits, where }) => allow("slew", "V/s", drive.slew_V_s, limits.slew_V_s, where),
  steps: ({ drive, limits, where }) => {
    if (isStep(drive)) allow("slew", "V/s", Infinity, limits.slew_V_s, where);
  },
  "foreseen current": ({ drive, limits, where }) => {
    if (limits.largestConductance_S === Infinity) return;
    allow("current", "A", drive.largest_V * limits.largestConductance_S, limits.current_A, where, "±");
  },
  dwell: ({ drive, limits, where }) => allow("dwell", "s", drive.longest_s, limits.dwell_s, where),
  duty: ({ drive, limits, where }) => checkDuty(drive.burst.largest_s, limits, where),
};

/** Of a junction over the run. */
export const PAST_CHECKS: Checks<PastFacts> = {
  "dwell over commands": ({ drive, past, limits, where }) =>
    allow("dwell", "s", past.dwelling_s + drive.leading_s, limits.dwell_s, where),
  "duty over commands": ({ drive, past, limits, where }) =>
    checkDuty(past.burst_s + drive.burst.beginning_s, limits, where),
  charge: ({ drive, past, limits, where }) => {
    if (limits.charge_C === Infinity) return;
    const charge_C = (past.dose_Vs + drive.dose_Vs) * limits.largestConductance_S;
    allow("charge", "C", charge_C, limits.charge_C, where);
  },
  energy: ({ drive, past, limits, where }) => {
    if (limits.energy_J === Infinity) return;
    const energy_J = (past.square_V2s + drive.square_V2s) * limits.largestConductance_S;
    allow("energy", "J", energy_J, limits.energy_J, where);
  },
};

function checkDuty(excess_s: number, { duty, dutyWindow_s, dwellAbove_V }: Limits, where: string): void {
  if (duty === 1 || excess_s <= duty * dutyWindow_s * (1 + ROUNDING)) return;
  throw new LimitError(
    "duty",
    `${formatSI(excess_s, "s", 6)} above ${formatSI(dwellAbove_V, "V", 6)} beyond ${formatSI(100 * duty, "%", 6)} of the time`,
    formatSI(duty * dutyWindow_s, "s", 6),
    where,
  );
}
