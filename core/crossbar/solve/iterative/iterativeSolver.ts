import { serialPool } from "../../pool.ts";
import { checkLength, checkNetwork } from "../checkNetwork.ts";
import { checkGrounded, checkLoops, type ConnectedEnds, connectedEnds, sameEnds } from "../connectedEnds.ts";
import { factorNetwork } from "../factorNetwork.ts";
import type { ArrayNetwork, LineDrives, NetworkSolution } from "../network.ts";
import { relativeResidual } from "../relativeResidual.ts";
import { solveWithBatteries } from "../solveWithBatteries.ts";
import { columnResponse, eliminatedResponse, quietDrives } from "./junctionResponse.ts";
import { junctionIndex } from "../../grid.ts";
import { chooseSpacing } from "./chooseSpacing.ts";
import { type CoarseGrid, makeCoarseGrid } from "./coarseGrid.ts";
import { columnScale, rowScale } from "./columnScale.ts";
import { type ConjugateGradients, makeConjugateGradients } from "./conjugateGradients.ts";
import {
  addRowSources,
  levelDrives,
  type LevelledDrives,
  readColumns,
  readRows,
  sourceNorm,
  writeSources,
} from "./levelDrives.ts";
import { makeLinePasses } from "./linePasses.ts";
import { meanLines } from "./meanLines.ts";
import { packNodes, unpackDrops, unpackNodes, nodeIndex } from "./panelLayout.ts";
import { makeRowPast, type RowPast } from "./rowPast.ts";
import type { IterativeOptions, IterativeReport, IterativeSolver, SolveOptions } from "./solver.ts";
import { makeWorkspace } from "./workspace.ts";

/** Relative to the solution in the energy norm; keeps every column current within 1e-9 on arrays up to 1024 x 1024. */
const DEFAULT_STOP = 2e-11;
/** No search for digits that are not there: strongly attenuated or cancelling currents. */
const SMALLEST_STOP = 1e-16;
const MOST_ITERATIONS = 2000;
/** For the last digits of the row currents, which rounding may keep out of reach. */
const MOST_POLISHING = 30;

/**
 * Solver of one geometry (wires and driven ends) for many conductances and drives: line-preconditioned conjugate gradients
 * with a two-level coarse correction (conjugateGradients.ts, coarseGrid.ts).
 *
 * Every passive array is solved: should the iteration stagnate, it restarts from what it has, then without a coarse grid,
 * and at last the array goes to the elimination of solveNetwork.ts; `method` tells.
 * @param network wires as they will stay; its conductances are the first ones
 * @param ends the line ends that are driven; potentials come with each solve
 * @throws RangeError as checkNetwork, LineError as checkGrounded; RangeError when the memory does not suffice
 */
export function createIterativeSolver(
  network: ArrayNetwork,
  ends: ConnectedEnds,
  options: IterativeOptions = {},
): IterativeSolver {
  checkNetwork(network);
  const { rows, columns } = network;
  const count = rows * columns;
  const pool = options.pool ?? serialPool();
  const stop = options.stop ?? DEFAULT_STOP;
  if (!(stop > 0 && stop < 1)) throw new RangeError(`stop is ${stop}, allowed are values above 0 and below 1`);
  const { memory, call } = pool.kernels;
  const space = makeWorkspace(network, ends, pool);
  const { at, layout } = space;
  const passes = makeLinePasses(space);
  const lines = meanLines(network, ends);
  const smallestRow_ohm = network.rowSegment_ohm.reduce((least, ohm) => Math.min(least, ohm), Infinity);
  const plain = makeConjugateGradients(space, undefined);
  const floats = ends.left.includes(0) || ends.bottom.includes(0);
  const idealWires = hasIdealWires(network, ends);
  /** Address of the batteries in panels, once there are any. */
  let batteries = 0;
  /** Once somebody asks to begin where the rows are going. */
  let past: RowPast | undefined;
  let coarse: { readonly grid: CoarseGrid; readonly gradients: ConjugateGradients } | undefined;
  let shift = 0;
  const sums_S = new Float64Array(columns);
  const tally = { solves: 0, iterations: 0, factorisations: 0 };
  /** Energy norm of the error that the iterations of the last solve left, estimated. */
  let left_rtW = 0;
  let last: { readonly level: number; readonly elsewhere?: NetworkSolution } | undefined;
  let released = false;
  update(network.conductance_S);

  function update(conductance_S: Float64Array): void {
    checkOpen();
    checkNetwork({ ...network, conductance_S });
    if (floats) checkGrounded({ ...network, conductance_S }, ends);
    passes.load(conductance_S);
    sums_S.set(memory.doubles(at.first, columns));
    tally.factorisations++;
    const mean_S = sums_S.reduce((sum, value) => sum + value, 0) / count;
    shift =
      options.spacing === undefined
        ? chooseSpacing(lines.row, lines.column, mean_S, smallestRow_ohm)
        : log2(options.spacing);
    if (shift > 0) gridOf(shift).setMean(mean_S);
  }

  function gridOf(shift: number): CoarseGrid {
    if (coarse?.grid.shift !== shift) {
      coarse?.grid.free();
      const grid = makeCoarseGrid(space, lines.row, lines.column, shift);
      coarse = { grid, gradients: makeConjugateGradients(space, grid, options.preconditioner) };
    }
    return coarse.grid;
  }

  /** @param addCurrents adds what flows into the rows beside the sources to the list r */
  function iterate(
    drives: LineDrives,
    levelled: LevelledDrives,
    options: SolveOptions,
    addCurrents: () => void = () => {},
  ): IterativeReport {
    const { initial, battery_V } = options;
    const enough = options.accuracy === undefined ? stop : Math.min(0.5, Math.max(stop, 0.01 * options.accuracy));
    if (battery_V) {
      checkLength("battery_V", battery_V.length, count, `${rows} rows x ${columns} columns`);
      if (batteries === 0) batteries = memory.reserve(8 * layout.nodes);
      packNodes(layout, battery_V, memory.doubles(batteries, layout.nodes));
    }
    const battery = battery_V ? batteries : 0;
    if (initial === "foreseen") past ??= makeRowPast(space);
    const list = memory.doubles(at.w, layout.nodes);
    const fromLast = initial === "previous" || initial === "foreseen";
    if (initial !== "foreseen" || !last || last.elsewhere) past?.forget();
    if (initial === undefined || (fromLast && (!last || last.elsewhere))) call.fillZero(layout.nodes, at.w);
    else if (initial === "foreseen") past?.begin(options.time_s, last?.level ?? 0, levelled.level);
    else if (initial === "previous")
      call.shiftRows(
        0,
        layout.groups,
        layout.panels,
        layout.stride,
        at.w,
        constant(last?.level ?? 0, levelled.level),
        at.w,
      );
    else {
      checkLength("initial", initial.length, count, `${rows} rows x ${columns} columns`);
      packNodes(layout, initial, list, levelled.level);
    }
    const tried: string[] = [];
    let iterations = 0;
    const attempt = (name: string, gradients: ConjugateGradients, cold: boolean): boolean => {
      writeSources(space, levelled);
      const quiet = cold && !levelled.columnSources && battery === 0;
      const addSources = (): void => {
        addRowSources(space, levelled, false);
        addCurrents();
      };
      passes.relax(quiet, addSources, battery);
      let floor = 0;
      if (gradients === plain || !cold) {
        // the relaxed rows are near the solution already, and their currents tell when to stop
        if (!quiet) passes.finish(0, battery);
        floor = columnScale(space, ends, sums_S, options.accuracy, options.smallestCurrent);
      }
      let progress = gradients.run({ stop: enough, floor, mostIterations: MOST_ITERATIONS, resume: false });
      passes.finish(progress.pending, battery);
      iterations += progress.iterations;
      for (let round = 0; round < 3 && progress.outcome === "converged"; round++) {
        floor = columnScale(space, ends, sums_S, options.accuracy, options.smallestCurrent);
        if (floor === 0 || progress.error <= floor) break;
        progress = gradients.run({ stop: SMALLEST_STOP, floor, mostIterations: MOST_ITERATIONS, resume: true });
        passes.finish(progress.pending, battery);
        iterations += progress.iterations;
      }
      left_rtW = progress.error;
      tried.push(progress.outcome === "converged" ? name : `${name} ${progress.outcome}`);
      return progress.outcome === "converged";
    };
    const cold = initial === undefined;
    const two = `two-level line-PCG, spacing ${1 << shift}`;
    const done =
      (shift > 0 &&
        coarse !== undefined &&
        (attempt(two, coarse.gradients, cold) || attempt(`${two}, restarted`, coarse.gradients, false))) ||
      attempt("line-PCG", plain, cold && shift === 0) ||
      attempt("line-PCG, restarted", plain, false);
    if (!done) {
      const elsewhere = solveWithBatteries(factorNetwork(present(), ends), drives, battery_V);
      last = { level: levelled.level, elsewhere };
      tried.push("star-mesh elimination");
    } else last = { level: levelled.level };
    if (initial === "foreseen" && done) past?.remember(options.time_s, levelled.level);
    tally.solves++;
    tally.iterations += iterations;
    return { iterations, method: tried.join(", then ") };
  }

  /**
   * All row currents within the accuracy of the column currents: their nodes are one line relaxation further than what the
   * iterations left, so this is for rows whose current is far smaller than what flows beside them.
   * @returns the currents and the iterations that they took
   */
  function finishRows(levelled: LevelledDrives, { accuracy, smallestCurrent, battery_V }: SolveOptions) {
    const battery = battery_V ? batteries : 0;
    const finish = (): Float64Array => {
      memory.doubles(at.shiftRow, rows).set(levelled.row_V);
      passes.finishRows(() => addRowSources(space, levelled, true), battery);
      return readRows(space, ends);
    };
    let rowCurrent_A = finish();
    const floor = rowScale(space, ends, rowCurrent_A, accuracy, smallestCurrent);
    if (floor === 0 || left_rtW <= floor) return { rowCurrent_A, iterations: 0 };
    const { gradients } = shift > 0 && coarse ? coarse : { gradients: plain };
    writeSources(space, levelled);
    passes.relax(false, () => addRowSources(space, levelled, false), battery);
    const { iterations, pending, error } = gradients.run({
      stop: SMALLEST_STOP,
      floor,
      mostIterations: MOST_POLISHING,
      resume: false,
    });
    passes.finish(pending, battery);
    left_rtW = error;
    rowCurrent_A = finish();
    tally.iterations += iterations;
    return { rowCurrent_A, iterations };
  }

  /** Address of a list per row that shifts potentials from one level to another. */
  function constant(from: number, to: number): number {
    memory.doubles(at.shiftRow, 8 * layout.groups).fill(from - to);
    return at.shiftRow;
  }

  function residualOf(drives: LineDrives, { battery_V, residual = true }: SolveOptions): number {
    if (battery_V || !residual) return Number.NaN;
    // with every known potential at 0 V there is no |b| to compare with: relativeResidual says what then
    const sources = sourceNorm(space, drives);
    if (idealWires || sources === 0) {
      const { rowNode_V, columnNode_V } = nodes();
      const rowReference_V = drives.row_V.map((value) => (Number.isNaN(value) ? 0 : value));
      const columnReference_V = drives.column_V.map((value) => (Number.isNaN(value) ? 0 : value));
      rowNode_V.forEach((value, k) => (rowNode_V[k] = value - rowReference_V[Math.floor(k / columns)]));
      columnNode_V.forEach((value, k) => (columnNode_V[k] = value - columnReference_V[k % columns]));
      return relativeResidual(present(), drives, { rowNode_V, columnNode_V, rowReference_V, columnReference_V });
    }
    const error = passes.residual();
    return error === 0 ? 0 : error / sources;
  }

  function begin(drives: LineDrives): LevelledDrives {
    checkOpen();
    if (!sameEnds(connectedEnds(network, drives), ends))
      throw new RangeError("The drives connect other line ends than the solver; create a solver for these ends");
    checkLoops(network, drives);
    return levelDrives(drives, ends);
  }

  function nodes() {
    const rowNode_V = new Float64Array(count);
    const columnNode_V = new Float64Array(count);
    readNodes(rowNode_V, columnNode_V);
    return { rowNode_V, columnNode_V };
  }

  function readNodes(rowNode_V: Float64Array, columnNode_V: Float64Array): void {
    checkOpen();
    if (!last) throw new RangeError("There are no node potentials before the first solve");
    if (last.elsewhere) {
      rowNode_V.set(last.elsewhere.rowNode_V);
      columnNode_V.set(last.elsewhere.columnNode_V);
      return;
    }
    unpackNodes(layout, memory.doubles(at.w, layout.nodes), rowNode_V, last.level);
    unpackNodes(layout, memory.doubles(at.product, layout.nodes), columnNode_V, last.level);
  }

  function readDrops(drop_V: Float64Array): void {
    checkOpen();
    if (!last) throw new RangeError("There are no node potentials before the first solve");
    if (last.elsewhere) {
      const { rowNode_V, columnNode_V } = last.elsewhere;
      for (let k = 0; k < count; k++) drop_V[k] = rowNode_V[k] - columnNode_V[k];
    } else unpackDrops(layout, memory.doubles(at.w, layout.nodes), memory.doubles(at.product, layout.nodes), drop_V);
  }

  /** The network as it is now. */
  function present(): ArrayNetwork {
    const conductance_S = new Float64Array(count);
    unpackNodes(layout, memory.doubles(at.conductance, layout.nodes), conductance_S, 0);
    return { ...network, conductance_S };
  }

  function checkOpen(): void {
    if (released) throw new RangeError("The solver was disposed of");
  }

  return {
    update,
    nodes,
    readNodes,
    readDrops,
    forget: () => past?.forget(),
    solveCurrents(drives, options = {}) {
      const levelled = begin(drives);
      const report = iterate(drives, levelled, options);
      if (last?.elsewhere) {
        const { columnCurrent_A, relativeResidual } = last.elsewhere;
        return { ...report, columnCurrent_A, relativeResidual };
      }
      return { ...report, columnCurrent_A: readColumns(space, ends), relativeResidual: residualOf(drives, options) };
    },
    solve(drives, options = {}) {
      const levelled = begin(drives);
      const report = iterate(drives, levelled, options);
      if (last?.elsewhere) return { ...last.elsewhere, ...report };
      const columnCurrent_A = readColumns(space, ends);
      const { rowCurrent_A, iterations } = finishRows(levelled, options);
      const residual = residualOf(drives, options);
      return {
        ...report,
        iterations: report.iterations + iterations,
        columnCurrent_A,
        rowCurrent_A,
        ...nodes(),
        relativeResidual: residual,
      };
    },
    respond(row, column) {
      const quiet = quietDrives(ends);
      const levelled = begin(quiet);
      const k = junctionIndex(network, row, column);
      // without the rows the current out of B runs along its column alone: y = K_b e_k
      const alone = columnResponse(present(), ends, row, column);
      iterate(quiet, levelled, {}, () => {
        const list = memory.doubles(at.r, layout.nodes);
        const conductances = memory.doubles(at.conductance, layout.nodes);
        const first = nodeIndex(layout, 0, column);
        alone.forEach((ohm, i) => (list[first + 16 * i] -= conductances[first + 16 * i] * ohm));
        list[nodeIndex(layout, row, column)] += 1;
      });
      if (last?.elsewhere) {
        last = undefined;
        return eliminatedResponse(present(), ends, k);
      }
      const response = nodes();
      // these nodes answer no drives: the next solve starts afresh
      last = undefined;
      alone.forEach((ohm, i) => (response.columnNode_V[i * columns + column] -= ohm));
      return response;
    },
    get stats() {
      return {
        ...tally,
        spacing: shift > 0 ? 1 << shift : 0,
        bytes: space.bytes + (coarse?.grid.bytes ?? 0) + (batteries === 0 ? 0 : 8 * layout.nodes) + (past?.bytes ?? 0),
      };
    },
    [Symbol.dispose]() {
      if (released) return;
      released = true;
      coarse?.grid.free();
      if (batteries !== 0) memory.free(batteries, 8 * layout.nodes);
      past?.free();
      space.free();
    },
  };
}

function hasIdealWires(network: ArrayNetwork, ends: ConnectedEnds): boolean {
  const ideal = (segment: Float64Array, terminal: Float64Array, connected: readonly Uint8Array[]): boolean =>
    segment.some((ohm, line) => ohm === 0 || (ohm + terminal[line] === 0 && connected.some((marks) => marks[line])));
  return (
    ideal(network.rowSegment_ohm, network.rowSource_ohm, [ends.left, ends.right]) ||
    ideal(network.columnSegment_ohm, network.columnSense_ohm, [ends.bottom, ends.top])
  );
}

function log2(spacing: 0 | 4 | 8 | 16): number {
  return spacing === 0 ? 0 : Math.log2(spacing);
}
