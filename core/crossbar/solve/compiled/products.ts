import type { Pool } from "../../pool.ts";
import type { JunctionChange } from "./junctionUpdates.ts";
import type { MakeSolves } from "./linearSolves.ts";
import type { Precision } from "./packedMatrix.ts";

export interface ProductOptions {
  /** Potentials of the bottom ends of the columns, volt; absent = 0 V. Where `ends` leave a column open it is ignored. */
  readonly column_V?: Float64Array;
  /** Potentials of the connected top ends, volt; absent = 0 V. */
  readonly topColumn_V?: Float64Array;
  /** Direct solves of one state before it is compiled: break-even is 9 products at 64 x 64, 20 at 1024 x 1024. Default 10. */
  readonly compileAfter?: number;
  /**
   * Junctions that may differ from the compiled state before it is compiled again. Default 15. Besides, no more than 5 may be
   * new since the last product: each of them costs one solve, and a compilation (one thread) costs 5 at 64 x 64, 10 at
   * 256 x 256 and above. None are patched by a solver that cannot (LinearSolves.respond).
   */
  readonly updateLimit?: number;
  /** Of compiled products. Default f64. */
  readonly precision?: Precision;
  /** Makes the direct solver of a state. Default: elimination up to 32 x 32, then conjugate gradients. */
  readonly makeSolves?: MakeSolves;
  readonly pool?: Pool;
  /** Milliseconds of any steady clock, for the times in the statistics. */
  readonly now_ms?: () => number;
}

/** What served the products; goes into the run record. */
export interface ProductStatistics {
  /** Vectors served by each method. */
  readonly direct: number;
  readonly compiled: number;
  readonly updated: number;
  readonly compilations: number;
  /** Time spent in all compilations, ms; 0 without a clock. */
  readonly compile_ms: number;
  /** Junctions by which the current state differs from the compiled one. */
  readonly changedJunctions: number;
  /**
   * Largest difference between a compiled product and a direct solve of the same input, over the largest current;
   * absent before there was a compilation to check.
   */
  readonly errorEstimate?: number;
  readonly solver: string;
  readonly kernels: string;
  /** Why the products are served as they are, in one sentence. */
  readonly decision: string;
}

/** Products of one array with row potentials: direct solves at first, the effective matrix once that pays. */
export interface ProductEngine extends Disposable {
  /**
   * Column currents, ampere, positive out of the array.
   * @param inputs_V batch x rows row potentials, volt (for both ends of a row that is driven at both)
   * @returns batch x columns
   * @throws RangeError when the length is no multiple of the rows or a potential of a driven row is not finite
   */
  multiply(inputs_V: Float64Array): Float64Array;
  /** Changes junctions: a list of them, or the whole map of rows * columns conductances (siemens). */
  update(change: readonly JunctionChange[] | Float64Array): void;
  /** The effective matrix of the current state, rows x columns, siemens; compiled now if it was not. */
  effectiveMatrix(): Float64Array;
  stats(): ProductStatistics;
}
