import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { worstAgainstLargest } from "../../../tests/relativeError.ts";
import { buildNetwork } from "./buildNetwork.ts";
import type { ArrayNetwork, LineDrives } from "./network.ts";
import { solveOnce } from "./solveNetwork.ts";

/**
 * The oracle: modified nodal analysis of the circuit as drawn, one unknown current per wire, so a resistance of 0 ohm is
 * an ordinary equation (v_a - v_b - R i = 0); dense LU with partial pivoting. Shares no code and no ordering with the solver.
 */
function solveDense(network: ArrayNetwork, drives: LineDrives) {
  const { rows, columns } = network;
  const W = (i: number, j: number): number => i * columns + j;
  const B = (i: number, j: number): number => rows * columns + i * columns + j;
  type Wire = { from: number; to: number; resistance: number; potential: number };
  const wires: Wire[] = [];
  const between = (from: number, to: number, resistance: number): number =>
    wires.push({ from, to, resistance, potential: Number.NaN }) - 1;
  /** Current flows from the source into the node. */
  const source = (to: number, resistance: number, potential = Number.NaN): number =>
    Number.isNaN(potential) ? -1 : wires.push({ from: -1, to, resistance, potential }) - 1;
  const left: number[] = [];
  const bottom: number[] = [];
  for (let i = 0; i < rows; i++) {
    const segment = network.rowSegment_ohm[i];
    const end = segment + network.rowSource_ohm[i];
    left.push(source(W(i, 0), end, drives.row_V[i]));
    source(W(i, columns - 1), end, drives.rightRow_V?.[i]);
    for (let j = 0; j + 1 < columns; j++) between(W(i, j), W(i, j + 1), segment);
  }
  for (let j = 0; j < columns; j++) {
    const segment = network.columnSegment_ohm[j];
    const end = segment + network.columnSense_ohm[j];
    bottom.push(source(B(rows - 1, j), end, drives.column_V[j]));
    source(B(0, j), end, drives.topColumn_V?.[j]);
    for (let i = 0; i + 1 < rows; i++) between(B(i, j), B(i + 1, j), segment);
  }
  const nodes = 2 * rows * columns;
  const size = nodes + wires.length;
  const matrix = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const g = network.conductance_S[i * columns + j];
      const [a, b] = [W(i, j), B(i, j)];
      matrix[a][a] += g;
      matrix[b][b] += g;
      matrix[a][b] -= g;
      matrix[b][a] -= g;
    }
  }
  wires.forEach(({ from, to, resistance, potential }, index) => {
    const at = nodes + index;
    matrix[to][at] -= 1;
    matrix[at][to] = -1;
    matrix[at][at] = -resistance;
    if (from < 0) matrix[at][size] = -potential;
    else {
      matrix[from][at] += 1;
      matrix[at][from] = 1;
    }
  });
  const x = luSolve(matrix);
  return {
    rowCurrent_A: left.map((wire) => (wire < 0 ? 0 : x[nodes + wire])),
    columnCurrent_A: bottom.map((wire) => (wire < 0 ? 0 : -x[nodes + wire])),
    rowNode_V: x.slice(0, rows * columns),
    columnNode_V: x.slice(rows * columns, nodes),
  };
}

function luSolve(matrix: Float64Array[]): Float64Array {
  const size = matrix.length;
  for (let p = 0; p < size; p++) {
    let best = p;
    for (let r = p + 1; r < size; r++) if (Math.abs(matrix[r][p]) > Math.abs(matrix[best][p])) best = r;
    [matrix[p], matrix[best]] = [matrix[best], matrix[p]];
    for (let r = p + 1; r < size; r++) {
      const factor = matrix[r][p] / matrix[p][p];
      if (factor !== 0) for (let c = p; c <= size; c++) matrix[r][c] -= factor * matrix[p][c];
    }
  }
  const x = new Float64Array(size);
  for (let p = size - 1; p >= 0; p--) {
    let value = matrix[p][size];
    for (let c = p + 1; c < size; c++) value -= matrix[p][c] * x[c];
    x[p] = value / matrix[p][p];
  }
  return x;
}

/** Ohm and siemens of order 1 keep the oracle well conditioned; the solver is scale free (invariants.test.ts). */
const resistance = fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1, noNaN: true }));
const conductance = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: fc.double({ min: 0.05, max: 5, noNaN: true }) },
);
const potential = fc.integer({ min: -1000, max: 1000 }).map((millivolt) => millivolt / 1000);
const end = fc.oneof({ weight: 1, arbitrary: fc.constant(Number.NaN) }, { weight: 3, arbitrary: potential });
const farEnd = fc.oneof({ weight: 3, arbitrary: fc.constant(Number.NaN) }, { weight: 1, arbitrary: potential });

const list = (of: fc.Arbitrary<number>, length: number) => fc.array(of, { minLength: length, maxLength: length });

const circuit = fc
  .record({ rows: fc.integer({ min: 1, max: 8 }), columns: fc.integer({ min: 1, max: 8 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      grid: fc.constant({ rows, columns }),
      conductance_S: list(conductance, rows * columns),
      rowSegment_ohm: list(resistance, rows),
      rowSource_ohm: list(resistance, rows),
      columnSegment_ohm: list(resistance, columns),
      columnSense_ohm: list(resistance, columns),
      row_V: list(end, rows),
      column_V: list(end, columns),
      rightRow_V: list(farEnd, rows),
      topColumn_V: list(farEnd, columns),
    }),
  );

describe("random circuits against dense modified nodal analysis", () => {
  it("agrees for unequal lines, ideal wires, floating lines, clamps and both-end drive", () => {
    let compared = 0;
    fc.assert(
      fc.property(circuit, (drawn) => {
        const network = buildNetwork(drawn);
        const drives: LineDrives = {
          row_V: Float64Array.from(drawn.row_V),
          column_V: Float64Array.from(drawn.column_V),
          rightRow_V: Float64Array.from(drawn.rightRow_V),
          topColumn_V: Float64Array.from(drawn.topColumn_V),
        };
        fc.pre(isDetermined(network, drives));
        const found = solveOnce(network, drives);
        const expected = solveDense(network, drives);
        compared++;
        const worst = [
          worstAgainstLargest(found.rowNode_V, expected.rowNode_V),
          worstAgainstLargest(found.columnNode_V, expected.columnNode_V),
        ];
        const currents = [...expected.rowCurrent_A, ...expected.columnCurrent_A, 1e-3];
        worst.push(worstAgainstLargest([...found.rowCurrent_A, ...found.columnCurrent_A, 1e-3], currents));
        expect(Math.max(...worst)).toBeLessThan(1e-11);
        expect(found.relativeResidual).toBeLessThan(1e-12);
      }),
      { numRuns: 300, seed: 20 },
    );
    expect(compared).toBe(300);
  });
});

/** No line in the air, no line without resistance driven at both ends. */
function isDetermined(network: ArrayNetwork, drives: LineDrives): boolean {
  const { rows, columns, conductance_S } = network;
  const driven = (near: Float64Array, far: Float64Array | undefined, line: number): number =>
    Number(!Number.isNaN(near[line])) + Number(far !== undefined && !Number.isNaN(far[line]));
  const ends = [
    ...Array.from({ length: rows }, (_, i) => driven(drives.row_V, drives.rightRow_V, i)),
    ...Array.from({ length: columns }, (_, j) => driven(drives.column_V, drives.topColumn_V, j)),
  ];
  const idealRow = (i: number): boolean => network.rowSegment_ohm[i] === 0 && network.rowSource_ohm[i] === 0;
  const idealColumn = (j: number): boolean => network.columnSegment_ohm[j] === 0 && network.columnSense_ohm[j] === 0;
  const label = ends.map((count) => count > 0);
  for (let pass = 0; pass < rows + columns; pass++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        if (conductance_S[i * columns + j] > 0 && label[i] !== label[rows + j]) label[i] = label[rows + j] = true;
  const loop = ends.some((count, line) => count === 2 && (line < rows ? idealRow(line) : idealColumn(line - rows)));
  return label.every(Boolean) && !loop;
}
