import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../../../tests/close.ts";
import { buildNetwork } from "../buildNetwork.ts";
import { nearEnds } from "../connectedEnds.ts";
import { type JunctionLaw, makeLaw } from "../law.ts";
import { iterativeLinearSolver, plainLinearSolver } from "./linearSolver.ts";
import { createNonlinearSolver, solveNonlinearOnce } from "./solveNonlinear.ts";

/**
 * N-shaped junctions, I = g (v - 9/4 v^2 / p + 3/2 v^3 / p^2) and odd in v: rising to v = p / 3, falling to 2 p / 3,
 * rising again; g = 1 uS, p = 0.6 V. Behind a resistance R the operating points are roots of a cubic.
 */
const P = 0.6;
const G = 1e-6;
function nShaped(scale: Float64Array): JunctionLaw {
  return {
    name: "N-shaped",
    active: true,
    evaluate(voltage_V, current_A, slope_S) {
      scale.forEach((s, k) => {
        const v = Math.abs(voltage_V[k]!) / P;
        current_A[k] = Math.sign(voltage_V[k]!) * s * G * P * (v - 2.25 * v * v + 1.5 * v * v * v);
        slope_S[k] = s * G * (1 - 4.5 * v + 4.5 * v * v);
      });
    },
  };
}

/** All v >= 0 with R I(v) + v = V: sign changes on a fine grid, then bisection. */
function intersections(V: number, ohm: number): number[] {
  const f = (v: number) => {
    const x = v / P;
    return ohm * G * P * (x - 2.25 * x * x + 1.5 * x ** 3) + v - V;
  };
  const roots: number[] = [];
  const n = 20_000;
  for (let k = 0; k < n; k++) {
    let [low, high] = [(k / n) * V * 1.001, ((k + 1) / n) * V * 1.001];
    if (f(low) > 0 || f(high) <= 0) if (f(low) <= 0 || f(high) > 0) continue;
    const rising = f(low) <= 0;
    for (let bisection = 0; bisection < 200; bisection++) {
      const middle = (low + high) / 2;
      if (f(middle) <= 0 === rising) low = middle;
      else high = middle;
    }
    roots.push((low + high) / 2);
  }
  return roots;
}

const single = (ohm: number) =>
  buildNetwork({ grid: { rows: 1, columns: 1 }, conductance_S: [G], rowSource_ohm: ohm / 2, columnSense_ohm: ohm / 2 });
const drive = (...row_V: number[]) => ({ row_V: Float64Array.from(row_V), column_V: new Float64Array(1) });
const one = Float64Array.of(1);
const solvers = { elimination: plainLinearSolver, "two-level line-PCG": iterativeLinearSolver };

// the steepest fall is -g / 8 at v = p / 2: one intersection while R < 8 MOhm
describe.each(Object.entries(solvers))("one junction behind a resistance, by %s", (_, makeLinear) => {
  it.each([0.1, 0.25, 0.3, 0.35, 0.6, 1.2])("has one operating point at 4 MOhm and %s V", (V) => {
    const roots = intersections(V, 4e6);
    expect(roots.length).toBe(1);
    const found = solveNonlinearOnce(single(4e6), nShaped(one), drive(V), { makeLinear, compareBranches: true });
    expectClose(found.voltage_V[0]!, roots[0]!, 1e-9);
    expect(found.branch?.severalFound).toBe(false);
  });

  it("sits on the falling branch where the wire is stiff enough, and says so", () => {
    const V = 0.3 + 4e6 * 1e-6 * P * (0.5 - 2.25 / 4 + 1.5 / 8);
    const found = solveNonlinearOnce(single(4e6), nShaped(one), drive(V), { makeLinear });
    expectClose(found.voltage_V[0]!, 0.3, 1e-9);
    expect(found.branch?.activeJunctions).toBe(1);
  });

  it("finds two of three intersections at 40 MOhm and says how each was chosen", () => {
    const V = 3.3;
    const roots = intersections(V, 40e6);
    expect(roots.length).toBe(3);
    const law = nShaped(one);
    const up = solveNonlinearOnce(single(40e6), law, drive(V), { makeLinear, compareBranches: true });
    expectClose(up.voltage_V[0]!, roots[0]!, 1e-9);
    expect(up.branch?.severalFound).toBe(true);
    expectClose(up.branch?.difference_V ?? 0, roots[2]! - roots[0]!, 1e-6);
    expect(up.branch?.chosen).toContain("ramped up from 0 V");
    const down = solveNonlinearOnce(single(40e6), law, drive(V), { makeLinear, start_V: Float64Array.of(0.6) });
    expectClose(down.voltage_V[0]!, roots[2]!, 1e-9);
    expect(down.branch?.chosen).toContain("from the given voltages");
  });

  it("never stays on the middle intersection, not even started beside it", () => {
    const roots = intersections(3.3, 40e6);
    const from = (v: number) =>
      solveNonlinearOnce(single(40e6), nShaped(one), drive(3.3), { makeLinear, start_V: Float64Array.of(v) })
        .voltage_V[0]!;
    expectClose(from(roots[1]! * 0.999), roots[0]!, 1e-9);
    expectClose(from(roots[1]! * 1.001), roots[2]!, 1e-9);
  });
});

it("a sweep up and down jumps at the two folds, each time from the last point of its branch", () => {
  const ohm = 40e6;
  const network = single(ohm);
  using solver = createNonlinearSolver(network, nearEnds(network));
  const law = nShaped(one);
  const sweep = Array.from({ length: 121 }, (_, k) => 3 + k * 0.02);
  let start_V = solver.solve(law, drive(sweep[0]!)).voltage_V;
  const follow = (V: number): number => {
    start_V = solver.solve(law, drive(V), { start_V }).voltage_V;
    return start_V[0]!;
  };
  const up = sweep.map(follow);
  const down = sweep.toReversed().map(follow).toReversed();
  let loops = 0;
  sweep.forEach((V, k) => {
    const roots = intersections(V, ohm);
    expectClose(up[k]!, roots[0]!, 1e-8);
    expectClose(down[k]!, roots.at(-1)!, 1e-8);
    if (roots.length === 3) loops++;
  });
  expect(loops).toBeGreaterThan(10);
});

describe("arrays of N-shaped junctions", () => {
  const scale = Float64Array.from({ length: 12 }, (_, k) => 0.6 + 0.08 * k);
  const network = buildNetwork({
    grid: { rows: 3, columns: 4 },
    conductance_S: scale.map((s) => s * G),
    rowSegment_ohm: 2e5,
    columnSegment_ohm: 3e5,
    rowSource_ohm: 1e5,
  });
  const drives = { row_V: Float64Array.of(0.55, 0.8, 1.4), column_V: new Float64Array(4) };

  it.each(Object.entries(solvers))("fulfil Kirchhoff and their law at a stable point, by %s", (_, makeLinear) => {
    const found = solveNonlinearOnce(network, nShaped(scale), drives, { makeLinear });
    expect(found.lawResidual).toBeLessThan(1e-11);
    expect(found.relativeResidual).toBeLessThan(1e-10);
    const current_A = new Float64Array(12);
    nShaped(scale).evaluate(
      found.rowNode_V.map((w, k) => w - found.columnNode_V[k]!),
      current_A,
      new Float64Array(12),
    );
    expectAllClose(found.current_A, current_A, 1e-9);
    for (let j = 0; j < 4; j++)
      expectClose(found.columnCurrent_A[j]!, current_A[j]! + current_A[4 + j]! + current_A[8 + j]!, 1e-9);
  });

  it("both inner solvers end on the same branch", () => {
    const [a, b] = Object.values(solvers).map((makeLinear) =>
      solveNonlinearOnce(network, nShaped(scale), drives, { makeLinear }),
    );
    expectAllClose(a!.voltage_V, b!.voltage_V, 1e-8);
  });

  it("a rectifier of slope 0.95, which falls in reverse, fulfils its law", () => {
    const law = makeLaw({ kind: "rectifying", slope: 0.95, scale_V: 0.15 }, network.conductance_S);
    const reverse = { row_V: Float64Array.of(-0.5, -0.3, -0.9), column_V: new Float64Array(4) };
    const found = solveNonlinearOnce(network, law, reverse);
    found.rowNode_V.forEach((w, k) => {
      const v = w - found.columnNode_V[k]!;
      expectClose(found.current_A[k]!, network.conductance_S[k]! * v * (1 + 0.95 * Math.tanh(v / 0.15)), 1e-9);
    });
    expect(found.relativeResidual).toBeLessThan(1e-9);
  });
});
