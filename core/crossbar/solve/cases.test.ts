import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildNetwork } from "./buildNetwork.ts";
import { nearEnds } from "./connectedEnds.ts";
import { effectiveMatrix, multiplyEffective } from "./effectiveMatrix.ts";
import { factorNetwork } from "./factorNetwork.ts";
import { solveNetwork, solveOnce } from "./solveNetwork.ts";
import { worstRelative } from "../../../tests/relativeError.ts";

/** Exact answers: sparse LU with refinement, confirmed by ngspice (fixtures/README.md). */
function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../fixtures/solver/${name}.json`, import.meta.url), "utf8")) as T;
}

interface Case {
  readonly M: number;
  readonly N: number;
  readonly G: number[][];
  readonly Vw: number[];
  readonly Vb: number[];
  readonly Rw: number;
  readonly Rb: number;
  readonly Rs: number;
  readonly Rt: number;
  readonly nodeW: number[][];
  readonly nodeB: number[][];
  readonly Iwl: number[];
  readonly Ibl: number[];
}

describe("general cases with exact answers", () => {
  it.each(["rect_3x5", "rect_5x3_offset", "write_Vhalf_32", "write_Vthird_32", "read_ground_32"])(
    "%s agrees value by value to 1e-9",
    (name) => {
      const c = readFixture<Case>(`case_${name}`);
      const network = buildNetwork({
        grid: { rows: c.M, columns: c.N },
        conductance_S: c.G.flat(),
        rowSegment_ohm: c.Rw,
        rowSource_ohm: c.Rs,
        columnSegment_ohm: c.Rb,
        columnSense_ohm: c.Rt,
      });
      const solution = solveOnce(network, { row_V: Float64Array.from(c.Vw), column_V: Float64Array.from(c.Vb) });
      expect(worstRelative(solution.columnCurrent_A, c.Ibl)).toBeLessThan(1e-9);
      expect(worstRelative(solution.rowCurrent_A, c.Iwl)).toBeLessThan(1e-9);
      expect(worstRelative(solution.rowNode_V, c.nodeW.flat())).toBeLessThan(1e-9);
      expect(worstRelative(solution.columnNode_V, c.nodeB.flat())).toBeLessThan(1e-9);
      expect(solution.relativeResidual).toBeLessThan(1e-13);
    },
  );
});

interface Problem {
  readonly N: number;
  readonly G_siemens: number[][];
  readonly V_volt: number[][];
  readonly R_segment_ohm: Record<string, number>;
  readonly I_ampere: Record<string, number[][]>;
  readonly I_ideal_ampere: number[][];
}

describe("the 8 x 8 benchmark problem", () => {
  const problem = readFixture<Problem>("problem_8");
  const grid = { rows: problem.N, columns: problem.N };
  const clamps = new Float64Array(problem.N);

  it.each(["S1", "L100", "L1k", "L5k"])("%s: solves and compiled products agree to 1e-9", (name) => {
    const segment = problem.R_segment_ohm[name];
    const network = buildNetwork({
      grid,
      conductance_S: problem.G_siemens.flat(),
      rowSegment_ohm: segment,
      columnSegment_ohm: segment,
    });
    const factors = factorNetwork(network, nearEnds(grid));
    const effective = effectiveMatrix(factors);
    expect(problem.V_volt.length).toBe(4);
    problem.V_volt.forEach((volts, p) => {
      const row_V = Float64Array.from(volts);
      const exact = problem.I_ampere[name][p];
      expect(worstRelative(solveNetwork(factors, { row_V, column_V: clamps }).columnCurrent_A, exact)).toBeLessThan(
        1e-9,
      );
      expect(worstRelative(multiplyEffective(grid, effective, row_V), exact)).toBeLessThan(1e-9);
    });
  });

  it("without resistance the product is the ideal one, in closed form and by elimination", () => {
    const ideal = buildNetwork({ grid, conductance_S: problem.G_siemens.flat() });
    // one column through 1e-12 ohm keeps the closed form away and cannot be seen at 1e-9
    const nearlyIdeal = buildNetwork({
      grid,
      conductance_S: problem.G_siemens.flat(),
      columnSense_ohm: [1e-12, 0, 0, 0, 0, 0, 0, 0],
    });
    expect(factorNetwork(ideal, nearEnds(grid)).method).toBe("ideal");
    expect(factorNetwork(nearlyIdeal, nearEnds(grid)).method).toBe("elimination");
    problem.V_volt.forEach((volts, p) => {
      const drives = { row_V: Float64Array.from(volts), column_V: clamps };
      for (const network of [ideal, nearlyIdeal])
        expect(worstRelative(solveOnce(network, drives).columnCurrent_A, problem.I_ideal_ampere[p])).toBeLessThan(
          1e-13,
        );
    });
  });
});
