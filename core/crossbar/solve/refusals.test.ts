import { describe, expect, it } from "vitest";
import { buildNetwork } from "./buildNetwork.ts";
import { LineError, nearEnds } from "./connectedEnds.ts";
import { factorNetwork } from "./factorNetwork.ts";
import type { LineDrives } from "./network.ts";
import { solveNetwork, solveOnce } from "./solveNetwork.ts";

const grid = { rows: 4, columns: 6 };
const OPEN = Number.NaN;
const uniform = (): Float64Array => new Float64Array(24).fill(1e-6);
const volts = (length: number, value = 0): Float64Array => new Float64Array(length).fill(value);

function solveWith(drives: Partial<LineDrives>, conductance_S = uniform(), wires = {}) {
  const network = buildNetwork({ grid, conductance_S, rowSegment_ohm: 10, columnSegment_ohm: 10, ...wires });
  return solveOnce(network, { row_V: volts(4, 0.1), column_V: volts(6), ...drives });
}

describe("what the solver refuses", () => {
  it.each([-1e-9, Number.NaN, Number.POSITIVE_INFINITY])("a conductance of %s, by its address", (value) => {
    const conductance_S = uniform();
    conductance_S[2 * 6 + 5] = value;
    expect(() => solveWith({}, conductance_S)).toThrow(RangeError);
    expect(() => solveWith({}, conductance_S)).toThrow(`conductance_S[2][5] is ${value}, allowed are finite values`);
  });

  it.each(["rowSegment_ohm", "rowSource_ohm", "columnSegment_ohm", "columnSense_ohm"])(
    "a bad %s, by its line",
    (name) => {
      const lines = name.startsWith("row") ? 4 : 6;
      for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
        const values = volts(lines, 5);
        values[3] = bad;
        expect(() => solveWith({}, uniform(), { [name]: values })).toThrow(`${name}[3] is ${bad}, allowed`);
      }
      expect(() => solveWith({}, uniform(), { [name]: volts(lines + 1) })).toThrow(
        `${name} has ${lines + 1} values, expected`,
      );
    },
  );

  it("lists that do not fit the grid, and infinite potentials", () => {
    expect(() => buildNetwork({ grid, conductance_S: new Float64Array(23) })).toThrow("has 23 values, expected 24");
    expect(() => solveWith({ row_V: volts(5) })).toThrow("row_V has 5 values, expected 4");
    expect(() => solveWith({ topColumn_V: volts(4) })).toThrow("topColumn_V has 4 values, expected 6");
    expect(() => solveWith({ column_V: volts(6, Number.POSITIVE_INFINITY) })).toThrow("column_V[0] is Infinity");
  });

  it("an array that floats as a whole", () => {
    expect(() => solveWith({ row_V: volts(4, OPEN), column_V: volts(6, OPEN) })).toThrow("row 0 floats");
  });

  it("a floating line without a conducting junction, by its name", () => {
    const conductance_S = uniform();
    conductance_S.fill(0, 18, 24);
    const row_V = Float64Array.of(0.1, 0.1, 0.1, OPEN);
    const attempt = (): unknown => solveWith({ row_V }, conductance_S);
    expect(attempt).toThrow("row 3 floats and no conducting junction joins it to a driven line");
    try {
      attempt();
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toBeInstanceOf(LineError);
      expect([(error as LineError).side, (error as LineError).index]).toEqual(["row", 3]);
    }
  });

  it("an island of floating lines that conduct only among themselves", () => {
    const conductance_S = uniform();
    for (let i = 0; i < 4; i++) for (let j = 0; j < 6; j++) if (i < 2 !== j < 4) conductance_S[i * 6 + j] = 0;
    const row_V = Float64Array.of(0.1, 0.1, OPEN, OPEN);
    const column_V = Float64Array.of(0, 0, 0, 0, OPEN, OPEN);
    expect(() => solveWith({ row_V, column_V }, conductance_S)).toThrow("row 2 floats");
    row_V[3] = 0.2; // one driven line grounds the island, at its own potential
    const { columnNode_V, rowNode_V } = solveWith({ row_V, column_V }, conductance_S);
    for (const node of [rowNode_V[12], columnNode_V[4], columnNode_V[5 + 18]])
      expect(Math.abs(node / 0.2 - 1)).toBeLessThan(1e-14);
  });

  it("a line without resistance driven at two potentials", () => {
    const rightRow_V = Float64Array.of(OPEN, OPEN, 0.3, OPEN);
    const ideal = { rowSegment_ohm: 0 };
    expect(() => solveWith({ rightRow_V }, uniform(), ideal)).toThrow(
      "row 2 has no resistance and is driven at 0.1 V and 0.3 V",
    );
    rightRow_V[2] = 0.1;
    expect(solveWith({ rightRow_V }, uniform(), ideal).columnCurrent_A[0]).toBeGreaterThan(0);
    expect(() => solveWith({ topColumn_V: volts(6, 1) }, uniform(), { columnSegment_ohm: 0 })).toThrow(
      "column 0 has no resistance",
    );
  });

  it("drives at other ends than the factors were made for", () => {
    const network = buildNetwork({ grid, conductance_S: uniform(), rowSegment_ohm: 1 });
    const factors = factorNetwork(network, nearEnds(grid));
    expect(() => solveNetwork(factors, { row_V: Float64Array.of(0, 0, OPEN, 0), column_V: volts(6) })).toThrow(
      "connect other line ends",
    );
  });

  it("an array whose factors would not fit, before it allocates them", () => {
    const large = { rows: 1024, columns: 1024 };
    const network = buildNetwork({ grid: large, conductance_S: volts(1024 * 1024, 1e-6), rowSegment_ohm: 1 });
    expect(() => factorNetwork(network, nearEnds(large))).toThrow(/need 12897484800 bytes, allowed are 2147483648/);
  });
});

describe("what the solver keeps apart", () => {
  it("factors do not follow a conductance array that is changed later", () => {
    const conductance_S = uniform();
    const network = buildNetwork({ grid, conductance_S, rowSegment_ohm: 10 });
    const factors = factorNetwork(network, nearEnds(grid));
    const drives = { row_V: volts(4, 0.1), column_V: volts(6) };
    const before = solveNetwork(factors, drives);
    network.conductance_S.fill(5e-6);
    expect(solveNetwork(factors, drives)).toEqual(before);
  });

  it("the residual sees a wrong answer", async () => {
    const { relativeResidual } = await import("./relativeResidual.ts");
    const network = buildNetwork({ grid, conductance_S: uniform(), rowSegment_ohm: 1e4, columnSegment_ohm: 1e4 });
    const drives = { row_V: volts(4, 0.1), column_V: volts(6) };
    const { rowNode_V, columnNode_V } = solveOnce(network, drives);
    const at = (node: Float64Array) =>
      relativeResidual(network, drives, {
        rowNode_V: node,
        columnNode_V,
        rowReference_V: volts(4),
        columnReference_V: volts(6),
      });
    expect(at(rowNode_V)).toBeLessThan(1e-14);
    const wrong = rowNode_V.slice();
    wrong[7] *= 1.001;
    expect(at(wrong)).toBeGreaterThan(1e-5);
  });
});
