import { type Pool, serialPool } from "../../pool.ts";
import { checkNetwork } from "../checkNetwork.ts";
import { checkGrounded, checkLoops, type ConnectedEnds } from "../connectedEnds.ts";
import type { ArrayNetwork, LineDrives } from "../network.ts";
import { chooseSpacing } from "../iterative/chooseSpacing.ts";
import { type CoarseGrid, makeCoarseGrid } from "../iterative/coarseGrid.ts";
import { columnScale } from "../iterative/columnScale.ts";
import { type ConjugateGradients, makeConjugateGradients } from "../iterative/conjugateGradients.ts";
import { createIterativeSolver } from "../iterative/iterativeSolver.ts";
import { addRowSources, levelDrives, type LevelledDrives, writeSources } from "../iterative/levelDrives.ts";
import { makeLinePasses } from "../iterative/linePasses.ts";
import { meanLines } from "../iterative/meanLines.ts";
import { packNodes, unpackNodes } from "../iterative/panelLayout.ts";
import { groupPass, panelPass } from "../iterative/passes.ts";
import { makeRowPast } from "../iterative/rowPast.ts";
import { makeWorkspace } from "../iterative/workspace.ts";

/** Stop of the iterations as a part of the accuracy that is asked for, where the currents ask for nothing stricter. */
const STOP_PART = 0.01;
const SMALLEST_STOP = 1e-16;
const MOST_ITERATIONS = 500;

/**
 * One array through a long run of neighbouring instants. The same iteration as iterative/ on the same lists, begun where
 * the row nodes are going: a parabola through the last three instants (error of third order in the step), whose residual
 *
 *   r = s_w + D K_b s_b - S w
 *
 * mostly is below the accuracy at once or after one iteration; a cold solve takes ten. Conductances come from and junction
 * voltages go to row-major lists in the kernels' memory, so that nothing crosses into JavaScript on the way.
 * Cost at 256 x 256: about 20 ns per junction and instant with one iteration, all of it (docs/performance.md). Memory: two
 * lists beside those of iterative/, 16 bytes per junction.
 */
export interface WarmSolver extends Disposable {
  /** Whether a junction moved by more than this part of itself since `update`; g row-major at a byte address. */
  hasMoved(conductance: number, tolerance: number): boolean;
  /** Takes new conductances from there, without access resistance. @throws RangeError as checkNetwork, LineError as checkGrounded */
  update(conductance: number): void;
  /**
   * Solves for the nodes. A drive that jumped asks for `forget` first.
   * @param time_s the instant; later than the one before, to be foreseen from the past and remembered
   * @param conductance, voltage byte addresses of row-major lists: g as `update` had it, and where junction voltages go
   * @returns currents out of the columns, to be read before the next call; 0 where a column is open
   */
  solve(drives: LineDrives, time_s: number | undefined, conductance: number, voltage: number): Float64Array;
  readNodes(rowNode_V: Float64Array, columnNode_V: Float64Array): void;
  /** The past tells nothing about what follows. */
  forget(): void;
  readonly solves: number;
  readonly iterations: number;
  readonly factorisations: number;
}

export interface WarmOptions {
  readonly pool?: Pool;
  /** Resistance in series with every junction, ohm. */
  readonly access_ohm?: number;
  /** Error that column currents may have, relative to the largest of them. */
  readonly accuracy: number;
}

/**
 * @param network wires as they will stay; its conductances are not looked at before `update`
 * @throws RangeError as checkNetwork; RangeError when the memory does not suffice
 */
export function createWarmSolver(
  network: ArrayNetwork,
  ends: ConnectedEnds,
  { pool = serialPool(), access_ohm = 0, accuracy }: WarmOptions,
): WarmSolver {
  checkNetwork(network);
  const { rows, columns } = network;
  const count = rows * columns;
  const { memory, call } = pool.kernels;
  const space = makeWorkspace(network, ends, pool);
  const { at, layout } = space;
  const { panels, stride, nodes } = layout;
  const passes = makeLinePasses(space);
  const lines = meanLines(network, ends);
  const smallestRow_ohm = network.rowSegment_ohm.reduce((least, ohm) => Math.min(least, ohm), Infinity);
  const floats = ends.left.includes(0) || ends.bottom.includes(0);
  const plain = makeConjugateGradients(space, undefined);
  let coarse: { readonly grid: CoarseGrid; readonly gradients: ConjugateGradients } | undefined;
  let shift = 0;
  const past = makeRowPast(space);
  const scratchBytes = (1 + space.tasks) * 128 * rows;
  /** One panel of zeros: rows at 0 V; then one panel per task. */
  const quiet = memory.reserve(scratchBytes);
  const sums_S = new Float64Array(columns);
  let level = 0;
  let cold = true;
  const tally = { solves: 0, iterations: 0, factorisations: 0 };
  let released = false;

  const findMoves = panelPass(
    space,
    "findMoves",
    () => [rows, columns, stride, access_ohm, 0, 0, at.conductance, at.panelSums],
    [6, 7],
  );
  const packAndFactor = panelPass(
    space,
    "packAndFactor",
    () => [
      rows,
      columns,
      stride,
      access_ohm,
      0,
      at.conductance,
      at.topLevel,
      at.panelSums,
      at.columnResistance,
      at.top,
      at.bottom,
      at.columnFactor,
      at.columnInverse,
    ],
    [6],
  );
  const factorRows = groupPass(space, "factorRows", () => [
    panels,
    stride,
    at.conductance,
    at.rowResistance,
    at.left,
    at.right,
    space.lastColumn,
    at.rowFactor,
    at.rowInverse,
  ]);
  const panelBytes = 128 * rows;
  /** Scratch panel of the task with this ladder. */
  const panelOf = (ladder: number): number => {
    for (let task = 0; task < space.tasks; task++)
      if (space.ladder(task) === ladder) return quiet + (1 + task) * panelBytes;
    throw new RangeError(`No task has its ladder at ${ladder}`);
  };
  const negateSystem = panelPass(space, "negateSystem", (ladder) => [
    rows,
    stride,
    at.conductance,
    at.columnFactor,
    at.columnInverse,
    at.columnResistance,
    space.zeros,
    at.w,
    at.r,
    ladder,
    at.panelSums,
    panels,
    at.rowSegment,
    at.left,
    at.right,
    space.lastColumn,
    panelOf(ladder),
  ]);
  const finishVoltages = panelPass(
    space,
    "finishVoltages",
    (ladder) => [
      rows,
      columns,
      stride,
      at.conductance,
      at.columnFactor,
      at.columnInverse,
      at.columnResistance,
      at.shiftedFirst,
      at.last,
      at.bottom,
      at.shift,
      0,
      at.p,
      at.w,
      at.currents,
      ladder,
      panelOf(ladder),
      access_ohm,
      0,
      0,
    ],
    [13, 20, 21],
  );

  function largestFlag(): boolean {
    const flags = memory.doubles(at.panelSums, panels);
    for (let q = 0; q < panels; q++) if (flags[q] !== 0) return true;
    return false;
  }

  function refuse(conductance: number): never {
    // the plain check finds the junction and says it
    checkNetwork({ ...network, conductance_S: memory.doubles(conductance, count).slice() });
    throw new RangeError("The junction conductances add up to infinity, allowed are finite sums per column");
  }

  function update(conductance: number): void {
    checkOpen();
    if (floats) checkGrounded({ ...network, conductance_S: memory.doubles(conductance, count) }, ends);
    packAndFactor.run(conductance);
    for (const least of memory.doubles(at.panelSums, panels)) if (!(least >= 0)) refuse(conductance);
    // the list is free until the next sources are written
    sums_S.set(memory.doubles(at.topLevel, columns));
    let sum = 0;
    for (const value of sums_S) sum += value;
    if (!Number.isFinite(sum)) refuse(conductance);
    factorRows.run();
    tally.factorisations++;
    const mean_S = sum / count;
    shift = chooseSpacing(lines.row, lines.column, mean_S, smallestRow_ohm);
    if (shift > 0) openGrid().setMean(mean_S);
  }

  function openGrid(): CoarseGrid {
    if (coarse?.grid.shift !== shift) {
      coarse?.grid.free();
      const grid = makeCoarseGrid(space, lines.row, lines.column, shift);
      // doubles: rounding all factors for one or two passes would cost what singles save
      coarse = { grid, gradients: makeConjugateGradients(space, grid, "f64") };
    }
    return coarse.grid;
  }

  /** The rows as they will be at `time_s`, relative to the new level; @returns whether the past knew them */
  function begin(time_s: number | undefined, to: number): boolean {
    if (cold) call.fillZero(nodes, at.w);
    const known = !cold && past.begin(time_s, level, to);
    level = to;
    return known;
  }

  /** r <- s_w + D K_b s_b - S w */
  function residual(levelled: LevelledDrives): void {
    negateSystem.run();
    writeSources(space, levelled);
    if (levelled.columnSources) addColumnSources();
    addRowSources(space, levelled, false);
    memory.doubles(at.first, 16 * panels).fill(0);
    memory.doubles(at.last, 16 * panels).fill(0);
  }

  /** r += D K_b s_b, in the panels that have a source. */
  function addColumnSources(): void {
    const first = memory.doubles(at.first, 16 * panels);
    const last = memory.doubles(at.last, 16 * panels);
    for (let q = 0; q < panels; q++) {
      let driven = false;
      for (let j = 16 * q; j < 16 * q + 16; j++) if (first[j] !== 0 || last[j] !== 0) driven = true;
      if (!driven) continue;
      call.coupleColumns(
        q,
        q + 1,
        rows,
        stride,
        at.conductance,
        at.columnFactor,
        at.columnInverse,
        at.columnResistance,
        at.first,
        at.last,
        // rows at 0 V: the kernel adds the offset of the panel
        quiet - q * stride,
        at.z,
        space.ladder(0),
        at.bottom,
        at.panelSums,
      );
      call.addScaled(16 * rows, 1, at.z + q * stride, at.r + q * stride);
    }
  }

  function checkOpen(): void {
    if (released) throw new RangeError("The solver was disposed of");
  }

  const scale = (): number => columnScale(space, ends, sums_S, accuracy, 1);

  /** From nothing, by the solver that never fails; its rows are where this one goes on. */
  function solveElsewhere(drives: LineDrives): void {
    const conductance_S = new Float64Array(count);
    unpackNodes(layout, memory.doubles(at.conductance, nodes), conductance_S, 0);
    using solver = createIterativeSolver({ ...network, conductance_S }, ends, { pool });
    solver.solveCurrents(drives, { residual: false });
    const { rowNode_V } = solver.nodes();
    packNodes(layout, rowNode_V, memory.doubles(at.w, nodes), level);
  }

  return {
    hasMoved(conductance, tolerance) {
      checkOpen();
      findMoves.run(tolerance, conductance);
      return largestFlag();
    },
    update,
    solve(drives, time_s, conductance, voltage) {
      checkOpen();
      checkLoops(network, drives);
      const levelled = levelDrives(drives, ends);
      const gradients = shift > 0 && coarse ? coarse.gradients : plain;
      const known = begin(time_s, levelled.level);
      // while the array moves smoothly the currents before tell how exact the next ones must be
      let floor = known ? scale() : 0;
      residual(levelled);
      const finish = (pending: number): void => finishVoltages.run(pending, conductance, voltage);
      if (!known) {
        finish(0);
        floor = scale();
      }
      let progress = gradients.run({
        stop: STOP_PART * accuracy,
        floor,
        mostIterations: MOST_ITERATIONS,
        resume: false,
      });
      finish(progress.pending);
      tally.iterations += progress.iterations;
      for (let round = 0; round < 3 && progress.outcome === "converged"; round++) {
        floor = scale();
        if (floor === 0 || progress.error <= floor) break;
        progress = gradients.run({ stop: SMALLEST_STOP, floor, mostIterations: MOST_ITERATIONS, resume: true });
        finish(progress.pending);
        tally.iterations += progress.iterations;
      }
      if (progress.outcome !== "converged") {
        solveElsewhere(drives);
        finish(0);
      }
      cold = false;
      tally.solves++;
      past.remember(time_s, level);
      const currents = memory.doubles(at.currents, columns);
      for (let j = 0; j < columns; j++) if (!ends.bottom[j]) currents[j] = 0;
      return currents;
    },
    readNodes(rowNode_V, columnNode_V) {
      checkOpen();
      passes.finish(0);
      unpackNodes(layout, memory.doubles(at.w, nodes), rowNode_V, level);
      unpackNodes(layout, memory.doubles(at.product, nodes), columnNode_V, level);
    },
    forget: past.forget,
    get solves() {
      return tally.solves;
    },
    get iterations() {
      return tally.iterations;
    },
    get factorisations() {
      return tally.factorisations;
    },
    [Symbol.dispose]() {
      if (released) return;
      released = true;
      coarse?.grid.free();
      past.free();
      memory.free(quiet, scratchBytes);
      space.free();
    },
  };
}
