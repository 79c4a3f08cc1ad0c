import type { ArrayNetwork, LineDrives } from "./network.ts";

/** Node potentials as deviations from one reference per line, volt. */
export interface Deviations {
  readonly rowNode_V: Float64Array;
  readonly columnNode_V: Float64Array;
  readonly rowReference_V: Float64Array;
  readonly columnReference_V: Float64Array;
}

/**
 * |b - A x| / |b| in the 2-norm over the nodal equations of the network as it was given, without using the factors.
 * Where every known potential is 0 V, b is 0 and so is the solution: the residual is then 0 when A x is, else it is taken
 * relative to | |A| |x| |, the currents that cancel in A x (backward error of Oettli and Prager 1964, 10.1007/BF01386090).
 *
 * A wire without resistance has no equation of its own: the nodes of an ideal line are one node (their equations are
 * summed), and a line tied to an ideal source is a known potential, on the right-hand side. Deviations enter instead of
 * potentials because A x - b does not change and the difference of neighbours keeps its digits.
 * Cost and memory: a few passes over rows * columns values.
 */
export function relativeResidual(network: ArrayNetwork, drives: LineDrives, x: Deviations): number {
  const { rows, columns, conductance_S } = network;
  const rowLines = lineKinds(network.rowSegment_ohm, network.rowSource_ohm, drives.row_V, drives.rightRow_V);
  const columnLines = lineKinds(
    network.columnSegment_ohm,
    network.columnSense_ohm,
    drives.topColumn_V,
    drives.column_V,
  );
  const count = rows * columns;
  /** Net current into each node, and the part of it that comes from known potentials. */
  const row = { net: new Float64Array(count), known: new Float64Array(count) };
  const column = { net: new Float64Array(count), known: new Float64Array(count) };

  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const k = i * columns + j;
      const reference = x.rowReference_V[i] - x.columnReference_V[j];
      const current = conductance_S[k] * (reference + (x.rowNode_V[k] - x.columnNode_V[k]));
      row.net[k] -= current;
      column.net[k] += current;
      if (!Number.isNaN(columnLines[j].pinned_V)) row.known[k] += conductance_S[k] * columnLines[j].pinned_V;
      if (!Number.isNaN(rowLines[i].pinned_V)) column.known[k] += conductance_S[k] * rowLines[i].pinned_V;
    }
  }
  for (let i = 0; i < rows; i++) addWires(rowLines[i], row, x.rowNode_V, x.rowReference_V[i], i * columns, 1, columns);
  for (let j = 0; j < columns; j++)
    addWires(columnLines[j], column, x.columnNode_V, x.columnReference_V[j], j, columns, rows);

  const net: number[] = [];
  const known: number[] = [];
  for (let i = 0; i < rows; i++) collect(rowLines[i], row, i * columns, 1, columns, net, known);
  for (let j = 0; j < columns; j++) collect(columnLines[j], column, j, columns, rows, net, known);
  const error = norm(net);
  if (error === 0) return 0;
  const sources = norm(known);
  return error / (sources > 0 ? sources : norm(magnitudes(network, rowLines, columnLines, x)));
}

/** |A| |x|: per node the sum of conductance times the potentials at both of its ends, as if no currents cancelled. */
function magnitudes(network: ArrayNetwork, rowLines: LineKind[], columnLines: LineKind[], x: Deviations): number[] {
  const { rows, columns, conductance_S } = network;
  const row = Float64Array.from(x.rowNode_V, (v, k) => Math.abs(v + x.rowReference_V[Math.floor(k / columns)]));
  const column = Float64Array.from(x.columnNode_V, (v, k) => Math.abs(v + x.columnReference_V[k % columns]));
  const sums = { row: new Float64Array(row.length), column: new Float64Array(row.length) };
  for (let k = 0; k < conductance_S.length; k++) {
    const magnitude = conductance_S[k] * (row[k] + column[k]);
    sums.row[k] += magnitude;
    sums.column[k] += magnitude;
  }
  const addWires = (line: LineKind, list: Float64Array, at: Float64Array, first: number, stride: number, n: number) => {
    const last = first + (n - 1) * stride;
    const end_S = 1 / (line.segment_ohm + line.terminal_ohm);
    if (!Number.isNaN(line.start_V)) list[first] += end_S * at[first];
    if (!Number.isNaN(line.end_V)) list[last] += end_S * at[last];
    if (line.segment_ohm === 0) return;
    for (let node = first; node !== last; node += stride) {
      const magnitude = (at[node] + at[node + stride]) / line.segment_ohm;
      list[node] += magnitude;
      list[node + stride] += magnitude;
    }
  };
  for (let i = 0; i < rows; i++)
    if (Number.isNaN(rowLines[i].pinned_V)) addWires(rowLines[i], sums.row, row, i * columns, 1, columns);
  for (let j = 0; j < columns; j++)
    if (Number.isNaN(columnLines[j].pinned_V)) addWires(columnLines[j], sums.column, column, j, columns, rows);
  return [...sums.row, ...sums.column];
}

/** 2-norm, scaled: squares of femtoamperes are fine, squares of 1e-200 are not. */
function norm(values: readonly number[]): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return 0;
  let squares = 0;
  for (const value of values) squares += (value / largest) ** 2;
  return largest * Math.sqrt(squares);
}

interface LineKind {
  readonly segment_ohm: number;
  readonly terminal_ohm: number;
  /** Potentials at the first and the last node's end; NaN = open. */
  readonly start_V: number;
  readonly end_V: number;
  /** Potential of a line tied to an ideal source, else NaN. */
  readonly pinned_V: number;
}

interface Equations {
  readonly net: Float64Array;
  readonly known: Float64Array;
}

function lineKinds(
  segment: Float64Array,
  terminal: Float64Array,
  start: Float64Array | undefined,
  end: Float64Array | undefined,
): LineKind[] {
  return Array.from(segment, (segment_ohm, line) => {
    const terminal_ohm = terminal[line];
    const start_V = start?.[line] ?? Number.NaN;
    const end_V = end?.[line] ?? Number.NaN;
    const ideal = segment_ohm === 0 && terminal_ohm === 0;
    const pinned_V = ideal ? (Number.isNaN(start_V) ? end_V : start_V) : Number.NaN;
    return { segment_ohm, terminal_ohm, start_V, end_V, pinned_V };
  });
}

function addWires(
  line: LineKind,
  { net, known }: Equations,
  deviation_V: Float64Array,
  reference_V: number,
  first: number,
  stride: number,
  nodes: number,
): void {
  if (!Number.isNaN(line.pinned_V)) return;
  const last = first + (nodes - 1) * stride;
  const end_S = 1 / (line.segment_ohm + line.terminal_ohm);
  const addEnd = (node: number, potential_V: number): void => {
    if (Number.isNaN(potential_V)) return;
    net[node] += end_S * (potential_V - reference_V - deviation_V[node]);
    known[node] += end_S * potential_V;
  };
  addEnd(first, line.start_V);
  addEnd(last, line.end_V);
  if (line.segment_ohm === 0) return;
  for (let node = first; node !== last; node += stride) {
    const current = (deviation_V[node] - deviation_V[node + stride]) / line.segment_ohm;
    net[node] -= current;
    net[node + stride] += current;
  }
}

/** The equations of one line: one per node, or their sum when the line is one node. */
function collect(
  line: LineKind,
  equations: Equations,
  first: number,
  stride: number,
  nodes: number,
  net: number[],
  known: number[],
): void {
  if (!Number.isNaN(line.pinned_V)) return;
  const merged = line.segment_ohm === 0;
  let netSum = 0;
  let knownSum = 0;
  for (let n = 0, k = first; n < nodes; n++, k += stride) {
    if (!merged) {
      net.push(equations.net[k]);
      known.push(equations.known[k]);
    }
    netSum += equations.net[k];
    knownSum += equations.known[k];
  }
  if (!merged) return;
  net.push(netSum);
  known.push(knownSum);
}
