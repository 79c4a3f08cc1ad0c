import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectAllClose } from "../../tests/close.ts";
import { ProtocolError } from "../../core/errors.ts";
import { writeCsv } from "../../core/matrixFiles/csv.ts";
import { writeNpy } from "../../core/matrixFiles/npy.ts";
import { solveFile } from "../solveFile.ts";

function fixture(name: string) {
  return JSON.parse(readFileSync(new URL(`../../fixtures/solver/${name}.json`, import.meta.url), "utf8"));
}

const solve = (request: unknown) => solveFile(JSON.stringify(request), "array.json");
const small = {
  conductance_S: [
    [1e-6, 2e-6, 3e-6],
    [4e-6, 5e-6, 6e-6],
  ],
  row_V: [0.1, 0.2],
};

describe("crosspore solve", () => {
  it("answers a case with node voltages as the exact solution does, to 1e-9", () => {
    const c = fixture("case_rect_5x3_offset");
    const answer = solve({
      conductance_S: c.G,
      rowSegment_ohm: c.Rw,
      columnSegment_ohm: c.Rb,
      rowSource_ohm: c.Rs,
      columnSense_ohm: c.Rt,
      row_V: c.Vw,
      column_V: c.Vb,
      law: { kind: "ohmic" },
      report: ["node_V"],
    });
    expectAllClose(answer.columnCurrent_A as number[], c.Ibl, 1e-9);
    expectAllClose(answer.rowCurrent_A as number[], c.Iwl, 1e-9);
    expectAllClose((answer.rowNode_V as number[][]).flat(), c.nodeW.flat(), 1e-9);
    expectAllClose((answer.columnNode_V as number[][]).flat(), c.nodeB.flat(), 1e-9);
    expect((answer.rowNode_V as number[][]).map((row) => row.length)).toEqual([3, 3, 3, 3, 3]);
    expect(answer.relativeResidual).toBeLessThan(1e-13);
    expect(answer.method).toBe("elimination");
    expect(answer.elapsed_s).toBeGreaterThan(0);
  });

  it.each(["S1", "L100", "L1k", "L5k"])("answers the 8 x 8 batch at %s with lists of lists", (name) => {
    const c = fixture("problem_8");
    const segment = c.R_segment_ohm[name];
    const lines = Array(8).fill(segment);
    const answer = solve({
      conductance_S: c.G_siemens,
      rowSegment_ohm: lines,
      columnSegment_ohm: segment,
      row_V: c.V_volt,
    });
    const currents = answer.columnCurrent_A as number[][];
    expect(currents.length).toBe(4);
    currents.forEach((current, p) => expectAllClose(current, c.I_ampere[name][p], 1e-9));
    expect((answer.relativeResidual as number[]).length).toBe(4);
    expect(answer).not.toHaveProperty("rowNode_V");
  });

  it("defaults to ideal wires and clamps at 0 V", () => {
    const answer = solve(small);
    expectAllClose(answer.columnCurrent_A as number[], [0.9e-6, 1.2e-6, 1.5e-6], 1e-14);
    expect(answer.method).toBe("ideal");
    expect(answer.relativeResidual).toBe(0);
  });

  it("floating lines carry exactly no current, and the rest is Kirchhoff's", () => {
    const answer = solve({ ...small, row_V: [0.1, null], column_V: [0, null, null] });
    // row 0 - 1 uS - column 0, beside row 0 - (2 and 3 uS, through columns 1 and 2) - row 1 - 4 uS - column 0
    const detour = 1 / (1 / (1 / (1 / 2 + 1 / 5) + 1 / (1 / 3 + 1 / 6)) + 1 / 4);
    expectAllClose(answer.columnCurrent_A as number[], [0.1 * (1 + detour) * 1e-6, 0, 0], 1e-14);
    expectAllClose(answer.rowCurrent_A as number[], [0.1 * (1 + detour) * 1e-6, 0], 1e-14);
  });

  it("a batch may share its clamps, bring its own, and float other lines in every vector", () => {
    const base = { ...small, rowSegment_ohm: 100, columnSense_ohm: [1, 2, 3] };
    const row_V = [
      [0.1, 0.2],
      [null, 0.2],
      [0.1, 0.3],
    ];
    const column_V = [
      [0, 0, 0],
      [0.1, null, 0],
      [0, 0, 0.05],
    ];
    const together = solve({ ...base, row_V, column_V, rightRow_V: [null, 0.1], topColumn_V: null });
    row_V.forEach((row, p) => {
      const alone = solve({ ...base, row_V: row, column_V: column_V[p], rightRow_V: [null, 0.1] });
      expect((together.columnCurrent_A as number[][])[p]).toEqual(alone.columnCurrent_A);
      expect((together.rowCurrent_A as number[][])[p]).toEqual(alone.rowCurrent_A);
    });
    const shared = solve({ ...base, row_V, column_V: [0, 0.1, 0] });
    expect((shared.columnCurrent_A as number[][])[2]).toEqual(
      solve({ ...base, row_V: row_V[2], column_V: [0, 0.1, 0] }).columnCurrent_A,
    );
  });

  it("driving both ends of a row halves the loss of a symmetric line", () => {
    const row = { conductance_S: [[1e-5]], rowSegment_ohm: 1e4, row_V: [1] };
    // one junction of 100 kohm behind 10 kohm, or behind two of them in parallel
    expectAllClose(solve(row).columnCurrent_A as number[], [1 / 110e3], 1e-14);
    const both = solve({ ...row, rightRow_V: [1] });
    expectAllClose(both.columnCurrent_A as number[], [1 / 105e3], 1e-14);
    expectAllClose(both.rowCurrent_A as number[], [0.5 / 105e3], 1e-14);
    expectAllClose(solve({ ...row, row_V: [null], rightRow_V: [1] }).rowCurrent_A as number[], [0], 0);
  });

  it("reads YAML as well", () => {
    const answer = solveFile("conductance_S: [[1.0e-6]]\nrow_V: [0.5]\n", "array.yaml");
    expectAllClose(answer.columnCurrent_A as number[], [0.5e-6], 1e-15);
  });

  it("checks 256 x 256 conductances by element, the last as well as the first", () => {
    const conductance_S = Array.from({ length: 256 }, () => Array<number>(256).fill(1e-6));
    const row_V = Array(256).fill(0.1);
    expect((solve({ conductance_S, row_V }).columnCurrent_A as number[]).length).toBe(256);
    (conductance_S[255] as number[])[255] = -1;
    expect(() => solve({ conductance_S, row_V })).toThrow("conductance_S[255][255]: is -1, allowed are finite numbers");
  });
});

describe("laws, methods and reports", () => {
  const cases: { name: string; conductance_S: number[][]; columnCurrent_A: number[] }[] = fixture("nonlinear").cases;

  it.each(cases.flatMap((c) => ["elimination", "iterative"].map((method) => [c.name, method, c] as const)))(
    "%s: currents of ngspice to 1e-8, by %s",
    (_, method, c) => {
      const {
        name: _name,
        size: _size,
        rowNode_V: _rows,
        columnNode_V: _columns,
        rowCurrent_A,
        columnCurrent_A,
        ...request
      } = c as Record<string, unknown>;
      const answer = solve({ ...request, method, report: ["stats"] });
      expectAllClose(answer.columnCurrent_A as number[], columnCurrent_A as number[], 1e-8);
      expectAllClose(answer.rowCurrent_A as number[], rowCurrent_A as number[], 1e-8);
      expect(answer.stats?.steps).toBeGreaterThan(1);
      expect(answer.method).toContain("inexact Newton");
    },
  );

  it("says which operating point it took where a rectifier falls in reverse", () => {
    const request = { ...small, row_V: [-0.5, -0.4], rowSegment_ohm: 1e4 };
    const answer = solve({ ...request, law: { kind: "rectifying", slope: 0.95, scale_V: 0.15 } });
    expect(answer.branch).toMatchObject({ severalFound: false });
    expect(JSON.stringify(answer.branch)).toContain("ramped up from 0 V");
    expect(solve({ ...request, law: { kind: "rectifying", slope: 0.8, scale_V: 0.15 } })).not.toHaveProperty("branch");
  });

  it("all methods give the same currents, and stats say what each of them did", () => {
    const conductance_S = Array.from({ length: 40 }, (_, i) =>
      Array.from({ length: 36 }, (_, j) => 1e-6 * (1 + ((7 * i + 3 * j) % 11))),
    );
    const request = {
      conductance_S,
      rowSegment_ohm: 200,
      columnSegment_ohm: 300,
      row_V: conductance_S.map((_, i) => 0.01 * i),
      report: ["stats"],
    };
    const exact = solve({ ...request, method: "elimination" });
    expect(exact.stats).toMatchObject({ method: "elimination", iterations: 0, rows: 40, columns: 36 });
    for (const method of ["auto", "iterative", "effective"]) {
      const answer = solve({ ...request, method });
      expectAllClose(answer.columnCurrent_A as number[], exact.columnCurrent_A as number[], 1e-9);
      const { read = -1, solve: solving = -1, report = -1 } = answer.stats?.elapsed_s ?? {};
      expect(Math.min(read, solving, report)).toBeGreaterThanOrEqual(0);
      if (method === "effective") expect(answer.method).toBe("effective matrix");
      else expect(answer.stats?.iterations).toBeGreaterThan(0);
    }
  });

  it("the effective matrix takes clamps and both ends as the other methods do", () => {
    const request = {
      ...small,
      column_V: [0.01, -0.02, 0],
      columnSegment_ohm: 100,
      rowSegment_ohm: 1e4,
      rightRow_V: [0.1, 0.2],
      topColumn_V: [null, 0, null],
    };
    const exact = solve({ ...request, method: "elimination" });
    expectAllClose(
      solve({ ...request, method: "effective" }).columnCurrent_A as number[],
      exact.columnCurrent_A as number[],
      1e-11,
    );
    expect(() => solve({ ...request, rightRow_V: [0.1, 0.3], method: "effective" })).toThrow(
      "row 1 is driven at 0.2 V and 0.3 V",
    );
  });

  it.each(["ohmic", "sinh"])("views of %s junctions balance: sources give what junctions and wires take", (kind) => {
    const law = kind === "sinh" ? { kind, scale_V: 0.05 } : { kind };
    const answer = solve({
      ...small,
      law,
      rowSegment_ohm: 1e4,
      columnSegment_ohm: 2e4,
      report: ["power", "junctions", "lineDrop_V", "dropFactors"],
    });
    const { source_W, junctions_W, rowWires_W, columnWires_W } = answer.power_W as Record<string, number>;
    expectAllClose([junctions_W! + rowWires_W! + columnWires_W!], [source_W!], 1e-9);
    const currents = answer.junctionCurrent_A as number[][];
    (answer.columnCurrent_A as number[]).forEach((current, j) =>
      expectAllClose([currents[0]![j]! + currents[1]![j]!], [current], 1e-9),
    );
    expect((answer.rowDrop_V as number[])[1]).toBeGreaterThan(0);
    // the same junctions on wires without resistance
    const ideal = (v: number) => (kind === "sinh" ? 0.05 * Math.sinh(v / 0.05) : v);
    (answer.columnCurrent_A as number[]).forEach((current, j) => {
      const ideal_A = small.row_V.reduce((sum, v, i) => sum + small.conductance_S[i]![j]! * ideal(v), 0);
      expectAllClose([(answer.columnFactor as number[])[j]!], [current / ideal_A], 1e-12);
      const factor = (answer.junctionFactor as number[][])[0]![j]!;
      expectAllClose([factor * small.conductance_S[0]![j]! * ideal(small.row_V[0]!)], [currents[0]![j]!], 1e-9);
    });
  });

  it("conductances come from NPY and CSV files beside the request", () => {
    const folder = mkdtempSync(join(tmpdir(), "crosspore-solve-"));
    const matrix = { rows: 2, columns: 3, values: Float64Array.from(small.conductance_S.flat()) };
    writeFileSync(join(folder, "g.npy"), writeNpy(matrix));
    writeFileSync(join(folder, "g.csv"), writeCsv(matrix, "siemens"));
    writeFileSync(join(folder, "bad.csv"), "1e-6,2e-6\n-3e-6,4e-6\n");
    const from = (name: string) =>
      solveFile(JSON.stringify({ ...small, conductance_S: name }), join(folder, "array.json"));
    const expected = solve(small).columnCurrent_A;
    expect([from("g.npy").columnCurrent_A, from("g.csv").columnCurrent_A]).toEqual([expected, expected]);
    expect(() => from("bad.csv")).toThrow(
      "bad.csv:2:1: [1][0] is -0.000003, allowed are finite numbers of 0 S or more",
    );
    rmSync(folder, { recursive: true });
  });
});

describe("crosspore solve refuses, at the place", () => {
  it.each<[string, object, string]>([
    ["an unknown key", { rowSegmnt_ohm: 1 }, "rowSegmnt_ohm"],
    ["a missing matrix", { conductance_S: undefined }, "conductance_S: is missing"],
    ["a missing row_V", { row_V: undefined }, "row_V: is missing"],
    ["text for a conductance", { conductance_S: [[1e-6, "2 uS"]] }, 'conductance_S[0][1]: is "2 uS", allowed'],
    ["null for a conductance", { conductance_S: [[1e-6, null]] }, "conductance_S[0][1]: is null"],
    [
      "a ragged matrix",
      {
        conductance_S: [
          [1, 2, 3],
          [4, 5],
        ],
      },
      "conductance_S[1]: has 2 values, expected 3",
    ],
    ["an empty matrix", { conductance_S: [] }, "conductance_S: is an empty list"],
    ["an empty row", { conductance_S: [[]] }, "conductance_S[0]: is an empty list"],
    ["a negative segment", { rowSegment_ohm: -1 }, "rowSegment_ohm: is -1, allowed"],
    ["a negative segment of one line", { columnSense_ohm: [0, 1, -2] }, "columnSense_ohm[2]: is -2, allowed"],
    [
      "a list of the wrong length",
      { columnSegment_ohm: [1, 2] },
      "columnSegment_ohm: has 2 values, expected 3 (one per column)",
    ],
    ["too many row voltages", { row_V: [0.1, 0.2, 0.3] }, "row_V: has 3 values, expected 2 (one per row)"],
    ["a short vector in a batch", { row_V: [[0, 1], [1]] }, "row_V[1]: has 1 values, expected 2"],
    ["a number among the vectors", { row_V: [[0, 1], 3] }, "row_V[1]: is 3, expected a list"],
    [
      "text for a voltage",
      { column_V: [0, "gnd", 0] },
      'column_V[1]: is "gnd", allowed are finite numbers in volt, or null',
    ],
    [
      "batches of unequal length",
      {
        row_V: [
          [0, 1],
          [1, 0],
        ],
        column_V: [[0, 0, 0]],
      },
      "column_V: is a batch of 1, expected 2",
    ],
    [
      "another junction law",
      { law: { kind: "diode" } },
      'law.kind: is "diode", this version solves "ohmic", "sinh", "rectifying"',
    ],
    [
      "a law without its scale",
      { law: { kind: "sinh" } },
      "law: scale_V is missing, allowed are finite numbers above 0 V",
    ],
    [
      "a scale of 0 V",
      { law: { kind: "sinh", scale_V: 0 } },
      "law.scale_V: is 0, allowed are finite numbers above 0 V",
    ],
    [
      "an active rectifier",
      { law: { kind: "rectifying", slope: 1, scale_V: 0.1 } },
      "law.slope: is 1, allowed are numbers above -1 and below 1",
    ],
    [
      "a parameter of another law",
      { law: { kind: "sinh", scale_V: 0.1, slope: 0.5 } },
      'law.slope: unknown key "slope", the law "sinh" has "scale_V"',
    ],
    ["an unknown method", { method: "spice" }, 'method: allowed are "auto", "elimination", "iterative", "effective"'],
    [
      "nodes of the effective matrix",
      { method: "effective", report: ["node_V"] },
      'report: asks for node_V, the method "effective" gives column currents',
    ],
    [
      "a matrix in a file of another kind",
      { conductance_S: "g.mat" },
      'conductance_S: is "g.mat", expected a list of rows, or the name of a file',
    ],
    ["a matrix file that is not there", { conductance_S: "nowhere.npy" }, "conductance_S: "],
    ["a law with a stray key", { law: { kind: "ohmic", alpha: 2 } }, 'law.alpha: unknown key "alpha"'],
    ["an unknown report", { report: ["power_W"] }, 'report[0]: allowed are "node_V", "stats"'],
    ["an array in the air", { row_V: [null, null], column_V: [null, null, null] }, "row_V[0]: row 0 floats"],
    [
      "a line in the air",
      {
        conductance_S: [
          [1, 1, 1],
          [0, 0, 0],
        ],
        row_V: [1, null],
      },
      "row_V[1]: row 1 floats",
    ],
    ["a loop of sources", { rightRow_V: [null, 0.3] }, "row_V[1]: row 1 has no resistance"],
  ])("%s", (_, change, message) => {
    const attempt = (): unknown => solve({ ...small, ...change });
    expect(attempt).toThrow(ProtocolError);
    expect(attempt).toThrow(message);
  });

  it("says line and column", () => {
    const text =
      '{\n  "conductance_S": [[1e-6, 2e-6],\n                    [3e-6, -4e-6]],\n  "row_V": [0.1, 0.2]\n}\n';
    expect(() => solveFile(text, "array.json")).toThrow("array.json:3:28: conductance_S[1][1]: is -0.000004");
    expect(() => solveFile(text.replace("-4e-6", "1e999"), "array.json")).toThrow(
      "array.json:3:28: conductance_S[1][1]: is Infinity",
    );
    expect(() => solveFile(text.replace("-4e-6", "NaN"), "array.json")).toThrow(
      /^array\.json:3:28: conductance_S\[1\]\[1\]: is "?NaN"?, allowed/,
    );
  });
});
