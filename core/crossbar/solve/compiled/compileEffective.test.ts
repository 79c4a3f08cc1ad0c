import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { worstRelative } from "../../../../tests/relativeError.ts";
import { type KernelVariant, loadKernels } from "../../kernels/loadKernels.ts";
import { type KernelTask, type Pool, serialPool } from "../../pool.ts";
import { buildNetwork } from "../buildNetwork.ts";
import { type ConnectedEnds, nearEnds } from "../connectedEnds.ts";
import { effectiveMatrix, multiplyEffective } from "../effectiveMatrix.ts";
import { factorNetwork } from "../factorNetwork.ts";
import type { ArrayNetwork } from "../network.ts";
import { compileEffective } from "./compileEffective.ts";

const SHAPES = [
  [1, 1],
  [1, 2],
  [1, 9],
  [9, 1],
  [2, 2],
  [3, 5],
  [5, 3],
  [17, 33],
  [64, 7],
  [7, 64],
  [50, 50],
] as const;
const RATIOS = [0, 1e-13, 1e-8, 1e-6, 1e-3, 1e-2, 5e-2, 1];
const GMAX = 1e-5;
const variants: readonly KernelVariant[] = ["simd", "reference"];

/** Lehmer's generator, 16807. */
function uniform(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s * 16807) % 2147483647;
    return s / 2147483647;
  };
}

const logUniform = (next: () => number) => () => 1e-7 * 100 ** next();

/** The plain solver: another elimination order, checked against dense circuits and ngspice beside it. */
function expected(network: ArrayNetwork, ends: ConnectedEnds): Float64Array {
  return effectiveMatrix(factorNetwork(network, ends));
}

describe.each(variants)("effective matrix by hierarchical merge, %s kernels", (variant) => {
  const pool = serialPool(loadKernels(variant));

  it("runs on the kernels that were asked for", () => {
    expect(pool.kernels.variant).toBe(variant);
  });

  it.each(SHAPES)("%i x %i equals the plain solver element by element at every wire ratio", (rows, columns) => {
    const next = uniform(rows * 100 + columns);
    const conductance_S = Array.from({ length: rows * columns }, logUniform(next));
    for (const ratio of RATIOS) {
      const segment = ratio / GMAX;
      const network = buildNetwork({
        grid: { rows, columns },
        conductance_S,
        rowSegment_ohm: segment,
        columnSegment_ohm: segment,
      });
      const found = compileEffective(network, nearEnds(network), pool);
      expect(worstRelative(found, expected(network, nearEnds(network)))).toBeLessThan(1e-12);
    }
  });

  it.each(SHAPES)("%i x %i with unequal lines, floating lines, both-end drive and far clamps", (rows, columns) => {
    const next = uniform(7 * rows + columns);
    const wire = (): number => (next() < 0.2 ? 0 : 2e3 * next());
    const network = buildNetwork({
      grid: { rows, columns },
      conductance_S: Array.from({ length: rows * columns }, logUniform(next)),
      rowSegment_ohm: Array.from({ length: rows }, wire),
      rowSource_ohm: Array.from({ length: rows }, wire),
      columnSegment_ohm: Array.from({ length: columns }, wire),
      columnSense_ohm: Array.from({ length: columns }, wire),
    });
    for (let pattern = 0; pattern < 6; pattern++) {
      const ends = nearEnds(network);
      ends.right.forEach((_, i) => (ends.right[i] = Number(pattern % 3 > 0 && next() < 0.5)));
      ends.top.forEach((_, j) => (ends.top[j] = Number(pattern > 2 && next() < 0.5)));
      if (rows > 1) ends.left[rows >> 1] = 0;
      if (columns > 1) ends.bottom[0] = 0;
      const found = compileEffective(network, ends, pool);
      expect(worstRelative(found, expected(network, ends))).toBeLessThan(1e-12);
    }
  });

  it.each([
    ["all on", () => GMAX],
    ["half of the rows off", (i: number) => (i % 2 ? GMAX : 0)],
    ["half plane", (i: number) => (i < 16 ? GMAX : 1e-7)],
    ["checkerboard 0.1 / 10 uS", (i: number, j: number) => (((i >> 2) + (j >> 2) + 1) % 2 ? GMAX : 1e-7)],
    ["one junction on", (i: number, j: number) => (i === 31 && j === 0 ? GMAX : 0)],
  ])("adversarial pattern: %s", (_, pattern) => {
    const grid = { rows: 32, columns: 32 };
    const conductance_S = Array.from({ length: 1024 }, (_, k) => pattern(k >> 5, k & 31));
    for (const segment of [1e3, 2e4]) {
      const network = buildNetwork({ grid, conductance_S, rowSegment_ohm: segment, columnSegment_ohm: segment });
      const found = compileEffective(network, nearEnds(grid), pool);
      expect(worstRelative(found, expected(network, nearEnds(grid)))).toBeLessThan(1e-12);
    }
  });

  it("ideal wires give the conductance matrix, by elimination too", () => {
    const grid = { rows: 13, columns: 21 };
    const conductance_S = Float64Array.from({ length: 273 }, logUniform(uniform(3)));
    const ideal = buildNetwork({ grid, conductance_S });
    expect(compileEffective(ideal, nearEnds(grid), pool)).toEqual(conductance_S);
    // one resistance keeps the closed form away and cannot be seen at 1e-14
    const nearly = buildNetwork({
      grid,
      conductance_S,
      columnSense_ohm: Array.from({ length: 21 }, (_, j) => (j === 0 ? 1e-11 : 0)),
    });
    expect(worstRelative(compileEffective(nearly, nearEnds(grid), pool), conductance_S)).toBeLessThan(1e-14);
  });

  it("approaches ideal wires with the slope of first-order theory", () => {
    // W_ij = G_ij (1 - R_w sum_m G_im (1 + min(j, m)) - R_b sum_k G_kj (rows - max(i, k))) + O(R^2)
    const [rows, columns] = [12, 17];
    const g = Float64Array.from({ length: rows * columns }, logUniform(uniform(21)));
    for (const scale of [1e-2, 1e-4, 1e-6]) {
      const [rowSegment, columnSegment] = [scale, 0.6 * scale];
      const network = buildNetwork({
        grid: { rows, columns },
        conductance_S: g,
        rowSegment_ohm: rowSegment,
        columnSegment_ohm: columnSegment,
      });
      const found = compileEffective(network, nearEnds(network), pool);
      const slopes = g.map((_, k) => {
        const [i, j] = [Math.floor(k / columns), k % columns];
        let slope = 0;
        for (let m = 0; m < columns; m++) slope += rowSegment * g[i * columns + m] * (1 + Math.min(j, m));
        for (let m = 0; m < rows; m++) slope += columnSegment * g[m * columns + j] * (rows - Math.max(i, m));
        return slope;
      });
      const steepest = Math.max(...slopes);
      slopes.forEach((slope, k) => {
        // second order, and the digits of W that are left in 1 - W / G
        const allowed = 3 * steepest + 1e-14 / slope;
        expect(Math.abs((1 - found[k] / g[k]) / slope - 1)).toBeLessThan(allowed);
      });
    }
  });

  it("is passive: no row sends out more than it takes in, wires only lower the currents of all inputs together", () => {
    const network = buildNetwork({
      grid: { rows: 30, columns: 22 },
      conductance_S: Array.from({ length: 660 }, logUniform(uniform(5))),
      rowSegment_ohm: 3e3,
      columnSegment_ohm: 2e3,
    });
    const found = compileEffective(network, nearEnds(network), pool);
    for (let i = 0; i < 30; i++) {
      let [sum, ideal] = [0, 0];
      for (let j = 0; j < 22; j++) {
        expect(found[i * 22 + j]).toBeGreaterThan(0);
        sum += found[i * 22 + j];
        ideal += network.conductance_S[i * 22 + j];
      }
      expect(sum).toBeLessThan(ideal);
    }
  });

  it("the 8 x 8 benchmark problem agrees with sparse LU and ngspice", () => {
    interface Problem {
      readonly G_siemens: number[][];
      readonly V_volt: number[][];
      readonly R_segment_ohm: Record<string, number>;
      readonly I_ampere: Record<string, number[][]>;
    }
    const problem = JSON.parse(
      readFileSync(new URL("../../../../fixtures/solver/problem_8.json", import.meta.url), "utf8"),
    ) as Problem;
    const grid = { rows: 8, columns: 8 };
    for (const [name, segment] of Object.entries(problem.R_segment_ohm)) {
      const network = buildNetwork({
        grid,
        conductance_S: problem.G_siemens.flat(),
        rowSegment_ohm: segment,
        columnSegment_ohm: segment,
      });
      const effective = compileEffective(network, nearEnds(grid), pool);
      problem.V_volt.forEach((volts, p) =>
        expect(
          worstRelative(multiplyEffective(grid, effective, Float64Array.from(volts)), problem.I_ampere[name][p]),
        ).toBeLessThan(1e-9),
      );
    }
  });

  it("swapping drivers and amplifiers transposes the matrix", () => {
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 1e6 }), (rows, columns, seed) => {
        const next = uniform(seed);
        const g = Array.from({ length: rows * columns }, logUniform(next));
        const list = (n: number) => Array.from({ length: n }, () => 1e4 * next() ** 4);
        const [rowSegment, rowSource, columnSegment, columnSense] = [
          list(rows),
          list(rows),
          list(columns),
          list(columns),
        ];
        const network = buildNetwork({
          grid: { rows, columns },
          conductance_S: g,
          rowSegment_ohm: rowSegment,
          rowSource_ohm: rowSource,
          columnSegment_ohm: columnSegment,
          columnSense_ohm: columnSense,
        });
        // seen from the amplifiers: columns are rows, counted from the clamped end, and rows end at their source
        const swapped = buildNetwork({
          grid: { rows: columns, columns: rows },
          conductance_S: Array.from({ length: rows * columns }, (_, k) => {
            const [j, i] = [Math.floor(k / rows), rows - 1 - (k % rows)];
            return g[i * columns + (columns - 1 - j)];
          }),
          rowSegment_ohm: columnSegment.toReversed(),
          rowSource_ohm: columnSense.toReversed(),
          columnSegment_ohm: rowSegment.toReversed(),
          columnSense_ohm: rowSource.toReversed(),
        });
        const w = compileEffective(network, nearEnds(network), pool);
        const t = compileEffective(swapped, nearEnds(swapped), pool);
        const back = Float64Array.from(
          { length: rows * columns },
          (_, k) => t[(columns - 1 - (k % columns)) * rows + (rows - 1 - Math.floor(k / columns))],
        );
        expect(worstRelative(back, w)).toBeLessThan(1e-13);
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it("gives its scratch back", () => {
    const network = buildNetwork({
      grid: { rows: 40, columns: 40 },
      conductance_S: new Float64Array(1600).fill(1e-6),
      rowSegment_ohm: 100,
    });
    const first = compileEffective(network, nearEnds(network), pool);
    const bytes = pool.kernels.memory.wasmMemory.buffer.byteLength;
    for (let n = 0; n < 5; n++) expect(compileEffective(network, nearEnds(network), pool)).toEqual(first);
    expect(pool.kernels.memory.wasmMemory.buffer.byteLength).toBe(bytes);
  });
});

describe("order of the tasks", () => {
  /** Runs every region back to front, as threads may. */
  function reversedPool(): Pool {
    const serial = serialPool(loadKernels("simd"));
    return {
      ...serial,
      threads: 2,
      run: (kernel, tasks: readonly KernelTask[]) => serial.run(kernel, tasks.toReversed()),
      [Symbol.dispose]() {},
    };
  }

  it("changes no bit", () => {
    const network = buildNetwork({
      grid: { rows: 97, columns: 130 },
      conductance_S: Array.from({ length: 97 * 130 }, logUniform(uniform(11))),
      rowSegment_ohm: 1e3,
      columnSegment_ohm: 700,
    });
    const forward = compileEffective(network, nearEnds(network), serialPool(loadKernels("simd")));
    expect(compileEffective(network, nearEnds(network), reversedPool())).toEqual(forward);
  });
});

describe("refusals", () => {
  it("names a line in the air and an unphysical element", () => {
    const network = buildNetwork({ grid: { rows: 2, columns: 2 }, conductance_S: [0, 0, 1e-6, 1e-6] });
    const ends = nearEnds(network);
    ends.left[0] = 0;
    expect(() => compileEffective(network, ends)).toThrow(/row 0 floats/);
    network.conductance_S[3] = Number.NaN;
    expect(() => compileEffective(network, nearEnds(network))).toThrow("conductance_S[1][1] is NaN");
  });

  it("says how many bytes an array needs that does not fit", () => {
    const side = 6000;
    const network = {
      rows: side,
      columns: side,
      conductance_S: new Float64Array(side * side),
      rowSegment_ohm: new Float64Array(side).fill(1),
      rowSource_ohm: new Float64Array(side),
      columnSegment_ohm: new Float64Array(side).fill(1),
      columnSense_ohm: new Float64Array(side),
    };
    expect(() => compileEffective(network, nearEnds(network))).toThrow(/6000 x 6000 array needs \d+ bytes, allowed/);
  });
});
