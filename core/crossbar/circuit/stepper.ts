import type { Assembly } from "./assemble.ts";
import { solveDense } from "./solveDense.ts";
import { System } from "./system.ts";

/**
 * One step of d/dt Q(y) + I(y, t) = 0 by TR-BDF2, second order and L-stable: trapezoidal to t + g h, then the second backward
 * difference, g = 2 - sqrt 2, with the estimate of its third-order error. Bank et al. 1985, 10.1109/TCAD.1985.1270142;
 * Hosea and Shampine 1996, 10.1016/0168-9274(95)00115-8. Both stages share the coefficient g h / 2 of I.
 */
const GAMMA = 2 - Math.SQRT2;
const OLD_WEIGHT = (1 - GAMMA) ** 2 / (GAMMA * (2 - GAMMA));
const STAGE_WEIGHT = 1 / (GAMMA * (2 - GAMMA));
/** k of the local error 2 k h (f_n / g - f_g / (g (1 - g)) + f_1 / (1 - g)). */
const ERROR = (-3 * GAMMA ** 2 + 4 * GAMMA - 2) / (12 * (2 - GAMMA));
const MOST_ITERATIONS = 30;
/** Of a Newton step beside the accuracy asked for. */
const NEWTON_PART = 1e-3;

export class Stepper {
  readonly assembly: Assembly;
  readonly tolerance: number;
  readonly y: Float64Array;
  /** Largest potential and inductor current so far: what errors are relative to. */
  scale_V = 0;
  scale_A = 0;
  /** Per device with a charge: dq/dt at the end of the last step. */
  readonly chargeRate_A: Float64Array;
  readonly #system: System;
  readonly #matrix: Float64Array;
  readonly #right: Float64Array;
  readonly #order: Int32Array;
  readonly #q0: Float64Array;
  readonly #i0: Float64Array;
  readonly #y0: Float64Array;
  readonly #qStage: Float64Array;
  readonly #iStage: Float64Array;
  readonly #charge0: Float64Array;
  readonly #chargeStage: Float64Array;
  readonly #error: Float64Array;

  constructor(assembly: Assembly, tolerance: number) {
    const { size, devices } = assembly;
    const vector = () => new Float64Array(size);
    this.assembly = assembly;
    this.tolerance = tolerance;
    this.#system = new System(size);
    this.#matrix = new Float64Array(size * size);
    this.#order = new Int32Array(size);
    [this.y, this.#right, this.#q0, this.#i0, this.#y0, this.#qStage, this.#iStage, this.#error] = [
      vector(),
      vector(),
      vector(),
      vector(),
      vector(),
      vector(),
      vector(),
      vector(),
    ];
    this.#charge0 = new Float64Array(devices.length);
    this.#chargeStage = new Float64Array(devices.length);
    this.chargeRate_A = new Float64Array(devices.length);
    const system = this.#system;
    for (const device of devices) device.initial?.(system);
    this.#q0.set(system.Q);
  }

  /** Unknown -> row of the error's scale: potentials first, inductors by their currents, the rest without. */
  #scaleOf(row: number): number {
    const { nodes, inductors } = this.assembly;
    if (row < nodes.length) return this.scale_V;
    return inductors.includes(row) ? this.scale_A : 0;
  }

  #updateScales(): void {
    const { nodes, inductors } = this.assembly;
    for (let k = 0; k < nodes.length; k++) this.scale_V = Math.max(this.scale_V, Math.abs(this.y[k]));
    for (const row of inductors) this.scale_A = Math.max(this.scale_A, Math.abs(this.y[row]));
  }

  /** Everything at y and time, into the system. */
  #load(time_s: number): void {
    this.#system.clear();
    for (const device of this.assembly.devices) device.load(this.y, time_s, this.#system);
  }

  /**
   * Newton on (Q - target) / coefficient + I + carried = 0 from the present y.
   * @returns whether it converged
   */
  #solve(time_s: number, coefficient_s: number, target: Float64Array, carried: Float64Array | undefined): boolean {
    const { y } = this;
    const system = this.#system;
    const n = y.length;
    const nodes = this.assembly.nodes.length;
    let before = Infinity;
    for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
      this.#load(time_s);
      for (let k = 0; k < n; k++)
        this.#right[k] = -((system.Q[k] - target[k]) / coefficient_s + system.I[k] + (carried?.[k] ?? 0));
      for (let k = 0; k < n * n; k++) this.#matrix[k] = system.dQ[k] / coefficient_s + system.dI[k];
      if (solveDense(this.#matrix, this.#right, this.#order) >= 0) return false;
      let change = 0;
      let size = this.scale_V;
      for (let k = 0; k < nodes; k++) {
        change = Math.max(change, Math.abs(this.#right[k]));
        size = Math.max(size, Math.abs(y[k]));
      }
      if (!Number.isFinite(change)) return false;
      // a leap far beyond the scale of the circuit comes from a slope near zero: half the way
      const leap = iteration > 2 && change > 0.5 * before && change > this.tolerance * size ? 0.5 : 1;
      for (let k = 0; k < n; k++) y[k] += leap * this.#right[k];
      const allowed = NEWTON_PART * this.tolerance * size + 1e-14 * size;
      if (leap === 1 && (change <= allowed || change === 0)) {
        this.#load(time_s);
        return true;
      }
      before = change;
    }
    return false;
  }

  /** A backward Euler step, for the instants after an edge: it needs no slopes from before. @returns whether it converged */
  stepEuler(time_s: number, h_s: number): boolean {
    const { devices } = this.assembly;
    this.#y0.set(this.y);
    devices.forEach((device, k) => {
      device.save?.();
      device.begin?.(this.y, h_s);
      this.#charge0[k] = device.charge?.(this.y) ?? 0;
    });
    if (!this.#solve(time_s + h_s, h_s, this.#q0, undefined)) {
      this.#undo();
      return false;
    }
    devices.forEach((device, k) => {
      device.commit?.();
      device.disagreement?.(this.#y0, this.y, h_s);
      this.chargeRate_A[k] = device.charge ? (device.charge(this.y) - (this.#charge0[k] ?? 0)) / h_s : 0;
    });
    this.#updateScales();
    this.accept();
    return true;
  }

  /**
   * A trial step; `accept` keeps it, `reject` takes it back.
   * @returns its error beside the tolerance; Infinity when the equations were not solved
   */
  step(time_s: number, h_s: number): number {
    const { devices, nodes, inductors } = this.assembly;
    const { y } = this;
    const system = this.#system;
    const n = y.length;
    const coefficient_s = (GAMMA / 2) * h_s;
    this.#y0.set(y);
    devices.forEach((device, k) => {
      device.save?.();
      device.begin?.(y, GAMMA * h_s);
      this.#charge0[k] = device.charge?.(y) ?? 0;
    });
    if (!this.#solve(time_s + GAMMA * h_s, coefficient_s, this.#q0, this.#i0)) return Infinity;
    this.#qStage.set(system.Q);
    this.#iStage.set(system.I);
    devices.forEach((device, k) => {
      device.commit?.();
      this.#chargeStage[k] = device.charge?.(y) ?? 0;
      device.begin?.(y, (1 - GAMMA) * h_s);
    });
    for (let k = 0; k < n; k++) this.#error[k] = STAGE_WEIGHT * this.#qStage[k] - OLD_WEIGHT * this.#q0[k];
    if (!this.#solve(time_s + h_s, coefficient_s, this.#error, undefined)) return Infinity;
    devices.forEach((device, k) => {
      device.commit?.();
      const target = STAGE_WEIGHT * this.#chargeStage[k] - OLD_WEIGHT * this.#charge0[k];
      this.chargeRate_A[k] = device.charge ? (device.charge(y) - target) / coefficient_s : 0;
    });
    // the error of Q, as potentials and currents: filtered by the matrix of the step, so that stiff parts do not count twice
    for (let k = 0; k < n; k++)
      this.#right[k] =
        (2 *
          ERROR *
          h_s *
          (this.#i0[k] / GAMMA - this.#iStage[k] / (GAMMA * (1 - GAMMA)) + system.I[k] / (1 - GAMMA))) /
        coefficient_s;
    for (let k = 0; k < n * n; k++) this.#matrix[k] = system.dQ[k] / coefficient_s + system.dI[k];
    // rows without a store hold exactly: their I is rounding
    for (let k = 0; k < n; k++) if (!stores(system.dQ, n, k)) this.#right[k] = 0;
    if (solveDense(this.#matrix, this.#right, this.#order) >= 0) return Infinity;
    this.#updateScales();
    let worst = 0;
    const count = (row: number) => {
      const scale = this.#scaleOf(row);
      if (scale > 0) worst = Math.max(worst, Math.abs(this.#right[row]) / scale);
    };
    for (let k = 0; k < nodes.length; k++) count(k);
    for (const row of inductors) count(row);
    for (const device of devices) worst = Math.max(worst, device.disagreement?.(this.#y0, y, h_s) ?? 0);
    return worst / this.tolerance;
  }

  /** Potentials of now: no store takes part. @returns whether Newton converged */
  solveNow(time_s: number): boolean {
    this.#q0.fill(0);
    for (const device of this.assembly.devices) device.begin?.(this.y, 0);
    const solved = this.#solve(time_s, 1, this.#q0, undefined);
    this.#updateScales();
    return solved;
  }

  /** Every junction over dt, under the voltage it has now. */
  moveJunctions(dt_s: number): void {
    for (const device of this.assembly.devices) {
      device.save?.();
      device.begin?.(this.y, dt_s);
      if (device.states.length > 0) device.hold?.(this.y, dt_s);
    }
  }

  /** The end of the last step becomes the start of the next. */
  accept(): void {
    this.#q0.set(this.#system.Q);
    this.#i0.set(this.#system.I);
  }

  reject(): void {
    this.#undo();
  }

  #undo(): void {
    this.y.set(this.#y0);
    for (const device of this.assembly.devices) device.rewind?.();
  }
}

function stores(dQ: Float64Array, n: number, row: number): boolean {
  for (let j = 0; j < n; j++) if (dQ[row * n + j] !== 0) return true;
  return false;
}
