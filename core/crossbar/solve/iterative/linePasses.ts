import { groupPass, panelPass } from "./passes.ts";
import { sumDoubles, type Workspace } from "./workspace.ts";

/** The passes before and after the iterations, all by ladders alone. */
export interface LinePasses {
  /**
   * New conductances, siemens, row-major, into the workspace, and the ladder factors of all lines. The sum of each column
   * stands in `first` until the next sources are written.
   */
  load(conductance_S: Float64Array): void;
  /**
   * One line relaxation w <- A_w^-1 (s_w + D K_b (s_b + D w)) and its residual, r = D K_b D (w_new - w_old), free of
   * cancellation however stiff the wires. `first` and `last` of the columns hold s_b, `addRowSources` adds s_w to r.
   * `currents` are those of the relaxed rows when the start was cold.
   * A battery h in series with every junction makes it s_w + D (h + K_b (s_b + D (w - h))); the residual is the same.
   * @param cold w is zero and so are the sources of the columns and the batteries
   * @param battery address of h, 0 without
   */
  relax(cold: boolean, addRowSources: () => void, battery?: number): void;
  /** w += pending p; column nodes into `product`, currents into `currents`; `shift`, `shiftedFirst` as in columns.ts. */
  finish(pending: number, battery?: number): void;
  /** w <- level + A_w^-1 (D (b - level) + sources): row nodes that fit the column nodes. */
  finishRows(addRowSources: () => void, battery?: number): void;
  /** 2-norm of the net currents into all nodes at (w, product), ampere. */
  residual(): number;
}

export function makeLinePasses(space: Workspace): LinePasses {
  const { at, layout, pool } = space;
  const { rows, columns, panels, stride, nodes } = layout;
  const { call } = pool.kernels;
  const ladderArguments = [rows, stride, at.conductance, at.columnFactor, at.columnInverse, at.columnResistance];
  const packAndFactor = panelPass(space, "packAndFactor", () => [
    rows,
    columns,
    stride,
    0,
    at.z,
    at.conductance,
    at.first,
    at.last,
    at.columnResistance,
    at.top,
    at.bottom,
    at.columnFactor,
    at.columnInverse,
  ]);
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
  const couple = panelPass(
    space,
    "coupleColumns",
    (ladder) => [...ladderArguments, at.first, at.last, 0, at.r, ladder, at.bottom, at.currents],
    [10],
  );
  const solve = groupPass(
    space,
    "solveRows",
    (ladder) => [
      panels,
      stride,
      at.rowFactor,
      at.rowInverse,
      at.rowResistance,
      0,
      at.product,
      at.r,
      0,
      ladder,
      at.groupSums,
      0,
      0,
      0,
      0,
      0,
    ],
    [10],
  );
  const stepRelaxed = groupPass(space, "stepRelaxed", () => [panels, stride, at.w, at.z, at.p]);
  const finishColumns = panelPass(
    space,
    "finishColumns",
    (ladder) => [
      ...ladderArguments,
      at.shiftedFirst,
      at.last,
      at.bottom,
      at.shift,
      0,
      at.p,
      at.w,
      at.product,
      at.currents,
      ladder,
    ],
    [12],
  );
  const drawRows = groupPass(space, "drawRows", () => [panels, stride, at.conductance, at.product, at.shiftRow, at.r]);
  const drawBattery = groupPass(space, "drawRows", () => [panels, stride, at.conductance, 0, at.shiftRow, at.z], [5]);
  /** r <- D (h + K_b (s_b + D (w - h))) */
  const coupleBehind = (battery: number): void => {
    call.addScaled(nodes, -1, battery, at.w);
    couple.run(at.w);
    call.addScaled(nodes, 1, battery, at.w);
    pool.kernels.memory.doubles(at.shiftRow, 8 * layout.groups).fill(0);
    drawBattery.run(battery);
    call.addScaled(nodes, 1, at.z, at.r);
  };
  const shiftRows = groupPass(space, "shiftRows", () => [panels, stride, at.z, at.shiftRow, at.w]);
  const square = panelPass(space, "squareResiduals", () => [
    rows,
    columns,
    panels,
    stride,
    at.conductance,
    at.w,
    at.product,
    at.rowSegment,
    at.left,
    at.leftLevel,
    at.right,
    at.rightLevel,
    at.columnSegment,
    at.top,
    at.topLevel,
    at.bottom,
    at.bottomLevel,
    at.panelSums,
  ]);
  return {
    load(conductance_S) {
      space.rounded.valid = false;
      pool.kernels.memory.doubles(at.z, rows * columns).set(conductance_S);
      packAndFactor.run();
      factorRows.run();
    },
    relax(cold, addRowSources, battery = 0) {
      if (cold) {
        call.fillZero(nodes, at.r);
        addRowSources();
        solve.run(at.w);
      } else {
        if (battery === 0) couple.run(at.w);
        else coupleBehind(battery);
        addRowSources();
        solve.run(at.z);
        stepRelaxed.run();
        call.fillZero(16 * panels, at.first);
        call.fillZero(16 * panels, at.last);
      }
      // the change is w itself when it was zero before
      couple.run(cold ? at.w : at.p);
    },
    finish(pending, battery = 0) {
      call.fillZero(16 * panels, at.last);
      if (battery === 0) return finishColumns.run(pending);
      call.addScaled(nodes, pending, at.p, at.w);
      call.addScaled(nodes, -1, battery, at.w);
      finishColumns.run(0);
      call.addScaled(nodes, 1, battery, at.w);
    },
    finishRows(addRowSources, battery = 0) {
      if (battery !== 0) call.addScaled(nodes, 1, battery, at.product);
      drawRows.run();
      if (battery !== 0) call.addScaled(nodes, -1, battery, at.product);
      addRowSources();
      solve.run(at.z);
      shiftRows.run();
    },
    residual() {
      square.run();
      return Math.sqrt(sumDoubles(space, at.panelSums, panels));
    },
  };
}
