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
   * Potentials for currents pushed into the nodes, every connected end at 0 V, in place. Absent where the method cannot:
   * changed junctions are then compiled again instead of patched.
   * @param row, column rows * columns currents into W and B, ampere; replaced by potentials, volt
   */
  inject?(row: Float64Array, column: Float64Array): void;
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
    inject(row, column) {
      if (factors.method === "elimination") solveNodes(factors, row, column);
      else {
        // every node is tied to an ideal end
        row.fill(0);
        column.fill(0);
      }
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
    [Symbol.dispose]: () => solver[Symbol.dispose](),
  };
}
