import type { Pool } from "../../pool.ts";
import type { ConnectedEnds } from "../connectedEnds.ts";
import { factorNetwork } from "../factorNetwork.ts";
import { createIterativeSolver } from "../iterative/index.ts";
import type { ArrayNetwork, LineDrives } from "../network.ts";
import { solveNetwork } from "../solveNetwork.ts";
import { solveNodes } from "../solveNodes.ts";

/** One state of an array, ready to be solved. */
export interface LinearSolves extends Disposable {
  /** Name of the method, for the run record. */
  readonly method: string;
  /**
   * Currents out of the bottom ends, ampere.
   * @param drives with the connected ends that the solver was made for
   */
  columnCurrents(drives: LineDrives): Float64Array;
  /**
   * Node potentials for 1 A pushed into W(row, column) and taken out of B(row, column), every connected end at 0 V (so:
   * ohm). Absent where the method cannot: changed junctions are then compiled again instead of patched.
   */
  respond?(row: number, column: number): NodePotentials;
}

/** Row-major, volt (or ohm, per ampere). */
export interface NodePotentials {
  readonly rowNode_V: Float64Array;
  readonly columnNode_V: Float64Array;
}

export type MakeSolves = (network: ArrayNetwork, ends: ConnectedEnds) => LinearSolves;

/** Junctions up to which an elimination costs less than a millisecond or two. */
const SMALL = 32 * 32;

/** Elimination for small arrays, conjugate gradients for the others. */
export function chooseSolves(pool?: Pool): MakeSolves {
  return (network, ends) =>
    network.rows * network.columns <= SMALL ? plainSolves(network, ends) : iterativeSolves(network, ends, pool);
}

/** Exact elimination of the state (solve/factorNetwork.ts). */
export function plainSolves(network: ArrayNetwork, ends: ConnectedEnds): LinearSolves {
  const factors = factorNetwork(network, ends);
  return {
    method: factors.method === "ideal" ? "ideal product" : "star-mesh elimination",
    columnCurrents: (drives) => solveNetwork(factors, drives).columnCurrent_A,
    respond(row, column) {
      const rowNode_V = new Float64Array(network.rows * network.columns);
      const columnNode_V = new Float64Array(network.rows * network.columns);
      // with ideal wires every node is tied to its end
      if (factors.method === "elimination") {
        const k = row * network.columns + column;
        rowNode_V[k] = 1;
        columnNode_V[k] = -1;
        solveNodes(factors, rowNode_V, columnNode_V);
      }
      return { rowNode_V, columnNode_V };
    },
    [Symbol.dispose]() {},
  };
}

/** Line-preconditioned conjugate gradients (solve/iterative). */
export function iterativeSolves(network: ArrayNetwork, ends: ConnectedEnds, pool?: Pool): LinearSolves {
  const solver = createIterativeSolver(network, ends, pool ? { pool } : {});
  return {
    method: "line-preconditioned conjugate gradients",
    columnCurrents: (drives) => solver.solveCurrents(drives).columnCurrent_A,
    respond: (row, column) => solver.respond(row, column),
    [Symbol.dispose]: () => solver[Symbol.dispose](),
  };
}
