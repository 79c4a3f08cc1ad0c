import type { Pool } from "../../pool.ts";
import type { LineDrives, NetworkSolution } from "../network.ts";

export interface IterativeOptions {
  /** Threads and kernels; absent means those of the calling thread. */
  readonly pool?: Pool;
  /** Stop when the energy norm of the error is this small a part of that of the solution. */
  readonly stop?: number;
  /** Coarse spacing H: 0 for lines alone, 4, 8, 16; absent means by the characteristic length. */
  readonly spacing?: 0 | 4 | 8 | 16;
  /**
   * Arithmetic of the preconditioner, `f32` unless told otherwise. Residual, directions and potentials are doubles in
   * either: the attainable residual is the same, the iterations are the same within one or two.
   */
  readonly preconditioner?: "f32" | "f64";
}

/** What every solve says about itself. */
export interface IterativeReport {
  readonly iterations: number;
  /** The algorithm, and everything that had to be tried before it. */
  readonly method: string;
}

export interface IterativeSolution extends NetworkSolution, IterativeReport {}

export interface ColumnCurrents extends IterativeReport {
  /** As in NetworkSolution. */
  readonly columnCurrent_A: Float64Array;
  readonly relativeResidual: number;
}

export interface SolveOptions {
  /**
   * `previous` starts from the row nodes of the solve before (drives that changed little); a list gives them, volt,
   * row-major; `foreseen` starts where they are going at `time_s`, by the solves before that were begun like this. Absent
   * means cold: from the drives alone.
   */
  readonly initial?: "previous" | "foreseen" | Float64Array;
  /** The instant that is solved for, seconds; goes with `foreseen`. */
  readonly time_s?: number;
  /**
   * A battery in series with every junction, volt, row-major: i = G (w - b - battery). Linearised junctions are this
   * (nonlinear/). `relativeResidual` is NaN then: who put the batteries there knows what they stand for.
   */
  readonly battery_V?: Float64Array;
  /** Relative error of the column currents that is good enough, where 1e-9 is not what is needed. */
  readonly accuracy?: number;
  /**
   * Currents below this part of the largest keep the absolute accuracy of one at the limit; default 1e-6. 1 asks for errors
   * relative to the largest current.
   */
  readonly smallestCurrent?: number;
  /** false: do without the residual, a pass over the array; `relativeResidual` is NaN. */
  readonly residual?: boolean;
}

export interface IterativeSolver extends Disposable {
  /** New junction conductances, siemens, row-major; copied. Factors the lines: about 2 ns per junction. */
  update(conductance_S: Float64Array): void;
  /** All node potentials and currents. The lists of a solution are its own. */
  solve(drives: LineDrives, options?: SolveOptions): IterativeSolution;
  /** Currents of the columns only: what a product needs, without the pass over the rows and 16 bytes per junction. */
  solveCurrents(drives: LineDrives, options?: SolveOptions): ColumnCurrents;
  /**
   * Node potentials for 1 A pushed into W(row, column) and taken out of B(row, column), every driven end at 0 V (so: ohm).
   * What a change of this junction does to the array (solve/compiled/junctionUpdates.ts). Forgets the last solve.
   */
  respond(row: number, column: number): { readonly rowNode_V: Float64Array; readonly columnNode_V: Float64Array };
  /** Row and column nodes of the last solve, volt, row-major. */
  nodes(): { readonly rowNode_V: Float64Array; readonly columnNode_V: Float64Array };
  /** The same into lists of the caller. */
  readNodes(rowNode_V: Float64Array, columnNode_V: Float64Array): void;
  /** Row node less column node of every junction, volt, row-major, into a list of the caller. */
  readDrops(drop_V: Float64Array): void;
  /** The instants before tell nothing about what follows: the next `foreseen` is `previous`. */
  forget(): void;
  readonly stats: SolverStats;
}

export interface SolverStats {
  readonly solves: number;
  readonly iterations: number;
  readonly factorisations: number;
  /** Coarse spacing in use, 0 = none. */
  readonly spacing: number;
  /** Bytes of kernel memory held. */
  readonly bytes: number;
}
