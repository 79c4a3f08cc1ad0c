import type { MeanLine } from "./coarseLine.ts";

/**
 * log2 of the coarse spacing H for lines of the mean kind and junctions of mean conductance g; 0 = no coarse grid.
 *
 * l = sqrt(segment conductance / g) is the distance in cells over which a line follows its source. Lines alone need
 * iterations in proportion to N / l, so below N / l = 2 a coarse grid has nothing to do. Above, kappa = 1 + (H / (pi l))^2:
 * H = 16 where l >= 24, 8, and 4 where l < 2.
 * @param smallestRow_ohm the smallest segment resistance of a row
 */
export function chooseSpacing(rowLine: MeanLine, columnLine: MeanLine, g_S: number, smallestRow_ohm: number): number {
  if (!(g_S > 0)) return 0;
  // differences of neighbours on a wire this good are lost in the last digits of their potentials (conjugateGradients.ts)
  if (smallestRow_ohm * g_S < 1e-8) return 0;
  const rowLength = Math.sqrt(rowLine.segment_S / g_S);
  const columnLength = Math.sqrt(columnLine.segment_S / g_S);
  const extent = Math.SQRT2 / Math.hypot(rowLength / rowLine.nodes, columnLength / columnLine.nodes);
  if (extent < 2) return 0;
  const length = Math.min(rowLength, columnLength);
  return length < 2 ? 2 : length < 24 ? 3 : 4;
}
