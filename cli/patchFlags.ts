import { InvalidArgumentError } from "commander";
import { ProtocolError } from "../core/errors.ts";
import { parseQuantity } from "../core/units.ts";

/** A flag with a unit. */
export const quantityOf = (unit: string) => (text: string) => {
  try {
    return parseQuantity(text, unit);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : `expected a quantity in ${unit}`);
  }
};

export const refusePatch = (reason: string) =>
  new ProtocolError({ file: "patch", line: 0, column: 0, path: "" }, reason);

/** "5kHz", or with its poles "5kHz,8". */
export function parseBessel(text: string): { readonly corner_Hz: number; readonly order: 4 | 8 } {
  const [corner = "", poles = "4", ...rest] = text.split(",").map((part) => part.trim());
  if (rest.length > 0 || !/^[48]$/u.test(poles))
    throw new InvalidArgumentError("expected a corner such as 5kHz, with 4 or 8 poles such as 5kHz,8.");
  const corner_Hz = quantityOf("Hz")(corner);
  if (!(corner_Hz > 0)) throw new InvalidArgumentError("allowed are corners above 0 Hz.");
  return { corner_Hz, order: poles === "8" ? 8 : 4 };
}
