import type { Pool } from "../../pool.ts";
import { checkNetwork } from "../checkNetwork.ts";
import { checkGrounded, checkLoops, connectedEnds, type ConnectedEnds, sameEnds } from "../connectedEnds.ts";
import type { JunctionLaw } from "../law.ts";
import { isIdeal } from "../factorNetwork.ts";
import type { ArrayNetwork, LineDrives, NetworkSolution } from "../network.ts";
import { relativeResidual } from "../relativeResidual.ts";
import { chooseLinearSolver, type LinearSolver } from "./linearSolver.ts";
import { newton } from "./newton.ts";
import type { LawPoint, NonlinearCircuit, WiredPoint } from "./operatingPoint.ts";
import { followTransient } from "./pseudoTransient.ts";

export interface NonlinearOptions {
  /** Makes the inner solver; absent: elimination for narrow arrays, the iterative one for others. */
  readonly makeLinear?: (network: ArrayNetwork, ends: ConnectedEnds) => LinearSolver;
  readonly pool?: Pool;
  /** Access resistance in series with every junction, ohm; default 0. */
  readonly series_ohm?: number;
  /** Relative mismatch at which to stop; default 1e-11. */
  readonly stop?: number;
  readonly mostSteps?: number;
}

export interface NonlinearSolution extends NetworkSolution {
  /** Voltage across each junction itself (behind its series resistance) and its current, row-major. */
  readonly voltage_V: Float64Array;
  readonly current_A: Float64Array;
  /** |I(v) - i| / |i| over the junctions: what is left of the law. */
  readonly lawResidual: number;
  /** Newton or transient steps, each one linear solve of reduced accuracy. */
  readonly steps: number;
  /** Iterations of the inner solver (solves, where it is direct). */
  readonly innerIterations: number;
  readonly method: string;
  /** Present where a junction has dI/dv < 0: which of the possible operating points this is. */
  readonly branch?: Branch;
}

export interface Branch {
  /** How the point was chosen, one sentence. */
  readonly chosen: string;
  /** Junctions that sit where dI/dv < 0. */
  readonly activeJunctions: number;
  /** Whether the search from the opposite end found another stable point; absent where it was not asked for. */
  readonly severalFound?: boolean;
  /** Largest difference of a junction voltage between the two, volt. */
  readonly difference_V?: number;
}

export interface OperatingOptions {
  /** Junction voltages to begin with: the state before. Absent: all lines ramped up from 0 V together. */
  readonly start_V?: Float64Array;
  /** Where dI/dv < 0 occurs, look for a second operating point from the other end. */
  readonly compareBranches?: boolean;
}

/** Operating points of one array of junctions with a law, for one pattern of driven ends. */
export interface NonlinearSolver extends Disposable {
  /**
   * @throws RangeError when no operating point is found within the steps, or beyond the voltages for which the law holds;
   *   LineError as the linear solvers
   */
  solve(law: JunctionLaw, drives: LineDrives, options?: OperatingOptions): NonlinearSolution;
}

const DEFAULT_STOP = 1e-11;
const MOST_STEPS = 200;
const MOST_TRANSIENT_STEPS = 20_000;
/** Steps in which the drives are raised from 0 V where branches exist. */
const RAMP_STEPS = 16;

/**
 * @param network wires; its conductances only say which junctions conduct at all (floating lines need a path)
 * @throws RangeError as checkNetwork, LineError as checkGrounded
 */
export function createNonlinearSolver(
  network: ArrayNetwork,
  ends: ConnectedEnds,
  options: NonlinearOptions = {},
): NonlinearSolver {
  checkNetwork(network);
  checkGrounded(network, ends);
  const { series_ohm = 0, stop = DEFAULT_STOP, mostSteps = MOST_STEPS, pool } = options;
  const junctions = network.rows * network.columns;
  const direct = series_ohm === 0 && isIdeal(network, ends);
  let linear: LinearSolver | undefined;
  const openLinear = () => (linear ??= options.makeLinear?.(network, ends) ?? chooseLinearSolver(network, ends, pool));

  return {
    solve(law, drives, { start_V, compareBranches = false } = {}) {
      if (!sameEnds(connectedEnds(network, drives), ends))
        throw new RangeError("The drives connect other line ends than the solver; create a solver for these ends");
      checkLoops(network, drives);
      if (direct) return solveIdeal(network, law, drives);
      const circuit: NonlinearCircuit = { law, linear: openLinear(), junctions, series_ohm };
      const before = circuit.linear.work;
      const found = law.active
        ? solveActive(circuit, drives, start_V, compareBranches)
        : solveMonotone(circuit, drives, start_V);
      const { point, law: at, method, steps, residual, branch } = found;
      checkRange(law, network, point.voltage_V);
      return {
        rowNode_V: point.answer.rowNode_V.slice(),
        columnNode_V: point.answer.columnNode_V.slice(),
        rowCurrent_A: point.answer.rowCurrent_A.slice(),
        columnCurrent_A: point.answer.columnCurrent_A.slice(),
        voltage_V: point.voltage_V,
        current_A: at.current_A.slice(),
        lawResidual: residual,
        relativeResidual: chordResidual(network, drives, point, at),
        steps,
        innerIterations: circuit.linear.work - before,
        method: `${method}, ${circuit.linear.method}`,
        ...(branch && { branch }),
      };
    },
    [Symbol.dispose]() {
      linear?.[Symbol.dispose]();
      linear = undefined;
    },
  };

  interface Found {
    readonly point: WiredPoint;
    readonly law: LawPoint;
    readonly steps: number;
    readonly residual: number;
    readonly method: string;
    readonly branch?: Branch;
  }

  function solveMonotone(circuit: NonlinearCircuit, drives: LineDrives, start_V: Float64Array | undefined): Found {
    const result = newton(circuit, drives, start_V ?? new Float64Array(junctions), { stop, mostSteps });
    if (!result.converged)
      throw new RangeError(
        `${circuit.law.name}: no operating point within ${mostSteps} Newton steps, residual ${result.residual.toExponential(1)}, allowed is ${stop}`,
      );
    return { ...result, method: "inexact Newton" };
  }

  function solveActive(
    circuit: NonlinearCircuit,
    drives: LineDrives,
    start_V: Float64Array | undefined,
    compareBranches: boolean,
  ): Found {
    const { law } = circuit;
    const rest_S = restSlopes(law, junctions);
    const span_V = driveSpan(drives);
    const settle = (to: LineDrives, from_V: Float64Array, stop: number) => {
      const result = followTransient(circuit, to, from_V, rest_S, span_V, { stop, mostSteps: MOST_TRANSIENT_STEPS });
      if (result.converged) return result;
      throw new RangeError(
        `${law.name}: nothing settled within ${MOST_TRANSIENT_STEPS} transient steps, residual ${result.residual.toExponential(1)}, allowed is ${stop}`,
      );
    };
    let steps = 0;
    let from_V = start_V ?? new Float64Array(junctions);
    if (!start_V)
      for (let k = 1; k < RAMP_STEPS; k++) {
        const result = settle(scaleDrives(drives, k / RAMP_STEPS), from_V, 1e-6);
        steps += result.steps;
        from_V = result.point.voltage_V;
      }
    const result = settle(drives, from_V, stop);
    steps += result.steps;
    let activeJunctions = 0;
    for (const d of result.law.slope_S) if (d < 0) activeJunctions++;
    let branch: Branch = {
      chosen: start_V
        ? "the stable point that the junctions reach from the given voltages, each charged like a capacitor"
        : "the stable point that the junctions reach when all lines are ramped up from 0 V together",
      activeJunctions,
    };
    if (compareBranches) {
      const law_V = result.point.voltage_V.slice();
      const other = settle(drives, outerVoltages(network, drives), stop);
      let difference_V = 0;
      for (let k = 0; k < junctions; k++)
        difference_V = Math.max(difference_V, Math.abs(other.point.voltage_V[k] - law_V[k]));
      branch = { ...branch, severalFound: difference_V > 1e-6 * span_V, difference_V };
    }
    return { ...result, steps, method: "pseudo-transient continuation", branch };
  }
}

/** dI/dv at 0 V, the weights of the capacitances; where that is not positive, the mean of the others. */
function restSlopes(law: JunctionLaw, junctions: number): Float64Array {
  const slope_S = new Float64Array(junctions);
  law.evaluate(new Float64Array(junctions), new Float64Array(junctions), slope_S);
  let sum = 0;
  let count = 0;
  for (const d of slope_S)
    if (d > 0) {
      sum += d;
      count++;
    }
  return slope_S.map((d) => (d > 0 ? d : count > 0 ? sum / count : 1));
}

/** Every junction with the whole drive of its lines across it, as if the wires were ideal. */
function outerVoltages({ rows, columns }: ArrayNetwork, drives: LineDrives): Float64Array {
  const at = (near: number, far = Number.NaN): number => (Number.isNaN(near) ? (Number.isNaN(far) ? 0 : far) : near);
  const voltage_V = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      voltage_V[i * columns + j] =
        at(drives.row_V[i], drives.rightRow_V?.[i]) - at(drives.column_V[j], drives.topColumn_V?.[j]);
  return voltage_V;
}

function lists({ row_V, column_V, rightRow_V, topColumn_V }: LineDrives): Float64Array[] {
  return [row_V, column_V, ...(rightRow_V ? [rightRow_V] : []), ...(topColumn_V ? [topColumn_V] : [])];
}

function driveSpan(drives: LineDrives): number {
  let [low, high] = [0, 0];
  for (const list of lists(drives))
    for (const v of list) {
      if (v < low) low = v;
      if (v > high) high = v;
    }
  return high > low ? high - low : 1;
}

function scaleDrives(drives: LineDrives, part: number): LineDrives {
  const scale = (values: Float64Array): Float64Array => values.map((v) => part * v);
  return {
    row_V: scale(drives.row_V),
    column_V: scale(drives.column_V),
    ...(drives.rightRow_V && { rightRow_V: scale(drives.rightRow_V) }),
    ...(drives.topColumn_V && { topColumn_V: scale(drives.topColumn_V) }),
  };
}

function checkRange({ name, largest_V }: JunctionLaw, { columns }: ArrayNetwork, voltage_V: Float64Array): void {
  if (largest_V === undefined) return;
  const k = voltage_V.findIndex((v) => Math.abs(v) > largest_V);
  if (k >= 0)
    throw new RangeError(
      `junction [${Math.floor(k / columns)}][${k % columns}] comes to ${voltage_V[k]} V, the law ${name} is allowed up to ${largest_V} V`,
    );
}

/** The residual of the nodal equations with every junction as its chord: of the whole nonlinear circuit. */
function chordResidual(
  network: ArrayNetwork,
  drives: LineDrives,
  { answer, current_A }: WiredPoint,
  law: LawPoint,
): number {
  const { rowNode_V, columnNode_V } = answer;
  const conductance_S = new Float64Array(current_A.length);
  for (let k = 0; k < conductance_S.length; k++) {
    const drop = rowNode_V[k] - columnNode_V[k];
    const chord = law.current_A[k] / drop;
    conductance_S[k] = Number.isFinite(chord) ? chord : 0;
  }
  const reference = (values: Float64Array): Float64Array => values.map((v) => (Number.isNaN(v) ? 0 : v));
  const rowReference_V = reference(drives.row_V);
  const columnReference_V = reference(drives.column_V);
  const { columns } = network;
  return relativeResidual({ ...network, conductance_S }, drives, {
    rowNode_V: rowNode_V.map((v, k) => v - rowReference_V[Math.floor(k / columns)]),
    columnNode_V: columnNode_V.map((v, k) => v - columnReference_V[k % columns]),
    rowReference_V,
    columnReference_V,
  });
}

/** No wires at all: every junction has the voltage of its lines. */
function solveIdeal(network: ArrayNetwork, law: JunctionLaw, drives: LineDrives): NonlinearSolution {
  const { rows, columns } = network;
  const count = rows * columns;
  const voltage_V = outerVoltages(network, drives);
  checkRange(law, network, voltage_V);
  const current_A = new Float64Array(count);
  law.evaluate(voltage_V, current_A, new Float64Array(count));
  const rowCurrent_A = new Float64Array(rows);
  const columnCurrent_A = new Float64Array(columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      rowCurrent_A[i] += current_A[i * columns + j];
      columnCurrent_A[j] += current_A[i * columns + j];
    }
  return {
    rowNode_V: Float64Array.from({ length: count }, (_, k) => drives.row_V[Math.floor(k / columns)]),
    columnNode_V: Float64Array.from({ length: count }, (_, k) => drives.column_V[k % columns]),
    rowCurrent_A,
    columnCurrent_A,
    voltage_V,
    current_A,
    lawResidual: 0,
    relativeResidual: 0,
    steps: 0,
    innerIterations: 0,
    method: "ideal",
  };
}

/** One law, one drive. */
export function solveNonlinearOnce(
  network: ArrayNetwork,
  law: JunctionLaw,
  drives: LineDrives,
  options: NonlinearOptions & OperatingOptions = {},
): NonlinearSolution {
  using solver = createNonlinearSolver(network, connectedEnds(network, drives), options);
  return solver.solve(law, drives, options);
}
