import type { Quantity } from "../ranges.ts";
import { type CalculationSettings, resetCalculations } from "./calculations.ts";

export interface SourceSettings {
  mode: "FIX" | "LIST" | "SWE";
  level: number;
  /** Full scale without overrange; what "auto" has chosen when auto is on. */
  range: number;
  auto: boolean;
  start: number;
  stop: number;
  step: number;
  list: number[];
}

export interface SenseSettings {
  range: number;
  auto: boolean;
  /** Compliance while the other quantity is sourced. */
  protection: number;
  /** Auto ranging goes no lower; 0 is no bound. */
  lowest: number;
}

/** Everything that *RST sets, at its values after *RST (user's manual, tables 18-4 to 18-9, as public device tests assert them). */
export interface Settings {
  output: boolean;
  offMode: string;
  terminals: string;
  remoteSense: boolean;
  source: Quantity | "MEM";
  sources: Record<Quantity, SourceSettings>;
  senses: Record<Quantity, SenseSettings>;
  overVoltage_V: number;
  functions: Set<Quantity | "RES">;
  concurrent: boolean;
  resistance: { range: number; auto: boolean; mode: string };
  nplc: number;
  filter: { on: boolean; count: number; control: string };
  delay_s: number;
  delayAuto: boolean;
  clearAuto: boolean;
  sweep: { points: number; spacing: string; ranging: string; abort: string; direction: string };
  arm: { count: number; source: string; timer_s: number; inputLine: number; outputLine: number; output: string };
  trigger: { count: number; source: string; delay_s: number; inputLine: number; outputLine: number; output: string };
  /** Locations of a memory sweep. */
  memory: { start: number; points: number };
  calculations: CalculationSettings;
  elements: Set<string>;
  statistic: string;
  autoZero: boolean;
  display: boolean;
  /** What is kept and asked back and moves nothing, by its header. */
  kept: Map<string, string | number | boolean>;
}

const source = (range: number): SourceSettings => ({
  mode: "FIX",
  level: 0,
  range,
  auto: true,
  start: 0,
  stop: 0,
  step: 0,
  list: [0],
});

export function resetSettings(): Settings {
  return {
    output: false,
    offMode: "NORM",
    terminals: "FRON",
    remoteSense: false,
    source: "VOLT",
    sources: { VOLT: source(20), CURR: source(1e-4) },
    senses: {
      VOLT: { range: 20, auto: true, protection: 21, lowest: 0 },
      CURR: { range: 1e-4, auto: true, protection: 1.05e-4, lowest: 0 },
    },
    overVoltage_V: 210,
    functions: new Set(["VOLT", "CURR"]),
    concurrent: true,
    resistance: { range: 2e5, auto: true, mode: "AUTO" },
    nplc: 1,
    filter: { on: false, count: 10, control: "REP" },
    delay_s: 0.001,
    delayAuto: true,
    clearAuto: false,
    sweep: { points: 2500, spacing: "LIN", ranging: "BEST", abort: "NEV", direction: "UP" },
    arm: { count: 1, source: "IMM", timer_s: 0.1, inputLine: 1, outputLine: 2, output: "NONE" },
    trigger: { count: 1, source: "IMM", delay_s: 0, inputLine: 1, outputLine: 2, output: "NONE" },
    memory: { start: 1, points: 1 },
    calculations: resetCalculations(),
    elements: new Set(["VOLT", "CURR", "RES", "TIME", "STAT"]),
    statistic: "MEAN",
    autoZero: true,
    display: true,
    kept: new Map(),
  };
}
