import type { Pool } from "../../pool.ts";
import type { ConnectedEnds } from "../connectedEnds.ts";
import { factorNetwork } from "../factorNetwork.ts";
import { createIterativeSolver } from "../iterative/index.ts";
import type { ArrayNetwork, LineDrives } from "../network.ts";
import { solveWithBatteries } from "../solveWithBatteries.ts";

/** Potentials and end currents of an array of linearised junctions. The lists are the caller's. */
export interface LinearAnswer {
  readonly rowNode_V: Float64Array;
  readonly columnNode_V: Float64Array;
  readonly columnCurrent_A: Float64Array;
  /** Currents into the left ends: right only where the whole answer was asked for, else NaN. */
  readonly rowCurrent_A: Float64Array;
}

/**
 * What a nonlinear solver asks of a linear one: junctions i = G (w - b - battery) behind the wires of one array.
 * `plainLinearSolver` and `iterativeLinearSolver` are two of them.
 */
export interface LinearSolver extends Disposable {
  readonly method: string;
  /** New slopes G of the junctions, siemens, >= 0, row-major. */
  update(slope_S: Float64Array): void;
  /**
   * @param battery_V in series with every junction, volt, row-major
   * @param accuracy bound of the relative error of every column current; a direct solver is always better
   * @param whole row currents too
   */
  solve(drives: LineDrives, battery_V: Float64Array, accuracy: number, whole: boolean): LinearAnswer;
  /** Iterations (or direct solves) so far. */
  readonly work: number;
}

/** Exact elimination: small or narrow arrays, wires of any resistance. */
export function plainLinearSolver(network: ArrayNetwork, ends: ConnectedEnds): LinearSolver {
  let factors: ReturnType<typeof factorNetwork> | undefined;
  let work = 0;
  return {
    method: "elimination",
    update(slope_S) {
      factors = factorNetwork({ ...network, conductance_S: slope_S }, ends);
    },
    solve(drives, battery_V) {
      work++;
      factors ??= factorNetwork(network, ends);
      return solveWithBatteries(factors, drives, battery_V);
    },
    get work() {
      return work;
    },
    [Symbol.dispose]() {
      factors = undefined;
    },
  };
}

/** Two-level line-PCG, each solve from the solution before: arrays of any size. */
export function iterativeLinearSolver(network: ArrayNetwork, ends: ConnectedEnds, pool?: Pool): LinearSolver {
  const solver = createIterativeSolver(network, ends, pool ? { pool } : {});
  return {
    method: "two-level line-PCG",
    update: (slope_S) => solver.update(slope_S),
    solve(drives, battery_V, accuracy, whole) {
      const options = { initial: "previous", battery_V, accuracy } as const;
      if (whole) return solver.solve(drives, options);
      const { columnCurrent_A } = solver.solveCurrents(drives, options);
      const rowCurrent_A = new Float64Array(network.rows).fill(Number.NaN);
      return { ...solver.nodes(), columnCurrent_A, rowCurrent_A };
    },
    get work() {
      return solver.stats.iterations;
    },
    [Symbol.dispose]: () => solver[Symbol.dispose](),
  };
}

/** Below this many nodes on the shorter side elimination is the faster one (n^4 / 3 against a few passes). */
const NARROW = 24;

export function chooseLinearSolver(network: ArrayNetwork, ends: ConnectedEnds, pool?: Pool): LinearSolver {
  return Math.min(network.rows, network.columns) <= NARROW
    ? plainLinearSolver(network, ends)
    : iterativeLinearSolver(network, ends, pool);
}
