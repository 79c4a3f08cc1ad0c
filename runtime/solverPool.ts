import { availableParallelism } from "node:os";
import type { Pool } from "../core/crossbar/pool.ts";
import { openWorkerPool } from "./workerPool.ts";

/**
 * Below this many junctions (362 x 362) a pass over the array is too short for a second thread to gain: at 256 x 256 both
 * are alike, at 512 x 512 two threads take two thirds of the time (docs/performance.md).
 */
export const SMALLEST_SHARED = 2 ** 17;
/** The passes are bound by memory: more threads only wait for it. */
const MOST_THREADS = 4;

/** Threads for the solvers of a large array; nothing for a small one. The bits of the results are the same. */
export function openSolverPool({
  rows,
  columns,
}: {
  readonly rows: number;
  readonly columns: number;
}): Pool | undefined {
  const threads = Math.min(availableParallelism(), MOST_THREADS);
  return rows * columns < SMALLEST_SHARED || threads === 1 ? undefined : openWorkerPool({ threads });
}
