import type { Grid } from "../crossbar/grid.ts";
import { type Pool, serialPool } from "../crossbar/pool.ts";
import { type ConnectedEnds, connectedEnds } from "../crossbar/solve/connectedEnds.ts";
import { createWarmSolver, type WarmSolver } from "../crossbar/solve/transient/warmSolver.ts";
import type { Lines } from "./config.ts";
import { sameNumbers } from "./nodeSolver.ts";
import { VoltageLists } from "./voltageLists.ts";

/**
 * A conductance that moved by less than this part since the last solution does not ask for a new one: potentials and
 * currents are then off by about as much.
 */
export const CONDUCTANCE_TOLERANCE = 1e-7;
/** Error that column currents may have while junctions move, relative to the largest of them. */
const ACCURACY = 1e-7;

/**
 * Junction voltages and column currents of an array beyond 32 lines, one instant after another, all lists in the kernels'
 * memory: two-level line-PCG begun where the rows are going (solve/transient), and not at all while neither drive nor
 * conductances moved.
 */
export class WarmIteration implements Disposable {
  readonly lists: VoltageLists;
  readonly columnCurrent_A: Float64Array;
  readonly #pool: Pool;
  readonly #grid: Grid;
  #lines: Lines;
  #access_ohm: number;
  #solver: { readonly ends: ConnectedEnds; readonly warm: WarmSolver } | undefined;
  /** Drives of the last solution. */
  readonly #lastRow_V: Float64Array;
  readonly #lastColumn_V: Float64Array;
  /** The potential of all nodes, where nothing was to be solved. */
  #level_V: number | undefined = 0;
  #past = { factorings: 0, sweeps: 0 };
  #copies: { readonly rowNode_V: Float64Array; readonly columnNode_V: Float64Array } | undefined;

  constructor(grid: Grid, lines: Lines, access_ohm: number, pool: Pool = serialPool()) {
    this.#pool = pool;
    this.#grid = grid;
    this.#lines = lines;
    this.#access_ohm = access_ohm;
    this.#lastRow_V = new Float64Array(grid.rows).fill(Number.POSITIVE_INFINITY);
    this.#lastColumn_V = new Float64Array(grid.columns);
    this.columnCurrent_A = new Float64Array(grid.columns);
    this.lists = new VoltageLists(pool, grid.rows * grid.columns);
  }

  get factorings(): number {
    return this.#past.factorings + (this.#solver?.warm.factorisations ?? 0);
  }

  get sweeps(): number {
    return this.#past.sweeps + (this.#solver?.warm.iterations ?? 0);
  }

  /**
   * Voltages and currents for the conductances in `lists`. NaN marks a floating line.
   * @param time_s the instant, where potentials may be foreseen from earlier ones
   * @throws RangeError when a floating line has no conducting path to a driven one
   */
  solve(row_V: Float64Array, column_V: Float64Array, time_s: number | undefined): void {
    const { conductanceAddress } = this.lists;
    const known = this.#solver;
    const open = known && sameLines(known.ends, row_V, column_V) ? known.warm : undefined;
    const moved = !open || open.hasMoved(conductanceAddress, CONDUCTANCE_TOLERANCE);
    const driven = !sameNumbers(this.#lastRow_V, row_V) || !sameNumbers(this.#lastColumn_V, column_V);
    if (!moved && !driven) return;
    const warm = open ?? this.#open(connectedEnds(this.#grid, { row_V, column_V }));
    if (moved) warm.update(conductanceAddress);
    this.columnCurrent_A.set(warm.solve({ row_V, column_V }, time_s, conductanceAddress, this.lists.renew()));
    this.#lastRow_V.set(row_V);
    this.#lastColumn_V.set(column_V);
    this.#level_V = undefined;
  }

  /** One potential everywhere: no current. The next drive is solved whatever it is. */
  rest(level_V: number): void {
    this.forget();
    this.#lastRow_V.fill(Number.POSITIVE_INFINITY);
    this.#level_V = level_V;
    this.columnCurrent_A.fill(0);
    this.lists.renew();
    this.lists.voltage_V.fill(0);
  }

  /** Other wires from now on. */
  rewire(lines: Lines, access_ohm: number): void {
    this.#lines = lines;
    this.#access_ohm = access_ohm;
    this.#close();
    this.forget();
    this.#lastRow_V.fill(Number.POSITIVE_INFINITY);
  }

  /** A jump of the drive: nothing before it tells where the potentials go. */
  forget(): void {
    this.#solver?.warm.forget();
    this.lists.forget();
  }

  /** Node potentials of the last solution, row-major. */
  nodes_V(): { readonly rowNode_V: Float64Array; readonly columnNode_V: Float64Array } {
    if (this.#copies) return this.#copies;
    const count = this.#grid.rows * this.#grid.columns;
    const rowNode_V = new Float64Array(count).fill(this.#level_V ?? 0);
    const columnNode_V = new Float64Array(count).fill(this.#level_V ?? 0);
    if (this.#level_V === undefined) this.#solver?.warm.readNodes(rowNode_V, columnNode_V);
    return { rowNode_V, columnNode_V };
  }

  /** Gives kernel memory back; what was solved last stays readable. */
  [Symbol.dispose](): void {
    if (this.#copies) return;
    this.#copies = this.nodes_V();
    this.#close();
    this.lists[Symbol.dispose]();
  }

  #open(ends: ConnectedEnds): WarmSolver {
    this.#close();
    this.lists.forget();
    const conductance_S = this.lists.conductance_S.slice();
    const warm = createWarmSolver({ ...this.#grid, ...this.#lines, conductance_S }, ends, {
      pool: this.#pool,
      access_ohm: this.#access_ohm,
      accuracy: ACCURACY,
    });
    this.#solver = { ends, warm };
    return warm;
  }

  #close(): void {
    this.#past = { factorings: this.factorings, sweeps: this.sweeps };
    this.#solver?.warm[Symbol.dispose]();
    this.#solver = undefined;
  }
}

function sameLines(ends: ConnectedEnds, row_V: Float64Array, column_V: Float64Array): boolean {
  for (let i = 0; i < row_V.length; i++) if ((ends.left[i] === 0) !== Number.isNaN(row_V[i])) return false;
  for (let j = 0; j < column_V.length; j++) if ((ends.bottom[j] === 0) !== Number.isNaN(column_V[j])) return false;
  return true;
}
