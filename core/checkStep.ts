import type { Capabilities } from "./arrayBackend.ts";
import { GROUND } from "./bias.ts";
import type { Grid } from "./crossbar/grid.ts";
import { LimitError, ProtocolError, UnsupportedError } from "./errors.ts";
import { junctionDrive } from "./junctionDrive.ts";
import { checkDwell, checkSlew, checkVoltage, type Limits, strictest } from "./limits.ts";
import type { ApplyStep, MultiplyStep, Step } from "./protocol/protocol.ts";
import type { LineDrive, Stimulus } from "./stimulus.ts";
import { formatSI } from "./units.ts";
import {
  checkWaveform,
  largestMagnitude_V,
  largestSlew_V_s,
  largestStep_V,
  valueAt,
  type Waveform,
} from "./waveform.ts";

/** What a step will do, as far as its commands tell. */
export interface StepFigures {
  readonly duration_s: number;
  /** Largest |V| between a row and a column. */
  readonly largest_V: number;
  /** Samples over all channels. */
  readonly samples: number;
  /** Products (vectors x columns). */
  readonly products: number;
}

/** The limits of a run: the experiment's, and the array's own voltage range. */
export function limitsInForce(limits: Limits, { voltageRange_V: [least, most] }: Capabilities): Limits {
  return strictest(limits, { voltage_V: Math.max(Math.abs(least), Math.abs(most)) });
}

/** Rows (or columns) that share one drive; waveforms are shared by reference, so there are two or three groups. */
export function groupLines(drives: readonly LineDrive[]): ReadonlyMap<LineDrive, readonly number[]> {
  const groups = new Map<LineDrive, number[]>();
  drives.forEach((drive, line) => {
    const group = groups.get(drive);
    if (group) group.push(line);
    else groups.set(drive, [line]);
  });
  return groups;
}

/**
 * Admits the steps of one run in order, or refuses: every voltage that reaches an array has passed `check`.
 * It remembers how long each junction has been above the dwell threshold, because steps follow without a pause.
 */
export class StepChecker {
  readonly #grid: Grid;
  readonly #capabilities: Capabilities;
  readonly #limits: Limits;
  readonly #dwelling = new Map<number, number>();

  /** @param limits the limits in force */
  constructor(grid: Grid, capabilities: Capabilities, limits: Limits) {
    this.#grid = grid;
    this.#capabilities = capabilities;
    this.#limits = limits;
  }

  /**
   * @param where for the message, e.g. "iv-sweep step 3 (r0 c1)"
   * @throws LimitError beyond a limit, UnsupportedError beyond the array's capabilities, ProtocolError for what no array
   * could do (wrong sizes, NaN)
   */
  check(step: Step, where: string): StepFigures {
    switch (step.kind) {
      case "mark":
        return { duration_s: 0, largest_V: 0, samples: 0, products: 0 };
      case "apply":
        return this.#checkApply(step, where);
      case "multiply":
        return this.#checkMultiply(step, where);
    }
  }

  #checkApply({ stimulus, readout }: ApplyStep, where: string): StepFigures {
    const { duration_s } = stimulus;
    if (!(duration_s > 0 && Number.isFinite(duration_s)))
      throw malformed(where, `the stimulus lasts ${duration_s} s, allowed are finite values above 0`);
    this.#checkSize(stimulus.rows.length, this.#grid.rows, "rows", where);
    this.#checkSize(stimulus.columns.length, this.#grid.columns, "columns", where);
    const { referenceRow } = stimulus;
    if (!isIndex(referenceRow, this.#grid.rows))
      throw malformed(where, `the reference row is ${referenceRow}, allowed are 0 to ${this.#grid.rows - 1}`);
    for (const { row, column } of stimulus.targets)
      if (!isIndex(row, this.#grid.rows) || !isIndex(column, this.#grid.columns))
        throw malformed(where, `the target row ${row}, column ${column} is outside the array`);
    this.#checkReadout(readout.columns, readout.currentRange_A, where);
    this.#checkSampling(readout.samplePeriod_s, duration_s, where);
    for (const { start_s, end_s, label = "" } of readout.windows)
      if (!(start_s >= 0 && end_s > start_s && end_s <= duration_s * (1 + 1e-9)))
        throw malformed(
          where,
          `the read window ${label} from ${start_s} to ${end_s} s is not inside 0 to ${duration_s} s`,
        );

    const rows = groupLines(stimulus.rows);
    const columns = groupLines(stimulus.columns);
    for (const drive of [...rows.keys(), ...columns.keys()]) this.#checkLine(drive, where);
    this.#checkLineCounts(rows, columns, where);
    const largest_V = this.#checkJunctions(stimulus, rows, columns, where);
    this.#checkEnvironment(stimulus, where);
    // both ends are sampled; periods that are whole but for rounding count as whole
    const perChannel = Math.floor((duration_s / readout.samplePeriod_s) * (1 + 1e-12)) + 1;
    return { duration_s, largest_V, samples: perChannel * readout.columns.length, products: 0 };
  }

  #checkMultiply({ inputs_V, readout, expected_A }: MultiplyStep, where: string): StepFigures {
    const { capabilities: can, rows } = { capabilities: this.#capabilities, rows: this.#grid.rows };
    if (can.products === "none" || can.unselectedLines === "floating")
      throw new UnsupportedError("products", `${where}: ${can.name} has no products, its unselected lines float`);
    const batch = inputs_V.length / rows;
    if (!(Number.isInteger(batch) && batch >= 1))
      throw malformed(where, `${inputs_V.length} inputs are no whole vectors of ${rows} rows`);
    this.#checkReadout(readout.columns, readout.currentRange_A, where);
    if (readout.columns.length === 0) throw malformed(where, "a product needs at least one column");
    if (expected_A && expected_A.length !== batch * readout.columns.length)
      throw malformed(where, `${expected_A.length} expected products, must be ${batch * readout.columns.length}`);
    const { integration_s, rest_s } = readout;
    if (!(integration_s > 0 && Number.isFinite(integration_s)) || !(rest_s >= 0 && Number.isFinite(rest_s)))
      throw malformed(
        where,
        `integration_s ${integration_s} and rest_s ${rest_s} must be finite, above 0 and not below 0`,
      );

    let largest_V = 0;
    let mostDriven = 0;
    for (let vector = 0; vector < batch; vector++) {
      let driven = 0;
      for (let row = 0; row < rows; row++) {
        const voltage_V = inputs_V[vector * rows + row] ?? Number.NaN;
        this.#checkCommand(voltage_V, `${where}, vector ${vector} row ${row}`);
        largest_V = Math.max(largest_V, Math.abs(voltage_V));
        if (voltage_V !== 0) driven++;
      }
      mostDriven = Math.max(mostDriven, driven);
    }
    // what cannot be driven at once is superposed row by row, which lasts longer
    const passes = can.products === "superposed" ? rows : 1;
    if (passes === 1 && mostDriven > can.rowsDrivenAtOnce)
      throw new UnsupportedError(
        "rows driven at once",
        `${where}: ${mostDriven} rows, allowed are ${can.rowsDrivenAtOnce}`,
      );
    if (largest_V > 0 && this.#limits.slew_V_s !== Infinity) checkSlew(Infinity, this.#limits, where);
    this.#checkVectorDwell(inputs_V, integration_s, rest_s, where);
    this.#dwelling.clear();
    return {
      duration_s: batch * passes * (integration_s + rest_s),
      largest_V,
      samples: 0,
      products: batch * readout.columns.length,
    };
  }

  #checkSize(found: number, expected: number, what: string, where: string): void {
    if (found !== expected) throw malformed(where, `the stimulus has ${found} ${what}, the array ${expected}`);
  }

  #checkReadout(columns: readonly number[], currentRange_A: number | "auto", where: string): void {
    columns.forEach((column, k) => {
      if (!isIndex(column, this.#grid.columns) || (k > 0 && column <= (columns[k - 1] ?? -1)))
        throw malformed(where, `column ${column} is read, allowed are 0 to ${this.#grid.columns - 1}, ascending`);
    });
    const { columnsSensedAtOnce, currentRanges_A } = this.#capabilities;
    if (columns.length > columnsSensedAtOnce)
      throw new UnsupportedError(
        "columns sensed at once",
        `${where}: ${columns.length} columns are read at once, allowed are ${columnsSensedAtOnce}`,
      );
    if (currentRange_A === "auto") return;
    if (!(currentRange_A > 0))
      throw malformed(where, `the current range is ${currentRange_A} A, allowed are values above 0`);
    if (currentRanges_A.length > 0 && !currentRanges_A.includes(currentRange_A))
      throw new UnsupportedError(
        "current range",
        `${where}: current range ${formatSI(currentRange_A, "A")}, allowed are ${currentRanges_A.map((range) => formatSI(range, "A")).join(", ")}`,
      );
  }

  #checkSampling(samplePeriod_s: number, duration_s: number, where: string): void {
    if (!(samplePeriod_s > 0 && samplePeriod_s <= duration_s * (1 + 1e-9)))
      throw malformed(where, `a sample every ${samplePeriod_s} s, allowed are values above 0 up to ${duration_s} s`);
    const { fastestSampling_Hz } = this.#capabilities;
    if (!(1 / samplePeriod_s <= fastestSampling_Hz * (1 + 1e-9)))
      throw new UnsupportedError(
        "sampling",
        `${where}: ${formatSI(1 / samplePeriod_s, "Hz")} sampling, allowed are up to ${formatSI(fastestSampling_Hz, "Hz")}`,
      );
  }

  #checkLine(drive: LineDrive, where: string): void {
    if (drive === "floating") {
      if (this.#capabilities.unselectedLines === "grounded")
        throw new UnsupportedError("floating lines", `${where}: ${this.#capabilities.name} cannot let a line float`);
      return;
    }
    if (drive === GROUND) return;
    try {
      checkWaveform(drive);
    } catch (error) {
      throw malformed(where, error instanceof Error ? error.message : String(error));
    }
    const [least, most] = this.#capabilities.voltageRange_V;
    const largest_V = largestMagnitude_V(drive);
    if (largest_V > Math.max(Math.abs(least), Math.abs(most)))
      throw new LimitError("line voltage", formatSI(largest_V, "V", 6), `${least} to ${most} V`, where);
    if (this.#limits.slew_V_s !== Infinity) {
      // lines rest at 0 V before and after a stimulus, so its first and last value are steps too
      const step_V = Math.max(largestStep_V(drive), Math.abs(valueAt(drive, 0)), Math.abs(valueAt(drive, Infinity)));
      checkSlew(step_V > 1e-9 * largest_V ? Infinity : largestSlew_V_s(drive), this.#limits, where);
    }
  }

  #checkLineCounts(rows: Groups, columns: Groups, where: string): void {
    const { unselectedLines, rowsDrivenAtOnce, columnsSensedAtOnce, name } = this.#capabilities;
    if (unselectedLines === "biased") return;
    const resting = (drive: LineDrive) =>
      unselectedLines === "floating" ? drive === "floating" : drive !== "floating" && isZero(drive);
    const count = (groups: Groups) =>
      [...groups].reduce((sum, [drive, lines]) => sum + (resting(drive) ? 0 : lines.length), 0);
    const [driven, sensed] = [count(rows), count(columns)];
    if (driven > rowsDrivenAtOnce)
      throw new UnsupportedError(
        "rows driven at once",
        `${where}: ${driven} rows are driven, ${name} drives ${rowsDrivenAtOnce} at once and leaves the others ${unselectedLines}`,
      );
    if (sensed > columnsSensedAtOnce)
      throw new UnsupportedError(
        "columns sensed at once",
        `${where}: ${sensed} columns are held, ${name} holds ${columnsSensedAtOnce} at once and leaves the others ${unselectedLines}`,
      );
  }

  #checkJunctions({ duration_s }: Stimulus, rows: Groups, columns: Groups, where: string): number {
    let largest_V = 0;
    const dwells = this.#limits.dwell_s !== Infinity;
    const next = new Map<number, number>();
    for (const [row, rowLines] of rows)
      for (const [column, columnLines] of columns) {
        const drive = junctionDrive(row, column, duration_s, this.#limits.dwellAbove_V);
        largest_V = Math.max(largest_V, drive.largest_V);
        const at = () => `${where}, row ${rowLines[0]} column ${columnLines[0]}`;
        if (!(drive.largest_V <= this.#limits.voltage_V)) checkVoltage(drive.largest_V, this.#limits, at());
        if (!dwells) continue;
        checkDwell(drive.longest_s, this.#limits, at());
        if (drive.leading_s === 0 && drive.trailing_s === 0) continue;
        for (const r of rowLines)
          for (const c of columnLines) {
            const before_s = this.#dwelling.get(r * this.#grid.columns + c) ?? 0;
            checkDwell(before_s + drive.leading_s, this.#limits, `${where}, row ${r} column ${c}`);
            const whole = drive.trailing_s >= duration_s;
            if (drive.trailing_s > 0)
              next.set(r * this.#grid.columns + c, whole ? before_s + duration_s : drive.trailing_s);
          }
      }
    this.#dwelling.clear();
    for (const [junction, time_s] of next) this.#dwelling.set(junction, time_s);
    return largest_V;
  }

  #checkEnvironment({ environment = {} }: Stimulus, where: string): void {
    for (const name of Object.keys(environment))
      if (!this.#capabilities.environmentInputs.includes(name))
        throw new UnsupportedError("environment", `${where}: ${this.#capabilities.name} has no input for ${name}`);
  }

  #checkCommand(voltage_V: number, where: string): void {
    if (!Number.isFinite(voltage_V)) throw malformed(where, `the voltage is ${voltage_V}, must be finite`);
    const [least, most] = this.#capabilities.voltageRange_V;
    checkVoltage(voltage_V, this.#limits, where);
    if (Math.abs(voltage_V) > Math.max(Math.abs(least), Math.abs(most)))
      throw new LimitError("line voltage", formatSI(voltage_V, "V", 6), `${least} to ${most} V`, where);
  }

  /** Without a rest between vectors a row stays above the threshold from one vector to the next. */
  #checkVectorDwell(inputs_V: Float64Array, integration_s: number, rest_s: number, where: string): void {
    if (this.#limits.dwell_s === Infinity) return;
    const { rows } = this.#grid;
    for (let row = 0; row < rows; row++) {
      let run_s = Math.max(
        0,
        ...[...this.#dwelling].filter(([k]) => Math.floor(k / this.#grid.columns) === row).map(([, t]) => t),
      );
      for (let at = row; at < inputs_V.length; at += rows) {
        if (Math.abs(inputs_V[at] ?? 0) <= this.#limits.dwellAbove_V) run_s = 0;
        else checkDwell((run_s += integration_s), this.#limits, `${where}, row ${row}`);
        if (rest_s > 0) run_s = 0;
      }
    }
  }
}

type Groups = ReadonlyMap<LineDrive, readonly number[]>;

function isIndex(value: number, count: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < count;
}

function isZero(waveform: Waveform): boolean {
  return waveform === GROUND || largestMagnitude_V(waveform) === 0;
}

function malformed(where: string, reason: string): ProtocolError {
  return new ProtocolError({ file: where, line: 0, column: 0, path: "" }, reason);
}
