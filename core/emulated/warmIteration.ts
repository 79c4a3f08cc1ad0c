import type { Grid } from "../crossbar/grid.ts";
import { type ConnectedEnds, connectedEnds, sameEnds } from "../crossbar/solve/connectedEnds.ts";
import { createIterativeSolver, type IterativeSolver } from "../crossbar/solve/iterative/index.ts";
import { largestChange } from "../crossbar/foresee.ts";
import type { Lines } from "./config.ts";
import type { NodePotentials, NodeSolver } from "./nodeSolver.ts";
import { PastVoltages } from "./pastVoltages.ts";

/**
 * A conductance that moved by less than this part since the last solution does not ask for a new one: potentials and
 * currents are then off by about as much.
 */
export const CONDUCTANCE_TOLERANCE = 1e-7;
/** Error that column currents may have while junctions move, relative to the largest of them. */
const ACCURACY = 1e-7;

/**
 * Node potentials by two-level line-PCG (solve/iterative), each solve begun where the rows are going: row potentials
 * extrapolated quadratically in time from the last three solutions, as long as drives and states move smoothly.
 * One or two iterations then do, instead of about ten.
 */
export class WarmIteration implements NodeSolver {
  readonly #grid: Grid;
  readonly #lines: Lines;
  #solver: { readonly ends: ConnectedEnds; readonly iterative: IterativeSolver } | undefined;
  /** Conductances and drives of the last solution. */
  readonly #last_S: Float64Array;
  readonly #lastRow_V: Float64Array;
  readonly #lastColumn_V: Float64Array;
  /** Row potentials of earlier solutions, and where the guess is written. */
  readonly #past: PastVoltages;
  readonly #guess_V: Float64Array;

  constructor(grid: Grid, lines: Lines) {
    const count = grid.rows * grid.columns;
    this.#grid = grid;
    this.#lines = lines;
    this.#last_S = new Float64Array(count);
    this.#lastRow_V = new Float64Array(grid.rows);
    this.#lastColumn_V = new Float64Array(grid.columns);
    this.#guess_V = new Float64Array(count);
    this.#past = new PastVoltages(count);
  }

  get factorings(): number {
    return this.#solver?.iterative.stats.factorisations ?? 0;
  }

  get sweeps(): number {
    return this.#solver?.iterative.stats.iterations ?? 0;
  }

  solve(
    nodes: NodePotentials,
    effective_S: Float64Array,
    row_V: Float64Array,
    column_V: Float64Array,
    time_s?: number,
  ): void {
    const drives = { row_V, column_V };
    const ends = connectedEnds(this.#grid, drives);
    const fresh = !this.#solver || !sameEnds(this.#solver.ends, ends);
    const moved = fresh || largestChange(this.#last_S, effective_S) > CONDUCTANCE_TOLERANCE;
    const driven = !sameDrives(this.#lastRow_V, row_V) || !sameDrives(this.#lastColumn_V, column_V);
    if (!moved && !driven) return;
    const iterative = fresh ? this.#open(ends, effective_S) : this.#solver?.iterative;
    if (!iterative) return;
    if (moved) {
      if (!fresh) iterative.update(effective_S);
      this.#last_S.set(effective_S);
    }
    this.#lastRow_V.set(row_V);
    this.#lastColumn_V.set(column_V);
    const guessed = this.#past.count > 2 && !Number.isNaN(this.#past.foresee(time_s ?? Number.NaN, this.#guess_V));
    const initial = fresh ? {} : { initial: guessed ? this.#guess_V : ("previous" as const) };
    const { columnCurrent_A } = iterative.solveCurrents(drives, {
      ...initial,
      accuracy: ACCURACY,
      smallestCurrent: 1,
      residual: false,
    });
    nodes.columnCurrent_A.set(columnCurrent_A);
    iterative.readNodes(nodes.rowNode_V, nodes.columnNode_V);
    if (time_s === undefined) this.forget();
    else this.#past.remember(time_s, nodes.rowNode_V);
  }

  /** Somebody else moved the potentials: the next drive is solved whatever it is. */
  reset(): void {
    this.forget();
    this.#lastRow_V.fill(Number.POSITIVE_INFINITY);
  }

  /** A jump of the drive: nothing before it tells where the potentials go. */
  forget(): void {
    this.#past.forget();
  }

  /** Gives kernel memory back. */
  [Symbol.dispose](): void {
    this.#solver?.iterative[Symbol.dispose]();
    this.#solver = undefined;
  }

  #open(ends: ConnectedEnds, conductance_S: Float64Array): IterativeSolver {
    this[Symbol.dispose]();
    this.forget();
    const iterative = createIterativeSolver({ ...this.#grid, ...this.#lines, conductance_S }, ends);
    this.#solver = { ends, iterative };
    return iterative;
  }
}

function sameDrives(a: Float64Array, b: Float64Array): boolean {
  for (let k = 0; k < a.length; k++) if (!Object.is(a[k], b[k])) return false;
  return true;
}
