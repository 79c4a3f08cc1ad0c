import { readCapacitances, type Capacitances } from "../crossbar/effects/capacitance.ts";
import type { Effect, Moment } from "../crossbar/effects/effect.ts";
import { type EffectsConfig, findEffect, makeEffects } from "../crossbar/effects/index.ts";
import type { ColumnNoise, NoiseEffect } from "../crossbar/effects/noise.ts";
import { type AffectedKernel, withEffects } from "../crossbar/effects/withEffects.ts";
import type { Environment } from "../crossbar/environment.ts";
import type { Grid } from "../crossbar/grid.ts";
import type { JunctionKernel } from "../crossbar/model.ts";
import { fillParameters } from "../crossbar/models/parameters.ts";
import type { JunctionState } from "../crossbar/state.ts";
import { ROOM_TEMPERATURE_K } from "../crossbar/constants.ts";
import type { Circuit } from "./circuit.ts";
import type { LineVoltages } from "./lineVoltages.ts";

/** Lines are built anew when the conductivity of their liquid moved by this part. */
const LINE_CHANGE = 1e-3;

/** All effects of one emulated array: its kernel with them, and when each stage is called. */
export class ArrayEffects {
  readonly kernel: JunctionKernel;
  readonly list: readonly Effect[];
  readonly capacitances: Capacitances | undefined;
  readonly columnNoise: ColumnNoise | undefined;
  readonly #affected: AffectedKernel;
  readonly #environment: Environment;
  readonly #moment: { -readonly [K in keyof Moment]: Moment[K] };
  readonly #row_V: Float64Array;
  readonly #column_V: Float64Array;
  readonly #squares_A2: Float64Array;
  #warming_K = 0;
  #lineFactor = 1;

  /**
   * @param state of `kernel`, freshly allocated; effects may write constants of single junctions
   * @throws RangeError, ParameterError naming the effect and the parameter
   */
  constructor(
    config: EffectsConfig,
    kernel: JunctionKernel,
    state: JunctionState,
    environment: Environment,
    seed: number,
  ) {
    const { grid } = state;
    this.list = makeEffects(config, { grid, kernel, state, environment, seed });
    const { capacitance } = config;
    if (capacitance) this.capacitances = readCapacitances(fillParameters(findEffect("capacitance"), capacitance));
    this.columnNoise = this.list.find((effect): effect is NoiseEffect => effect.name === "noise")?.columnNoise;
    const count = grid.rows * grid.columns;
    this.#affected = withEffects(kernel, count, this.list);
    this.kernel = this.#affected.kernel;
    this.#environment = environment;
    this.#moment = emptyMoment(grid);
    this.#row_V = new Float64Array(grid.rows);
    this.#column_V = new Float64Array(grid.columns);
    this.#squares_A2 = new Float64Array(grid.columns);
  }

  /** Potentials of the liquid at the ends of the lines. The lists are reused by the next call. */
  levels(row_V: Float64Array, column_V: Float64Array): { row_V: Float64Array; column_V: Float64Array } {
    this.#row_V.set(row_V);
    this.#column_V.set(column_V);
    for (const effect of this.list) effect.levels?.(this.#row_V, this.#column_V);
    return { row_V: this.#row_V, column_V: this.#column_V };
  }

  /** Longest step that every effect takes, seconds. */
  get largestStep_s(): number {
    let least = Infinity;
    for (const effect of this.list) least = Math.min(least, effect.largestStep_s?.() ?? Infinity);
    return least;
  }

  /** Moves every effect by a step that begins at the present solution of the circuit. */
  advance(circuit: Circuit, lines: LineVoltages, end_s: number, dt_s: number): void {
    this.#noteChanges(lines, end_s);
    const moment = this.#observe(circuit);
    let changed = false;
    for (const effect of this.list) if (effect.advance?.(moment, dt_s)) changed = true;
    this.#moment.time_s += dt_s;
    if (changed) this.#affected.refresh();
    let [warming_K, factor] = [0, 1];
    for (const effect of this.list) {
      warming_K += effect.warming_K?.() ?? 0;
      factor *= effect.lineFactor?.() ?? 1;
    }
    if (warming_K !== this.#warming_K) {
      this.#warming_K = warming_K;
      const { temperature_K = ROOM_TEMPERATURE_K } = this.#environment;
      this.#affected.surround({ ...this.#environment, temperature_K: temperature_K + warming_K });
    }
    if (Math.abs(factor / this.#lineFactor - 1) < LINE_CHANGE) return;
    this.#lineFactor = factor;
    circuit.scaleLiquid(factor);
  }

  /** Moves the noise of the columns that are read to the next sample. */
  sampleNoise(circuit: Circuit, dt_s: number, filter_s: number, read: readonly number[]): void {
    const noise = this.columnNoise;
    if (!noise) return;
    noise.advance(dt_s, filter_s, read);
    const { columns } = circuit.state.grid;
    const { voltage_V, conductance_S } = circuit;
    const slope_S = this.#moment.columnSlope_S;
    for (const j of read) {
      let squares = 0;
      let slope = 0;
      for (let k = j; k < voltage_V.length; k += columns) {
        const g = conductance_S[k] ?? 0;
        const current = g * (voltage_V[k] ?? 0);
        squares += current * current;
        slope += g;
      }
      this.#squares_A2[j] = squares;
      slope_S[j] = slope;
    }
  }

  white_A_rtHz(column: number, current_A: number): number {
    return this.columnNoise?.white_A_rtHz(this.#moment.columnSlope_S[column] ?? 0, current_A) ?? 0;
  }

  coloured_A(column: number): number {
    return this.columnNoise?.coloured_A(column, this.#squares_A2[column] ?? 0) ?? 0;
  }

  /** How far the instruments move the lines until just before `end_s`; leaves them there. */
  #noteChanges(lines: LineVoltages, end_s: number): void {
    this.#row_V.set(lines.row_V);
    this.#column_V.set(lines.column_V);
    lines.moveBefore(end_s);
    for (const [change_V, now_V] of [
      [this.#row_V, lines.row_V],
      [this.#column_V, lines.column_V],
    ] as const)
      for (let k = 0; k < change_V.length; k++) {
        const change = (now_V[k] ?? 0) - (change_V[k] ?? 0);
        change_V[k] = Number.isNaN(change) ? 0 : change;
      }
  }

  #observe(circuit: Circuit): Moment {
    const { voltage_V, conductance_S, access_ohm, columnCurrent_A } = circuit;
    const { rowCurrent_A, rowSlope_S, columnSlope_S, rowRise_A, columnRise_A } = this.#moment;
    const [row_V, column_V] = [this.#row_V, this.#column_V];
    columnSlope_S.fill(0);
    columnRise_A.fill(0);
    // plain numbers, every step walks through all junctions
    const count = columnCurrent_A.length;
    for (let i = 0; i < rowCurrent_A.length; i++) {
      const change_V = row_V[i] ?? 0;
      let current = 0;
      let slope = 0;
      let rise = 0;
      for (let j = 0, k = i * count; j < count; j++, k++) {
        const own = conductance_S[k] ?? 0;
        const g = own / (1 + own * access_ohm);
        const more = g * (change_V - (column_V[j] ?? 0));
        current += own * (voltage_V[k] ?? 0);
        slope += g;
        rise += more;
        columnSlope_S[j] = (columnSlope_S[j] ?? 0) + g;
        columnRise_A[j] = (columnRise_A[j] ?? 0) + more;
      }
      rowCurrent_A[i] = current;
      rowSlope_S[i] = slope;
      rowRise_A[i] = rise;
    }
    if (circuit.companions) rowCurrent_A.set(circuit.companions.rowCurrent_A);
    this.#moment.voltage_V = voltage_V;
    this.#moment.conductance_S = conductance_S;
    this.#moment.access_ohm = access_ohm;
    this.#moment.columnCurrent_A = columnCurrent_A;
    return this.#moment;
  }
}

function emptyMoment({ rows, columns }: Grid): { -readonly [K in keyof Moment]: Moment[K] } {
  return {
    time_s: 0,
    voltage_V: new Float64Array(0),
    conductance_S: new Float64Array(0),
    access_ohm: 0,
    rowCurrent_A: new Float64Array(rows),
    columnCurrent_A: new Float64Array(columns),
    rowSlope_S: new Float64Array(rows),
    columnSlope_S: new Float64Array(columns),
    rowRise_A: new Float64Array(rows),
    columnRise_A: new Float64Array(columns),
  };
}
