import { SCPI_NAN, SCPI_OVERFLOW } from "../../scpi/language/parameters.ts";
import { STATUS } from "../statusWord.ts";
import type { MeterReading } from "./meter.ts";

/** Factory expressions of :CALCulate1; those of two readings compare the one before with this one. */
export const EXPRESSIONS = ["POWER", "OFFCOMPOHM", "VOLTCOEF", "VARALPHA"] as const;
export type Expression = (typeof EXPRESSIONS)[number];
export type Feed = "CALC" | "VOLT" | "CURR" | "RES";

/** Tests by number: 1 is compliance, 4 belongs to the contact check of other models. */
export const LIMIT_NUMBERS = [2, 3, 5, 6, 7, 8, 9, 10, 11, 12] as const;

export interface Limit {
  on: boolean;
  lower: number;
  upper: number;
}

/** :CALCulate1 and :CALCulate2; a reset brings back what `resetCalculations` gives. */
export interface CalculationSettings {
  math: { on: boolean; expression: Expression };
  nulled: { on: boolean; offset: number };
  feed: Feed;
  /** Whether the test of compliance fails in compliance (or out of it). */
  compliance: { on: boolean; failsIn: boolean };
  limits: Map<number, Limit>;
}

export function resetCalculations(): CalculationSettings {
  return {
    math: { on: false, expression: "POWER" },
    nulled: { on: false, offset: 0 },
    feed: "VOLT",
    compliance: { on: false, failsIn: true },
    limits: new Map(LIMIT_NUMBERS.map((number) => [number, { on: false, lower: -1, upper: 1 }])),
  };
}

/** What :CALCulate1 and :CALCulate2 make of one reading. */
export interface Calculated {
  /** Undefined where math is off. */
  readonly math: number | undefined;
  /** What the limits are asked of, less the null offset; undefined where neither a null nor a limit is on. */
  readonly tested: number | undefined;
  /** 1 is compliance; `side` tells which bound was passed. */
  readonly failed: ReadonlyMap<number, "low" | "high">;
  /** Bits of the status word. */
  readonly status: number;
}

export function calculate(
  settings: CalculationSettings,
  reading: MeterReading,
  before: MeterReading | undefined,
): Calculated {
  const { math, nulled, feed, compliance, limits } = settings;
  const result = math.on ? evaluate(math.expression, reading, before) : undefined;
  const active = [...limits].filter(([, limit]) => limit.on);
  const testing = compliance.on || active.length > 0;
  const fed = feed === "CALC" ? (result ?? SCPI_NAN) : reading[feed];
  const value = isNumber(fed) && nulled.on ? fed - nulled.offset : fed;
  const failed = new Map<number, "low" | "high">();
  if (compliance.on && reading.limited === compliance.failsIn) failed.set(1, "high");
  for (const [number, { lower, upper }] of active) {
    if (!isNumber(value)) failed.set(number, "high");
    else if (value < lower) failed.set(number, "low");
    else if (value > upper) failed.set(number, "high");
  }
  return {
    math: result,
    tested: testing || nulled.on ? value : undefined,
    failed,
    status: (math.on ? STATUS.math : 0) | (nulled.on ? STATUS.nulled : 0) | (testing ? STATUS.limitTest : 0),
  };
}

function evaluate(expression: Expression, now: MeterReading, before: MeterReading | undefined): number {
  if (expression === "POWER") return known([now.VOLT, now.CURR], ([voltage, current]) => voltage * current);
  if (!before) return SCPI_NAN;
  const values = [before.VOLT, before.CURR, now.VOLT, now.CURR];
  return known(values, ([v1, i1, v2, i2]) => {
    switch (expression) {
      case "OFFCOMPOHM":
        return (v2 - v1) / (i2 - i1);
      case "VARALPHA":
        return Math.log(i2 / i1) / Math.log(v2 / v1);
      case "VOLTCOEF":
        // percent per volt
        return ((v2 / i2 - v1 / i1) / ((v2 / i2) * (v2 - v1))) * 100;
    }
  });
}

type Four = readonly [number, number, number, number];

function known(values: readonly number[], compute: (values: Four) => number): number {
  if (!values.every(isNumber)) return SCPI_NAN;
  const [a = 0, b = 0, c = 0, d = 0] = values;
  const result = compute([a, b, c, d]);
  return Number.isFinite(result) ? result : Math.sign(result) * SCPI_OVERFLOW || SCPI_NAN;
}

function isNumber(value: number): boolean {
  return Math.abs(value) < SCPI_OVERFLOW;
}
