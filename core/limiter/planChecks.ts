import { LimitError } from "../errors.ts";
import { formatSI } from "../units.ts";
import type { Checks } from "./commandChecks.ts";

/** What an instrument's own form of an admitted command must keep: see `redeemForPlans` in limiter.ts. */
export interface PlanFacts {
  readonly voltage_V: Float64Array;
  /** Largest |V_row - V_column| that was judged. */
  readonly largest_V: number;
  readonly where: string;
}

/** Sums of times and voltages differ in their last places. */
const ROUNDING = 1e-12;

export const PLAN_CHECKS: Checks<PlanFacts> = {
  "voltage of a plan": ({ voltage_V, largest_V, where }) => {
    const beyond = voltage_V.find((voltage) => !(Math.abs(voltage) <= largest_V * (1 + ROUNDING)));
    if (beyond !== undefined)
      throw new LimitError("voltage of a plan", formatSI(beyond, "V", 6), `±${formatSI(largest_V, "V", 6)}`, where);
  },
};
