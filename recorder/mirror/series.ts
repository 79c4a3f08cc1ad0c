import {
  encodeFieldValue,
  encodeSeries,
  type FieldValue,
  joinLine,
  LAST_TIME_ns,
} from "../../core/record/lineProtocol.ts";
import type { RunStamp } from "./runStamp.ts";

/** Tags that every point of a run has. */
export interface RunTags {
  readonly array: string;
  readonly source: string;
  readonly slot: string;
}

/** Name of a field of one column or row, e.g. current_A_3. */
export function fieldOf(quantity: string, line: number): string {
  return `${quantity}_${line}`;
}

/** Makes lines of one run; series and names are written once and kept. */
export class LineMaker {
  readonly #stamp: RunStamp;
  readonly #tags: RunTags;
  readonly #run: string;
  readonly #series = new Map<string, string>();
  /** Points whose time no server can hold, e.g. of an instrument whose clock went wild. */
  #skipped = 0;

  constructor(stamp: RunStamp, tags: RunTags) {
    this.#stamp = stamp;
    this.#tags = tags;
    this.#run = `run=${encodeFieldValue(stamp.label)}`;
  }

  get skipped(): number {
    return this.#skipped;
  }

  /**
   * @param tags what tells its series from the others of the measurement
   * @param time_ns from the start of the run
   * @param fields by names that are ours: not escaped
   * @returns undefined for a time that the server cannot hold
   */
  make(
    measurement: string,
    tags: Readonly<Record<string, string>>,
    time_ns: number,
    fields: Iterable<readonly [name: string, value: FieldValue]>,
  ): string | undefined {
    const pairs = [this.#run];
    for (const [name, value] of fields) {
      const text = encodeFieldValue(value);
      if (text !== undefined) pairs.push(`${name}=${text}`);
    }
    const absolute_ns = Number.isFinite(time_ns) ? this.#stamp.start_ns + BigInt(time_ns) : LAST_TIME_ns + 1n;
    const line = joinLine(this.#seriesOf(measurement, tags), pairs, absolute_ns);
    if (line === undefined) this.#skipped += 1;
    return line;
  }

  #seriesOf(measurement: string, tags: Readonly<Record<string, string>>): string {
    const key = `${measurement} ${Object.values(tags).join(" ")}`;
    const series = this.#series.get(key) ?? encodeSeries(measurement, { ...this.#tags, ...tags });
    this.#series.set(key, series);
    return series;
  }
}
