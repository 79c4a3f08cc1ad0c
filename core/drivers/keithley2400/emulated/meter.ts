import type { HeldSource } from "../../emulation/heldSource.ts";
import { SCPI_NAN, SCPI_OVERFLOW, formatScpi } from "../../scpi/language/parameters.ts";
import { findRange, OVERRANGE, type Quantity, quantiseLevel, quantiseReading } from "../ranges.ts";
import { STATUS } from "../statusWord.ts";
import type { Settings } from "./settings.ts";

/** One source-delay-measure cycle. */
export interface MeterReading {
  readonly VOLT: number;
  readonly CURR: number;
  readonly RES: number;
  readonly TIME: number;
  readonly STAT: number;
  /** Whether a limit held, for sweeps that end there. */
  readonly limited: boolean;
}

export const ELEMENTS = ["VOLT", "CURR", "RES", "TIME", "STAT"] as const;

/** What the firmware adds to a cycle beside delay and conversions, s: not in the manual's tables, a guess of ours. */
export const CYCLE_OVERHEAD_S = 0.5e-3;
/** Test currents of automatic ohms by range, A. */
const OHMS_CURRENT_A: readonly (readonly [number, number])[] = [
  [20, 0.1],
  [200, 1e-2],
  [2e3, 1e-3],
  [2e4, 1e-4],
  [2e5, 1e-5],
  [2e6, 1e-6],
  [2e7, 1e-6],
  [2e8, 1e-7],
];
export const OHMS_RANGES = OHMS_CURRENT_A.map(([full]) => full);
/** Voltage limit of automatic ohms, V. */
const OHMS_LIMIT_V = 21;

/** Source and converters of the instrument. */
export class Meter {
  readonly #source: HeldSource;
  readonly #settings: () => Settings;
  readonly #lineFrequency_Hz: () => number;
  readonly #now_s: () => number;
  #timeZero_s: number;
  /** Whether the protection keeps the source below its level. */
  #cut = false;

  constructor(source: HeldSource, settings: () => Settings, lineFrequency_Hz: () => number, now_s: () => number) {
    this.#source = source;
    this.#settings = settings;
    this.#lineFrequency_Hz = lineFrequency_Hz;
    this.#now_s = now_s;
    this.#timeZero_s = now_s();
  }

  resetTime(): void {
    this.#timeZero_s = this.#now_s();
  }

  /** The smaller of compliance and, with a fixed measurement range, what that range holds. */
  limits(measured: Quantity): { readonly limit: number; readonly byRange: boolean } {
    const { protection, range, auto } = this.#settings().senses[measured];
    const held = range * OVERRANGE;
    return !auto && held < protection ? { limit: held, byRange: true } : { limit: protection, byRange: false };
  }

  /** Puts the present settings, or a level of a sweep, on the terminals. */
  async apply(level?: number, range?: number): Promise<void> {
    const settings = this.#settings();
    if (!settings.output) return this.#source.set({ kind: "off" });
    const quantity = settings.source === "CURR" ? "CURR" : "VOLT";
    const own = settings.sources[quantity];
    const value = quantiseLevel(quantity, level ?? own.level, range ?? own.range);
    const { limit } = this.limits(quantity === "VOLT" ? "CURR" : "VOLT");
    const most_V = settings.overVoltage_V;
    if (quantity === "VOLT") {
      const held_V = Math.max(-most_V, Math.min(most_V, value));
      this.#cut = held_V !== value;
      await this.#source.set({ kind: "voltage", level: held_V, limit });
    } else {
      this.#cut = false;
      await this.#source.set({ kind: "current", level: value, limit: Math.min(limit, most_V) });
    }
  }

  /** Waits the delay, converts, tells. @param delay_s source delay and trigger delay together */
  async measure(delay_s: number, signal: AbortSignal): Promise<MeterReading> {
    const settings = this.#settings();
    if (settings.functions.has("RES") && settings.resistance.mode === "AUTO") await this.#applyOhms();
    const aperture_s = settings.nplc / this.#lineFrequency_Hz();
    const functions = settings.functions.has("RES") ? 2 : Math.max(1, settings.functions.size);
    const zeroing = settings.autoZero ? 3 : 1;
    const filtered = settings.filter.on && settings.filter.control === "REP" ? settings.filter.count : 1;
    const converting_s = aperture_s * functions * zeroing * filtered;
    const held = await this.#source.hold(delay_s + CYCLE_OVERHEAD_S + converting_s, aperture_s, signal);
    return this.#convert(held.voltage_V, held.current_A, held.limited);
  }

  async #applyOhms(): Promise<void> {
    const { resistance } = this.#settings();
    let [, current_A] = OHMS_CURRENT_A.find(([full]) => full >= resistance.range) ?? [0, 1e-5];
    const apply = () => this.#source.set({ kind: "current", level: current_A, limit: OHMS_LIMIT_V });
    await apply();
    if (!resistance.auto) return;
    // down to a range whose test current the device carries
    for (const [full, test_A] of OHMS_CURRENT_A) {
      current_A = test_A;
      await apply();
      const { voltage_V, limited } = await this.#source.hold(1e-3, 1e-4);
      resistance.range = full;
      if (!limited && Math.abs(voltage_V / test_A) <= full * OVERRANGE) break;
    }
  }

  #convert(voltage_V: number, current_A: number, limited: boolean): MeterReading {
    const { functions, source, resistance, remoteSense, terminals, filter, overVoltage_V } = this.#settings();
    const measures = { VOLT: functions.has("VOLT"), CURR: functions.has("CURR"), RES: functions.has("RES") };
    const sourced = source === "CURR" ? "CURR" : "VOLT";
    const measuredSide = sourced === "VOLT" ? "CURR" : "VOLT";
    const voltage = this.#reading("VOLT", voltage_V);
    const current = this.#reading("CURR", current_A);
    const programmed = (own: Quantity) =>
      sourced === own ? (own === "VOLT" ? voltage.value : current.value) : SCPI_NAN;
    const printed = (value: number) => Number(formatScpi(value));
    const VOLT = printed(measures.VOLT || measures.RES ? voltage.value : programmed("VOLT"));
    const CURR = printed(measures.CURR || measures.RES ? current.value : programmed("CURR"));
    const ohms = CURR === 0 ? SCPI_OVERFLOW : VOLT / CURR;
    const { byRange, limit } = this.limits(measuredSide);
    const protects = this.#cut || (sourced === "CURR" && limited && overVoltage_V < limit);
    const overflow = (measures.VOLT && voltage.over) || (measures.CURR && current.over) || (measures.RES && CURR === 0);
    const bits: readonly (readonly [boolean, number])[] = [
      [overflow, STATUS.overflow],
      [filter.on, STATUS.filter],
      [terminals === "FRON", STATUS.front],
      [limited && !byRange && !protects, STATUS.compliance],
      [protects, STATUS.overVoltage],
      [limited && byRange && !protects, STATUS.rangeCompliance],
      [measures.RES && resistance.mode === "AUTO", STATUS.autoOhms],
      [measures.VOLT, STATUS.voltageMeasured],
      [measures.CURR, STATUS.currentMeasured],
      [measures.RES, STATUS.resistanceMeasured],
      [sourced === "VOLT", STATUS.voltageSourced],
      [sourced === "CURR", STATUS.currentSourced],
      [remoteSense, STATUS.fourWire],
    ];
    return {
      VOLT,
      CURR,
      RES: measures.RES ? (Math.abs(ohms) > SCPI_OVERFLOW ? SCPI_OVERFLOW : printed(ohms)) : SCPI_NAN,
      TIME: this.#now_s() - this.#timeZero_s,
      STAT: bits.reduce((word, [set, bit]) => word + (set ? bit : 0), 0),
      limited,
    };
  }

  /** In steps of the range that it is measured in; beyond it there is no number. */
  #reading(quantity: Quantity, value: number): { readonly value: number; readonly over: boolean } {
    const { range, auto, lowest } = this.#settings().senses[quantity];
    const full = auto ? Math.max(lowest, findRange(quantity, value) ?? range) : range;
    if (Math.abs(value) > full * OVERRANGE * (1 + 1e-6)) return { value: Math.sign(value) * SCPI_OVERFLOW, over: true };
    return { value: quantiseReading(quantity, value, full), over: false };
  }
}
