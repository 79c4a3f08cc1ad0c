import type { ExponentialFit } from "../analysis/expFit.ts";
import { formatSI } from "../units.ts";

/** A figure with its unit for people; an en dash where there is none. */
export function quantity(value: number | null | undefined, unit: string, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (unit === "") return minus(pure(value, digits));
  // what no prefix reaches is rounding more often than physics
  const tiny = value !== 0 && Math.abs(value) < SMALLEST;
  return minus(tiny ? `${value.toExponential(1)} ${unit}` : formatSI(value, unit, digits));
}

/** Below a thousandth of the smallest prefix (atto). */
const SMALLEST = 1e-21;

function pure(value: number, digits: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5)
    ? value.toExponential(digits - 1)
    : String(Number(value.toPrecision(digits)));
}

function minus(text: string): string {
  return text.replace(/^-|(?<=e)-/gu, "−");
}

export function percent(value: number, digits = 3): string {
  return Number.isFinite(value) ? `${quantity(100 * value, "", digits)} %` : "–";
}

/** "8 ps (7.4 ps to 8.6 ps)". */
export function withInterval(value: number, interval: readonly [number, number], unit: string): string {
  return `${quantity(value, unit)} (${quantity(interval[0], unit)} to ${quantity(interval[1], unit)})`;
}

export function describeExponential(fit: ExponentialFit): string {
  return fit.form === "decay" ? "A₀ + A₁ exp(−Δt/τ)" : "A₀ + A₁ (1 − exp(−Δt/τ))";
}

/** "3 loops", "1 loop". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** "currentRange_A" 2e-10 is 200 pA: the unit of a number is the end of its name. */
export function describeSetting(name: string, value: unknown): string {
  const [, numerator = "", denominator] = /_([A-Za-z]+)(?:_([A-Za-z]+))?$/.exec(name) ?? [];
  if (typeof value !== "number" || numerator === "") return String(value);
  return quantity(value, denominator === undefined ? numerator : `${numerator}/${denominator}`);
}
