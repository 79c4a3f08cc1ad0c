import { formatSI } from "crosspore";

const PREFIXED = new Set(["s", "S", "V", "A", "W", "J", "Hz", "C", "F", "m", "ohm", "Pa"]);

/** With a prefix where the unit takes one; "0.1 mM" and plain numbers otherwise. */
export function formatQuantity(value: number, unit: string, digits = 5): string {
  if (PREFIXED.has(unit)) return formatSI(value, unit, digits);
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5)
      ? value.toExponential(digits - 1).replace(/\.?0*e\+?/u, "e")
      : String(Number(value.toPrecision(digits)));
  return unit === "" ? text : `${text} ${unit}`;
}
