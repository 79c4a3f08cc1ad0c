import { describe, expect, it } from "vitest";
import { worstRelative } from "../../../../tests/relativeError.ts";
import { buildNetwork } from "../buildNetwork.ts";
import { nearEnds } from "../connectedEnds.ts";
import { solveOnce } from "../solveNetwork.ts";
import { createIterativeSolver } from "./iterativeSolver.ts";

const SIDE = 48;
const patterns: readonly [string, (i: number, j: number) => number][] = [
  ["all on", () => 1e-5],
  ["spread over two decades", (i, j) => 1e-7 * 100 ** ((Math.imul(i * 57 + j, 2654435761) >>> 0) / 2 ** 32)],
  ["half of the rows off", (i) => (i % 2 === 0 ? 1e-5 : 1e-7)],
  ["checkerboard of 16 x 16", (i, j) => (((i >> 4) + (j >> 4)) % 2 === 0 ? 1e-5 : 1e-7)],
  ["one junction in a hundred", (i, j) => ((7 * i + 13 * j) % 100 === 0 ? 1e-5 : 0)],
];

describe("a preconditioner in single precision", () => {
  it.each(patterns)("%s: as many iterations as in doubles and currents as exact", (_name, conductanceOf) => {
    for (const ratio of [5e-3, 5e-2, 0.5])
      for (const volt of [1, 1e-30]) {
        const network = buildNetwork({
          grid: { rows: SIDE, columns: SIDE },
          conductance_S: Float64Array.from({ length: SIDE * SIDE }, (_, k) =>
            conductanceOf(Math.floor(k / SIDE), k % SIDE),
          ),
          rowSegment_ohm: ratio * 1e5,
          columnSegment_ohm: ratio * 1e5,
        });
        const drives = {
          row_V: Float64Array.from({ length: SIDE }, (_, i) => volt * (0.05 + (0.15 * i) / SIDE)),
          column_V: new Float64Array(SIDE),
        };
        const exact = solveOnce(network, drives).columnCurrent_A;
        const counts = (["f32", "f64"] as const).map((preconditioner) => {
          using solver = createIterativeSolver(network, nearEnds(network), { preconditioner, spacing: 8 });
          const { columnCurrent_A, iterations, method } = solver.solveCurrents(drives);
          expect(method).toBe("two-level line-PCG, spacing 8");
          expect(worstRelative(columnCurrent_A, exact)).toBeLessThan(1e-9);
          return iterations;
        });
        expect(Math.abs((counts[0] ?? 0) - (counts[1] ?? 0))).toBeLessThanOrEqual(2);
      }
  });

  it("gives exact zeros where nothing drives", () => {
    const network = buildNetwork({
      grid: { rows: 40, columns: 40 },
      conductance_S: new Float64Array(1600).fill(1e-5),
      rowSegment_ohm: 5e3,
      columnSegment_ohm: 5e3,
    });
    using solver = createIterativeSolver(network, nearEnds(network), { spacing: 8 });
    const { columnCurrent_A, iterations } = solver.solve({
      row_V: new Float64Array(40).fill(0.3),
      column_V: new Float64Array(40).fill(0.3),
    });
    expect(iterations).toBe(0);
    expect(columnCurrent_A.every((current) => current === 0)).toBe(true);
  });

  it("stays where it is when it starts from the solution, and turns to new drives a thousand times smaller", () => {
    const network = buildNetwork({
      grid: { rows: 64, columns: 40 },
      conductance_S: Float64Array.from({ length: 64 * 40 }, (_, k) => 1e-7 * 100 ** (((k * 7919) % 997) / 997)),
      rowSegment_ohm: 5e3,
      columnSegment_ohm: 5e3,
    });
    using solver = createIterativeSolver(network, nearEnds(network), { spacing: 8 });
    const column_V = new Float64Array(40);
    const drives = { row_V: Float64Array.from({ length: 64 }, (_, i) => (i === 5 ? 0.2 : 0)), column_V };
    const exact = solveOnce(network, drives);
    solver.solve(drives);
    for (let again = 0; again < 4; again++) {
      const found = solver.solve(drives, { initial: "previous", smallestCurrent: 1e-9 });
      expect(worstRelative(found.columnCurrent_A, exact.columnCurrent_A)).toBeLessThan(1e-9);
      expect(worstRelative(found.rowCurrent_A, exact.rowCurrent_A)).toBeLessThan(1e-9);
      expect(found.relativeResidual).toBeLessThan(1e-13);
    }
    const small = { row_V: drives.row_V.map((volt) => 1e-3 * volt), column_V };
    const found = solver.solve(small, { initial: "previous" });
    expect(worstRelative(found.columnCurrent_A, solveOnce(network, small).columnCurrent_A)).toBeLessThan(1e-9);
  });

  it("gives row currents of a checkerboard as exact as those of its columns", () => {
    const side = 64;
    const network = buildNetwork({
      grid: { rows: side, columns: side },
      conductance_S: Float64Array.from({ length: side * side }, (_, k) =>
        (((k / side) >> 4) + ((k % side) >> 4)) % 2 === 0 ? 1e-5 : 1e-7,
      ),
      rowSegment_ohm: 2e4,
      columnSegment_ohm: 2e4,
    });
    const drives = {
      row_V: Float64Array.from({ length: side }, (_, i) => (i === 7 ? 1e-7 : 0.2 - 0.001 * i)),
      column_V: new Float64Array(side),
    };
    using solver = createIterativeSolver(network, nearEnds(network));
    const exact = solveOnce(network, drives).rowCurrent_A;
    expect(worstRelative(solver.solve(drives).rowCurrent_A, exact)).toBeLessThan(1e-9);
    // what the columns need alone is known before the rows are
    expect(solver.solve(drives).iterations).toBeGreaterThanOrEqual(solver.solveCurrents(drives).iterations);
  });
});
