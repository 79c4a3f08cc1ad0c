import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { buildNetwork, normal, solveOnce, uniform } from "../crossbar/index.ts";
import { estimateLineResistance } from "./lineResistance.ts";

const grid = { rows: 6, columns: 5 };
const batch = 12;
const target_S = Float64Array.from({ length: 30 }, (_, k) => 1e-9 * (0.5 + 4.5 * uniform(1, 1, k)));
const inputs_V = Float64Array.from({ length: batch * 6 }, (_, k) => 0.1 * uniform(1, 2, k));

describe("estimateLineResistance", () => {
  it("covers both segments with its 95 % intervals in 95 % of arrays read with 1 pA of noise", () => {
    const truth = { rowSegment_ohm: 776e3, columnSegment_ohm: 500e3, rowSource_ohm: 1e6, columnSense_ohm: 2e6 };
    const network = buildNetwork({ grid, conductance_S: target_S, ...truth });
    const column_V = new Float64Array(5);
    const clean = new Float64Array(batch * 5);
    for (let b = 0; b < batch; b++)
      clean.set(solveOnce(network, { row_V: inputs_V.slice(6 * b, 6 * b + 6), column_V }).columnCurrent_A, 5 * b);
    let covered = 0;
    for (let repeat = 0; repeat < 40; repeat++) {
      const found = estimateLineResistance({
        grid,
        conductance_S: target_S,
        inputs_V,
        measured_A: clean.map((y, k) => y + 1e-12 * normal(5, repeat, k)),
        known: { rowSource_ohm: 1e6, columnSense_ohm: 2e6 },
      });
      if (found.kind === "none") throw new Error(found.reason);
      for (const name of ["rowSegment_ohm", "columnSegment_ohm"] as const) {
        const [low, high] = found.lines[name]?.interval95 ?? [0, 0];
        if (low <= truth[name] && truth[name] <= high) covered++;
        expectClose(found.lines[name]?.value ?? 0, truth[name], 0.2);
      }
      expect(found.relativeAfter).toBeLessThan(0.1 * found.relativeBefore);
    }
    // binomial, p = 0.95, n = 80: standard deviation 2.4 %
    expect(covered / 80).toBeGreaterThan(0.87);
  });

  it("recovers the 1 MOhm of the exactly solved 2 x 2 array of the independent table", () => {
    const { vmm_2x2: table } = JSON.parse(
      readFileSync(new URL("../../fixtures/solver/line_resistance_tables.json", import.meta.url), "utf8"),
    ) as { vmm_2x2: { G: number[][]; V: number[]; Rl: number; Rt: number; I: number[] } };
    const found = estimateLineResistance({
      grid: { rows: 2, columns: 2 },
      conductance_S: table.G.flat(),
      inputs_V: Float64Array.from(table.V),
      measured_A: Float64Array.from(table.I),
      // the table's terminal resistance stands in place of the end segment
      known: { rowSegment_ohm: table.Rl, columnSegment_ohm: table.Rl, columnSense_ohm: table.Rt - table.Rl },
      sought: ["rowSource_ohm"],
    });
    // Rt = Rl: the source beyond the last segment is 0, far below what the products can tell
    if (found.kind === "fit") expect(found.lines.rowSource_ohm?.value ?? 1e9).toBeLessThan(1e-3 * table.Rl);
    else expect(found.reason).toMatch(/determine/);
    const both = estimateLineResistance({
      grid: { rows: 2, columns: 2 },
      conductance_S: table.G.flat(),
      inputs_V: Float64Array.from(table.V),
      measured_A: Float64Array.from(table.I),
      sought: ["rowSegment_ohm", "columnSegment_ohm"],
      equalSegments: true,
    });
    if (both.kind === "none") throw new Error(both.reason);
    expectClose(both.lines.rowSegment_ohm?.value ?? 0, table.Rl, 1e-5);
    expect(both.lines.columnSegment_ohm?.value).toBe(both.lines.rowSegment_ohm?.value);
  });

  it("names what is not allowed", () => {
    const measured_A = new Float64Array(60);
    const base = { grid, conductance_S: target_S, inputs_V, measured_A };
    expect(() => estimateLineResistance({ ...base, sought: [] })).toThrow(/sought is \[\]/);
    expect(() => estimateLineResistance({ ...base, conductance_S: [1] })).toThrow(/1 junctions/);
    expect(() => estimateLineResistance({ ...base, measured_A: new Float64Array(3) })).toThrow(
      /batch x 6 and batch x 5/,
    );
    expect(estimateLineResistance(base)).toMatchObject({ kind: "none", reason: /zero or lost/ });
  });
});
