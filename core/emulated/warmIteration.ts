import type { Grid } from "../crossbar/grid.ts";
import { type ConnectedEnds, connectedEnds, sameEnds } from "../crossbar/solve/connectedEnds.ts";
import { createIterativeSolver, type IterativeSolver } from "../crossbar/solve/iterative/index.ts";
import type { Lines } from "./config.ts";
import type { NodePotentials, NodeSolver } from "./nodeSolver.ts";

/**
 * A conductance that moved by less than this part since the last solution does not ask for a new one: potentials and
 * currents are then off by about as much.
 */
export const CONDUCTANCE_TOLERANCE = 1e-7;
/** Relative error that column currents may have while junctions move. */
const ACCURACY = 1e-8;

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
  /** Row potentials of earlier solutions, newest first, and where the guess is written. */
  #past: { time_s: number; readonly row_V: Float64Array }[] = [];
  readonly #guess_V: Float64Array;
  readonly #spare: Float64Array[];

  constructor(grid: Grid, lines: Lines) {
    const count = grid.rows * grid.columns;
    this.#grid = grid;
    this.#lines = lines;
    this.#last_S = new Float64Array(count);
    this.#lastRow_V = new Float64Array(grid.rows);
    this.#lastColumn_V = new Float64Array(grid.columns);
    this.#guess_V = new Float64Array(count);
    this.#spare = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
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
    const guessed = time_s !== undefined && this.#extrapolate(time_s);
    const initial = fresh ? {} : { initial: guessed ? this.#guess_V : ("previous" as const) };
    const { columnCurrent_A } = iterative.solveCurrents(drives, { ...initial, accuracy: ACCURACY });
    nodes.columnCurrent_A.set(columnCurrent_A);
    const found = iterative.nodes();
    nodes.rowNode_V.set(found.rowNode_V);
    nodes.columnNode_V.set(found.columnNode_V);
    this.#remember(time_s, found.rowNode_V);
  }

  /** Somebody else moved the potentials: the next drive is solved whatever it is. */
  reset(): void {
    this.forget();
    this.#lastRow_V.fill(Number.POSITIVE_INFINITY);
  }

  /** A jump of the drive: nothing before it tells where the potentials go. */
  forget(): void {
    for (const { row_V } of this.#past) this.#spare.push(row_V);
    this.#past = [];
  }

  #open(ends: ConnectedEnds, conductance_S: Float64Array): IterativeSolver {
    this.#solver?.iterative[Symbol.dispose]();
    this.#solver = undefined;
    this.forget();
    const iterative = createIterativeSolver({ ...this.#grid, ...this.#lines, conductance_S }, ends);
    this.#solver = { ends, iterative };
    return iterative;
  }

  #remember(time_s: number | undefined, row_V: Float64Array): void {
    const newest = this.#past[0];
    if (time_s === undefined || (newest && !(time_s >= newest.time_s))) return this.forget();
    const slot = newest?.time_s === time_s ? newest : { time_s, row_V: this.#spare.pop() ?? this.#past.pop()?.row_V };
    if (!slot.row_V) return;
    slot.row_V.set(row_V);
    if (slot !== newest) this.#past.unshift({ time_s, row_V: slot.row_V });
  }

  /** Lagrange's parabola through the last three instants. */
  #extrapolate(time_s: number): boolean {
    const [a, b, c] = this.#past;
    if (!a || !b || !c || !(time_s > a.time_s)) return false;
    const [x, y, z] = [time_s - a.time_s, time_s - b.time_s, time_s - c.time_s];
    const first = (y * z) / ((y - x) * (z - x));
    const second = (x * z) / ((x - y) * (z - y));
    const third = (x * y) / ((x - z) * (y - z));
    const [p, q, r, guess] = [a.row_V, b.row_V, c.row_V, this.#guess_V];
    for (let k = 0; k < guess.length; k++) guess[k] = first * (p[k] ?? 0) + second * (q[k] ?? 0) + third * (r[k] ?? 0);
    return true;
  }
}

/** Largest |b - a| / |b|; a conductance that appears or vanishes counts as a change of 1 or more. */
function largestChange(a: Float64Array, b: Float64Array): number {
  let largest = 0;
  for (let k = 0; k < a.length; k++) {
    const now = b[k] ?? 0;
    const change = Math.abs(now - (a[k] ?? 0));
    if (change > largest * now) largest = now > 0 ? change / now : 1;
  }
  return largest;
}

function sameDrives(a: Float64Array, b: Float64Array): boolean {
  for (let k = 0; k < a.length; k++) if (!Object.is(a[k], b[k])) return false;
  return true;
}
