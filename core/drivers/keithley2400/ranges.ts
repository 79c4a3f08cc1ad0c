/** Full scales of a Model 2400; 5 % more can be sourced and measured. */
export const VOLTAGE_RANGES_V = [0.2, 2, 20, 200] as const;
export const CURRENT_RANGES_A = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1] as const;
export const OVERRANGE = 1.05;

/** Above this voltage the current is bounded more tightly: 21 V at 1.05 A, 210 V at 105 mA. */
export const POWER_CORNER = { voltage_V: 21, current_A: 0.105 } as const;

/** Steps of the source: 5 uV of the 200 mV range, 50 pA of the 1 uA range (5 1/2 digits and a half). */
const VOLTAGE_STEP = 2.5e-5;
const CURRENT_STEP = 5e-5;
/** Steps of the measurement: 5 1/2 digits, 1 uV of the 200 mV range, 10 pA of the 1 uA range. */
const VOLTAGE_READING_STEP = 5e-6;
const CURRENT_READING_STEP = 1e-5;

export type Quantity = "VOLT" | "CURR";

/** The most sensitive range that holds a value, as full scale without overrange; undefined beyond the widest. */
export function findRange(quantity: Quantity, value: number): number | undefined {
  const ranges: readonly number[] = quantity === "VOLT" ? VOLTAGE_RANGES_V : CURRENT_RANGES_A;
  return ranges.find((full) => Math.abs(value) <= full * OVERRANGE * (1 + 1e-9));
}

/** What the converter of the source makes of a level. */
export function quantiseLevel(quantity: Quantity, level: number, full: number): number {
  return toStep(level, full * (quantity === "VOLT" ? VOLTAGE_STEP : CURRENT_STEP));
}

/** What the converter of the meter makes of a value. */
export function quantiseReading(quantity: Quantity, value: number, full: number): number {
  return toStep(value, full * (quantity === "VOLT" ? VOLTAGE_READING_STEP : CURRENT_READING_STEP));
}

function toStep(value: number, step: number): number {
  return Math.round(value / step) * step;
}
