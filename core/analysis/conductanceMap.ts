import type { Grid } from "../crossbar/grid.ts";
import { finiteOf, mean, median, sampleDeviation } from "./statistics.ts";

/** Conductance of every junction of a grid; NaN where it was not read. */
export interface ConductanceMap {
  readonly grid: Grid;
  /** rows x columns, row-major. */
  readonly conductance_S: Float64Array;
  /** Reads behind each value. */
  readonly reads: Uint32Array;
}

export interface MapStatistics {
  readonly n: number;
  readonly smallest_S: number;
  readonly median_S: number;
  readonly mean_S: number;
  readonly largest_S: number;
  readonly deviation_S: number;
}

/**
 * Mean of I / V over the reads of each junction.
 * @throws RangeError when a read is outside the grid
 */
export function mapConductance(
  grid: Grid,
  reads: readonly { row: number; column: number; voltage_V: number; current_A: number }[],
): ConductanceMap {
  const conductance_S = new Float64Array(grid.rows * grid.columns);
  const counts = new Uint32Array(grid.rows * grid.columns);
  for (const { row, column, voltage_V, current_A } of reads) {
    if (!(row >= 0 && row < grid.rows && column >= 0 && column < grid.columns))
      throw new RangeError(
        `read of row ${row}, column ${column} is outside the grid of ${grid.rows} x ${grid.columns}`,
      );
    const g = current_A / voltage_V;
    if (!Number.isFinite(g)) continue;
    const k = row * grid.columns + column;
    conductance_S[k] = (conductance_S[k] ?? 0) + g;
    counts[k] = (counts[k] ?? 0) + 1;
  }
  for (let k = 0; k < counts.length; k++)
    conductance_S[k] = counts[k] === 0 ? Number.NaN : (conductance_S[k] ?? 0) / (counts[k] ?? 1);
  return { grid, conductance_S, reads: counts };
}

export function describeMap(map: ConductanceMap): MapStatistics {
  const kept = finiteOf(map.conductance_S).sort((a, b) => a - b);
  return {
    n: kept.length,
    smallest_S: kept[0] ?? Number.NaN,
    median_S: median(kept),
    mean_S: mean(kept),
    largest_S: kept.at(-1) ?? Number.NaN,
    deviation_S: sampleDeviation(kept),
  };
}
