import type { JunctionLaw } from "../law.ts";
import type { LineDrives } from "../network.ts";
import type { LinearAnswer, LinearSolver } from "./linearSolver.ts";

/** The circuit of a nonlinear solve: an array of junctions with one law, each behind the same series resistance. */
export interface NonlinearCircuit {
  readonly law: JunctionLaw;
  readonly linear: LinearSolver;
  readonly junctions: number;
  /** Access resistance in series with every junction, ohm; absent = 0. */
  readonly series_ohm?: number;
}

/**
 * A point (v, i) of every junction that fits the wires: the currents i obey Kirchhoff's laws with the drives, whether or
 * not they lie on the law. Between two such points every straight mixture fits the wires too, so that mismatch, line
 * search and residual never see a wire: they are as accurate with ideal wires as with bad ones.
 */
export interface WiredPoint {
  voltage_V: Float64Array;
  current_A: Float64Array;
  answer: LinearAnswer;
}

/** I(v) and dI/dv at the voltages of a point. */
export interface LawPoint {
  readonly voltage_V: Float64Array;
  readonly current_A: Float64Array;
  readonly slope_S: Float64Array;
}

export function lawPoint(junctions: number): LawPoint {
  return {
    voltage_V: new Float64Array(junctions),
    current_A: new Float64Array(junctions),
    slope_S: new Float64Array(junctions),
  };
}

/**
 * Solves the array with every junction replaced by its tangent at `at`, i = I + D (v - V), as a slope and a battery:
 * i = D (v - h), h = V - I / D; behind the series resistance R: D / (1 + R D). `slope_S` may replace D by anything
 * above 0: the answer then is one step of another method with the same fixed point.
 */
export class Linearisation {
  readonly #circuit: NonlinearCircuit;
  readonly #battery_V: Float64Array;
  readonly #slope_S: Float64Array;

  constructor(circuit: NonlinearCircuit) {
    this.#circuit = circuit;
    this.#battery_V = new Float64Array(circuit.junctions);
    this.#slope_S = new Float64Array(circuit.junctions);
  }

  solve(at: LawPoint, slope_S: Float64Array, drives: LineDrives, accuracy: number, whole: boolean): WiredPoint {
    const { linear, junctions, series_ohm = 0 } = this.#circuit;
    for (let k = 0; k < junctions; k++) {
      const d = slope_S[k];
      this.#slope_S[k] = d / (1 + series_ohm * d);
      this.#battery_V[k] = d === 0 ? 0 : at.voltage_V[k] - at.current_A[k] / d;
    }
    linear.update(this.#slope_S);
    const answer = linear.solve(drives, this.#battery_V, accuracy, whole);
    const voltage_V = new Float64Array(junctions);
    const current_A = new Float64Array(junctions);
    const { rowNode_V, columnNode_V } = answer;
    for (let k = 0; k < junctions; k++) {
      const drop = rowNode_V[k] - columnNode_V[k];
      const i = this.#slope_S[k] * (drop - this.#battery_V[k]);
      current_A[k] = i;
      voltage_V[k] = drop - series_ohm * i;
    }
    return { voltage_V, current_A, answer };
  }
}

/**
 * How far a wired point is from the law: the larger of |I(v) - i| / |i| (2-norm over the junctions) and of the same
 * mismatch as a voltage, max |I(v) - i| / D over max |v|, which also holds junctions whose currents are small beside others.
 */
export function mismatch(point: WiredPoint, law: LawPoint): number {
  const { current_A, voltage_V } = point;
  let largest_A = 0;
  let largest_V = 0;
  for (let k = 0; k < current_A.length; k++) {
    largest_A = Math.max(largest_A, Math.abs(current_A[k]), Number.MIN_VALUE);
    largest_V = Math.max(largest_V, Math.abs(voltage_V[k]));
  }
  let error = 0;
  let total = 0;
  let error_V = 0;
  for (let k = 0; k < current_A.length; k++) {
    const e = law.current_A[k] - current_A[k];
    const i = current_A[k] / largest_A;
    error += (e / largest_A) ** 2;
    total += i * i;
    const d = Math.abs(law.slope_S[k]);
    // a flat stretch of the law says nothing about voltages
    if (Math.abs(e) > 0 && d * largest_V > 1e-3 * Math.abs(current_A[k])) error_V = Math.max(error_V, Math.abs(e) / d);
  }
  if (error === 0) return 0;
  const worst = Math.max(Math.sqrt(error / total), error_V / largest_V);
  return Number.isFinite(worst) ? worst : Number.POSITIVE_INFINITY;
}
