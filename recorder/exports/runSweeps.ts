import { RecordError } from "../../core/errors.ts";
import type { Tag } from "../../core/recordings/recording.ts";
import type { OpenedRun } from "../openRun.ts";

/** A run as recordings of amplifiers are: sweeps of the same channels at one rate. */
export interface RunSweeps {
  /** Columns of the array that were sensed, ascending. */
  readonly columns: readonly number[];
  /** Every column saw the same voltage, so that one channel holds it. */
  readonly oneVoltage: boolean;
  readonly channels: readonly { readonly name: string; readonly unit: string }[];
  readonly samplePeriod_s: number;
  readonly sweeps: readonly RunSweep[];
  readonly tags: readonly Tag[];
  readonly overloads: number;
  readonly lost: number;
}

export interface RunSweep {
  readonly step: number;
  readonly startTime_s: number;
  readonly points: number;
}

/**
 * Goes through a run once and says how it becomes sweeps: every step with samples is one.
 * @throws RecordError where the steps have several rates, or there is no sample
 */
export function findRunSweeps(run: OpenedRun): RunSweeps {
  const columns = new Set<number>();
  const sweeps = new Map<number, { start: number; period: number; end: number }>();
  let [oneVoltage, overloads, lost] = [true, 0, 0];
  // what the first column of a step saw so far, where another one has to be compared with it
  let first: { step: number; start: number; voltage_V: Float64Array } | undefined;
  for (const { step, block } of run.blocks()) {
    const { channel, startTime_s, samplePeriod_s, current_A, voltage_V } = block;
    columns.add(channel);
    const sweep = sweeps.get(step) ?? { start: startTime_s, period: samplePeriod_s, end: 0 };
    sweeps.set(step, sweep);
    if (Math.abs(samplePeriod_s / sweep.period - 1) > 1e-9)
      throw new RecordError(`${run.folder}: step ${step} has samples every ${sweep.period} s and ${samplePeriod_s} s`);
    const at = placeOf(startTime_s, sweep);
    sweep.end = Math.max(sweep.end, at + current_A.length);
    lost += block.lost;
    for (const over of block.overload) overloads += over;
    if (first?.step === step && first.start === startTime_s) oneVoltage &&= sameValues(first.voltage_V, voltage_V);
    else first = { step, start: startTime_s, voltage_V };
  }
  const periods = [...new Set([...sweeps.values()].map(({ period }) => Number(period.toPrecision(9))))];
  if (periods.length === 0) throw new RecordError(`${run.folder}: the run holds no samples, a recording needs some`);
  if (periods.length > 1)
    throw new RecordError(
      `${run.folder}: steps have samples every ${periods.slice(0, 4).join(", ")}${periods.length > 4 ? ", ..." : ""} s, a recording holds one rate; csv, parquet, hdf5 and nwb hold all`,
    );
  const ordered = [...columns].sort((a, b) => a - b);
  const voltages = oneVoltage ? ["voltage"] : ordered.map((column) => `voltage ${column}`);
  return {
    columns: ordered,
    oneVoltage,
    channels: [
      ...ordered.map((column) => ({ name: `column ${column}`, unit: "pA" })),
      ...voltages.map((name) => ({ name, unit: "mV" })),
    ],
    samplePeriod_s: periods[0]!,
    sweeps: [...sweeps].map(([step, { start, end }]) => ({ step, startTime_s: start, points: end })),
    tags: run.events.flatMap((event) =>
      event.kind === "marked" ? [{ time_s: event.time_s, kind: "comment" as const, text: event.label }] : [],
    ),
    overloads,
    lost,
  };
}

function placeOf(startTime_s: number, { start, period }: { start: number; period: number }): number {
  return Math.max(0, Math.round((startTime_s - start) / period));
}

function sameValues(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, k) => Object.is(value, b[k]) || value === b[k]);
}

/** Most samples of a column that wait for those of another. */
const MOST_WAITING = 1 << 24;

/**
 * The samples of every sweep in picoampere and millivolt, interleaved by channel, in pieces; NaN where a sample is missing.
 * Memory holds what one column is ahead of another.
 */
export function* interleave(run: OpenedRun, shape: RunSweeps): Generator<Float64Array, void, undefined> {
  const { columns, oneVoltage, channels, samplePeriod_s } = shape;
  const width = channels.length;
  for (const { step, startTime_s, points } of shape.sweeps) {
    // samples from `done` on that are known of every column, as pieces that may overlap no others
    const buffer = new Map<number, { at: number; current_A: Float64Array; voltage_V: Float64Array }[]>();
    const reached = new Map(columns.map((column) => [column, 0]));
    let done = 0;
    const emit = function* (upTo: number): Generator<Float64Array, void, undefined> {
      if (upTo <= done) return;
      const out = new Float64Array((upTo - done) * width).fill(Number.NaN);
      columns.forEach((column, slot) => {
        const rest: { at: number; current_A: Float64Array; voltage_V: Float64Array }[] = [];
        for (const piece of buffer.get(column) ?? []) {
          const { at, current_A, voltage_V } = piece;
          for (let n = Math.max(0, done - at); n < current_A.length && at + n < upTo; n++) {
            const row = (at + n - done) * width;
            // a sum with 0 turns -0, which text and readers lose, into 0
            out[row + slot] = current_A[n]! * 1e12 + 0;
            const voltage = oneVoltage ? columns.length : columns.length + slot;
            out[row + voltage] = voltage_V[n]! * 1e3 + 0;
          }
          if (at + current_A.length > upTo) rest.push(piece);
        }
        buffer.set(column, rest);
      });
      done = upTo;
      yield out;
    };
    for (const { block } of run.blocks(step)) {
      const at = placeOf(block.startTime_s, { start: startTime_s, period: samplePeriod_s });
      const pieces = buffer.get(block.channel) ?? [];
      pieces.push({ at, current_A: block.current_A, voltage_V: block.voltage_V });
      buffer.set(block.channel, pieces);
      reached.set(block.channel, Math.max(reached.get(block.channel) ?? 0, at + block.current_A.length));
      const common = Math.min(...reached.values());
      const ahead = Math.max(...reached.values());
      yield* emit(common);
      // a column that is silent for long was lost: what the others have goes out with its gap
      if (ahead - done > MOST_WAITING) yield* emit(ahead - MOST_WAITING / 2);
    }
    yield* emit(points);
  }
}
