import { UnsupportedError } from "../errors.ts";
import { parseQuantity } from "../units.ts";

/** For a driver that takes none. @throws UnsupportedError naming the first */
export function refuseOptions(driver: string, options: ReadonlyMap<string, string>): void {
  const [first] = options.keys();
  if (first !== undefined) throw new UnsupportedError("option", `${driver} takes no options, ${first} is none`);
}

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
