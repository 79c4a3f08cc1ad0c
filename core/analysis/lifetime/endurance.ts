import { type Distribution, distributionOf } from "./distribution.ts";
import { fitWeibull, type WeibullFit } from "./weibull.ts";
import type { NoFit } from "../expFit.ts";
import { median } from "../statistics.ts";

/** One junction's record: both states read in every cycle (Lanza et al., ACS Nano 15, 17214 (2021), 10.1021/acsnano.1c06980). */
export interface EnduranceRecord {
  readonly name: string;
  /** After the SET and after the RESET of each cycle; NaN where a read was lost. */
  readonly high_S: ArrayLike<number>;
  readonly low_S: ArrayLike<number>;
}

export interface EnduranceLimits {
  /** Smallest ratio high over low that still counts as two states, default 2. */
  readonly window?: number;
  /** So many cycles in a row below it are a failure, default 3: one cycle may be a bad read. */
  readonly inARow?: number;
}

export type FailureMode = "none" | "stuck high" | "stuck low" | "window closed";

export interface JunctionEndurance {
  readonly name: string;
  readonly cycles: number;
  /** high / low of each cycle. */
  readonly window: Float64Array;
  /** First cycle (1-based) of the failing row; null where none failed. */
  readonly failedAt: number | null;
  readonly mode: FailureMode;
  /** Median window of the first tenth and of the last tenth of the cycles before failure. */
  readonly windowAtStart: number;
  readonly windowAtEnd: number;
  /** First cycle at which the window, smoothed over inARow cycles, has lost 10 % of its start: of the benchmark record. */
  readonly lost10At: number | null;
}

export interface EnduranceResult {
  readonly junctions: readonly JunctionEndurance[];
  /** Over all junctions and all cycles before failure. */
  readonly high_S: Distribution;
  readonly low_S: Distribution;
  /** Cycles to failure; junctions that did not fail count as censored at their last cycle. */
  readonly weibull: WeibullFit | NoFit;
  readonly notes: readonly string[];
}

/** @throws RangeError when states were not read in every cycle, or a limit is out of range */
export function analyseEndurance(records: readonly EnduranceRecord[], limits: EnduranceLimits = {}): EnduranceResult {
  const { window: least = 2, inARow = 3 } = limits;
  if (!(least > 1)) throw new RangeError(`window is ${least}, allowed are numbers above 1`);
  if (!(Number.isInteger(inARow) && inARow >= 1)) throw new RangeError(`inARow is ${inARow}, allowed are 1 and more`);
  const junctions = records.map((record) => judge(record, least, inARow));
  const alive = (record: EnduranceRecord, values: ArrayLike<number>) => {
    const at = junctions[records.indexOf(record)]?.failedAt;
    return Array.from(values).slice(0, at === null || at === undefined ? values.length : at - 1);
  };
  const failed = junctions.flatMap(({ failedAt }) => (failedAt === null ? [] : [failedAt]));
  const survived = junctions.flatMap(({ failedAt, cycles }) => (failedAt === null && cycles > 0 ? [cycles] : []));
  const notes: string[] = [];
  if (records.length < 3)
    notes.push(`${records.length} junction(s) say little about a technology: endurance is a matter of many devices`);
  if (survived.length > 0)
    notes.push(`${survived.length} of ${records.length} junctions had not failed at their last cycle`);
  return {
    junctions,
    high_S: distributionOf(records.flatMap((record) => alive(record, record.high_S))),
    low_S: distributionOf(records.flatMap((record) => alive(record, record.low_S))),
    weibull: fitWeibull(failed, survived),
    notes,
  };
}

function judge(record: EnduranceRecord, least: number, inARow: number): JunctionEndurance {
  const { name, high_S, low_S } = record;
  if (high_S.length !== low_S.length)
    throw new RangeError(
      `${name} has ${high_S.length} high reads and ${low_S.length} low ones, both states of every cycle are needed`,
    );
  const cycles = high_S.length;
  const window = Float64Array.from({ length: cycles }, (_, k) => high_S[k]! / low_S[k]!);
  let failedAt: number | null = null;
  let row = 0;
  for (let k = 0; k < cycles && failedAt === null; k++) {
    // a lost read neither ends nor lengthens a row
    if (Number.isNaN(window[k]!)) continue;
    row = window[k]! >= least ? 0 : row + 1;
    if (row === inARow) failedAt = k + 1;
  }
  if (failedAt !== null) failedAt = firstOfRow(window, failedAt, inARow);
  const lived = failedAt === null ? cycles : failedAt - 1;
  const tenth = Math.max(1, Math.floor(lived / 10));
  const windowAtStart = median(window.subarray(0, tenth));
  let lost10At: number | null = null;
  for (let k = inARow; k <= cycles && lost10At === null; k++)
    if (median(window.subarray(k - inARow, k)) < 0.9 * windowAtStart) lost10At = k - inARow + 1;
  return {
    name,
    cycles,
    window,
    failedAt,
    mode: modeOf(record, failedAt),
    windowAtStart,
    windowAtEnd: median(window.subarray(Math.max(0, lived - tenth), lived)),
    lost10At,
  };
}

/** Walks back over lost reads to the first cycle of the failing row, 1-based. */
function firstOfRow(window: Float64Array, last: number, inARow: number): number {
  let left = inARow;
  let k = last;
  while (left > 0 && k > 0) {
    k--;
    if (!Number.isNaN(window[k]!)) left--;
  }
  return k + 1;
}

/** Where the two states met: near the high level of before, near the low one, or between (by thirds of the logarithmic window). */
function modeOf({ high_S, low_S }: EnduranceRecord, failedAt: number | null): FailureMode {
  if (failedAt === null) return "none";
  const before = (values: ArrayLike<number>) => median(Array.from(values).slice(0, failedAt - 1));
  const after = (values: ArrayLike<number>) => median(Array.from(values).slice(failedAt - 1));
  const [high, low] = [before(high_S), before(low_S)];
  const met = Math.sqrt(Math.abs(after(high_S) * after(low_S)));
  const place = Math.log(met / low) / Math.log(high / low);
  if (!Number.isFinite(place)) return "window closed";
  return place > 2 / 3 ? "stuck high" : place < 1 / 3 ? "stuck low" : "window closed";
}
