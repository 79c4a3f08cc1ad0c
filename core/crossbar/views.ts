import type { JunctionLaw } from "./solve/law.ts";
import type { ArrayNetwork, LineDrives, NetworkSolution } from "./solve/network.ts";

/**
 * What a solved array shows: junctions, lines, power. All lists are row-major or one value per line.
 * Signs as everywhere: v = V_row - V_column, current from row to column, column currents out of the array.
 */
export interface JunctionViews {
  readonly voltage_V: Float64Array;
  readonly current_A: Float64Array;
  /** Dissipated, >= 0. */
  readonly power_W: Float64Array;
}

/** i = G v and p = i v of every junction. */
export function viewJunctions(network: ArrayNetwork, solution: NetworkSolution): JunctionViews {
  const voltage_V = solution.rowNode_V.map((w, k) => w - solution.columnNode_V[k]);
  const current_A = voltage_V.map((v, k) => network.conductance_S[k] * v);
  return { voltage_V, current_A, power_W: current_A.map((i, k) => i * voltage_V[k]) };
}

/**
 * The voltage that each line loses along its way: the largest distance of a node from the potential of its near end
 * (left, bottom; the far end where only that is driven; the first node of a floating line), volt.
 */
export function viewLineDrops(
  { rows, columns }: ArrayNetwork,
  drives: LineDrives,
  { rowNode_V, columnNode_V }: NetworkSolution,
): { readonly row_V: Float64Array; readonly column_V: Float64Array } {
  const row_V = new Float64Array(rows);
  const column_V = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    const reference = endPotential(drives.row_V[i], drives.rightRow_V?.[i], rowNode_V[i * columns]);
    for (let j = 0; j < columns; j++) row_V[i] = Math.max(row_V[i], Math.abs(rowNode_V[i * columns + j] - reference));
  }
  for (let j = 0; j < columns; j++) {
    const reference = endPotential(drives.column_V[j], drives.topColumn_V?.[j], columnNode_V[j]);
    for (let i = 0; i < rows; i++)
      column_V[j] = Math.max(column_V[j], Math.abs(columnNode_V[i * columns + j] - reference));
  }
  return { row_V, column_V };
}

/**
 * I / I_ideal: of every junction, and of every column sum; the ideal array has the same junctions on wires without
 * resistance. For ohmic junctions the factor is v / (V_i - U_j). NaN where nothing would flow, and on lines without a
 * near end.
 * @param law of junctions that are not ohmic
 */
export function viewDropFactors(
  network: ArrayNetwork,
  drives: LineDrives,
  solution: NetworkSolution,
  law?: JunctionLaw,
): { readonly junction: Float64Array; readonly column: Float64Array } {
  const { rows, columns, conductance_S } = network;
  const applied_V = new Float64Array(rows * columns);
  const seen_V = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const k = i * columns + j;
      applied_V[k] = drives.row_V[i] - drives.column_V[j];
      seen_V[k] = solution.rowNode_V[k] - solution.columnNode_V[k];
    }
  }
  const currents = (voltage_V: Float64Array): Float64Array => {
    if (!law) return voltage_V.map((v, k) => conductance_S[k] * v);
    const current_A = new Float64Array(voltage_V.length);
    law.evaluate(voltage_V, current_A, new Float64Array(voltage_V.length));
    return current_A;
  };
  const ideal_A = currents(applied_V);
  // the ratio of voltages is that of currents where a junction is ohmic, also where it does not conduct
  const junction = law
    ? currents(seen_V).map((current, k) => (applied_V[k] === 0 ? Number.NaN : current / ideal_A[k]))
    : seen_V.map((v, k) => (applied_V[k] === 0 ? Number.NaN : v / applied_V[k]));
  const idealColumn_A = new Float64Array(columns);
  for (let k = 0; k < ideal_A.length; k++) idealColumn_A[k % columns] += ideal_A[k];
  const column = solution.columnCurrent_A.map((current, j) =>
    idealColumn_A[j] === 0 ? Number.NaN : current / idealColumn_A[j],
  );
  return { junction, column };
}

/** Power of one operating point, watt. `source` = `junctions` + `rowWires` + `columnWires` up to rounding. */
export interface PowerViews {
  /** Delivered by all sources and clamps together. */
  readonly source_W: number;
  readonly junctions_W: number;
  readonly rowWires_W: number;
  readonly columnWires_W: number;
}

/**
 * Power of sources, junctions and wires. Wire currents are sums of junction currents along the line (Kirchhoff), so an
 * ideal wire dissipates exactly 0 W and a nearly ideal one has all its digits.
 */
export function viewPower(network: ArrayNetwork, drives: LineDrives, solution: NetworkSolution): PowerViews {
  const { rows, columns } = network;
  const { current_A, power_W } = viewJunctions(network, solution);
  let source_W = 0;
  let rowWires_W = 0;
  let columnWires_W = 0;
  for (let i = 0; i < rows; i++) {
    const segment = network.rowSegment_ohm[i];
    const end = segment + network.rowSource_ohm[i];
    // current to the right of each node; beyond the last one it leaves through the right end
    let along = solution.rowCurrent_A[i];
    source_W += supplied(drives.row_V[i], along);
    rowWires_W += end * along ** 2;
    for (let j = 0; j < columns; j++) {
      along -= current_A[i * columns + j];
      if (j < columns - 1) rowWires_W += segment * along ** 2;
    }
    if (!isOpen(drives.rightRow_V?.[i])) {
      source_W += supplied(drives.rightRow_V?.[i], -along);
      rowWires_W += end * along ** 2;
    }
  }
  for (let j = 0; j < columns; j++) {
    const segment = network.columnSegment_ohm[j];
    const end = segment + network.columnSense_ohm[j];
    // current down from each node, from the bottom end up
    let along = solution.columnCurrent_A[j];
    source_W -= supplied(drives.column_V[j], along);
    columnWires_W += end * along ** 2;
    for (let i = rows - 1; i >= 0; i--) {
      along -= current_A[i * columns + j];
      if (i > 0) columnWires_W += segment * along ** 2;
    }
    if (!isOpen(drives.topColumn_V?.[j])) {
      source_W += supplied(drives.topColumn_V?.[j], along);
      columnWires_W += end * along ** 2;
    }
  }
  return { source_W, junctions_W: power_W.reduce((a, b) => a + b, 0), rowWires_W, columnWires_W };
}

/** Energy and charge of an operation that holds one operating point. */
export interface OperationViews {
  readonly energy_J: number;
  /** Per multiply-add, joule: one for each junction. */
  readonly energyPerJunction_J: number;
  /** Into the array at the left ends and out of it at the bottom ends, coulomb. */
  readonly rowCharge_C: Float64Array;
  readonly columnCharge_C: Float64Array;
  /** Through every junction, coulomb: what its dose counts. */
  readonly junctionCharge_C: Float64Array;
}

/**
 * @param duration_s how long the operating point is held
 * @throws RangeError when the duration is not finite and >= 0
 */
export function viewOperation(
  network: ArrayNetwork,
  drives: LineDrives,
  solution: NetworkSolution,
  duration_s: number,
): OperationViews {
  if (!(duration_s >= 0 && duration_s < Number.POSITIVE_INFINITY))
    throw new RangeError(`duration_s is ${duration_s}, allowed are finite values of 0 or more`);
  const energy_J = viewPower(network, drives, solution).source_W * duration_s;
  const charge = (current_A: Float64Array): Float64Array => current_A.map((value) => value * duration_s);
  return {
    energy_J,
    energyPerJunction_J: energy_J / (network.rows * network.columns),
    rowCharge_C: charge(solution.rowCurrent_A),
    columnCharge_C: charge(solution.columnCurrent_A),
    junctionCharge_C: charge(viewJunctions(network, solution).current_A),
  };
}

function isOpen(potential_V: number | undefined): boolean {
  return potential_V === undefined || Number.isNaN(potential_V);
}

function supplied(potential_V: number | undefined, current_A: number): number {
  return potential_V === undefined || Number.isNaN(potential_V) ? 0 : potential_V * current_A;
}

function endPotential(near_V: number, far_V: number | undefined, floating_V: number): number {
  if (!Number.isNaN(near_V)) return near_V;
  return far_V === undefined || Number.isNaN(far_V) ? floating_V : far_V;
}
