import type { RunData } from "../record/runData.ts";

/** The samples of one column during one step, joined. NaN where a sample was lost or a line floats. */
export interface Trace {
  readonly step: number;
  readonly column: number;
  readonly startTime_s: number;
  readonly samplePeriod_s: number;
  readonly voltage_V: Float64Array;
  readonly current_A: Float64Array;
  readonly lost: number;
  readonly overloads: number;
}

/** Joins the blocks of every column of a step; a hole between blocks keeps its place as NaN. */
export function gatherTraces(run: RunData, step: number): Trace[] {
  const parts = new Map<
    number,
    {
      start: number;
      period: number;
      pieces: { at: number; v: Float64Array; i: Float64Array }[];
      lost: number;
      overloads: number;
    }
  >();
  for (const { block } of run.blocks(step)) {
    let part = parts.get(block.channel);
    if (!part) {
      part = { start: block.startTime_s, period: block.samplePeriod_s, pieces: [], lost: 0, overloads: 0 };
      parts.set(block.channel, part);
    }
    const at = Math.max(0, Math.round((block.startTime_s - part.start) / part.period));
    part.pieces.push({ at, v: block.voltage_V, i: block.current_A });
    part.lost += block.lost;
    for (const over of block.overload) part.overloads += over;
  }
  return [...parts]
    .sort(([a], [b]) => a - b)
    .map(([column, part]) => {
      const length = part.pieces.reduce((end, piece) => Math.max(end, piece.at + piece.i.length), 0);
      const voltage_V = new Float64Array(length).fill(Number.NaN);
      const current_A = new Float64Array(length).fill(Number.NaN);
      for (const piece of part.pieces) {
        voltage_V.set(piece.v, piece.at);
        current_A.set(piece.i, piece.at);
      }
      return {
        step,
        column,
        startTime_s: part.start,
        samplePeriod_s: part.period,
        voltage_V,
        current_A,
        lost: part.lost,
        overloads: part.overloads,
      };
    });
}
