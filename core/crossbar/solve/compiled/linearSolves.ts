import type { ConnectedEnds } from "../connectedEnds.ts";
import { factorNetwork } from "../factorNetwork.ts";
import type { ArrayNetwork, LineDrives, NetworkSolution } from "../network.ts";
import { solveNetwork } from "../solveNetwork.ts";
import { solveNodes } from "../solveNodes.ts";

/** One state of an array, ready to be solved: by the plain solver here, by any other elsewhere. */
export interface LinearSolves extends Disposable {
  /** Name of the method, for the run record. */
  readonly method: string;
  /** @param drives with the connected ends that the solver was made for */
  solve(drives: LineDrives): NetworkSolution;
  /**
   * Potentials for currents pushed into the nodes, every connected end at 0 V, in place.
   * @param row, column rows * columns currents into W and B, ampere; replaced by potentials, volt
   */
  inject(row: Float64Array, column: Float64Array): void;
}

export type MakeSolves = (network: ArrayNetwork, ends: ConnectedEnds) => LinearSolves;

/** Exact elimination, factored when first needed: for arrays up to about 100 x 100, and the oracle above that. */
export function plainSolves(network: ArrayNetwork, ends: ConnectedEnds): LinearSolves {
  const factors = factorNetwork(network, ends);
  return {
    method: factors.method === "ideal" ? "ideal product" : "star-mesh elimination",
    solve: (drives) => solveNetwork(factors, drives),
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
