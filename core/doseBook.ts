import { type Grid, junctionCount } from "./crossbar/grid.ts";
import { groupLines } from "./limiter/groupLines.ts";
import { junctionDrive } from "./limiter/junctionDrive.ts";
import type { Thresholds } from "./limiter/stretch.ts";
import type { MultiplyStep } from "./protocol/protocol.ts";
import type { LineDrive, Stimulus } from "./stimulus.ts";

/**
 * Integral of |v| dt of every junction, told apart by whether the junction was a target: what a protocol does to the
 * neighbours of what it writes. Most lines of a step share one drive, so a step costs rows + columns and not their
 * product: a common share, one per odd row, one per odd column, and a correction where odd lines cross.
 */
export class DoseBook {
  readonly selected_Vs: Float64Array;
  floatingSteps = 0;
  readonly #grid: Grid;
  readonly #thresholds: Thresholds;
  #common_Vs = 0;
  readonly #row_Vs: Float64Array;
  readonly #column_Vs: Float64Array;
  readonly #crossing_Vs: Float64Array;

  /** @param thresholds those of the run, only so that drives are compared once for limits and doses */
  constructor(grid: Grid, thresholds: Thresholds) {
    this.#grid = grid;
    this.#thresholds = thresholds;
    this.selected_Vs = new Float64Array(junctionCount(grid));
    this.#crossing_Vs = new Float64Array(junctionCount(grid));
    this.#row_Vs = new Float64Array(grid.rows);
    this.#column_Vs = new Float64Array(grid.columns);
  }

  add(stimulus: Stimulus): void {
    const rows = groupLines(stimulus.rows);
    const columns = groupLines(stimulus.columns);
    if (rows.has("floating") || columns.has("floating")) this.floatingSteps++;
    const { above_V, duty } = this.#thresholds;
    const dose = (row: LineDrive, column: LineDrive) =>
      junctionDrive(row, column, stimulus.duration_s, above_V, duty).dose_Vs;
    const usualRow = mostCommon(rows);
    const usualColumn = mostCommon(columns);
    const usual_Vs = dose(usualRow, usualColumn);
    this.#common_Vs += usual_Vs;
    for (const [row, lines] of rows)
      if (row !== usualRow) for (const r of lines) bump(this.#row_Vs, r, dose(row, usualColumn) - usual_Vs);
    for (const [column, lines] of columns)
      if (column !== usualColumn) for (const c of lines) bump(this.#column_Vs, c, dose(usualRow, column) - usual_Vs);
    for (const [row, rowLines] of rows)
      for (const [column, columnLines] of columns) {
        if (row === usualRow || column === usualColumn) continue;
        const rest_Vs = dose(row, column) - dose(row, usualColumn) - dose(usualRow, column) + usual_Vs;
        for (const r of rowLines) for (const c of columnLines) bump(this.#crossing_Vs, this.#index(r, c), rest_Vs);
      }
    for (const { row, column } of stimulus.targets) {
      const own_Vs = dose(stimulus.rows[row] ?? "floating", stimulus.columns[column] ?? "floating");
      bump(this.selected_Vs, this.#index(row, column), own_Vs);
      bump(this.#crossing_Vs, this.#index(row, column), -own_Vs);
    }
  }

  /** A product is meant for every junction. */
  addVectors({ inputs_V, readout }: MultiplyStep): void {
    const { rows, columns } = this.#grid;
    for (let row = 0; row < rows; row++) {
      let dose_Vs = 0;
      for (let k = row; k < inputs_V.length; k += rows) dose_Vs += Math.abs(inputs_V[k] ?? 0) * readout.integration_s;
      for (let column = 0; column < columns; column++) bump(this.selected_Vs, this.#index(row, column), dose_Vs);
    }
  }

  /** Row-major; the shares nearly cancel for targets, so what is left of rounding counts as nothing. */
  halfSelect_Vs(): Float64Array {
    const { columns } = this.#grid;
    return this.#crossing_Vs.map((crossing_Vs, k) => {
      const shares_Vs =
        this.#common_Vs + (this.#row_Vs[Math.floor(k / columns)] ?? 0) + (this.#column_Vs[k % columns] ?? 0);
      const dose_Vs = shares_Vs + crossing_Vs;
      return dose_Vs > 1e-12 * (Math.abs(shares_Vs) + Math.abs(crossing_Vs)) ? dose_Vs : 0;
    });
  }

  #index(row: number, column: number): number {
    return row * this.#grid.columns + column;
  }
}

function mostCommon(groups: ReadonlyMap<LineDrive, readonly number[]>): LineDrive {
  let best: LineDrive = "floating";
  let most = 0;
  for (const [drive, lines] of groups)
    if (lines.length > most) {
      best = drive;
      most = lines.length;
    }
  return best;
}

function bump(values: Float64Array, index: number, by: number): void {
  values[index] = (values[index] ?? 0) + by;
}
