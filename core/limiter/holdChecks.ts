import type { ArrayBackend } from "../arrayBackend.ts";
import { LimitError, UnsupportedError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { formatSI } from "../units.ts";
import type { Checks } from "./commandChecks.ts";

/** A level other than 0 V at which an array waits while a run is paused; nobody knows for how long. */
export interface HoldFacts {
  readonly level_V: number;
  readonly limits: Limits;
  readonly array: Pick<ArrayBackend, "capabilities" | "hold">;
}

const shown = (voltage_V: number) => formatSI(voltage_V, "V", 6);

/** The checks of a hold level, by name; see commandChecks.ts. */
export const HOLD_CHECKS: Checks<HoldFacts> = {
  "hold voltage": ({ level_V, limits }) => {
    if (!(Math.abs(level_V) <= limits.voltage_V))
      throw new LimitError("voltage", shown(level_V), `±${shown(limits.voltage_V)}`, "hold_V");
  },
  "hold without end": ({ level_V, limits }) => {
    const counts = limits.dwell_s !== Infinity ? "dwell" : limits.duty < 1 ? "duty" : undefined;
    if (counts !== undefined && Math.abs(level_V) > limits.dwellAbove_V)
      throw new LimitError(
        "hold level",
        shown(level_V),
        `±${shown(limits.dwellAbove_V)}, the ${counts} limit counts above it`,
      );
  },
  "hold without dose": ({ level_V, limits }) => {
    if (limits.charge_C !== Infinity || limits.energy_J !== Infinity)
      throw new LimitError("hold level", shown(level_V), "0 V, charge or energy are limited");
  },
  "hold without steps": ({ level_V, limits }) => {
    if (limits.slew_V_s !== Infinity)
      throw new LimitError("hold level", shown(level_V), "0 V, slew is limited and a hold begins with a step");
  },
  "hold is in reach": ({ level_V, array }) => {
    const { clock, holdRange_V, name } = array.capabilities;
    // a virtual clock stands still during a pause: whatever is held is held for no time
    if (clock === "virtual") return;
    if (!holdRange_V || !array.hold)
      throw new UnsupportedError(
        "hold level",
        `hold_V: ${name} can hold 0 V alone between steps, asked are ${shown(level_V)}`,
      );
    const [least, most] = holdRange_V;
    if (level_V < least || level_V > most)
      throw new UnsupportedError(
        "hold level",
        `hold_V: ${name} holds ${least} to ${most} V, asked are ${shown(level_V)}`,
      );
  },
};
