import type { ConnectedEnds } from "./connectedEnds.ts";
import type { ArrayNetwork } from "./network.ts";

/**
 * Wire conductances in siemens. An ideal wire gets a resistance so small that it cannot be seen: 1e-24 / Gmax makes
 * kappa = N^2 R Gmax < 1e-18 up to N = 1000, and stays 1e16 below every resistance that was given.
 * That is safe only because the elimination never subtracts (factorNetwork.ts).
 */
export interface LineConductances {
  readonly rowSegment_S: Float64Array;
  readonly left_S: Float64Array;
  readonly right_S: Float64Array;
  readonly columnSegment_S: Float64Array;
  readonly top_S: Float64Array;
  readonly bottom_S: Float64Array;
}

const IDEAL = 1e-24;
const SMALLEST_OHM = 1e-250;

export function lineConductances(network: ArrayNetwork, ends: ConnectedEnds): LineConductances {
  const floor_ohm = idealResistance(network);
  const invert = (resistance_ohm: number): number => 1 / Math.max(resistance_ohm, floor_ohm);
  const { rowSegment_ohm, rowSource_ohm, columnSegment_ohm, columnSense_ohm } = network;
  const end = (segment: Float64Array, terminal: Float64Array, connected: Uint8Array): Float64Array =>
    segment.map((value, line) => (connected[line] ? invert(value + terminal[line]) : 0));
  return {
    rowSegment_S: rowSegment_ohm.map(invert),
    left_S: end(rowSegment_ohm, rowSource_ohm, ends.left),
    right_S: end(rowSegment_ohm, rowSource_ohm, ends.right),
    columnSegment_S: columnSegment_ohm.map(invert),
    top_S: end(columnSegment_ohm, columnSense_ohm, ends.top),
    bottom_S: end(columnSegment_ohm, columnSense_ohm, ends.bottom),
  };
}

function idealResistance(network: ArrayNetwork): number {
  let largest_S = 0;
  for (const value of network.conductance_S) largest_S = Math.max(largest_S, value);
  let smallest_ohm = Number.POSITIVE_INFINITY;
  for (const list of [
    network.rowSegment_ohm,
    network.rowSource_ohm,
    network.columnSegment_ohm,
    network.columnSense_ohm,
  ])
    for (const value of list) if (value > 0) smallest_ohm = Math.min(smallest_ohm, value);
  const invisible = Math.min(IDEAL / (largest_S > 0 ? largest_S : 1), smallest_ohm * 1e-16);
  return Math.max(invisible, SMALLEST_OHM);
}
