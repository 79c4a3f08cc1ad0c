import { createProductEngine } from "../core/crossbar/solve/compiled/productEngine.ts";
import { type ConnectedEnds, connectedEnds } from "../core/crossbar/solve/connectedEnds.ts";
import { factorNetwork, isIdeal } from "../core/crossbar/solve/factorNetwork.ts";
import { createIterativeSolver } from "../core/crossbar/solve/iterative/index.ts";
import { type LawRequest, makeLaw } from "../core/crossbar/solve/law.ts";
import type { ArrayNetwork, LineDrives, NetworkSolution } from "../core/crossbar/solve/network.ts";
import { iterativeLinearSolver, plainLinearSolver } from "../core/crossbar/solve/nonlinear/linearSolver.ts";
import { type Branch, createNonlinearSolver } from "../core/crossbar/solve/nonlinear/solveNonlinear.ts";
import { solveNetwork } from "../core/crossbar/solve/solveNetwork.ts";
import type { Method } from "./solveFields.ts";

/** One drive answered. The effective matrix knows column currents alone. */
export interface Answer extends Partial<NetworkSolution> {
  readonly columnCurrent_A: Float64Array;
  readonly method: string;
  readonly iterations: number;
  readonly steps?: number;
  readonly branch?: Branch;
  /** Junctions as chords I / v, where a law is not ohmic. */
  readonly chord_S?: Float64Array;
}

/** Up to this many nodes on the shorter side elimination is fast enough for everybody, and exact to the last digits. */
const NARROW = 32;

/**
 * Drives that leave the same ends open share one factorisation.
 * @param asking called with the drive that is being solved, so that an error can be put in its place
 * @throws RangeError, LineError as the solvers
 */
export function solveBatch(
  network: ArrayNetwork,
  drives: readonly LineDrives[],
  request: { readonly method: Method; readonly law: LawRequest },
  asking: (drive: number) => void,
): Answer[] {
  const groups = new Map<string, { ends: ConnectedEnds; members: number[] }>();
  drives.forEach((drive, p) => {
    const ends = connectedEnds(network, drive);
    const key = [ends.left, ends.right, ends.bottom, ends.top].map((marks) => marks.join("")).join("|");
    const group = groups.get(key);
    if (group) group.members.push(p);
    else groups.set(key, { ends, members: [p] });
  });
  const answers: Answer[] = [];
  for (const { ends, members } of groups.values()) {
    asking(members[0] ?? 0);
    const solve = openSolver(network, ends, request);
    for (const p of members) {
      asking(p);
      const drive = drives[p];
      if (drive) answers[p] = solve(drive);
    }
  }
  return answers;
}

type Solve = (drives: LineDrives) => Answer;

function openSolver(
  network: ArrayNetwork,
  ends: ConnectedEnds,
  { method, law }: { readonly method: Method; readonly law: LawRequest },
): Solve {
  const narrow = Math.min(network.rows, network.columns) <= NARROW;
  const eliminates = method === "elimination" || (method === "auto" && narrow);
  if (law.kind !== "ohmic") return openNonlinear(network, ends, law, eliminates);
  if (method === "effective") return openEffective(network, ends);
  if (eliminates || (method === "auto" && isIdeal(network, ends))) {
    const factors = factorNetwork(network, ends);
    return (drives) => ({ ...solveNetwork(factors, drives), method: factors.method, iterations: 0 });
  }
  const solver = createIterativeSolver(network, ends);
  return (drives) => solver.solve(drives);
}

function openNonlinear(network: ArrayNetwork, ends: ConnectedEnds, request: LawRequest, eliminates: boolean): Solve {
  const solver = createNonlinearSolver(network, ends, {
    makeLinear: eliminates ? plainLinearSolver : iterativeLinearSolver,
  });
  const law = makeLaw(request, network.conductance_S);
  return (drives) => {
    const { innerIterations, voltage_V, current_A, ...found } = solver.solve(law, drives, { compareBranches: true });
    const chord_S = current_A.map((i, k) => {
      const g = i / (voltage_V[k] ?? 0);
      return Number.isFinite(g) ? g : (network.conductance_S[k] ?? 0);
    });
    return { ...found, iterations: innerIterations, chord_S };
  };
}

/** One product with the compiled matrix; both ends of a row must then be driven alike. */
function openEffective(network: ArrayNetwork, ends: ConnectedEnds): Solve {
  return ({ row_V, column_V, rightRow_V, topColumn_V }) => {
    const driven = row_V.map((v, i) => {
      const far_V = rightRow_V?.[i] ?? Number.NaN;
      if (!Number.isNaN(v) && !Number.isNaN(far_V) && v !== far_V)
        throw new RangeError(
          `row ${i} is driven at ${v} V and ${far_V} V: the effective matrix takes one potential per row; allowed are "iterative" and "elimination"`,
        );
      return Number.isNaN(v) ? (Number.isNaN(far_V) ? 0 : far_V) : v;
    });
    const clamps = (values: Float64Array): Float64Array => values.map((v) => (Number.isNaN(v) ? 0 : v));
    using engine = createProductEngine(network, ends, {
      column_V: clamps(column_V),
      ...(topColumn_V && { topColumn_V: clamps(topColumn_V) }),
      compileAfter: 0,
    });
    return { columnCurrent_A: engine.multiply(driven), method: "effective matrix", iterations: 0 };
  };
}
