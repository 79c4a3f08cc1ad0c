import { describe, expect, it } from "vitest";
import { describeMap, mapConductance } from "./conductanceMap.ts";

describe("mapConductance", () => {
  const grid = { rows: 2, columns: 3 };

  it("puts I / V of each read at row * columns + column, averages repeats and leaves the rest NaN", () => {
    const map = mapConductance(grid, [
      { row: 1, column: 2, voltage_V: -0.2, current_A: -1e-9 },
      { row: 0, column: 1, voltage_V: 0.5, current_A: 1e-9 },
      { row: 0, column: 1, voltage_V: 0.5, current_A: 2e-9 },
      { row: 0, column: 0, voltage_V: 0.5, current_A: Number.NaN },
    ]);
    expect(map.conductance_S[5]).toBeCloseTo(5e-9, 20);
    expect(map.conductance_S[1]).toBeCloseTo(3e-9, 20);
    expect(map.conductance_S[0]).toBeNaN();
    expect([...map.reads]).toEqual([0, 2, 0, 0, 0, 1]);
    expect(describeMap(map)).toMatchObject({ n: 2, smallest_S: map.conductance_S[1], largest_S: map.conductance_S[5] });
  });

  it("refuses an address outside the grid", () => {
    expect(() => mapConductance(grid, [{ row: 2, column: 0, voltage_V: 1, current_A: 1 }])).toThrow(/row 2.*2 x 3/);
  });
});
