import { InvalidArgumentError } from "commander";
import { EMULATED_READINESS, type Readiness } from "../core/limiter/blockers.ts";
import { parseQuantity } from "../core/units.ts";

/** A dummy cell has nothing to lose: what a sample would have to be protected from is not asked. */
export const DUMMY_READINESS: Readiness = { ...EMULATED_READINESS, watchdog: "absent" };

/** A flag that takes a quantity, e.g. "1Mohm". */
export const quantityOf = (unit: string) => (text: string) => {
  try {
    return parseQuantity(text, unit);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : `expected a quantity in ${unit}`);
  }
};
