import type { Grid } from "../crossbar/grid.ts";
import { connectedEnds } from "../crossbar/solve/connectedEnds.ts";
import { type Elimination, factorNetwork } from "../crossbar/solve/factorNetwork.ts";
import type { ArrayNetwork } from "../crossbar/solve/network.ts";
import { solveNodes } from "../crossbar/solve/solveNodes.ts";
import type { Lines } from "./config.ts";
import { commonLevel, type NodePotentials, type NodeSolver, sameNumbers, span } from "./nodeSolver.ts";

/** Node potentials are refined until a sweep moves them by less than this part of the largest drive. */
const SETTLED = 1e-13;

/**
 * Node potentials by elimination, with factors that are kept while the conductances drift: with A = A0 + dA, iterating
 * A0 x <- b - dA x converges like the relative change of G, and one sweep costs two substitutions (3 slices width^2)
 * against 2/3 slices width^3 for new factors. Factors are renewed when a solution took more sweeps than they cost.
 */
export class KeptFactors implements NodeSolver {
  readonly #grid: Grid;
  readonly #lines: Lines;
  #factors: Elimination | undefined;
  factorings = 0;
  sweeps = 0;

  constructor(grid: Grid, lines: Lines) {
    this.#grid = grid;
    this.#lines = lines;
  }

  solve(nodes: NodePotentials, effective_S: Float64Array, row_V: Float64Array, column_V: Float64Array): void {
    const kept = this.#factors;
    if (kept && sameConnections(kept, row_V, column_V) && this.#refine(kept, nodes, effective_S, row_V, column_V))
      return;
    const factors = this.#factor(effective_S, row_V, column_V);
    this.#factors = factors;
    this.#refine(factors, nodes, effective_S, row_V, column_V);
  }

  #factor(effective_S: Float64Array, row_V: Float64Array, column_V: Float64Array): Elimination {
    const network: ArrayNetwork = { ...this.#grid, ...this.#lines, conductance_S: effective_S };
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
  #refine(
    factors: Elimination,
    nodes: NodePotentials,
    effective_S: Float64Array,
    row_V: Float64Array,
    column_V: Float64Array,
  ): boolean {
    const { rowNode_V, columnNode_V, columnCurrent_A } = nodes;
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
            : columnSum(nodes, effective_S, j, rows)
          : 0;
      return true;
    }
    return false;
  }

  /** Factors are plain arrays; they go with the object, here at once. */
  [Symbol.dispose](): void {
    this.#factors = undefined;
  }
}

/** Kirchhoff: what enters a bit line through its junctions leaves through its amplifier (its top is open). */
function columnSum(
  { rowNode_V, columnNode_V, columnCurrent_A }: NodePotentials,
  effective_S: Float64Array,
  column: number,
  rows: number,
): number {
  const columns = columnCurrent_A.length;
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const k = i * columns + column;
    sum += (effective_S[k] ?? 0) * ((rowNode_V[k] ?? 0) - (columnNode_V[k] ?? 0));
  }
  return sum;
}

function sameConnections({ ends }: Elimination, row_V: Float64Array, column_V: Float64Array): boolean {
  for (let i = 0; i < row_V.length; i++) if ((ends.left[i] === 0) !== Number.isNaN(row_V[i])) return false;
  for (let j = 0; j < column_V.length; j++) if ((ends.bottom[j] === 0) !== Number.isNaN(column_V[j])) return false;
  return true;
}
