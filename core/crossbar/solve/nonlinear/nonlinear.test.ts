import fc from "fast-check";
import { describe, expect, it } from "vitest";
import fixture from "../../../../fixtures/solver/nonlinear.json" with { type: "json" };
import { expectAllClose, expectClose } from "../../../../tests/close.ts";
import { buildNetwork } from "../buildNetwork.ts";
import { connectedEnds, nearEnds } from "../connectedEnds.ts";
import { type JunctionLaw, type LawRequest, makeLaw } from "../law.ts";
import type { ArrayNetwork, LineDrives } from "../network.ts";
import { solveOnce } from "../solveNetwork.ts";
import { iterativeLinearSolver, plainLinearSolver } from "./linearSolver.ts";
import { createNonlinearSolver, solveNonlinearOnce } from "./solveNonlinear.ts";

const solvers = { elimination: plainLinearSolver, "two-level line-PCG": iterativeLinearSolver };
const grounded = (columns: number) => new Float64Array(columns);
const potentials = (values: readonly (number | null)[]) => Float64Array.from(values, (v) => v ?? Number.NaN);

describe.each(Object.entries(solvers))("operating points of ngspice, by %s", (method, makeLinear) => {
  it.each(fixture.cases.map((c) => [c.name, c] as const))("%s", (_, c) => {
    const [rows, columns] = c.size;
    const conductance_S = c.conductance_S.flat();
    const network = buildNetwork({ ...c, grid: { rows, columns }, conductance_S });
    const drives: LineDrives = {
      row_V: potentials(c.row_V),
      column_V: potentials(c.column_V),
      ...(c.rightRow_V && { rightRow_V: potentials(c.rightRow_V) }),
      ...(c.topColumn_V && { topColumn_V: potentials(c.topColumn_V) }),
    };
    const law = makeLaw(c.law as LawRequest, network.conductance_S);
    const found = solveNonlinearOnce(network, law, drives, { makeLinear });
    // iterations stop by the currents; nodes of floating lines hardly carry any
    const nodes = method === "elimination" ? 1e-10 : 2e-8;
    const largest = Math.max(...c.rowNode_V.map(Math.abs), ...c.columnNode_V.map(Math.abs));
    expectAllClose(found.rowNode_V, c.rowNode_V, 0, nodes * largest);
    expectAllClose(found.columnNode_V, c.columnNode_V, 0, nodes * largest);
    expectAllClose(found.columnCurrent_A, c.columnCurrent_A, 1e-8);
    expectAllClose(found.rowCurrent_A, c.rowCurrent_A, 1e-8);
    expect(found.lawResidual).toBeLessThan(1e-11);
    expect(found.relativeResidual).toBeLessThan(1e-9);
  });
});

/** Newton on all nodes with a dense matrix and pivoting: nothing shared with the solver but the law. */
function denseOperatingPoint(network: ArrayNetwork, request: LawRequest, row_V: Float64Array): Float64Array {
  const { rows, columns } = network;
  const count = rows * columns;
  const law = makeLaw(request, network.conductance_S);
  const x = new Float64Array(2 * count);
  const wires: number[][] = Array.from({ length: 2 * count }, () => Array<number>(2 * count).fill(0));
  const source = new Float64Array(2 * count);
  const join = (a: number, b: number, g: number): void => {
    (wires[a] as number[])[a]! += g;
    (wires[b] as number[])[b]! += g;
    (wires[a] as number[])[b]! -= g;
    (wires[b] as number[])[a]! -= g;
  };
  const end = (a: number, volt: number, g: number): void => {
    (wires[a] as number[])[a]! += g;
    source[a]! += g * volt;
  };
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const k = i * columns + j;
      if (j > 0) join(k - 1, k, 1 / network.rowSegment_ohm[i]!);
      else end(k, row_V[i]!, 1 / (network.rowSegment_ohm[i]! + network.rowSource_ohm[i]!));
      if (i > 0) join(count + k - columns, count + k, 1 / network.columnSegment_ohm[j]!);
      if (i === rows - 1) end(count + k, 0, 1 / (network.columnSegment_ohm[j]! + network.columnSense_ohm[j]!));
    }
  /** Part of the drives: they are raised in steps, each solved from the one before. */
  let raised = 0;
  const residual = (x: Float64Array) => {
    const voltage_V = Float64Array.from({ length: count }, (_, k) => x[k]! - x[count + k]!);
    const [current_A, slope_S] = [new Float64Array(count), new Float64Array(count)];
    law.evaluate(voltage_V, current_A, slope_S);
    const f = wires.map((row, n) => row.reduce((sum, g, m) => sum + g * x[m]!, -raised * source[n]!));
    current_A.forEach((i, k) => {
      f[k]! += i;
      f[count + k]! -= i;
    });
    return { f, slope_S, size: Math.hypot(...f) };
  };
  for (let ramp = 1; ramp <= 50; ramp++) {
    raised = ramp / 50;
    settle();
  }
  return x;

  function settle(): void {
    for (let step = 0, now = residual(x); step < 200; step++) {
      const matrix = wires.map((row, n) => [...row, -now.f[n]!]);
      now.slope_S.forEach((d, k) => {
        const [w, b] = [matrix[k]!, matrix[count + k]!];
        w[k]! += d;
        w[count + k]! -= d;
        b[count + k]! += d;
        b[k]! -= d;
      });
      const dx = eliminate(matrix);
      for (let part = 1; ; part /= 2) {
        const next = residual(x.map((v, n) => v + part * dx[n]!));
        if (next.size >= now.size && part > 1e-6) continue;
        const stuck = next.size >= now.size;
        if (!stuck) dx.forEach((d, n) => (x[n]! += part * d));
        if (stuck) return;
        now = next;
        break;
      }
    }
  }
}

function eliminate(matrix: number[][]): number[] {
  const size = matrix.length;
  for (let c = 0; c < size; c++) {
    let pivot = c;
    for (let r = c; r < size; r++) if (Math.abs(matrix[r]![c]!) > Math.abs(matrix[pivot]![c]!)) pivot = r;
    [matrix[c], matrix[pivot]] = [matrix[pivot]!, matrix[c]!];
    for (let r = c + 1; r < size; r++) {
      const factor = matrix[r]![c]! / matrix[c]![c]!;
      if (factor !== 0) for (let k = c; k <= size; k++) matrix[r]![k]! -= factor * matrix[c]![k]!;
    }
  }
  const x = Array<number>(size).fill(0);
  for (let r = size - 1; r >= 0; r--) {
    let sum = matrix[r]![size]!;
    for (let k = r + 1; k < size; k++) sum -= matrix[r]![k]! * x[k]!;
    x[r] = sum / matrix[r]![r]!;
  }
  return x;
}

const requests: LawRequest[] = [
  { kind: "sinh", scale_V: 0.1 },
  { kind: "sinh", scale_V: 0.03 },
  { kind: "rectifying", slope: 0.8, scale_V: 0.15 },
  { kind: "rectifying", slope: -0.8, scale_V: 0.05 },
];

it("agrees with Newton on a dense matrix for any array up to 8 x 8", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom(...requests),
      fc.constantFrom(1e2, 1e4, 1e5),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (rows, columns, request, segment_ohm, numbers) => {
        const draw = (): number => numbers.next().value ?? 0;
        const conductance_S = Float64Array.from({ length: rows * columns }, () => 1e-7 * 100 ** draw());
        const rowSegment_ohm = Float64Array.from({ length: rows }, () => segment_ohm * (0.5 + draw()));
        const network = buildNetwork({
          grid: { rows, columns },
          conductance_S,
          rowSegment_ohm,
          columnSegment_ohm: segment_ohm,
        });
        const row_V = Float64Array.from({ length: rows }, () => 2 * draw() - 1);
        const law = makeLaw(request, network.conductance_S);
        const expected = denseOperatingPoint(network, request, row_V);
        for (const [method, makeLinear] of Object.entries(solvers)) {
          const found = solveNonlinearOnce(network, law, { row_V, column_V: grounded(columns) }, { makeLinear });
          const allowed = method === "elimination" ? 1e-10 : 1e-8;
          expectAllClose([...found.rowNode_V, ...found.columnNode_V], expected, 0, allowed);
        }
      },
    ),
    { numRuns: 40 },
  );
});

describe("laws", () => {
  const g = Float64Array.of(1e-6);
  const at = (law: JunctionLaw, v: number) => {
    const [current, slope] = [new Float64Array(1), new Float64Array(1)];
    law.evaluate(Float64Array.of(v), current, slope);
    return { current: current[0]!, slope: slope[0]! };
  };

  it.each([0, 1e-9, 0.029, 0.03, 0.031, 0.4, -0.4, 3])("sinh and its slope at %s V are those of Math.sinh", (v) => {
    const { current, slope } = at(makeLaw({ kind: "sinh", scale_V: 0.1 }, g), v);
    expectClose(current, 1e-7 * Math.sinh(v / 0.1), 4e-15);
    expectClose(slope, 1e-6 * Math.cosh(v / 0.1), 4e-15);
  });

  it("no voltage makes a law overflow", () => {
    for (const request of requests)
      for (const v of [1e3, -1e3, 1e6]) {
        const { current, slope } = at(makeLaw(request, g), v);
        expect(Number.isFinite(current) && Number.isFinite(slope) && slope > 0).toBe(true);
      }
  });

  it("slopes are the derivatives of the currents", () => {
    for (const request of requests)
      for (const v of [-0.7, -0.2, -0.01, 0, 0.05, 0.3]) {
        const law = makeLaw(request, g);
        const h = 1e-6;
        expectClose(at(law, v).slope, (at(law, v + h).current - at(law, v - h).current) / (2 * h), 1e-6);
      }
  });

  it("a rectifier is monotone up to slope 0.8336 and has a falling branch beyond", () => {
    const falling = (slope: number) => {
      const law = makeLaw({ kind: "rectifying", slope, scale_V: 1 }, g);
      return Array.from({ length: 4000 }, (_, k) => at(law, -k / 1000).slope).some((d) => d < 0);
    };
    expect([falling(0.8335), makeLaw({ kind: "rectifying", slope: 0.8335, scale_V: 1 }, g).active]).toEqual([
      false,
      false,
    ]);
    expect([falling(0.8337), makeLaw({ kind: "rectifying", slope: 0.8337, scale_V: 1 }, g).active]).toEqual([
      true,
      true,
    ]);
  });

  it.each<[LawRequest, string]>([
    [{ kind: "sinh", scale_V: 0 }, "law.scale_V is 0, allowed are finite numbers above 0 V"],
    [{ kind: "sinh", scale_V: Number.NaN }, "law.scale_V is NaN"],
    [{ kind: "rectifying", slope: 1, scale_V: 0.1 }, "law.slope is 1, allowed are numbers above -1 and below 1"],
    [{ kind: "rectifying", slope: 0.5, scale_V: -1 }, "law.scale_V is -1"],
  ])("%j is refused", (request, message) => {
    expect(() => makeLaw(request, g)).toThrow(message);
  });
});

describe("limits", () => {
  const random = (count: number, seed: number) =>
    Float64Array.from({ length: count }, (_, k) => 0.5 + 0.5 * Math.sin(12.9898 * (k + 1) + seed));
  const network = (rows: number, columns: number, ohm: number) =>
    buildNetwork({
      grid: { rows, columns },
      conductance_S: random(rows * columns, 1).map((x) => 1e-7 * 100 ** x),
      rowSegment_ohm: ohm,
      columnSegment_ohm: ohm,
    });

  it("ohmic junctions give the linear solution", () => {
    const array = network(7, 12, 2e3);
    const drives = { row_V: random(7, 3), column_V: grounded(12) };
    const found = solveNonlinearOnce(array, makeLaw({ kind: "ohmic" }, array.conductance_S), drives);
    expectAllClose(found.columnCurrent_A, solveOnce(array, drives).columnCurrent_A, 1e-13);
  });

  it.each(Object.entries(solvers))(
    "wires from 1e-13 to 0 of a junction leave sum G s sinh(V / s), by %s",
    (_, makeLinear) => {
      for (const ohm of [1e-8, 0]) {
        // one resistance stays, or the array would need no solver
        const array = { ...network(5, 6, ohm), columnSense_ohm: new Float64Array(6).fill(1e-8) };
        const row_V = random(5, 3);
        const law = makeLaw({ kind: "sinh", scale_V: 0.1 }, array.conductance_S);
        const { columnCurrent_A } = solveNonlinearOnce(array, law, { row_V, column_V: grounded(6) }, { makeLinear });
        const expected = Array.from({ length: 6 }, (_, j) =>
          row_V.reduce((sum, v, i) => sum + array.conductance_S[i * 6 + j]! * 0.1 * Math.sinh(v / 0.1), 0),
        );
        expectAllClose(columnCurrent_A, expected, 1e-9);
      }
    },
  );

  it("an ideal array needs no step", () => {
    const array = network(2, 2, 0);
    const law = makeLaw({ kind: "sinh", scale_V: 0.1 }, array.conductance_S);
    const found = solveNonlinearOnce(array, law, {
      row_V: Float64Array.of(0.3, -0.2),
      column_V: Float64Array.of(0, 0.1),
    });
    expect([found.method, found.steps]).toEqual(["ideal", 0]);
    const g = array.conductance_S;
    expectClose(found.columnCurrent_A[1]!, 0.1 * (g[1]! * Math.sinh(2) + g[3]! * Math.sinh(-3)), 1e-14);
  });

  it("V / s = 100 is found, and a junction at V / s above 200 is refused by name", () => {
    const array = network(6, 6, 1e3);
    const drives = { row_V: new Float64Array(6).fill(1), column_V: grounded(6) };
    const found = solveNonlinearOnce(array, makeLaw({ kind: "sinh", scale_V: 0.01 }, array.conductance_S), drives);
    found.current_A.forEach((i, k) =>
      expectClose(
        i,
        array.conductance_S[k]! * 0.01 * Math.sinh((found.rowNode_V[k]! - found.columnNode_V[k]!) / 0.01),
        1e-9,
      ),
    );
    const stiff = network(6, 6, 1e-150);
    expect(() =>
      solveNonlinearOnce(stiff, makeLaw({ kind: "sinh", scale_V: 0.001 }, stiff.conductance_S), drives),
    ).toThrow(/junction \[0\]\[0\] comes to .* V, the law sinh, scale 0.001 V is allowed up to 0.2 V/);
  });

  it("a series resistance is as good as a wire to a single junction", () => {
    const array = network(1, 1, 100);
    const law = makeLaw({ kind: "sinh", scale_V: 0.1 }, array.conductance_S);
    const drives = { row_V: Float64Array.of(1), column_V: grounded(1) };
    const behind = solveNonlinearOnce(array, law, drives, { series_ohm: 1e4 });
    const wired = solveNonlinearOnce({ ...array, rowSource_ohm: Float64Array.of(1e4) }, law, drives);
    expectClose(behind.columnCurrent_A[0]!, wired.columnCurrent_A[0]!, 1e-12);
    expectClose(behind.voltage_V[0]!, wired.voltage_V[0]!, 1e-12);
  });

  it("a point costs at most five linear solves of iterations, at 64 x 64", () => {
    const array = network(64, 64, 1e3);
    const drives = { row_V: random(64, 5).map((x) => 2 * x - 1), column_V: grounded(64) };
    for (const request of requests) {
      const law = makeLaw(request, array.conductance_S);
      const found = solveNonlinearOnce(array, law, drives, { makeLinear: iterativeLinearSolver });
      using one = iterativeLinearSolver(array, nearEnds(array));
      const slope_S = new Float64Array(64 * 64);
      law.evaluate(found.voltage_V, new Float64Array(64 * 64), slope_S);
      one.update(slope_S);
      one.solve(drives, new Float64Array(64 * 64), 2e-11, true);
      expect(found.innerIterations).toBeLessThanOrEqual(5 * one.work);
    }
  });

  it("a solver answers many drives, each from the voltages before", () => {
    const array = network(9, 5, 1e3);
    const law = makeLaw({ kind: "sinh", scale_V: 0.1 }, array.conductance_S);
    using solver = createNonlinearSolver(array, nearEnds(array));
    let start_V: Float64Array | undefined;
    const steps: number[] = [];
    for (let p = 0; p < 4; p++) {
      const drives = { row_V: random(9, 7).map((x) => x * (1 + 0.001 * p)), column_V: grounded(5) };
      const found = solver.solve(law, drives, start_V ? { start_V } : {});
      expectAllClose(found.columnCurrent_A, solveNonlinearOnce(array, law, drives).columnCurrent_A, 1e-10);
      steps.push(found.steps);
      start_V = found.voltage_V;
    }
    expect(steps[3]!).toBeLessThan(steps[0]!);
  });

  it("a floating line without junctions is refused by name", () => {
    const array = buildNetwork({ grid: { rows: 2, columns: 1 }, conductance_S: [1e-6, 0], rowSegment_ohm: 1 });
    const drives = { row_V: potentials([1, null]), column_V: grounded(1) };
    const law = makeLaw({ kind: "sinh", scale_V: 0.1 }, array.conductance_S);
    expect(() => createNonlinearSolver(array, connectedEnds(array, drives)).solve(law, drives)).toThrow("row 1 floats");
  });
});
