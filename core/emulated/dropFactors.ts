import { nearEnds } from "../crossbar/solve/connectedEnds.ts";
import { createIterativeSolver } from "../crossbar/solve/iterative/index.ts";
import { solveOnce } from "../crossbar/solve/solveNetwork.ts";
import { resolveLines } from "./config.ts";
import type { EmulatedArray } from "./emulatedArray.ts";

/** Up to this many lines on the shorter side elimination is the faster one. */
const NARROW = 32;

/**
 * IR-drop factors of an array as its junctions are now, row-major: the voltage of each junction itself, behind lines and
 * access, over the read voltage, when every row is driven by that voltage and every column clamped at 0 V. 1 = no drop;
 * column currents of that product are sum_i g_ij f_ij V. Wires as built: effects that warm or salt their liquid are not in it.
 */
export function dropFactors(array: EmulatedArray): Float64Array {
  const { grid, config } = array;
  const access_ohm = config.access_ohm ?? 0;
  const own_S = array.conductance_S();
  const conductance_S = own_S.map((g) => g / (1 + g * access_ohm));
  const { ideal, ...lines } = resolveLines(grid, config.lines);
  const network = { ...grid, ...lines, conductance_S };
  const drives = { row_V: new Float64Array(grid.rows).fill(1), column_V: new Float64Array(grid.columns) };
  const factors = new Float64Array(own_S.length).fill(1);
  if (!ideal && Math.min(grid.rows, grid.columns) <= NARROW) {
    const { rowNode_V, columnNode_V } = solveOnce(network, drives);
    for (let k = 0; k < factors.length; k++) factors[k] = (rowNode_V[k] ?? 0) - (columnNode_V[k] ?? 0);
  } else if (!ideal) {
    using solver = createIterativeSolver(network, nearEnds(grid));
    solver.solveCurrents(drives, { residual: false });
    solver.readDrops(factors);
  }
  for (let k = 0; k < factors.length; k++) factors[k] = (factors[k] ?? 0) / (1 + (own_S[k] ?? 0) * access_ohm);
  return factors;
}
