import type { JunctionKernel } from "../crossbar/model.ts";
import { connectedEnds, nearEnds } from "../crossbar/solve/connectedEnds.ts";
import { effectiveMatrix } from "../crossbar/solve/effectiveMatrix.ts";
import { type Elimination, factorNetwork } from "../crossbar/solve/factorNetwork.ts";
import type { ArrayNetwork } from "../crossbar/solve/network.ts";
import { solveNodes } from "../crossbar/solve/solveNodes.ts";
import type { JunctionState } from "../crossbar/state.ts";
import type { Lines } from "./config.ts";

/** Node potentials are refined until a sweep moves them by less than this part of the largest drive. */
const SETTLED = 1e-13;
/** Sweeps over g(v) before a voltage-dependent junction counts as without an operating point. */
const MOST_SWEEPS = 200;

/**
 * The electrical state of the array at one instant: junction voltages and currents for given line voltages and states.
 *
 * Access resistance R is in series with every junction: G = g/(1 + g R), and the junction itself sees v = (W - B)/(1 + g R).
 * Lines without resistance need no solver. Otherwise the nodal equations are solved with factors that are kept while the
 * conductances drift: with A = A0 + dA, iterating A0 x <- b - dA x converges like the relative change of G, and one
 * sweep costs two substitutions (3 slices width^2) against 2/3 slices width^3 for new factors. Factors are renewed
 * when a solution took more sweeps than they cost. Models whose g depends on v at fixed state iterate g(v) outside.
 */
export class Circuit {
  readonly kernel: JunctionKernel;
  readonly state: JunctionState;
  readonly lines: Lines;
  readonly access_ohm: number;
  /** Voltage of each junction itself, row to column, after `solve`. */
  readonly voltage_V: Float64Array;
  /** g of each junction, and g with its access resistance. */
  readonly conductance_S: Float64Array;
  readonly effective_S: Float64Array;
  /** Current out of each column. */
  readonly columnCurrent_A: Float64Array;
  /** Potentials of the lines at each junction. */
  readonly rowNode_V: Float64Array;
  readonly columnNode_V: Float64Array;
  /** How often the network was factored, and solved with kept factors: figures for tests and benches. */
  factorings = 0;
  sweeps = 0;
  #factors: Elimination | undefined;
  #compiled: { effective_S: Float64Array; matrix_S: Float64Array } | undefined;
  #solved: { row_V: Float64Array; column_V: Float64Array; effective_S: Float64Array } | undefined;

  constructor(kernel: JunctionKernel, state: JunctionState, lines: Lines, access_ohm: number) {
    const count = state.grid.rows * state.grid.columns;
    this.kernel = kernel;
    this.state = state;
    this.lines = lines;
    this.access_ohm = access_ohm;
    this.voltage_V = new Float64Array(count);
    this.conductance_S = new Float64Array(count);
    this.effective_S = new Float64Array(count);
    this.columnCurrent_A = new Float64Array(state.grid.columns);
    this.rowNode_V = new Float64Array(count);
    this.columnNode_V = new Float64Array(count);
  }

  /** Whether junction voltages follow from line voltages alone, whatever the states do. */
  knowsVoltages(row_V: Float64Array, column_V: Float64Array): boolean {
    return this.access_ohm === 0 && this.#isDirect(row_V, column_V);
  }

  /**
   * Solves for the present states. NaN marks a floating line.
   * @throws RangeError when a floating line has no conducting path to a driven one, or g(v) has no operating point
   */
  solve(row_V: Float64Array, column_V: Float64Array): void {
    const direct = this.#isDirect(row_V, column_V);
    const sweeps = this.kernel.voltageDependent ? MOST_SWEEPS : 1;
    for (let sweep = 0; sweep < sweeps; sweep++) {
      // known voltages come first: the conductance of a voltage-dependent model then needs no iteration
      if (direct && this.access_ohm === 0) this.#shareDrops(row_V, column_V);
      this.#updateConductance();
      if (direct) this.#shareDrops(row_V, column_V);
      else this.#solveNodes(row_V, column_V);
      const moved = this.#updateVoltages();
      if (!this.kernel.voltageDependent || moved <= SETTLED || (direct && this.access_ohm === 0)) return;
    }
    throw new RangeError(`${this.kernel.model.name}: no operating point found in ${MOST_SWEEPS} sweeps of g(v)`);
  }

  /**
   * The array as one matrix, siemens, rows x columns: column currents per row volt, clamps at 0 V, for the present
   * states. Kept until a conductance changes.
   */
  effectiveMatrix(): Float64Array {
    this.#updateConductance();
    const kept = this.#compiled;
    if (kept && sameNumbers(kept.effective_S, this.effective_S)) return kept.matrix_S;
    const effective_S = this.effective_S.slice();
    const network: ArrayNetwork = { ...this.state.grid, ...this.lines, conductance_S: effective_S };
    const matrix_S = effectiveMatrix(factorNetwork(network, nearEnds(network)));
    this.#compiled = { effective_S, matrix_S };
    return matrix_S;
  }

  #isDirect(row_V: Float64Array, column_V: Float64Array): boolean {
    return this.lines.ideal && !hasFloating(row_V) && !hasFloating(column_V);
  }

  #updateConductance(): void {
    const { conductance_S, effective_S, access_ohm } = this;
    this.kernel.conductance(this.state, this.voltage_V, conductance_S);
    for (let k = 0; k < conductance_S.length; k++) {
      const g = conductance_S[k] ?? 0;
      effective_S[k] = access_ohm === 0 ? g : g / (1 + g * access_ohm);
    }
  }

  /** Splits the drop between junction and access; returns the largest move of a junction voltage relative to the largest. */
  #updateVoltages(): number {
    const { voltage_V, conductance_S, access_ohm, rowNode_V, columnNode_V } = this;
    let moved = 0;
    let largest = 0;
    for (let k = 0; k < voltage_V.length; k++) {
      const drop = (rowNode_V[k] ?? 0) - (columnNode_V[k] ?? 0);
      const v = access_ohm === 0 ? drop : drop / (1 + (conductance_S[k] ?? 0) * access_ohm);
      moved = Math.max(moved, Math.abs(v - (voltage_V[k] ?? 0)));
      largest = Math.max(largest, Math.abs(v));
      voltage_V[k] = v;
    }
    return largest === 0 ? 0 : moved / largest;
  }

  /** Ideal lines: I_j = sum_i G_ij (V_i - U_j). */
  #shareDrops(row_V: Float64Array, column_V: Float64Array): void {
    const { rowNode_V, columnNode_V, effective_S, columnCurrent_A, voltage_V } = this;
    const columns = column_V.length;
    columnCurrent_A.fill(0);
    let k = 0;
    for (const v of row_V) {
      for (let j = 0; j < columns; j++, k++) {
        const u = column_V[j] ?? 0;
        rowNode_V[k] = v;
        columnNode_V[k] = u;
        if (this.access_ohm === 0) voltage_V[k] = v - u;
        columnCurrent_A[j] = (columnCurrent_A[j] ?? 0) + (effective_S[k] ?? 0) * (v - u);
      }
    }
    this.#solved = undefined;
  }

  #solveNodes(row_V: Float64Array, column_V: Float64Array): void {
    const { effective_S } = this;
    const last = this.#solved;
    if (
      last &&
      sameNumbers(last.row_V, row_V) &&
      sameNumbers(last.column_V, column_V) &&
      sameNumbers(last.effective_S, effective_S)
    )
      return;
    const level = commonLevel(column_V, row_V);
    if (span(row_V, level) === 0 && span(column_V, level) === 0) this.#rest(level);
    else this.#eliminate(row_V, column_V);
    if (last) {
      last.row_V.set(row_V);
      last.column_V.set(column_V);
      last.effective_S.set(effective_S);
    } else this.#solved = { row_V: row_V.slice(), column_V: column_V.slice(), effective_S: effective_S.slice() };
  }

  /** One potential everywhere, or nothing connected: no current, and floating lines follow at once (no capacitance here). */
  #rest(level_V: number): void {
    this.rowNode_V.fill(level_V);
    this.columnNode_V.fill(level_V);
    this.columnCurrent_A.fill(0);
  }

  #eliminate(row_V: Float64Array, column_V: Float64Array): void {
    const kept = this.#factors;
    if (kept && sameConnections(kept, row_V, column_V) && this.#refine(kept, row_V, column_V)) return;
    const factors = this.#factor(row_V, column_V);
    this.#factors = factors;
    this.#refine(factors, row_V, column_V);
  }

  #factor(row_V: Float64Array, column_V: Float64Array): Elimination {
    const network: ArrayNetwork = { ...this.state.grid, ...this.lines, conductance_S: this.effective_S };
    const factors = factorNetwork(network, connectedEnds(network, { row_V, column_V }));
    if (factors.method === "ideal") throw new RangeError("A network without line resistance needs no factors");
    this.factorings++;
    return factors;
  }

  /**
   * Node potentials from (possibly outdated) factors. Solved are deviations d: rows from one common level, columns from
   * their clamps, so that a column current is d over the last resistance, without cancellation.
   * @returns false when it took more sweeps than new factors cost
   */
  #refine(factors: Elimination, row_V: Float64Array, column_V: Float64Array): boolean {
    const { rowNode_V, columnNode_V, columnCurrent_A, effective_S } = this;
    const { network, lines, width, ends } = factors;
    const { rows, columns } = network;
    const old_S = network.conductance_S;
    const fresh = sameNumbers(old_S, effective_S);
    const level = commonLevel(column_V, row_V);
    const scale = Math.max(span(row_V, level), span(column_V, level));
    const patience = fresh ? 1 : 1 + Math.ceil(0.25 * width);
    const row = new Float64Array(rows * columns);
    const column = new Float64Array(rows * columns);
    const reference = column_V.map((u) => (Number.isNaN(u) ? level : u));
    for (let sweep = 0; sweep < patience; sweep++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const k = i * columns + j;
          const u = reference[j] ?? 0;
          const g = effective_S[k] ?? 0;
          let current = g * (u - level);
          // what the old matrix lacks, from the last potentials
          if (!fresh) current -= (g - (old_S[k] ?? 0)) * ((rowNode_V[k] ?? 0) - level - ((columnNode_V[k] ?? 0) - u));
          row[k] = current;
          column[k] = 0 - current;
        }
        if (ends.left[i])
          row[i * columns] = (row[i * columns] ?? 0) + (lines.left_S[i] ?? 0) * ((row_V[i] ?? 0) - level);
      }
      solveNodes(factors, row, column);
      this.sweeps++;
      let moved = 0;
      for (let k = 0; k < row.length; k++) {
        const w = (row[k] ?? 0) + level;
        const b = (column[k] ?? 0) + (reference[k % columns] ?? 0);
        moved = Math.max(moved, Math.abs(w - (rowNode_V[k] ?? 0)), Math.abs(b - (columnNode_V[k] ?? 0)));
        rowNode_V[k] = w;
        columnNode_V[k] = b;
      }
      if (!fresh && moved > SETTLED * scale) continue;
      for (let j = 0; j < columns; j++)
        columnCurrent_A[j] = ends.bottom[j]
          ? fresh
            ? (lines.bottom_S[j] ?? 0) * (column[(rows - 1) * columns + j] ?? 0)
            : this.#columnSum(j)
          : 0;
      return true;
    }
    return false;
  }

  /** Kirchhoff: what enters a bit line through its junctions leaves through its amplifier (its top is open). */
  #columnSum(column: number): number {
    const { rows, columns } = this.state.grid;
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      const k = i * columns + column;
      sum += (this.effective_S[k] ?? 0) * ((this.rowNode_V[k] ?? 0) - (this.columnNode_V[k] ?? 0));
    }
    return sum;
  }
}

export function hasFloating(line_V: Float64Array): boolean {
  for (const v of line_V) if (Number.isNaN(v)) return true;
  return false;
}

function sameConnections({ ends }: Elimination, row_V: Float64Array, column_V: Float64Array): boolean {
  for (let i = 0; i < row_V.length; i++) if ((ends.left[i] === 0) !== Number.isNaN(row_V[i])) return false;
  for (let j = 0; j < column_V.length; j++) if ((ends.bottom[j] === 0) !== Number.isNaN(column_V[j])) return false;
  return true;
}

/** Equal including NaN = NaN, which marks the same floating line. */
function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  for (let k = 0; k < a.length; k++) if (!Object.is(a[k], b[k])) return false;
  return true;
}

/** The first connected clamp, which most clamps share; else the first driven row. */
function commonLevel(column_V: Float64Array, row_V: Float64Array): number {
  return column_V.find((u) => !Number.isNaN(u)) ?? row_V.find((v) => !Number.isNaN(v)) ?? 0;
}

function span(line_V: Float64Array, level: number): number {
  let largest = 0;
  for (const v of line_V) if (!Number.isNaN(v)) largest = Math.max(largest, Math.abs(v - level));
  return largest;
}
