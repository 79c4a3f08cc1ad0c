import { describe, expect, it } from "vitest";
import { expectAllClose } from "../../../../tests/close.ts";
import { defaultKernels } from "../../kernels/loadKernels.ts";
import { buildNetwork } from "../buildNetwork.ts";
import { connectedEnds } from "../connectedEnds.ts";
import { solveOnce } from "../solveNetwork.ts";
import { extrapolationWeights } from "./extrapolationWeights.ts";
import { createWarmSolver } from "./warmSolver.ts";

const ACCURACY = 1e-8;
const { memory } = defaultKernels();

interface Scene {
  readonly rows: number;
  readonly columns: number;
  readonly segment_ohm: number;
  readonly access_ohm?: number;
  readonly floating?: readonly number[];
}

/** Junctions and drives that move smoothly, clamps that do not stand at one potential. */
function makeScene({ rows, columns, segment_ohm, access_ohm = 0, floating = [] }: Scene) {
  const count = rows * columns;
  const list = (length: number, value: (k: number) => number) => Float64Array.from({ length }, (_, k) => value(k));
  const conductancesAt = (t: number) =>
    list(count, (k) => (k % 11 === 3 ? 0 : 1e-5 * (1.2 + Math.sin(k * k)) * (1 + 0.3 * Math.sin(t + k))));
  const drivesAt = (t: number) => ({
    row_V: list(rows, (i) => (floating.includes(i) ? Number.NaN : 0.2 + 0.1 * Math.sin(3 * i + t))),
    column_V: list(columns, (j) => 0.15 + 0.01 * t + (j % 5 === 2 ? 0.05 * Math.cos(t) : 0)),
  });
  const wires = {
    rowSegment_ohm: list(rows, (i) => segment_ohm * (1 + 0.2 * (i % 3))),
    columnSegment_ohm: list(columns, (j) => segment_ohm * (1 + 0.1 * (j % 4))),
    rowSource_ohm: list(rows, (i) => 10 * i),
  };
  const networkOf = (g: Float64Array) =>
    buildNetwork({ grid: { rows, columns }, conductance_S: g.map((s) => s / (1 + s * access_ohm)), ...wires });
  return { count, conductancesAt, drivesAt, networkOf };
}

const SCENES: readonly [string, Scene][] = [
  ["1 x 40", { rows: 1, columns: 40, segment_ohm: 1e3 }],
  ["37 x 1", { rows: 37, columns: 1, segment_ohm: 1e3 }],
  ["17 x 33 behind access resistance", { rows: 17, columns: 33, segment_ohm: 1e3, access_ohm: 3e4 }],
  ["33 x 49 with floating rows", { rows: 33, columns: 49, segment_ohm: 2e3, floating: [0, 9, 32] }],
  ["40 x 40, segments of 20 %", { rows: 40, columns: 40, segment_ohm: 2e4 }],
  ["36 x 40, wires of 1e-8", { rows: 36, columns: 40, segment_ohm: 1e-3 }],
  ["24 x 20 on ideal wires", { rows: 24, columns: 20, segment_ohm: 0 }],
];

describe.each(SCENES)("a warm solver, %s", (_, scene) => {
  it("agrees with elimination at every instant: smooth stretches, jumps, returns", () => {
    const { access_ohm = 0 } = scene;
    const { count, conductancesAt, drivesAt, networkOf } = makeScene(scene);
    const g = memory.reserve(8 * count);
    const v = memory.reserve(8 * count);
    {
      using solver = createWarmSolver(networkOf(conductancesAt(0)), connectedEnds(scene, drivesAt(0)), {
        accuracy: ACCURACY,
        access_ohm,
      });
      const instants = [0, 0.01, 0.02, 0.035, 0.04, 0.041, 0.041, 2, 2.01, 2.02, 1, 1.01, 1.03, 1.04];
      for (const [n, t] of instants.entries()) {
        const now = conductancesAt(t);
        const drives = drivesAt(t);
        memory.doubles(g, count).set(now);
        expect(solver.hasMoved(g, 1e-9)).toBe(n === 0 || t !== instants[n - 1]);
        solver.update(g);
        expect(solver.hasMoved(g, 0)).toBe(false);
        // an instant in ten is nobody's
        const current_A = solver.solve(drives, n === 9 ? undefined : t, g, v).slice();
        const expected = solveOnce(networkOf(now), drives);
        const largest = Math.max(...expected.columnCurrent_A.map(Math.abs));
        expectAllClose(current_A, expected.columnCurrent_A, 0, 3 * ACCURACY * largest);
        const voltage_V = expected.rowNode_V.map((w, k) => (w - expected.columnNode_V[k]) / (1 + now[k] * access_ohm));
        expectAllClose(memory.doubles(v, count), voltage_V, 0, 1e-6);
        const [row, column] = [new Float64Array(count), new Float64Array(count)];
        solver.readNodes(row, column);
        expectAllClose(row, expected.rowNode_V, 0, 1e-6);
        expectAllClose(column, expected.columnNode_V, 0, 1e-6);
      }
      expect(solver.solves).toBe(instants.length);
    }
    memory.free(g, 8 * count);
    memory.free(v, 8 * count);
  });
});

describe("a warm solver", () => {
  const scene = { rows: 64, columns: 64, segment_ohm: 1e3 };
  const { count, conductancesAt, drivesAt, networkOf } = makeScene(scene);

  it("takes a fifth of the iterations of cold starts where the array moves smoothly", () => {
    const g = memory.reserve(8 * count);
    const v = memory.reserve(8 * count);
    const follow = (time: (n: number) => number | undefined): number => {
      using solver = createWarmSolver(networkOf(conductancesAt(0)), connectedEnds(scene, drivesAt(0)), {
        accuracy: ACCURACY,
      });
      for (let n = 0; n < 30; n++) {
        // cold: another array, far away, between any two instants
        for (const t of time(n) === undefined ? [5 - 0.002 * n, 0.002 * n] : [0.002 * n]) {
          memory.doubles(g, count).set(conductancesAt(t));
          solver.update(g);
          solver.solve(drivesAt(t), time(n), g, v);
        }
      }
      return solver.iterations / solver.solves;
    };
    const warm = follow((n) => 0.002 * n);
    const cold = follow(() => undefined);
    expect(warm).toBeLessThan(cold / 5);
    memory.free(g, 8 * count);
    memory.free(v, 8 * count);
  });

  it("refuses conductances that are none, naming the junction", () => {
    const g = memory.reserve(8 * count);
    using solver = createWarmSolver(networkOf(conductancesAt(0)), connectedEnds(scene, drivesAt(0)), {
      accuracy: ACCURACY,
    });
    for (const [bad, at] of [
      [Number.NaN, 70],
      [-1e-9, 4095],
      [Number.POSITIVE_INFINITY, 0],
    ] as const) {
      memory.doubles(g, count).set(conductancesAt(0));
      memory.doubles(g, count)[at] = bad;
      expect(() => solver.update(g)).toThrow(`conductance_S[${Math.floor(at / 64)}][${at % 64}] is ${bad}`);
    }
    memory.free(g, 8 * count);
  });

  it("gives its memory back", () => {
    const bytes = (): number => memory.wasmMemory.buffer.byteLength;
    const make = () =>
      createWarmSolver(networkOf(conductancesAt(0)), connectedEnds(scene, drivesAt(0)), { accuracy: 1e-7 });
    make()[Symbol.dispose]();
    const before = bytes();
    for (let n = 0; n < 100; n++) make()[Symbol.dispose]();
    expect(bytes()).toBe(before);
  });
});

it("extrapolation weights reproduce polynomials of their order, and add up to 1", () => {
  const past_s = [0.3, 0.1, -0.4];
  const weights = extrapolationWeights(past_s, 0.7);
  for (const power of [0, 1, 2]) {
    const sum = weights.reduce((total, weight, k) => total + weight * past_s[k] ** power, 0);
    expectAllClose([sum], [0.7 ** power], 1e-13);
  }
});
