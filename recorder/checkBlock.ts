import type { SampleBlock } from "../core/arrayBackend.ts";
import { RecordError } from "../core/errors.ts";
import { LARGEST_BLOCK_ROWS } from "./folderLayout.ts";

/** @throws RecordError when a block cannot be what an array measured */
export function checkBlock(step: number, block: SampleBlock, folder: string): void {
  const rows = block.current_A.length;
  if (block.voltage_V.length !== rows || block.overload.length !== rows)
    throw new RecordError(
      `${folder}: a sample block has ${rows} currents, ${block.voltage_V.length} voltages and ${block.overload.length} overload flags, expected as many of each`,
    );
  if (!Number.isFinite(block.startTime_s) || !Number.isFinite(block.samplePeriod_s))
    throw new RecordError(`${folder}: a sample block starts at ${block.startTime_s} s every ${block.samplePeriod_s} s`);
  if (!Number.isInteger(step) || step < 0 || step > 0x7fffffff)
    throw new RecordError(`${folder}: samples of step ${step}, allowed are integers from 0 to 2147483647`);
  if (!Number.isInteger(block.channel) || block.channel < 0 || block.channel > 0x7fff)
    throw new RecordError(`${folder}: samples of column ${block.channel}, allowed are integers from 0 to 32767`);
}

/** The same samples in blocks that fit into one message; nothing for an empty one. */
export function* splitBlock(block: SampleBlock): Generator<SampleBlock, void, undefined> {
  const rows = block.current_A.length;
  if (rows === 0) return;
  if (rows <= LARGEST_BLOCK_ROWS) return yield block;
  for (let at = 0; at < rows; at += LARGEST_BLOCK_ROWS) {
    const end = Math.min(rows, at + LARGEST_BLOCK_ROWS);
    const current_A = block.current_A.subarray(at, end);
    yield {
      ...block,
      startTime_s: block.startTime_s + at * block.samplePeriod_s,
      current_A,
      voltage_V: block.voltage_V.subarray(at, end),
      overload: block.overload.subarray(at, end),
      lost: block.lost === 0 ? 0 : current_A.reduce((lost, value) => lost + (Number.isNaN(value) ? 1 : 0), 0),
    };
  }
}
