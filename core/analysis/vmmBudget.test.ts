import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { buildNetwork, normal, solveOnce, uniform } from "../crossbar/index.ts";
import { budgetProducts } from "./vmmBudget.ts";

const grid = { rows: 6, columns: 5 };
const batch = 12;
const target_S = Float64Array.from({ length: 30 }, (_, k) => 1e-9 * (0.5 + 4.5 * uniform(1, 1, k)));
const inputs_V = Float64Array.from({ length: batch * 6 }, (_, k) => 0.1 * uniform(1, 2, k));

function products(conductance_S: Float64Array, lines = {}, inputs = inputs_V): Float64Array {
  const network = buildNetwork({ grid, conductance_S, ...lines });
  const current_A = new Float64Array(batch * 5);
  for (let b = 0; b < batch; b++)
    current_A.set(
      solveOnce(network, { row_V: inputs.slice(6 * b, 6 * b + 6), column_V: new Float64Array(5) }).columnCurrent_A,
      5 * b,
    );
  return current_A;
}

describe("budgetProducts", () => {
  it("finds nothing where nothing is wrong: zero wires, no noise", () => {
    const { lines, relative } = budgetProducts({ grid, inputs_V, target_S, measured_A: [products(target_S)] });
    expect(relative).toBeLessThan(1e-14);
    for (const line of lines) expect(line.relative).toBeLessThan(1e-14);
  });

  it("gives each cause its own error, exactly, and shares that sum to one", () => {
    const programmed_S = target_S.map((g, k) => g * (1 + 0.03 * normal(2, 1, k)));
    const present_S = programmed_S.map((g) => 0.98 * g);
    const wires = { rowSegment_ohm: 7e5, columnSegment_ohm: 7e5, rowSource_ohm: 1e6, columnSense_ohm: 1e6 };
    const clean = products(present_S, wires);
    const measured_A = [0, 1, 2, 3, 4, 5, 6, 7].map((r) => clean.map((y, k) => y * 1.01 + 2e-12 * normal(3, r, k)));
    const found = budgetProducts({ grid, inputs_V, target_S, programmed_S, present_S, lines: wires, measured_A });
    const of = (cause: string) => found.lines.find((line) => line.cause === cause);
    expectClose(
      found.lines.reduce((sum, line) => sum + line.share, 0),
      1,
      1e-12,
    );
    const rms = (a: Float64Array, b: Float64Array) => Math.hypot(...a.map((x, k) => x - b[k]!)) / Math.sqrt(a.length);
    expectClose(of("programming")?.rms_A ?? 0, rms(products(programmed_S), products(target_S)), 1e-9);
    expectClose(of("drift")?.rms_A ?? 0, 0.02 * rms(products(programmed_S), new Float64Array(60)), 1e-9);
    expectClose(of("line drop")?.rms_A ?? 0, rms(clean, products(present_S)), 1e-9);
    expectClose(of("unexplained")?.rms_A ?? 0, 0.01 * rms(clean, new Float64Array(60)), 0.05);
    expectClose(of("noise")?.rms_A ?? 0, 2e-12, 0.1);
    expect(of("sneak")?.rms_A).toBe(0);
  });

  it("finds no sneak currents at ideal virtual grounds, and those of columns that sense resistances lift", () => {
    // one OFF cell, only its row driven, the others floating: they tie columns together, but no column is off 0 V
    const conductance_S = target_S.map((g, k) => (k === 0 ? 1e-10 : g));
    const single = new Float64Array(6 * batch).map((_, k) => (k % 6 === 0 ? 0.1 : 0));
    const none = budgetProducts({
      grid,
      inputs_V: single,
      target_S: conductance_S,
      undrivenRowsFloat: true,
      measured_A: [products(conductance_S, {}, single)],
    });
    expect(none.lines.find(({ cause }) => cause === "sneak")?.relative).toBeLessThan(1e-12);
    // behind a sense resistance the columns are not at 0 V any more: currents pass from one to another
    const wires = { columnSense_ohm: 1e8 };
    const some = budgetProducts({
      grid,
      inputs_V: single,
      target_S: conductance_S,
      lines: wires,
      undrivenRowsFloat: true,
      measured_A: [
        products(
          conductance_S,
          wires,
          single.map((v) => (v === 0 ? Number.NaN : v)),
        ),
      ],
    });
    const sneak = some.lines.find(({ cause }) => cause === "sneak");
    expect(sneak?.relative).toBeGreaterThan(0.01);
    expect(some.lines.find(({ cause }) => cause === "unexplained")?.relative).toBeLessThan(1e-12);
  });

  it("names what does not fit", () => {
    expect(() => budgetProducts({ grid, inputs_V, target_S, measured_A: [] })).toThrow(/holds no repeat/);
    expect(() => budgetProducts({ grid, inputs_V: new Float64Array(7), target_S, measured_A: [] })).toThrow(
      /multiples of 6/,
    );
    expect(() => budgetProducts({ grid, inputs_V, target_S: [1], measured_A: [] })).toThrow(/target_S has 1 junctions/);
  });
});
