import { type Grid, junctionCount } from "./crossbar/grid.ts";
import { groupLines } from "./limiter/groupLines.ts";
import { junctionDrive } from "./limiter/junctionDrive.ts";
import type { Thresholds } from "./limiter/stretch.ts";
import type { MultiplyStep } from "./protocol/protocol.ts";
import type { Stimulus } from "./stimulus.ts";

/** Largest |V| that each junction is commanded to in a plan, row-major; floating lines command none. */
export class PeakBook {
  readonly largest_V: Float64Array;
  readonly #grid: Grid;
  readonly #thresholds: Thresholds;
  /** What every junction has seen already: lower drives need no visit. */
  #floor_V = 0;

  /** @param thresholds those of the run, only so that drives are compared once for limits and peaks */
  constructor(grid: Grid, thresholds: Thresholds) {
    this.#grid = grid;
    this.#thresholds = thresholds;
    this.largest_V = new Float64Array(junctionCount(grid));
  }

  add(stimulus: Stimulus): void {
    const { above_V, duty } = this.#thresholds;
    const columns = groupLines(stimulus.columns);
    for (const [row, rowLines] of groupLines(stimulus.rows))
      for (const [column, columnLines] of columns) {
        const volts = junctionDrive(row, column, stimulus.duration_s, above_V, duty).largest_V;
        if (volts <= this.#floor_V) continue;
        for (const r of rowLines) for (const c of columnLines) this.#raise(r * this.#grid.columns + c, volts);
        // most junctions: worth the look whether all have seen more now
        if (2 * rowLines.length * columnLines.length > this.largest_V.length)
          this.#floor_V = this.largest_V.reduce((least, value) => Math.min(least, value), Infinity);
      }
  }

  addVectors({ inputs_V }: MultiplyStep): void {
    const { rows, columns } = this.#grid;
    for (let row = 0; row < rows; row++) {
      let most = 0;
      for (let k = row; k < inputs_V.length; k += rows) most = Math.max(most, Math.abs(inputs_V[k] ?? 0));
      for (let column = 0; column < columns; column++) this.#raise(row * columns + column, most);
    }
  }

  #raise(junction: number, volts: number): void {
    if (volts > (this.largest_V[junction] ?? 0)) this.largest_V[junction] = volts;
  }
}
