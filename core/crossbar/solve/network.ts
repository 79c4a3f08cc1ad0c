import type { Grid } from "../grid.ts";

/**
 * A resistive crossbar, as every solver of this folder takes it.
 *
 * Word line i: source -(rowSource)- -(rowSegment)- W(i,0) -(rowSegment)- W(i,1) ... W(i,columns-1), right end open
 * unless it is driven too (then through one more segment and the same source resistance).
 * Bit line j: top end open (or driven) - B(0,j) -(columnSegment)- ... B(rows-1,j) -(columnSegment)- -(columnSense)- clamp.
 * Every line has exactly as many segments as junctions. Junction (i,j) joins W(i,j) and B(i,j).
 * Zero resistances are allowed (ideal wires, drivers, amplifiers).
 */
export interface ArrayNetwork extends Grid {
  /** rows * columns junction conductances, siemens, finite and >= 0. */
  readonly conductance_S: Float64Array;
  /** One value per row, ohm. */
  readonly rowSegment_ohm: Float64Array;
  readonly rowSource_ohm: Float64Array;
  /** One value per column, ohm. */
  readonly columnSegment_ohm: Float64Array;
  readonly columnSense_ohm: Float64Array;
}

/** Potentials at the ends of the lines, volt; NaN marks an end that is not connected. */
export interface LineDrives {
  /** Left ends of the rows; NaN = floating line. */
  readonly row_V: Float64Array;
  /** Bottom ends (clamps) of the columns; NaN = floating line. */
  readonly column_V: Float64Array;
  /** Right ends of the rows; absent or NaN = open. */
  readonly rightRow_V?: Float64Array;
  /** Top ends of the columns; absent or NaN = open. */
  readonly topColumn_V?: Float64Array;
}

export interface NetworkSolution {
  /** Current into the array at the left ends, ampere, one per row; 0 for a floating row. */
  readonly rowCurrent_A: Float64Array;
  /** Current out of the array at the bottom ends, ampere, one per column; 0 for a floating column. */
  readonly columnCurrent_A: Float64Array;
  /** Node potentials W(i,j) and B(i,j), row-major, volt. */
  readonly rowNode_V: Float64Array;
  readonly columnNode_V: Float64Array;
  /** |b - A x| / |b| of the nodal equations, 2-norm. */
  readonly relativeResidual: number;
}
