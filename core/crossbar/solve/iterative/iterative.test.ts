import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectAllClose } from "../../../../tests/close.ts";
import { worstRelative } from "../../../../tests/relativeError.ts";
import { loadKernels } from "../../kernels/loadKernels.ts";
import type { KernelName } from "../../kernels/kernelFunctions.ts";
import { type KernelTask, serialPool } from "../../pool.ts";
import { buildNetwork, type NetworkDescription } from "../buildNetwork.ts";
import { connectedEnds, LineError, nearEnds } from "../connectedEnds.ts";
import type { LineDrives, NetworkSolution } from "../network.ts";
import { solveOnce } from "../solveNetwork.ts";
import { createIterativeSolver, type IterativeOptions, type IterativeSolution } from "./index.ts";

/** mulberry32, the generator of the benchmark problems (fixtures/README.md). */
function makeUniform(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** 0.1 to 10 uS, log-uniform. */
function logUniform(count: number, seed: number): Float64Array {
  const uniform = makeUniform(seed);
  return Float64Array.from({ length: count }, () => 1e-7 * 100 ** uniform());
}

function uniformVolts(count: number, seed: number): Float64Array {
  const uniform = makeUniform(seed);
  return Float64Array.from({ length: count }, () => 0.2 * uniform());
}

function solveBoth(
  description: NetworkDescription,
  drives: LineDrives,
  options: IterativeOptions = {},
): { found: IterativeSolution; exact: NetworkSolution; bytes: number } {
  const network = buildNetwork(description);
  using solver = createIterativeSolver(network, connectedEnds(network, drives), options);
  return { found: solver.solve(drives), exact: solveOnce(network, drives), bytes: solver.stats.bytes };
}

/** Currents and nodes to `relative` of their own size; below a millionth of the largest, of that; nodes to a few eps. */
function expectSame(found: NetworkSolution, exact: NetworkSolution, relative: number): void {
  const size = (list: Float64Array): number => list.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const digits_V = 4e-15 * Math.max(size(exact.rowNode_V), size(exact.columnNode_V));
  for (const name of ["columnCurrent_A", "rowCurrent_A"] as const)
    expectAllClose(found[name], exact[name], relative, 1e-6 * relative * size(exact[name]) + 1e-300);
  for (const name of ["rowNode_V", "columnNode_V"] as const)
    expectAllClose(found[name], exact[name], relative, 1e-6 * relative * size(exact[name]) + digits_V);
}

function grounded(rows: number, columns: number): LineDrives {
  return { row_V: uniformVolts(rows, 2000 + rows), column_V: new Float64Array(columns) };
}

describe("against the elimination", () => {
  const shapes = [
    [1, 1],
    [1, 70],
    [70, 1],
    [3, 5],
    [17, 33],
    [64, 7],
    [16, 100],
    [64, 64],
    [96, 80],
  ] as const;

  it.each(shapes)("%i x %i, segments of 1e-13 to 1 of the smallest junction resistance", (rows, columns) => {
    for (const ratio of [1e-13, 1e-9, 1e-5, 1e-3, 1e-2, 5e-2, 0.2, 1]) {
      const { found, exact } = solveBoth(
        {
          grid: { rows, columns },
          conductance_S: logUniform(rows * columns, 1000 + rows),
          rowSegment_ohm: ratio * 1e5,
          columnSegment_ohm: ratio * 1e5,
        },
        grounded(rows, columns),
      );
      // columns and rows far from their source or sense end carry less than the last digits of the others
      if (columns <= 4 * rows) expect(worstRelative(found.columnCurrent_A, exact.columnCurrent_A)).toBeLessThan(1e-9);
      if (rows <= 4 * columns) expectSame(found, exact, 1e-8);
      expect(found.relativeResidual).toBeLessThan(1e-10);
    }
  });

  const n = 64;
  const pattern = (at: (i: number, j: number) => number): Float64Array =>
    Float64Array.from({ length: n * n }, (_, k) => at(Math.floor(k / n), k % n));
  const patterns: [name: string, conductance_S: Float64Array][] = [
    ["all on", pattern(() => 1e-5)],
    ["half of the rows off", pattern((i) => (i % 2 ? 1e-5 : 1e-7))],
    ["half of the plane off", pattern((i) => (i < n / 2 ? 1e-5 : 1e-7))],
    ["checkerboard of 16 x 16", pattern((i, j) => (((i >> 4) + (j >> 4)) & 1 ? 1e-5 : 1e-7))],
    ["one junction in ten", logUniform(n * n, 5).map((g, k) => (k % 10 ? 0 : g))],
    ["a single junction", pattern((i, j) => (i === 5 && j === 60 ? 1e-6 : 0))],
  ];
  it.each(patterns)("%s, 1 %, 5 % and 20 % segments, within 40 iterations", (_name, conductance_S) => {
    for (const segment of [1e3, 5e3, 2e4]) {
      const { found, exact } = solveBoth(
        { grid: { rows: n, columns: n }, conductance_S, rowSegment_ohm: segment, columnSegment_ohm: segment },
        grounded(n, n),
      );
      expectSame(found, exact, 1e-8);
      expect(found.iterations).toBeLessThan(40);
    }
  });

  const uniform = makeUniform(77);
  const fiveDecades = Float64Array.from({ length: n }, () => 10 ** (5 * uniform()));
  const someIdeal = Float64Array.from({ length: n }, () => (uniform() < 0.5 ? 0 : 5000));
  const wires: [name: string, wires: Omit<NetworkDescription, "grid" | "conductance_S">][] = [
    ["no resistance at all", {}],
    ["ideal rows", { columnSegment_ohm: 5000 }],
    ["ideal columns", { rowSegment_ohm: 5000 }],
    ["half of the lines ideal", { rowSegment_ohm: someIdeal, columnSegment_ohm: someIdeal }],
    ["lines over five decades", { rowSegment_ohm: fiveDecades, columnSegment_ohm: fiveDecades }],
    ["rows 500 times better", { rowSegment_ohm: 100, columnSegment_ohm: 5e4 }],
    ["columns 500 times better", { rowSegment_ohm: 5e4, columnSegment_ohm: 100 }],
    [
      "poor drivers and amplifiers",
      { rowSegment_ohm: 1e3, columnSegment_ohm: 1e3, rowSource_ohm: 1e5, columnSense_ohm: 1e6 },
    ],
    ["drivers without wires", { rowSource_ohm: 1e4 }],
  ];
  it.each(wires)("%s", (_name, wires) => {
    const { found, exact } = solveBoth(
      { grid: { rows: n, columns: n }, conductance_S: logUniform(n * n, 9), ...wires },
      grounded(n, n),
    );
    expectSame(found, exact, 2e-9);
  });

  const open = Number.NaN;
  const drives: [name: string, drives: LineDrives][] = [
    [
      "half of the rows float",
      { row_V: uniformVolts(n, 1).map((v, i) => (i % 2 ? v : open)), column_V: new Float64Array(n) },
    ],
    [
      "all float but one row and one column",
      {
        row_V: new Float64Array(n).fill(open).fill(0.2, 3, 4),
        column_V: new Float64Array(n).fill(open).fill(0, 5, 6),
      },
    ],
    [
      "driven at both ends",
      {
        row_V: uniformVolts(n, 1),
        rightRow_V: uniformVolts(n, 2).map((v, i) => (i % 3 ? v : open)),
        column_V: new Float64Array(n),
        topColumn_V: uniformVolts(n, 3).map((v, j) => (j % 2 ? v : open)),
      },
    ],
    [
      "clamps apart and far from zero",
      { row_V: uniformVolts(n, 1).map((v) => v + 1), column_V: uniformVolts(n, 4).map((v) => 1 - v) },
    ],
    ["columns driven, rows held", { row_V: new Float64Array(n), column_V: uniformVolts(n, 4) }],
  ];
  it.each(drives)("%s, from 1e-13 to 20 % segments", (_name, drives) => {
    for (const segment of [1e-8, 1, 1e3, 2e4]) {
      const { found, exact } = solveBoth(
        {
          grid: { rows: n, columns: n },
          conductance_S: logUniform(n * n, 9),
          rowSegment_ohm: segment,
          columnSegment_ohm: segment,
        },
        drives,
      );
      expectSame(found, exact, 1e-8);
    }
  });

  it("the reference kernels give the same answer", () => {
    const { found, exact } = solveBoth(
      {
        grid: { rows: 40, columns: 50 },
        conductance_S: logUniform(2000, 3),
        rowSegment_ohm: 5e3,
        columnSegment_ohm: 5e3,
      },
      grounded(40, 50),
      { pool: serialPool(loadKernels("reference")) },
    );
    expectSame(found, exact, 1e-9);
  });

  it("any small array, wires and drives", () => {
    const ohms = fc.oneof(
      fc.constant(0),
      fc.double({ min: -4, max: 6, noNaN: true }).map((e) => 10 ** e),
    );
    const volts = fc.oneof(
      fc.constant(Number.NaN),
      fc.integer({ min: -1000, max: 1000 }).map((millivolts) => millivolts / 1000),
    );
    const arrays = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([rows, columns]) => {
      const list = <T>(length: number, of: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
        fc.array(of, { minLength: length, maxLength: length });
      return fc.record({
        grid: fc.constant({ rows, columns }),
        conductance_S: list(
          rows * columns,
          fc.double({ min: -8, max: -4, noNaN: true }).map((e) => 10 ** e),
        ),
        rowSegment_ohm: list(rows, ohms),
        columnSegment_ohm: list(columns, ohms),
        rowSource_ohm: list(rows, ohms),
        columnSense_ohm: list(columns, ohms),
        row_V: list(rows, volts),
        column_V: list(columns, volts),
      });
    });
    fc.assert(
      fc.property(arrays, ({ row_V, column_V, ...description }) => {
        fc.pre(row_V.some((v) => !Number.isNaN(v)) || column_V.some((v) => !Number.isNaN(v)));
        const { found, exact } = solveBoth(description, {
          row_V: Float64Array.from(row_V),
          column_V: Float64Array.from(column_V),
        });
        const size = [...row_V, ...column_V].reduce(
          (most, v) => (Number.isNaN(v) ? most : Math.max(most, Math.abs(v))),
          0,
        );
        const sum = description.conductance_S.reduce((a, b) => a + b);
        expectAllClose(found.rowNode_V, exact.rowNode_V, 1e-9, 1e-9 * size + 1e-300);
        expectAllClose(found.columnNode_V, exact.columnNode_V, 1e-9, 1e-9 * size + 1e-300);
        expectAllClose(found.columnCurrent_A, exact.columnCurrent_A, 1e-9, 1e-9 * sum * size + 1e-300);
        expectAllClose(found.rowCurrent_A, exact.rowCurrent_A, 1e-9, 1e-9 * sum * size + 1e-300);
      }),
      { numRuns: 150, seed: 3 },
    );
  });
});

describe("promises of the solver", () => {
  const grid = { rows: 64, columns: 64 };
  const network = buildNetwork({
    grid,
    conductance_S: logUniform(4096, 1064),
    rowSegment_ohm: 1e3,
    columnSegment_ohm: 1e3,
  });

  it("nine iterations at 1 %, two levels, spacing by the characteristic length", () => {
    using solver = createIterativeSolver(network, nearEnds(grid));
    const { iterations, method } = solver.solve(grounded(64, 64));
    expect(iterations).toBeLessThanOrEqual(9);
    expect(method).toBe("two-level line-PCG, spacing 8");
    expect(solver.stats.spacing).toBe(8);
  });

  it("a coarse grid keeps the iterations independent of the size", () => {
    const count = (n: number, spacing: 0 | 8): number => {
      const description = {
        grid: { rows: n, columns: n },
        conductance_S: logUniform(n * n, 1),
        rowSegment_ohm: 5e3,
        columnSegment_ohm: 5e3,
      };
      const network = buildNetwork(description);
      using solver = createIterativeSolver(network, nearEnds(network), { spacing });
      return solver.solveCurrents(grounded(n, n)).iterations;
    };
    expect(count(256, 8)).toBeLessThan(1.4 * count(64, 8));
    expect(count(256, 0)).toBeGreaterThan(2.5 * count(64, 0));
  });

  it("currents alone are those of the full solution", () => {
    using solver = createIterativeSolver(network, nearEnds(grid));
    const drives = grounded(64, 64);
    const { columnCurrent_A } = solver.solve(drives);
    expect(solver.solveCurrents(drives).columnCurrent_A).toEqual(columnCurrent_A);
  });

  it("a warm start saves iterations and gives the same answer, after new conductances and new drives", () => {
    using solver = createIterativeSolver(network, nearEnds(grid));
    const drives = { row_V: grounded(64, 64).row_V.map((v) => v + 0.3), column_V: new Float64Array(64).fill(0.3) };
    const first = solver.solve(drives);
    const nudged = network.conductance_S.map((g, k) => g * (1 + 1e-4 * Math.sin(k)));
    solver.update(nudged);
    const moved = { row_V: drives.row_V.map((v) => v * 1.0001), column_V: drives.column_V.map((v) => v + 0.01) };
    const warm = solver.solve(moved, { initial: "previous" });
    const given = solver.solve(moved, { initial: first.rowNode_V });
    const cold = solver.solve(moved);
    expect(warm.iterations).toBeLessThan(cold.iterations);
    const exact = solveOnce({ ...network, conductance_S: nudged }, moved);
    for (const found of [warm, given, cold]) expectSame(found, exact, 1e-9);
  });

  it("no drive, no current, no iteration", () => {
    using solver = createIterativeSolver(network, nearEnds(grid));
    const solution = solver.solve({ row_V: new Float64Array(64).fill(0.7), column_V: new Float64Array(64).fill(0.7) });
    expect(solution.iterations).toBe(0);
    expect(solution.columnCurrent_A.every((value) => value === 0)).toBe(true);
    expect(solution.rowNode_V.every((value) => value === 0.7)).toBe(true);
  });

  it("an iteration that breaks down ends in the elimination and says so", () => {
    const pool = serialPool();
    const broken = {
      ...pool,
      run: (kernel: KernelName, tasks: readonly KernelTask[]): void => {
        if (kernel !== "applySystem" && kernel !== "applyCarried") pool.run(kernel, tasks);
      },
    };
    using solver = createIterativeSolver(network, nearEnds(grid), { pool: broken });
    const drives = grounded(64, 64);
    const solution = solver.solve(drives);
    expect(solution.method).toContain("then star-mesh elimination");
    expect(worstRelative(solution.columnCurrent_A, solveOnce(network, drives).columnCurrent_A)).toBeLessThan(1e-12);
    expect(solver.nodes().rowNode_V).toEqual(solution.rowNode_V);
  });

  it("at most 100 bytes per junction, results of 16 included, and all of it given back", () => {
    const pool = serialPool(loadKernels("simd"));
    const large = buildNetwork({
      grid: { rows: 256, columns: 256 },
      conductance_S: logUniform(65536, 1),
      rowSegment_ohm: 2e4,
      columnSegment_ohm: 2e4,
    });
    const before = pool.kernels.memory.reserve(64);
    pool.kernels.memory.free(before, 64);
    const solver = createIterativeSolver(large, nearEnds(large), { pool });
    solver.solveCurrents(grounded(256, 256));
    expect(solver.stats.bytes / 65536 + 16).toBeLessThan(100);
    solver[Symbol.dispose]();
    solver[Symbol.dispose]();
    expect(pool.kernels.memory.reserve(64)).toBe(before);
    expect(() => solver.nodes()).toThrow("disposed");
  });

  it("refuses what the elimination refuses, with the element", () => {
    using solver = createIterativeSolver(network, nearEnds(grid));
    expect(() => solver.update(network.conductance_S.map((g, k) => (k === 65 ? -g : g)))).toThrow(
      "conductance_S[1][1]",
    );
    expect(() => solver.update(new Float64Array(3))).toThrow("3 values, expected 4096");
    expect(() =>
      solver.solve({ row_V: new Float64Array(64).fill(Number.NaN), column_V: new Float64Array(64) }),
    ).toThrow("other line ends");
    const empty = buildNetwork({ grid: { rows: 2, columns: 2 }, conductance_S: [1e-6, 1e-6, 0, 0] });
    const floating = {
      left: Uint8Array.of(1, 0),
      right: new Uint8Array(2),
      bottom: Uint8Array.of(1, 1),
      top: new Uint8Array(2),
    };
    expect(() => createIterativeSolver(empty, floating)).toThrow(LineError);
    expect(() => createIterativeSolver(network, nearEnds(grid), { stop: 0 })).toThrow("stop is 0");
  });
});
