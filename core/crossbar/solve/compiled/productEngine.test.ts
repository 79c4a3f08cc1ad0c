import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { worstAgainstLargest, worstRelative } from "../../../../tests/relativeError.ts";
import { loadKernels } from "../../kernels/loadKernels.ts";
import { serialPool } from "../../pool.ts";
import { buildNetwork } from "../buildNetwork.ts";
import { type ConnectedEnds, nearEnds } from "../connectedEnds.ts";
import { effectiveMatrix } from "../effectiveMatrix.ts";
import { factorNetwork } from "../factorNetwork.ts";
import type { ArrayNetwork } from "../network.ts";
import { solveOnce } from "../solveNetwork.ts";
import { compileEffective } from "./compileEffective.ts";
import { changeJunctions, JunctionUpdates } from "./junctionUpdates.ts";
import { plainSolves } from "./linearSolves.ts";
import { createProductEngine } from "./productEngine.ts";

const pool = serialPool(loadKernels("simd"));

function uniform(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s * 16807) % 2147483647;
    return s / 2147483647;
  };
}

function someNetwork(rows: number, columns: number, segment: number, seed = 3): ArrayNetwork {
  const next = uniform(seed);
  return buildNetwork({
    grid: { rows, columns },
    conductance_S: Array.from({ length: rows * columns }, () => 1e-7 * 100 ** next()),
    rowSegment_ohm: segment,
    rowSource_ohm: Array.from({ length: rows }, () => 3 * segment * next()),
    columnSegment_ohm: Array.from({ length: columns }, () => segment * (0.5 + next())),
    columnSense_ohm: segment,
  });
}

const voltages = (count: number, seed = 9): Float64Array => {
  const next = uniform(seed);
  return Float64Array.from({ length: count }, () => 0.2 * next());
};

describe("changed junctions", () => {
  const shape = fc.integer({ min: 1, max: 9 });
  const ratio = fc.constantFrom(0, 1e-3, 1, 1e3, 5e3, 1e5);

  it("patch the compiled matrix to what a new compilation gives", () => {
    fc.assert(
      fc.property(
        shape,
        shape,
        ratio,
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 6 }),
        (rows, columns, segment, seed, count) => {
          const next = uniform(seed);
          const network = someNetwork(rows, columns, segment, seed);
          const ends = nearEnds(network);
          if (next() < 0.3) ends.right.fill(1);
          if (rows > 1 && next() < 0.3) ends.left[0] = 0;
          const changes = Array.from({ length: count }, () => ({
            row: Math.floor(next() * rows),
            column: Math.floor(next() * columns),
            conductance_S: 1e-7 * 100 ** next(),
          }));
          const conductance_S = changeJunctions(network, changes);
          const before = compileEffective(network, ends, pool);
          const updates = new JunctionUpdates(network, ends, before, () => plainSolves(network, ends));
          const changed = changes.map(({ row, column }) => row * columns + column);
          const after = compileEffective({ ...network, conductance_S }, ends, pool);
          expect(worstAgainstLargest(updates.apply(conductance_S, changed), after)).toBeLessThan(1e-11);
          // and back: the responses are kept, the result does not drift
          expect(worstAgainstLargest(updates.apply(network.conductance_S, []), before)).toBeLessThan(1e-15);
        },
      ),
      { numRuns: 150, seed: 4 },
    );
  });

  it("to zero leave a matrix without negative elements", () => {
    const network = someNetwork(4, 4, 100);
    const ends = nearEnds(network);
    const before = compileEffective(network, ends, pool);
    const updates = new JunctionUpdates(network, ends, before, () => plainSolves(network, ends));
    const changes = [0, 1, 2, 3].map((row) => ({ row, column: 2, conductance_S: 0 }));
    const conductance_S = changeJunctions(network, changes);
    const patched = updates.apply(conductance_S, [2, 6, 10, 14]);
    expect(patched.every((value) => value >= 0)).toBe(true);
    expect(worstAgainstLargest(patched, compileEffective({ ...network, conductance_S }, ends, pool))).toBeLessThan(
      1e-13,
    );
  });

  it("are refused outside the grid and below zero", () => {
    const network = someNetwork(2, 3, 100);
    expect(() => changeJunctions(network, [{ row: 2, column: 0, conductance_S: 1 }])).toThrow("Row 2 is outside");
    expect(() => changeJunctions(network, [{ row: 1, column: 2, conductance_S: -1 }])).toThrow(
      "conductance_S[1][2] is -1, allowed are finite values of 0 siemens or more",
    );
  });
});

describe("product engine", () => {
  const network = someNetwork(12, 9, 1e3);
  const ends = nearEnds(network);
  const exact = (state: ArrayNetwork, row_V: Float64Array, column_V = new Float64Array(9)): Float64Array =>
    solveOnce(state, { row_V, column_V }).columnCurrent_A;

  it("solves the first ten products and compiles for the eleventh", () => {
    let clock = 0;
    using engine = createProductEngine(network, ends, { pool, now_ms: () => (clock += 7) });
    for (let p = 0; p < 12; p++) {
      const row_V = voltages(12, 50 + p);
      expect(worstRelative(engine.multiply(row_V), exact(network, row_V))).toBeLessThan(1e-12);
      expect(engine.stats().compilations).toBe(p < 10 ? 0 : 1);
    }
    const { direct, compiled, compile_ms, errorEstimate, solver, decision } = engine.stats();
    expect([direct, compiled, compile_ms]).toEqual([10, 2, 7]);
    expect(errorEstimate).toBeLessThan(1e-13);
    expect(solver).toBe("star-mesh elimination");
    expect(decision).toBe("compiled after 10 direct products of this state (star-mesh elimination)");
  });

  it("compiles at once for a batch that is larger than the threshold", () => {
    using engine = createProductEngine(network, ends, { pool });
    const inputs = voltages(12 * 40);
    const found = engine.multiply(inputs);
    for (const p of [0, 17, 39]) {
      const expected = exact(network, inputs.slice(12 * p, 12 * p + 12));
      expect(worstRelative(found.subarray(9 * p, 9 * p + 9), expected)).toBeLessThan(1e-12);
    }
    expect(engine.stats()).toMatchObject({ direct: 0, compiled: 40, compilations: 1 });
  });

  it("patches up to the limit of changed junctions, compiles again lazily beyond it", () => {
    using engine = createProductEngine(network, ends, { pool, compileAfter: 2, updateLimit: 3 });
    const inputs = voltages(12 * 5);
    const first = inputs.slice(0, 12);
    engine.multiply(inputs);
    let state = network;
    const change = (row: number, column: number, conductance_S: number): void => {
      const changes = [{ row, column, conductance_S }];
      engine.update(changes);
      state = { ...state, conductance_S: changeJunctions(state, changes) };
    };
    for (let n = 0; n < 3; n++) {
      change(3 * n, n, 9e-6);
      expect(worstRelative(engine.multiply(first), exact(state, first))).toBeLessThan(1e-11);
      expect(engine.stats()).toMatchObject({ updated: n + 1, changedJunctions: n + 1, compilations: 1 });
    }
    expect(engine.stats().decision).toBe("compiled matrix patched for 3 changed junctions (limit 3)");
    change(3, 3, 2e-7);
    expect(engine.stats().changedJunctions).toBe(0);
    for (let n = 0; n < 3; n++) expect(worstRelative(engine.multiply(first), exact(state, first))).toBeLessThan(1e-11);
    expect(engine.stats()).toMatchObject({ direct: 2, updated: 3, compiled: 6, compilations: 2 });
  });

  it("compiles again when more than five new junctions changed at once", () => {
    using engine = createProductEngine(network, ends, { pool, compileAfter: 0 });
    const row_V = voltages(12);
    engine.multiply(row_V);
    const change = (count: number, row: number) =>
      Array.from({ length: count }, (_, column) => ({ row, column, conductance_S: 3e-6 }));
    engine.update(change(5, 0));
    engine.multiply(row_V);
    expect(engine.stats()).toMatchObject({ updated: 1, changedJunctions: 5, compilations: 1 });
    engine.update(change(6, 1));
    const conductance_S = changeJunctions(network, [...change(5, 0), ...change(6, 1)]);
    expect(worstRelative(engine.multiply(row_V), exact({ ...network, conductance_S }, row_V))).toBeLessThan(1e-12);
    expect(engine.stats()).toMatchObject({ updated: 1, compiled: 2, changedJunctions: 0, compilations: 2 });
  });

  it("goes back to the compiled matrix itself when a change is undone", () => {
    using engine = createProductEngine(network, ends, { pool, compileAfter: 0 });
    const row_V = voltages(12);
    const before = engine.multiply(row_V);
    engine.update([{ row: 0, column: 0, conductance_S: 5e-6 }]);
    expect(engine.multiply(row_V)).not.toEqual(before);
    engine.update([{ row: 0, column: 0, conductance_S: network.conductance_S[0] }]);
    expect(engine.multiply(row_V)).toEqual(before);
    expect(engine.stats()).toMatchObject({ compiled: 2, updated: 1, compilations: 1 });
  });

  it("takes a whole new map, and an equal one as no change", () => {
    using engine = createProductEngine(network, ends, { pool, compileAfter: 0 });
    const row_V = voltages(12);
    engine.multiply(row_V);
    engine.update(network.conductance_S.slice());
    engine.multiply(row_V);
    expect(engine.stats()).toMatchObject({ compiled: 2, compilations: 1 });
    const other = someNetwork(12, 9, 1e3, 77).conductance_S;
    engine.update(other);
    expect(worstRelative(engine.multiply(row_V), exact({ ...network, conductance_S: other }, row_V))).toBeLessThan(
      1e-12,
    );
    expect(engine.stats()).toMatchObject({ compiled: 3, compilations: 2 });
    expect(() => engine.update(new Float64Array(5))).toThrow("conductance_S has 5 values, expected 108");
  });

  it("keeps the currents of clamps that are not at 0 V, by either method and after a change", () => {
    const column_V = Float64Array.from({ length: 9 }, (_, j) => 0.02 * j - 0.05);
    using engine = createProductEngine(network, ends, { pool, column_V, compileAfter: 1 });
    const row_V = voltages(12);
    const expected = exact(network, row_V, column_V);
    for (let p = 0; p < 3; p++) expect(worstAgainstLargest(engine.multiply(row_V), expected)).toBeLessThan(1e-12);
    engine.update([{ row: 2, column: 2, conductance_S: 8e-6 }]);
    const changed = {
      ...network,
      conductance_S: changeJunctions(network, [{ row: 2, column: 2, conductance_S: 8e-6 }]),
    };
    expect(worstAgainstLargest(engine.multiply(row_V), exact(changed, row_V, column_V))).toBeLessThan(1e-12);
    expect(engine.stats()).toMatchObject({ direct: 1, compiled: 2, updated: 1 });
  });

  it("serves floating lines and rows driven at both ends", () => {
    const mixed: ConnectedEnds = nearEnds(network);
    mixed.left[1] = 0;
    mixed.bottom[3] = 0;
    mixed.right.fill(1, 4, 8);
    mixed.top[6] = 1;
    const row_V = voltages(12);
    const open = (marks: Uint8Array, values: ArrayLike<number>) =>
      Float64Array.from(marks, (mark, n) => (mark ? values[n] : Number.NaN));
    const expected = solveOnce(network, {
      row_V: open(mixed.left, row_V),
      rightRow_V: open(mixed.right, row_V),
      column_V: open(mixed.bottom, new Float64Array(9)),
      topColumn_V: open(mixed.top, new Float64Array(9)),
    }).columnCurrent_A;
    using engine = createProductEngine(network, mixed, { pool, compileAfter: 1 });
    for (let p = 0; p < 2; p++) expect(worstAgainstLargest(engine.multiply(row_V), expected)).toBeLessThan(1e-12);
    expect(engine.stats()).toMatchObject({ direct: 1, compiled: 1 });
  });

  it("singles are good to 1e-6 and say so in the error estimate", () => {
    using engine = createProductEngine(network, ends, { pool, precision: "f32", compileAfter: 1 });
    const row_V = voltages(12);
    const expected = engine.multiply(row_V);
    expect(worstRelative(engine.multiply(row_V), expected)).toBeLessThan(1e-6);
    const { errorEstimate = 0 } = engine.stats();
    expect(errorEstimate).toBeGreaterThan(1e-10);
    expect(errorEstimate).toBeLessThan(1e-6);
  });

  it("hands out the effective matrix of the current state", () => {
    using engine = createProductEngine(network, ends, { pool });
    const plain = (state: ArrayNetwork) => effectiveMatrix(factorNetwork(state, ends));
    expect(worstRelative(engine.effectiveMatrix(), plain(network))).toBeLessThan(1e-12);
    engine.update([{ row: 5, column: 5, conductance_S: 1e-5 }]);
    const changed = {
      ...network,
      conductance_S: changeJunctions(network, [{ row: 5, column: 5, conductance_S: 1e-5 }]),
    };
    expect(worstRelative(engine.effectiveMatrix(), plain(changed))).toBeLessThan(1e-11);
  });

  it("larger arrays are solved by conjugate gradients at first, and patched by them after a change", () => {
    for (const segment of [0, 1e-2, 1e3, 2e4]) {
      const larger = someNetwork(40, 36, segment);
      using engine = createProductEngine(larger, nearEnds(larger), { pool, compileAfter: 1 });
      const row_V = voltages(40);
      const clamps = new Float64Array(36);
      const solved = engine.multiply(row_V);
      expect(engine.stats().decision).toBe(
        "solved directly (line-preconditioned conjugate gradients): 1 products of this state, compiled beyond 1",
      );
      const exactly = exact(larger, row_V, clamps);
      expect(worstRelative(solved, exactly)).toBeLessThan(1e-9);
      expect(worstRelative(engine.multiply(row_V), exactly)).toBeLessThan(1e-12);
      expect(engine.stats().errorEstimate).toBeLessThan(1e-9);
      const changes = [
        { row: 3, column: 35, conductance_S: 1e-5 },
        { row: 39, column: 0, conductance_S: 0 },
        { row: 20, column: 17, conductance_S: 2e-6 },
      ];
      engine.update(changes);
      const changed = { ...larger, conductance_S: changeJunctions(larger, changes) };
      const after = exact(changed, row_V, clamps);
      for (let p = 0; p < 2; p++) expect(worstRelative(engine.multiply(row_V), after)).toBeLessThan(1e-9);
      expect(engine.stats()).toMatchObject({ direct: 1, compiled: 1, updated: 2, compilations: 1 });
    }
  });

  it("compiles again where the solver cannot tell what a junction does", () => {
    using engine = createProductEngine(network, ends, {
      pool,
      compileAfter: 0,
      makeSolves(state, at) {
        const { respond: _, ...rest } = plainSolves(state, at);
        return rest;
      },
    });
    const row_V = voltages(12);
    engine.multiply(row_V);
    const changes = [{ row: 3, column: 3, conductance_S: 1e-5 }];
    engine.update(changes);
    const changed = { ...network, conductance_S: changeJunctions(network, changes) };
    expect(worstRelative(engine.multiply(row_V), exact(changed, row_V))).toBeLessThan(1e-12);
    expect(engine.stats()).toMatchObject({ updated: 0, compiled: 2, compilations: 2 });
  });

  it("releases every solver it made", () => {
    let alive = 0;
    const engine = createProductEngine(network, ends, {
      pool,
      compileAfter: 2,
      makeSolves(state, at) {
        alive++;
        return { ...plainSolves(state, at), [Symbol.dispose]: () => void alive-- };
      },
    });
    for (let n = 0; n < 30; n++) {
      engine.multiply(voltages(12 * (1 + (n % 4))));
      engine.update([{ row: n % 12, column: n % 9, conductance_S: 1e-7 * (n + 1) }]);
      expect(alive).toBeLessThanOrEqual(2);
    }
    engine[Symbol.dispose]();
    expect(alive).toBe(0);
  });

  it("refuses a change that leaves a floating line in the air, and stays as it was", () => {
    const small = buildNetwork({
      grid: { rows: 2, columns: 2 },
      conductance_S: [1e-6, 0, 1e-6, 1e-6],
      rowSegment_ohm: 1e3,
    });
    const floating = nearEnds(small);
    floating.left[0] = 0;
    using engine = createProductEngine(small, floating, { pool, compileAfter: 0 });
    const row_V = Float64Array.of(0, 0.1);
    const before = engine.multiply(row_V);
    expect(() => engine.update([{ row: 0, column: 0, conductance_S: 0 }])).toThrow("row 0 floats");
    expect(engine.multiply(row_V)).toEqual(before);
  });

  it("refuses inputs of a wrong length or that are not finite", () => {
    using engine = createProductEngine(network, ends, { pool });
    expect(() => engine.multiply(new Float64Array(13))).toThrow("inputs_V has 13 values, allowed are multiples of 12");
    const inputs = new Float64Array(24);
    inputs[14] = Number.NaN;
    expect(() => engine.multiply(inputs)).toThrow("inputs_V[1][2] is NaN, allowed are finite potentials");
    expect(engine.multiply(new Float64Array(0)).length).toBe(0);
  });
});
