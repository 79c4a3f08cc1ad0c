import type { ArrayBackend } from "../arrayBackend.ts";
import { type WriteVerifyInput, writeVerify } from "../protocol/library/writeVerify.ts";
import type { RunData } from "../record/runData.ts";
import { type MemoryRunOptions, runInMemory } from "../runInMemory.ts";
import { summariseWrites, writeOutcomes, type WriteOutcome, type WriteSummary } from "./writeSummary.ts";

export interface Programmed {
  readonly outcomes: readonly WriteOutcome[];
  readonly summary: WriteSummary;
  /** All of it, ready for analysis. */
  readonly run: RunData;
}

/**
 * Writes a map of conductances into any array by reads and pulses alone, as a run like any other: planned, checked, ending safe.
 * @param targets_S rows x columns, row-major; NaN leaves a junction as it is
 * @throws as `runInMemory` does; RangeError when the map does not fit. Junctions that fail are outcomes, no errors.
 */
export async function programArray(
  array: ArrayBackend,
  targets_S: Float64Array,
  rules: Omit<WriteVerifyInput, "cells" | "target_S" | "targets_S">,
  options: MemoryRunOptions = {},
): Promise<Programmed> {
  const { rows, columns } = array.grid;
  if (targets_S.length !== rows * columns)
    throw new RangeError(`${targets_S.length} targets do not fit ${rows} x ${columns} junctions`);
  const chosen = Array.from(targets_S.keys()).filter((k) => !Number.isNaN(targets_S[k]));
  if (chosen.length === 0) throw new RangeError("no junction has a target");
  const protocol = writeVerify({
    ...rules,
    cells: chosen.map((k) => [Math.floor(k / columns), k % columns] as const),
    targets_S: chosen.map((k) => targets_S[k] ?? 0),
  });
  const run = await runInMemory(array, protocol, options);
  const outcomes = writeOutcomes(run);
  return { outcomes, summary: summariseWrites(outcomes), run };
}
