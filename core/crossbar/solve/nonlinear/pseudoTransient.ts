import type { LineDrives } from "../network.ts";
import {
  Linearisation,
  type LawPoint,
  lawPoint,
  mismatch,
  type NonlinearCircuit,
  type WiredPoint,
} from "./operatingPoint.ts";
import { accelerate } from "./accelerate.ts";

/**
 * Pseudo-transient continuation for junctions whose current falls over a stretch of voltage (dI/dv < 0).
 *
 * Several operating points may exist. A real junction has a capacitance, and the voltages across it choose:
 *     C dv/dt + I(v) = what the wires bring,   C in proportion to the conductance at 0 V
 * Followed from a start until nothing moves this ends on a point that is stable for junctions held by these wires, on the
 * branch that a junction started there would take. Implicit Euler in its linear form: a step of dt replaces dI/dv by
 * dI/dv + C/dt (Kelley and Keyes 1998, doi 10.1137/S0036142996304796), which the wires see as one more conductance, so
 * any solver of passive arrays takes the step. dt shrinks until
 * the tangent holds over the step, so that no step crosses to another branch, and grows while it does.
 * Near the end dt is as long as a positive slope allows; the steps are then those of a contraction (factor below
 * |D| / (|D| + wire conductance) on a stable branch) and are extrapolated by accelerate.ts.
 */
export interface TransientOptions {
  readonly stop: number;
  readonly mostSteps: number;
}

export interface TransientResult {
  readonly point: WiredPoint;
  readonly law: LawPoint;
  readonly converged: boolean;
  readonly steps: number;
  readonly residual: number;
}

/** Part of the current by which a tangent may miss the law at the end of a step. */
const TANGENT_MISS = 0.1;
/** A junction moves at most this part of the largest drive per step while far from rest. */
const STRIDE = 0.02;
/** Below this mismatch steps are extrapolated. */
const LOCAL = 1e-3;
/** Smallest slope of a step, as part of the conductance at 0 V. */
const LEAST_SLOPE = 1e-3;

/** @param rest_S slopes at 0 V; @param span_V largest difference between drives */
export function followTransient(
  circuit: NonlinearCircuit,
  drives: LineDrives,
  start_V: Float64Array,
  rest_S: Float64Array,
  span_V: number,
  { stop, mostSteps }: TransientOptions,
): TransientResult {
  const { law, junctions } = circuit;
  const linearisation = new Linearisation(circuit);
  const slope_S = new Float64Array(junctions);
  let at = lawPoint(junctions);
  let trial = lawPoint(junctions);
  at.voltage_V.set(start_V);
  law.evaluate(at.voltage_V, at.current_A, at.slope_S);
  let capacity = 1;
  let extrapolation = accelerate(junctions);
  let before = 1;
  let best = Number.POSITIVE_INFINITY;
  for (let step = 1; ; step++) {
    for (let k = 0; k < junctions; k++)
      slope_S[k] = Math.max(at.slope_S[k] + capacity * rest_S[k], LEAST_SLOPE * rest_S[k]);
    const accuracy = Math.max(1e-10, Math.min(1e-4, 0.1 * before));
    const point = linearisation.solve(at, slope_S, drives, accuracy, accuracy <= 1e-10);
    trial.voltage_V.set(point.voltage_V);
    law.evaluate(trial.voltage_V, trial.current_A, trial.slope_S);
    const residual = mismatch(point, trial);
    const { miss, move_V } = compare(point);
    const settled = residual <= stop && accuracy <= 1e-10;
    before = residual;
    if ((settled && move_V <= 1e-7 * span_V) || step >= mostSteps)
      return { point, law: trial, converged: settled, steps: step, residual };
    if (residual > LOCAL && (miss > TANGENT_MISS || move_V > STRIDE * span_V)) {
      capacity = Math.max(4 * capacity, 1e-3);
      if (capacity < 1e12) continue;
    }
    if (residual < LOCAL && residual < 2 * best) {
      best = Math.min(best, residual);
      capacity *= 0.1;
      const guess_V = extrapolation.next(at.voltage_V, point.voltage_V);
      trial.voltage_V.set(guess_V);
      law.evaluate(trial.voltage_V, trial.current_A, trial.slope_S);
    } else {
      best = Number.POSITIVE_INFINITY;
      extrapolation = accelerate(junctions);
      capacity *= 0.5;
    }
    [at, trial] = [trial, at];
  }

  function compare(point: WiredPoint): { miss: number; move_V: number } {
    let miss = 0;
    let move_V = 0;
    for (let k = 0; k < junctions; k++) {
      const dv = point.voltage_V[k] - at.voltage_V[k];
      const tangent = at.current_A[k] + at.slope_S[k] * dv;
      const scale = Math.abs(at.current_A[k]) + Math.abs(trial.current_A[k]) + rest_S[k] * STRIDE * span_V;
      if (scale > 0) miss = Math.max(miss, Math.abs(trial.current_A[k] - tangent) / scale);
      move_V = Math.max(move_V, Math.abs(dv));
    }
    return { miss, move_V };
  }
}
