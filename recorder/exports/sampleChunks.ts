import { RecordError } from "../../core/errors.ts";
import { describeSteps } from "./describeSteps.ts";
import type { OpenedRun } from "../openRun.ts";

/** Where a step was meant for junctions of several rows, or for none. */
export const NO_ROW = -1;

/** Some rows of the sample table, column by column. The arrays are used again for the next chunk. */
export interface SampleChunk {
  readonly rows: number;
  readonly step: Int32Array;
  readonly time_s: Float64Array;
  /** The row that the step was meant for, `NO_ROW` when it was meant for several. */
  readonly row: Int16Array;
  readonly column: Int16Array;
  readonly voltage_V: Float64Array;
  readonly current_A: Float64Array;
  readonly overload: Uint8Array;
}

export type SampleColumn = Exclude<keyof SampleChunk, "rows">;

/** The numeric columns of the sample table, in their order, with unit and meaning. */
export const SAMPLE_COLUMNS: readonly { readonly name: SampleColumn; readonly unit: string; readonly about: string }[] =
  [
    { name: "step", unit: "1", about: "joins with the steps" },
    { name: "time_s", unit: "s", about: "on the array's clock, since the start of the run" },
    { name: "row", unit: "1", about: "driven row that the step was meant for, -1 where it was meant for several" },
    { name: "column", unit: "1", about: "sensed column" },
    { name: "voltage_V", unit: "V", about: "row minus column, as commanded; NaN where either floats" },
    { name: "current_A", unit: "A", about: "positive out of the column; NaN where the sample was lost" },
    { name: "overload", unit: "1", about: "1 where the amplifier saturated" },
  ];

/**
 * The samples of a run in chunks of at most `rows`; memory does not grow with the run.
 * Every NaN leaves with the same bits, so that check sums of two formats agree.
 * @throws RecordError when a batch no longer verifies
 */
export function* sampleChunks(run: OpenedRun, rows: number): Generator<SampleChunk, void, undefined> {
  const step = new Int32Array(rows);
  const time_s = new Float64Array(rows);
  const row = new Int16Array(rows);
  const column = new Int16Array(rows);
  const voltage_V = new Float64Array(rows);
  const current_A = new Float64Array(rows);
  const overload = new Uint8Array(rows);
  const cut = (length: number): SampleChunk => ({
    rows: length,
    step: step.subarray(0, length),
    time_s: time_s.subarray(0, length),
    row: row.subarray(0, length),
    column: column.subarray(0, length),
    voltage_V: voltage_V.subarray(0, length),
    current_A: current_A.subarray(0, length),
    overload: overload.subarray(0, length),
  });
  const steps = describeSteps(run.events);
  let filled = 0;
  for (const { step: number, block } of run.blocks()) {
    const meant = steps.get(number)?.row ?? NO_ROW;
    if (meant > 0x7fff) throw new RecordError(`${run.folder}: row ${meant}, allowed are 0 to 32767`);
    for (let n = 0; n < block.current_A.length; n++) {
      step[filled] = number;
      time_s[filled] = block.startTime_s + n * block.samplePeriod_s;
      row[filled] = meant;
      column[filled] = block.channel;
      voltage_V[filled] = plainNaN(block.voltage_V[n]);
      current_A[filled] = plainNaN(block.current_A[n]);
      overload[filled] = block.overload[n] ?? 0;
      if (++filled === rows) {
        yield cut(rows);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield cut(filled);
}

function plainNaN(value: number | undefined): number {
  return value === undefined || Number.isNaN(value) ? Number.NaN : value;
}
