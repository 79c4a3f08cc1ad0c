import type { ConnectedEnds } from "../connectedEnds.ts";
import type { ArrayNetwork } from "../network.ts";
import type { MeanLine } from "./coarseLine.ts";

/** The array as the coarse grid sees it: all rows alike, all columns alike. Resistances are averaged, ends count by their share. */
export function meanLines(network: ArrayNetwork, ends: ConnectedEnds): { row: MeanLine; column: MeanLine } {
  const { rows, columns, rowSegment_ohm, rowSource_ohm, columnSegment_ohm, columnSense_ohm } = network;
  return {
    row: {
      nodes: columns,
      segment_S: 1 / mean(rowSegment_ohm),
      start_S: endConductance(rowSegment_ohm, rowSource_ohm, ends.left),
      end_S: endConductance(rowSegment_ohm, rowSource_ohm, ends.right),
    },
    column: {
      nodes: rows,
      segment_S: 1 / mean(columnSegment_ohm),
      start_S: endConductance(columnSegment_ohm, columnSense_ohm, ends.top),
      end_S: endConductance(columnSegment_ohm, columnSense_ohm, ends.bottom),
    },
  };
}

function endConductance(segment: Float64Array, terminal: Float64Array, connected: Uint8Array): number {
  let resistance = 0;
  let count = 0;
  connected.forEach((mark, line) => {
    if (!mark) return;
    resistance += segment[line] + terminal[line];
    count++;
  });
  if (count === 0) return 0;
  // a line of segments cannot tell an ideal end from a very good one, and the eigenvalues stay finite
  const floor = mean(segment) * 1e-6;
  return ((count / connected.length) * count) / Math.max(resistance, floor * count);
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
