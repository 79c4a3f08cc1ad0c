import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { buildNetwork } from "./buildNetwork.ts";
import { connectedEnds } from "./connectedEnds.ts";
import { createIterativeSolver } from "./iterative/index.ts";
import { relativeResidual } from "./relativeResidual.ts";
import { solveOnce } from "./solveNetwork.ts";

/** One junction of 1 S; the row floats, the column reaches 0 V through 1 ohm: A = [[1, -1], [-1, 2]], b = 0. */
const network = buildNetwork({
  grid: { rows: 1, columns: 1 },
  conductance_S: [1],
  rowSegment_ohm: 0.5,
  columnSegment_ohm: 0.25,
  columnSense_ohm: 0.75,
});
const drives = { row_V: Float64Array.of(Number.NaN), column_V: Float64Array.of(0) };
const at = (row_V: number, column_V: number) =>
  relativeResidual(network, drives, {
    rowNode_V: Float64Array.of(row_V),
    columnNode_V: Float64Array.of(column_V),
    rowReference_V: Float64Array.of(0),
    columnReference_V: Float64Array.of(0),
  });

describe("the residual where every known potential is 0 V", () => {
  it("is 0 at the solution, 0 V", () => expect(at(0, 0)).toBe(0));

  it("is relative to |A| |x| elsewhere, by hand", () => {
    // A x = (1, -1), |A| |x| = (1, 1)
    expectClose(at(1, 0), 1, 1e-15);
    // A x = (0, 0.001), |A| |x| = (0.002, 0.003)
    expectClose(at(1e-3, 1e-3), 1 / Math.sqrt(13), 1e-13);
  });

  it("is finite for both solvers, with floating rows and a start that was not 0 V", () => {
    const side = 24;
    const array = buildNetwork({
      grid: { rows: side, columns: side },
      conductance_S: Float64Array.from({ length: side * side }, (_, k) => 1e-7 * (1 + (k % 7))),
      rowSegment_ohm: 1e4,
      columnSegment_ohm: 1e4,
    });
    const quiet = {
      row_V: Float64Array.from({ length: side }, (_, i) => (i % 3 === 0 ? Number.NaN : 0)),
      column_V: new Float64Array(side),
    };
    expect(solveOnce(array, quiet).relativeResidual).toBe(0);
    using solver = createIterativeSolver(array, connectedEnds(array, quiet));
    expect(solver.solve(quiet).relativeResidual).toBe(0);
    const { relativeResidual: residual, rowNode_V } = solver.solve(quiet, {
      initial: new Float64Array(side * side).fill(0.1),
    });
    expect(Math.max(...rowNode_V.map(Math.abs))).toBeLessThan(1e-10);
    expect(residual).toBeLessThanOrEqual(1);
  });
});
