import type { Grid } from "../crossbar/grid.ts";
import type { Capacitances } from "../crossbar/effects/capacitance.ts";
import { type ConnectedEnds, connectedEnds, sameEnds } from "../crossbar/solve/connectedEnds.ts";
import { createIterativeSolver, type IterativeSolver } from "../crossbar/solve/iterative/index.ts";
import { type LinearAnswer, type LinearSolver, plainLinearSolver } from "../crossbar/solve/nonlinear/linearSolver.ts";
import type { Lines } from "./config.ts";
import { hasFloating, sameNumbers } from "./nodeSolver.ts";

/** Error that column currents may have, relative to the largest. */
const ACCURACY = 1e-5;
/** Up to this many lines on the shorter side elimination is the faster one. */
const NARROW = 24;
/** A conductance that moved less than this part asks for no new factors. */
const MOVED = 1e-7;
/** The array right behind a jump of the drive is the one this part of its shortest RC later. */
const EDGE_RC = 1e-3;
/** Networks kept, one per step length. */
const KEPT = 4;

interface Kept {
  readonly dt_s: number;
  readonly ends: ConnectedEnds;
  readonly factor: number;
  readonly solver: LinearSolver | IterativeSolver;
  readonly total_S: Float64Array;
  /** Of the last solution by elimination. */
  answer?: LinearAnswer;
}

/**
 * Node potentials of an array with capacitors, one backward Euler step per solution:
 *
 *   crossing   i = (g + C/dt) u - C/dt u(t - dt)        a conductance g + C/dt and a battery in series with it
 *   stray      source, R_source, node with C to ground:  a source (V/R_s + C/dt v(t - dt)) R' behind R' = 1/(1/R_s + C/dt)
 *
 * Both are what the solvers of solve/ take already. A floating row keeps the charge of its stray capacitance.
 */
export class Companions implements Disposable {
  readonly #grid: Grid;
  #lines: Lines;
  readonly #values: Capacitances;
  /** Row less column node of every junction at the last instant. */
  readonly drop_V: Float64Array;
  readonly #stray_V: Float64Array;
  readonly #strayed_V: Float64Array;
  /** Current out of every row through its junctions, conducted and charging. */
  readonly rowCurrent_A: Float64Array;
  readonly #total_S: Float64Array;
  readonly #battery_V: Float64Array;
  readonly #lastRow_V: Float64Array;
  readonly #lastColumn_V: Float64Array;
  #time_s = Number.NaN;
  #kept: Kept[] = [];
  /** What solved last, and a junction that moved then. */
  #last: Kept | undefined;
  #mover = 0;
  /** Nodes for whoever asks when the solvers are gone. */
  #copies: { readonly rowNode_V: Float64Array; readonly columnNode_V: Float64Array } | undefined;
  solves = 0;

  constructor(grid: Grid, lines: Lines, values: Capacitances) {
    const count = grid.rows * grid.columns;
    this.#grid = grid;
    this.#lines = lines;
    this.#values = values;
    this.drop_V = new Float64Array(count);
    this.#stray_V = new Float64Array(grid.rows);
    this.#strayed_V = new Float64Array(grid.rows);
    this.rowCurrent_A = new Float64Array(grid.rows);
    this.#total_S = new Float64Array(count);
    this.#battery_V = new Float64Array(count);
    this.#lastRow_V = new Float64Array(grid.rows);
    this.#lastColumn_V = new Float64Array(grid.columns);
  }

  /** Shortest time in which a line charges, seconds: its crossings through its own resistance, or its stray capacitance. */
  get shortest_s(): number {
    const { rowSegment_ohm, rowSource_ohm, columnSegment_ohm, columnSense_ohm } = this.#lines;
    const { crossing_F, stray_F } = this.#values;
    const { rows, columns } = this.#grid;
    const of = (segment: Float64Array, end: Float64Array, count: number): number =>
      crossing_F * count * Math.max(...segment.map((ohm, k) => 0.5 * ohm * count + (end[k] ?? 0)));
    const line_s = Math.max(of(rowSegment_ohm, rowSource_ohm, columns), of(columnSegment_ohm, columnSense_ohm, rows));
    return Math.max(line_s, stray_F * Math.max(...rowSource_ohm), 1e-12);
  }

  /** Other wires from now on; charges stay. */
  rewire(lines: Lines): void {
    this[Symbol.dispose]();
    this.#lines = lines;
  }

  /**
   * Junction drops into `drop_V`.
   * @param columnCurrent_A where currents out of the columns go
   * @param time_s absent: at once, like a jump of the drive
   */
  solve(
    columnCurrent_A: Float64Array,
    effective_S: Float64Array,
    row_V: Float64Array,
    column_V: Float64Array,
    time_s = this.#time_s,
  ): void {
    const elapsed_s = time_s - this.#time_s;
    this.#time_s = time_s;
    const same = sameNumbers(this.#lastRow_V, row_V) && sameNumbers(this.#lastColumn_V, column_V);
    if (!(elapsed_s > 0) && same) return;
    this.#lastRow_V.set(row_V);
    this.#lastColumn_V.set(column_V);
    this.#step(columnCurrent_A, effective_S, row_V, column_V, elapsed_s > 0 ? elapsed_s : this.#edge(row_V));
  }

  /** Behind ideal sources and wires capacitors follow a jump at once: no finite current is that one's. */
  #edge(row_V: Float64Array): number {
    const ideal = this.#lines.ideal && !hasFloating(row_V);
    return ideal ? Infinity : EDGE_RC * this.shortest_s;
  }

  #step(
    columnCurrent_A: Float64Array,
    effective_S: Float64Array,
    row_V: Float64Array,
    column_V: Float64Array,
    dt_s: number,
  ): void {
    const { crossing_F, stray_F } = this.#values;
    const [total_S, battery_V, drop_V] = [this.#total_S, this.#battery_V, this.drop_V];
    const companion_S = crossing_F / dt_s;
    for (let k = 0; k < total_S.length; k++) {
      const total = (effective_S[k] ?? 0) + companion_S;
      total_S[k] = total;
      battery_V[k] = total > 0 ? (companion_S * (drop_V[k] ?? 0)) / total : 0;
    }
    const strayed = this.#strayDrives(row_V, dt_s);
    const drives = { row_V: strayed, column_V };
    const kept = this.#network(dt_s, row_V, drives);
    this.solves++;
    if ("work" in kept.solver) this.#eliminate(kept, kept.solver, columnCurrent_A, drives);
    else this.#iterate(kept, kept.solver, columnCurrent_A, drives);
    this.#last = kept;
    this.#copies = undefined;
    // what charges flows beside what is conducted; plain numbers, every step walks through all junctions
    const { columns } = this.#grid;
    for (let i = 0, k = 0; i < row_V.length; i++) {
      let current = 0;
      for (let j = 0; j < columns; j++, k++) current += (total_S[k] ?? 0) * ((drop_V[k] ?? 0) - (battery_V[k] ?? 0));
      this.rowCurrent_A[i] = current;
      if (stray_F > 0) this.#stray_V[i] = (strayed[i] ?? 0) - current * this.#sourceOf(i, row_V, dt_s);
    }
  }

  #eliminate(
    kept: Kept,
    solver: LinearSolver,
    columnCurrent_A: Float64Array,
    drives: { row_V: Float64Array; column_V: Float64Array },
  ): void {
    const answer = solver.solve(drives, this.#battery_V, ACCURACY, false);
    kept.answer = answer;
    columnCurrent_A.set(answer.columnCurrent_A);
    const { rowNode_V, columnNode_V } = answer;
    for (let k = 0; k < this.drop_V.length; k++) this.drop_V[k] = (rowNode_V[k] ?? 0) - (columnNode_V[k] ?? 0);
  }

  /** Begun where the potentials are going, or where another solver left them. */
  #iterate(
    kept: Kept,
    solver: IterativeSolver,
    columnCurrent_A: Float64Array,
    drives: { row_V: Float64Array; column_V: Float64Array },
  ): void {
    const elsewhere = this.#last !== kept && (this.#last ?? this.#copies) !== undefined;
    const begin = elsewhere
      ? { initial: this.nodes_V().rowNode_V }
      : { initial: "foreseen" as const, time_s: this.#time_s };
    const found = solver.solveCurrents(drives, {
      ...begin,
      battery_V: this.#battery_V,
      accuracy: ACCURACY,
      smallestCurrent: 1,
      residual: false,
    });
    columnCurrent_A.set(found.columnCurrent_A);
    solver.readDrops(this.drop_V);
  }

  /** Node potentials of the last solution, row-major. */
  nodes_V(): { readonly rowNode_V: Float64Array; readonly columnNode_V: Float64Array } {
    if (this.#copies) return this.#copies;
    const { answer, solver } = this.#last ?? {};
    if (answer) return answer;
    const rowNode_V = new Float64Array(this.drop_V.length);
    const columnNode_V = new Float64Array(this.drop_V.length);
    if (solver && !("work" in solver)) solver.readNodes(rowNode_V, columnNode_V);
    return { rowNode_V, columnNode_V };
  }

  /** The drive jumped: nothing before it tells where potentials go. */
  jump(): void {
    for (const { solver } of this.#kept) if ("forget" in solver) solver.forget();
  }

  /** Resistance from the companion source of a row to the start of its line. */
  #sourceOf(row: number, row_V: Float64Array, dt_s: number): number {
    const source_ohm = this.#lines.rowSource_ohm[row] ?? 0;
    const { stray_F } = this.#values;
    if (Number.isNaN(row_V[row])) return stray_F === 0 ? source_ohm : dt_s / stray_F;
    return source_ohm === 0 ? 0 : 1 / (1 / source_ohm + stray_F / dt_s);
  }

  #strayDrives(row_V: Float64Array, dt_s: number): Float64Array {
    const { stray_F } = this.#values;
    if (stray_F === 0) return row_V;
    const strayed_V = this.#strayed_V;
    const { rowSource_ohm } = this.#lines;
    for (let i = 0; i < row_V.length; i++) {
      const v = row_V[i] ?? 0;
      const before = this.#stray_V[i] ?? 0;
      const held = (stray_F * (rowSource_ohm[i] ?? 0)) / dt_s;
      strayed_V[i] = Number.isNaN(v) ? before : (v + held * before) / (1 + held);
    }
    return strayed_V;
  }

  #network(dt_s: number, row_V: Float64Array, drives: { row_V: Float64Array; column_V: Float64Array }): Kept {
    const ends = connectedEnds(this.#grid, drives);
    const floating = row_V.reduce((bits, v, i) => (Number.isNaN(v) ? bits + (i + 1) ** 2 : bits), 0);
    const total_S = this.#total_S;
    const near = (kept: Kept) => kept.dt_s === dt_s || Math.abs(kept.dt_s - dt_s) <= 1e-9 * dt_s;
    const known = this.#kept.find((kept) => near(kept) && kept.factor === floating && sameEnds(kept.ends, ends));
    if (known) {
      if (this.#hasMoved(known.total_S)) {
        known.solver.update(total_S);
        known.total_S.set(total_S);
      }
      return known;
    }
    const rowSource_ohm = this.#lines.rowSource_ohm.map((_, i) => this.#sourceOf(i, row_V, dt_s));
    const network = { ...this.#grid, ...this.#lines, rowSource_ohm, conductance_S: total_S.slice() };
    const made = {
      dt_s,
      ends,
      factor: floating,
      solver:
        Math.min(network.rows, network.columns) <= NARROW
          ? plainLinearSolver(network, ends)
          : createIterativeSolver(network, ends),
      total_S: total_S.slice(),
    };
    this.#kept.push(made);
    if (this.#kept.length > KEPT) {
      const oldest = this.#kept.shift();
      if (oldest === this.#last) this.#release();
      oldest?.solver[Symbol.dispose]();
    }
    return made;
  }

  /** Whether any conductance is another than before, beyond what asks for new factors; who moved last is asked first. */
  #hasMoved(before_S: Float64Array): boolean {
    const now_S = this.#total_S;
    for (let n = 0, k = this.#mover; n < now_S.length; n++, k = k + 1 === now_S.length ? 0 : k + 1) {
      const now = now_S[k] ?? 0;
      if (!(Math.abs(now - (before_S[k] ?? 0)) > MOVED * now)) continue;
      this.#mover = k;
      return true;
    }
    return false;
  }

  /** Keeps the nodes of the last solution without its solver. */
  #release(): void {
    this.#copies = this.nodes_V();
    this.#last = undefined;
  }

  [Symbol.dispose](): void {
    this.#release();
    for (const { solver } of this.#kept) solver[Symbol.dispose]();
    this.#kept = [];
  }
}
