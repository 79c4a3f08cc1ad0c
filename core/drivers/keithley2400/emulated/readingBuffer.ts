import { ScpiError } from "../../scpi/language/scpiError.ts";
import { formatScpi, SCPI_NAN } from "../../scpi/language/parameters.ts";
import type { Calculated } from "./calculations.ts";
import { ELEMENTS, type MeterReading } from "./meter.ts";

/** Readings, or what :CALCulate1 or 2 made of them. */
export type BufferSource = "SENS1" | "CALC1" | "CALC2";

/** The buffer behind :TRACe. */
export class ReadingBuffer {
  #size = 100;
  #readings: MeterReading[] = [];
  #feeding = false;
  #source: BufferSource = "SENS1";
  /** Results of :CALCulate1 or 2 in place of readings, where those are stored. */
  #results: number[] = [];

  get size(): number {
    return this.#size;
  }

  get feeding(): boolean {
    return this.#feeding;
  }

  get source(): BufferSource {
    return this.#source;
  }

  /** What is stored from now on; what is there goes. @throws ScpiError 800 */
  choose(source: BufferSource): void {
    this.clear();
    this.#source = source;
  }

  get count(): number {
    return this.#readings.length;
  }

  get full(): boolean {
    return this.#readings.length >= this.#size;
  }

  /** @throws ScpiError 800 while it is being filled */
  resize(size: number): void {
    this.#check();
    this.#size = size;
    this.#forget();
  }

  /** @throws ScpiError 800 */
  clear(): void {
    this.#check();
    this.#forget();
  }

  feed(on: boolean): void {
    // a new filling starts from the beginning
    if (on && !this.#feeding) this.#forget();
    this.#feeding = on;
  }

  /** @returns whether this one filled it */
  take(reading: MeterReading, { math, tested }: Pick<Calculated, "math" | "tested">): boolean {
    if (!this.#feeding) return false;
    this.#readings.push(reading);
    if (this.#source !== "SENS1") this.#results.push((this.#source === "CALC1" ? math : tested) ?? SCPI_NAN);
    if (!this.full) return false;
    this.#feeding = false;
    return true;
  }

  print(elements: ReadonlySet<string>): string {
    if (this.#source !== "SENS1") return this.#results.map((result) => formatScpi(result)).join(",");
    return printReadings(this.#readings, elements);
  }

  /** Mean, standard deviation, maximum, minimum or peak to peak of voltage, current and resistance. @throws ScpiError -230 when it is empty */
  statistic(kind: string, elements: ReadonlySet<string>): string {
    if (this.#readings.length === 0) throw new ScpiError(-230);
    if (this.#source !== "SENS1") return formatScpi(summarise(kind, this.#results));
    return (["VOLT", "CURR", "RES"] as const)
      .filter((element) => elements.has(element))
      .map((element) =>
        formatScpi(
          summarise(
            kind,
            this.#readings.map((reading) => reading[element]),
          ),
        ),
      )
      .join(",");
  }

  #forget(): void {
    this.#readings = [];
    this.#results = [];
  }

  #check(): void {
    if (this.#feeding) throw new ScpiError(800);
  }
}

/** Voltage, current, resistance, time, status: in this order, whatever order was asked for. */
export function printReadings(readings: readonly MeterReading[], elements: ReadonlySet<string>): string {
  const chosen = ELEMENTS.filter((element) => elements.has(element));
  return readings.flatMap((reading) => chosen.map((element) => formatScpi(reading[element]))).join(",");
}

function summarise(kind: string, values: readonly number[]): number {
  const known = values.filter((value) => value !== SCPI_NAN);
  if (known.length === 0) return SCPI_NAN;
  const largest = known.reduce((most, value) => Math.max(most, value), -Infinity);
  const least = known.reduce((most, value) => Math.min(most, value), Infinity);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  switch (kind) {
    case "MAX":
      return largest;
    case "MIN":
      return least;
    case "PKPK":
      return largest - least;
    case "SDEV":
      return Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, known.length - 1));
    default:
      return mean;
  }
}
