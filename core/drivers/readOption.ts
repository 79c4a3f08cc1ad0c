import { UnsupportedError } from "../errors.ts";
import { parseQuantity } from "../units.ts";

/** A quantity behind the question mark of an address, e.g. `bias=100mV`. @throws UnsupportedError naming the option */
export function readOption(driver: string, key: string, text: string, unit: string): number {
  try {
    return parseQuantity(text, unit);
  } catch (error) {
    throw new UnsupportedError(
      "option",
      `${driver}: ${key}=${text}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
