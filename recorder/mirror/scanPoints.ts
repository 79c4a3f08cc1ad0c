import { RecordError } from "../../core/errors.ts";
import type { FieldValue } from "../../core/record/lineProtocol.ts";
import type { StepBlock } from "../sampleTable.ts";
import type { Lanes } from "./lanes.ts";
import { toNanoseconds } from "./runStamp.ts";
import { fieldOf, type LineMaker } from "./series.ts";

export const SAMPLES = "crosspore_samples";

/** Blocks that were sampled together: the same step, times and lane, each of another column. */
interface Scan {
  readonly blocks: readonly StepBlock[];
  readonly lane: number;
}

/**
 * Every sample: one point per moment, two fields per column. Columns that come in another batch write the same point
 * again with their own fields, which the server joins. A lost sample has no current, and its moment is there.
 * @throws RecordError for samples closer than a nanosecond, which the server cannot tell apart
 */
export function* scanLines(maker: LineMaker, lanes: Lanes, blocks: readonly StepBlock[]): Generator<string> {
  for (const { blocks: scan, lane } of groupScans(lanes, blocks)) {
    const [first] = scan;
    if (!first) continue;
    const names = scan.map(({ block: { channel } }) => ({
      current: fieldOf("current_A", channel),
      voltage: fieldOf("voltage_V", channel),
      overload: fieldOf("overload", channel),
    }));
    const step = BigInt(first.step);
    const { startTime_s, samplePeriod_s, current_A } = first.block;
    for (let n = 0; n < current_A.length; n++) {
      const fields: [string, FieldValue][] = [["step", step]];
      for (const [k, name] of names.entries()) {
        const block = scan[k]?.block;
        fields.push([name.current, block?.current_A[n]], [name.voltage, block?.voltage_V[n]]);
        if (block?.overload[n]) fields.push([name.overload, true]);
      }
      const time_ns = toNanoseconds(startTime_s + n * samplePeriod_s);
      const line = maker.make(SAMPLES, { lane: String(lane) }, time_ns, fields);
      if (line !== undefined) yield line;
    }
  }
}

function* groupScans(lanes: Lanes, blocks: readonly StepBlock[]): Generator<Scan> {
  let scan: StepBlock[] = [];
  let lane = 0;
  for (const entry of blocks) {
    const own = laneOf(lanes, entry);
    const [first] = scan;
    if (first && !(own === lane && isSampledWith(first, entry) && scan.every((other) => isOtherColumn(other, entry)))) {
      yield { blocks: scan, lane };
      scan = [];
    }
    scan.push(entry);
    lane = own;
  }
  if (scan.length > 0) yield { blocks: scan, lane };
}

function laneOf(lanes: Lanes, { step, block }: StepBlock): number {
  const { channel, startTime_s, samplePeriod_s, current_A } = block;
  if (current_A.length > 1 && samplePeriod_s < 1e-9)
    throw new RecordError(
      `step ${step}, column ${channel}: a sample every ${samplePeriod_s} s, at most one per nanosecond can be mirrored; mirror windows instead`,
    );
  const last_ns = toNanoseconds(startTime_s + (current_A.length - 1) * samplePeriod_s);
  return lanes.take(step, channel, toNanoseconds(startTime_s), last_ns);
}

function isSampledWith(a: StepBlock, b: StepBlock): boolean {
  return (
    a.step === b.step &&
    a.block.startTime_s === b.block.startTime_s &&
    a.block.samplePeriod_s === b.block.samplePeriod_s &&
    a.block.current_A.length === b.block.current_A.length
  );
}

function isOtherColumn(a: StepBlock, b: StepBlock): boolean {
  return a.block.channel !== b.block.channel;
}
