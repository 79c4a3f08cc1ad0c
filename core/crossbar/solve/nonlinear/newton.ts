import type { LineDrives } from "../network.ts";
import {
  Linearisation,
  lawPoint,
  type LawPoint,
  mismatch,
  type NonlinearCircuit,
  type WiredPoint,
} from "./operatingPoint.ts";

/**
 * Inexact Newton for junctions whose current rises with their voltage.
 *
 *   (Lw + D) dw - D db = -Fw,   -D dw + (Lb + D) db = -Fb,   D = dI/dv
 *
 * solved in whole potentials, each junction as its tangent (operatingPoint.ts), so that errors of one step do not stay.
 * Inner solves start from the last solution and end at an accuracy of min(1e-1, residual): quadratic convergence
 * with one to two linear solves of work in all (Dembo, Eisenstat and Steihaug 1982, doi 10.1137/0719025).
 *
 * Far from the solution two things keep steps sane:
 *   a law with a known inverse is next expanded at v(i), not I(v), where its tangent fell short of it: exponentials then
 *     take as many steps as ohmic junctions, whatever V / s (the junction limiting of circuit simulators)
 *   line search along the step on phi' = sum (I(v) - i) dv, the slope of the content (energy) of the array, which is
 *     convex here: Newton with it converges from everywhere (Ortega and Rheinboldt 1970, section 14.4)
 * Cost per step: one update of the factors, one or two evaluations of the law, the inner solve.
 */
export interface NewtonOptions {
  /** Relative mismatch of law and currents at which a point is a solution. */
  readonly stop: number;
  readonly mostSteps: number;
}

export interface NewtonResult {
  readonly point: WiredPoint;
  readonly converged: boolean;
  readonly steps: number;
  readonly residual: number;
  /** The law at the solution. */
  readonly law: LawPoint;
}

/** Steps that may use the inverse of the law; after them the line search alone, which cannot fail. */
const INVERTED_STEPS = 15;
/** Accuracies of column currents that are asked of inner solves. */
const COARSEST = 0.1;
const FINEST = 1e-10;
/** Below this mismatch Newton alone is quadratic. */
const NEAR = 0.03;
/** Part of the first slope of phi that may remain after a line search. */
const SLOPE_LEFT = 0.5;
const MOST_HALVINGS = 60;
/** A slope this far below the chord is a flat stretch; the tangent keeps this much of the chord to stay regular. */
const LEAST_SLOPE = 1e-9;

/** @param start_V voltages of the junctions to begin with */
export function newton(
  circuit: NonlinearCircuit,
  drives: LineDrives,
  start_V: Float64Array,
  { stop, mostSteps }: NewtonOptions,
): NewtonResult {
  const { law, junctions } = circuit;
  const linearisation = new Linearisation(circuit);
  const slope_S = new Float64Array(junctions);
  let at = lawPoint(junctions);
  let trial = lawPoint(junctions);
  at.voltage_V.set(start_V);
  law.evaluate(at.voltage_V, at.current_A, at.slope_S);
  let here: WiredPoint | undefined;
  let residual = 1;
  for (let step = 1; ; step++) {
    for (let k = 0; k < junctions; k++) {
      const chord = Math.abs(at.current_A[k] / at.voltage_V[k]);
      slope_S[k] = Math.max(at.slope_S[k], chord > 0 ? LEAST_SLOPE * chord : 0);
    }
    const accuracy = Math.max(FINEST, Math.min(COARSEST, residual));
    let next = linearisation.solve(at, slope_S, drives, accuracy, accuracy === FINEST || step >= mostSteps);
    evaluateAt(next);
    let left = mismatch(next, trial);
    // a step that gained is taken whole: at rounding level phi' says nothing
    if (here && left > stop && left > 0.5 * residual && (law.voltageAt === undefined || step > INVERTED_STEPS)) {
      next = search(here, next);
      left = mismatch(next, trial);
    }
    residual = left;
    // a law that fits currents which are themselves coarse has not converged
    const converged = residual <= stop && accuracy === FINEST;
    if (converged || step >= mostSteps) return { point: next, converged, steps: step, residual, law: trial };
    here = next;
    if (law.voltageAt && step < INVERTED_STEPS && residual > NEAR) invertOvershoots(next);
    [at, trial] = [trial, at];
  }

  function evaluateAt(point: WiredPoint): void {
    trial.voltage_V.set(point.voltage_V);
    law.evaluate(trial.voltage_V, trial.current_A, trial.slope_S);
  }

  /** Where the law asks for more current than the wires brought, the voltage that fits the current is the better guess. */
  function invertOvershoots(point: WiredPoint): void {
    let changed = false;
    for (let k = 0; k < junctions; k++) {
      const i = point.current_A[k];
      const wanted = trial.current_A[k];
      if (i * wanted <= 0 || Math.abs(wanted) <= Math.abs(i)) continue;
      trial.voltage_V[k] = law.voltageAt?.(k, i) ?? trial.voltage_V[k];
      changed = true;
    }
    if (changed) law.evaluate(trial.voltage_V, trial.current_A, trial.slope_S);
  }

  /** Point on the way from `from` to `to` where phi' has fallen; leaves the law there in `trial`. */
  function search(from: WiredPoint, to: WiredPoint): WiredPoint {
    const first = slopeOf(at, from, from, to);
    let slope = slopeOf(trial, to, from, to);
    let point = to;
    let [low, high, part] = [0, 1, 1];
    if (first >= 0 || slope <= 0) return to;
    for (let trials = 0; trials < MOST_HALVINGS && !(Math.abs(slope) <= SLOPE_LEFT * -first); trials++) {
      if (slope < 0) low = part;
      else high = part;
      part = (low + high) / 2;
      point = mix(from, to, part);
      evaluateAt(point);
      slope = slopeOf(trial, point, from, to);
    }
    return point;
  }
}

/** phi' = sum (I(v) - i) dv of the step from -> to, at `point`. */
function slopeOf(law: LawPoint, point: WiredPoint, from: WiredPoint, to: WiredPoint): number {
  let sum = 0;
  for (let k = 0; k < law.current_A.length; k++)
    sum += (law.current_A[k] - point.current_A[k]) * (to.voltage_V[k] - from.voltage_V[k]);
  return sum;
}

function mix(from: WiredPoint, to: WiredPoint, part: number): WiredPoint {
  const blend = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, k) => value + part * (b[k] - value));
  const { answer } = to;
  return {
    voltage_V: blend(from.voltage_V, to.voltage_V),
    current_A: blend(from.current_A, to.current_A),
    answer: {
      rowNode_V: blend(from.answer.rowNode_V, answer.rowNode_V),
      columnNode_V: blend(from.answer.columnNode_V, answer.columnNode_V),
      rowCurrent_A: blend(from.answer.rowCurrent_A, answer.rowCurrent_A),
      columnCurrent_A: blend(from.answer.columnCurrent_A, answer.columnCurrent_A),
    },
  };
}
