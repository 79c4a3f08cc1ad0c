import { expect, it } from "vitest";
import { worstAgainstLargest } from "../../../../tests/relativeError.ts";
import { buildNetwork } from "../buildNetwork.ts";
import { nearEnds } from "../connectedEnds.ts";
import { factorNetwork } from "../factorNetwork.ts";
import { solveNodes } from "../solveNodes.ts";
import { createIterativeSolver } from "./index.ts";

it.each([
  [1, 1],
  [1, 7],
  [9, 1],
  [17, 33],
  [70, 45],
])("%i x %i: a current through one junction meets the potentials of the elimination", (rows, columns) => {
  for (const segment of [1e-3, 10, 1e3, 2e4]) {
    const network = buildNetwork({
      grid: { rows, columns },
      conductance_S: Array.from({ length: rows * columns }, (_, k) => 1e-6 * (1.05 + Math.sin(k * k))),
      rowSegment_ohm: segment,
      rowSource_ohm: 0.3 * segment,
      columnSegment_ohm: Array.from({ length: columns }, (_, j) => segment * (1 + (j % 3))),
    });
    const ends = nearEnds(network);
    if (columns > 1) ends.right[0] = 1;
    if (rows > 1) ends.left[rows - 1] = 0;
    if (columns > 2) ends.top[1] = 1;
    const factors = factorNetwork(network, ends);
    if (factors.method !== "elimination") throw new Error("wires have resistance");
    using solver = createIterativeSolver(network, ends);
    for (const [i, j] of [
      [0, 0],
      [rows - 1, columns >> 1],
      [rows >> 1, columns - 1],
    ]) {
      const row = new Float64Array(rows * columns);
      const column = new Float64Array(rows * columns);
      row[i * columns + j] = 1;
      column[i * columns + j] = -1;
      solveNodes(factors, row, column);
      const { rowNode_V, columnNode_V } = solver.respond(i, j);
      expect(worstAgainstLargest([...rowNode_V, ...columnNode_V], [...row, ...column])).toBeLessThan(1e-9);
    }
    expect(() => solver.respond(rows, 0)).toThrow(`Row ${rows} is outside the grid`);
  }
});
