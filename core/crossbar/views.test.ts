import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectAllClose, expectClose } from "../../tests/close.ts";
import { buildNetwork } from "./solve/buildNetwork.ts";
import { effectiveMatrix } from "./solve/effectiveMatrix.ts";
import { factorNetwork } from "./solve/factorNetwork.ts";
import { nearEnds } from "./solve/connectedEnds.ts";
import { solveOnce } from "./solve/solveNetwork.ts";
import { estimateError, lineLossNumber, productError, usefulSize } from "./usefulSize.ts";
import { viewDropFactors, viewJunctions, viewLineDrops, viewOperation, viewPower } from "./views.ts";

describe("one junction, in closed form", () => {
  // 0.1 V - 1k source - 2k segment - 10k junction - 3k segment - 4k sense - 0 V: 5 uA
  const network = buildNetwork({
    grid: { rows: 1, columns: 1 },
    conductance_S: [1e-4],
    rowSource_ohm: 1e3,
    rowSegment_ohm: 2e3,
    columnSegment_ohm: 3e3,
    columnSense_ohm: 4e3,
  });
  const drives = { row_V: Float64Array.of(0.1), column_V: Float64Array.of(0) };
  const solution = solveOnce(network, drives);

  it("shows voltage, current and power of the junction", () => {
    const { voltage_V, current_A, power_W } = viewJunctions(network, solution);
    expectClose(voltage_V[0], 0.05, 1e-14);
    expectClose(current_A[0], 5e-6, 1e-14);
    expectClose(power_W[0], 2.5e-7, 1e-14);
  });

  it("shows what the lines lose and the drop factor", () => {
    const drops = viewLineDrops(network, drives, solution);
    expectClose(drops.row_V[0], 0.015, 1e-13);
    expectClose(drops.column_V[0], 0.035, 1e-13);
    const factors = viewDropFactors(network, drives, solution);
    expectClose(factors.junction[0], 0.5, 1e-14);
    expectClose(factors.column[0], 0.5, 1e-14);
  });

  it("divides the power of the source, and gives energy and charge of a pulse", () => {
    const power = viewPower(network, drives, solution);
    expectClose(power.source_W, 5e-7, 1e-14);
    expectClose(power.junctions_W, 2.5e-7, 1e-14);
    expectClose(power.rowWires_W, 25e-12 * 3e3, 1e-13);
    expectClose(power.columnWires_W, 25e-12 * 7e3, 1e-13);
    const operation = viewOperation(network, drives, solution, 2e-3);
    expectClose(operation.energy_J, 1e-9, 1e-14);
    expectClose(operation.energyPerJunction_J, 1e-9, 1e-14);
    for (const charge of [operation.rowCharge_C, operation.columnCharge_C, operation.junctionCharge_C])
      expectClose(charge[0], 1e-8, 1e-14);
    expect(() => viewOperation(network, drives, solution, -1)).toThrow("duration_s is -1");
  });
});

it("junction voltages of the published 2 x 2 circuit", () => {
  const { vmm_2x2 } = JSON.parse(
    readFileSync(new URL("../../fixtures/solver/line_resistance_tables.json", import.meta.url), "utf8"),
  ) as { vmm_2x2: { G: number[][]; V: number[]; Rl: number; Rt: number; Vj: number[][] } };
  const { G, V, Rl, Rt, Vj } = vmm_2x2;
  const network = buildNetwork({
    grid: { rows: 2, columns: 2 },
    conductance_S: G.flat(),
    rowSegment_ohm: Rl,
    columnSegment_ohm: Rl,
    rowSource_ohm: Rt - Rl,
    columnSense_ohm: Rt - Rl,
  });
  const drives = { row_V: Float64Array.from(V), column_V: new Float64Array(2) };
  expectAllClose(viewJunctions(network, solveOnce(network, drives)).voltage_V, Vj.flat(), 1e-9);
});

describe("any array", () => {
  const potential = fc.integer({ min: -1000, max: 1000 }).map((millivolt) => millivolt / 1000);
  const open = fc.constant(Number.NaN);
  const list = (of: fc.Arbitrary<number>, length: number) => fc.array(of, { minLength: length, maxLength: length });
  const wire = fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1, noNaN: true }));

  it("gives out the power that its sources put in", () => {
    let checked = 0;
    fc.assert(
      fc.property(
        fc.record({ rows: fc.integer({ min: 1, max: 7 }), columns: fc.integer({ min: 1, max: 7 }) }).chain((grid) =>
          fc.record({
            grid: fc.constant(grid),
            conductance_S: list(fc.double({ min: 0.01, max: 5, noNaN: true }), grid.rows * grid.columns),
            rowSegment_ohm: list(wire, grid.rows),
            rowSource_ohm: list(fc.double({ min: 1e-3, max: 1, noNaN: true }), grid.rows),
            columnSegment_ohm: list(wire, grid.columns),
            columnSense_ohm: list(fc.double({ min: 1e-3, max: 1, noNaN: true }), grid.columns),
            row_V: list(fc.oneof({ weight: 3, arbitrary: potential }, open), grid.rows),
            rightRow_V: list(fc.oneof(potential, open), grid.rows),
            column_V: list(fc.oneof({ weight: 3, arbitrary: potential }, open), grid.columns),
            topColumn_V: list(fc.oneof(potential, open), grid.columns),
          }),
        ),
        (drawn) => {
          const network = buildNetwork(drawn);
          const drives = {
            row_V: Float64Array.from(drawn.row_V),
            rightRow_V: Float64Array.from(drawn.rightRow_V),
            column_V: Float64Array.from(drawn.column_V),
            topColumn_V: Float64Array.from(drawn.topColumn_V),
          };
          fc.pre(
            [...drives.row_V, ...drives.rightRow_V, ...drives.column_V, ...drives.topColumn_V].some(Number.isFinite),
          );
          const power = viewPower(network, drives, solveOnce(network, drives));
          const dissipated = power.junctions_W + power.rowWires_W + power.columnWires_W;
          expectClose(power.source_W, dissipated, 1e-10, 1e-13);
          expect(Math.min(power.junctions_W, power.rowWires_W, power.columnWires_W)).toBeGreaterThanOrEqual(0);
          checked++;
        },
      ),
      { numRuns: 200, seed: 6 },
    );
    expect(checked).toBe(200);
  });

  it("with ideal wires loses nothing and has factors of 1, undefined where nothing would flow", () => {
    const network = buildNetwork({ grid: { rows: 2, columns: 2 }, conductance_S: [1e-6, 2e-6, 3e-6, 4e-6] });
    const drives = { row_V: Float64Array.of(0.1, 0), column_V: Float64Array.of(0, 0) };
    const solution = solveOnce(network, drives);
    const factors = viewDropFactors(network, drives, solution);
    expect([...factors.junction]).toEqual([1, 1, Number.NaN, Number.NaN]);
    expect([...factors.column]).toEqual([1, 1]);
    expect(viewLineDrops(network, drives, solution)).toEqual({
      row_V: new Float64Array(2),
      column_V: new Float64Array(2),
    });
    const { rowWires_W, columnWires_W } = viewPower(network, drives, solution);
    expect([rowWires_W, columnWires_W]).toEqual([0, 0]);
  });
});

describe("useful size", () => {
  it("kappa predicts the loss of a square array: R G (N + 1)(2 N + 1) / 3 at first order, 2/3 kappa for many lines", () => {
    for (const n of [2, 9, 48]) {
      const kappa = 1e-5;
      const segment = kappa / n ** 2 / 1e-6;
      const network = buildNetwork({
        grid: { rows: n, columns: n },
        conductance_S: new Float64Array(n * n).fill(1e-6),
        rowSegment_ohm: segment,
        columnSegment_ohm: segment,
      });
      expectClose(lineLossNumber(network), kappa, 1e-12);
      const current = solveOnce(network, {
        row_V: new Float64Array(n).fill(1),
        column_V: new Float64Array(n),
      }).columnCurrent_A;
      const loss = 1 - current.reduce((a, b) => a + b) / (n * n * 1e-6);
      expectClose(loss, (segment * 1e-6 * (n + 1) * (2 * n + 1)) / 3, 1e-4);
      if (n === 48) expectClose(loss, (2 / 3) * kappa, 0.04);
    }
  });

  it("the rms error is the average over inputs", () => {
    const grid = { rows: 6, columns: 5 };
    const conductance_S = Float64Array.from({ length: 30 }, (_, k) => 1e-6 * (1 + (k % 7)));
    const network = buildNetwork({ grid, conductance_S, rowSegment_ohm: 8e3, columnSegment_ohm: 5e3 });
    const effective = effectiveMatrix(factorNetwork(network, nearEnds(grid)));
    // every input at its two-point quadrature nodes has the same first two moments: 2^6 inputs give the exact average
    const nodes = [1 / 2 - Math.sqrt(1 / 12), 1 / 2 + Math.sqrt(1 / 12)];
    let [error, signal] = [0, 0];
    for (let choice = 0; choice < 64; choice++) {
      const v = Array.from({ length: 6 }, (_, i) => nodes[(choice >> i) & 1]);
      for (let j = 0; j < 5; j++) {
        let [real, ideal] = [0, 0];
        v.forEach((volts, i) => {
          real += volts * effective[i * 5 + j];
          ideal += volts * conductance_S[i * 5 + j];
        });
        error += (real - ideal) ** 2;
        signal += ideal ** 2;
      }
    }
    expectClose(productError(grid, conductance_S, effective), Math.sqrt(error / signal), 1e-12);
    expect(productError(grid, conductance_S, conductance_S)).toBe(0);
  });

  it("is the last size within the bound, beside the rule of thumb", () => {
    // lines of 100 um x 100 um in 0.1 M KCl, junctions of 2.75 nS, terminals of 0.1 Mohm
    const technology = { conductance_S: 2.75e-9, segment_ohm: 7760, terminal_ohm: 1e5 - 7760 };
    const found = usefulSize(technology, 0.05, 128);
    expect(found.error).toBeLessThanOrEqual(0.05);
    // published for random junctions of this mean: 3.2 % at 32, 8.5 % at 64
    expect(found.size).toBeGreaterThan(32);
    expect(found.size).toBeLessThan(64);
    expect(usefulSize(technology, found.error * 0.9999, 128).size).toBe(found.size - 1);
    expect(estimateError(found.ruleOfThumb, 2.75e-9, 7760, 1e5)).toBeLessThanOrEqual(0.05);
    expect(estimateError(found.ruleOfThumb + 1, 2.75e-9, 7760, 1e5)).toBeGreaterThan(0.05);
    expect(found.ruleOfThumb / found.size).toBeGreaterThan(0.5);
    expect(found.ruleOfThumb / found.size).toBeLessThan(2);
  });

  it("has its limits: no size, every size, ideal wires", () => {
    expect(usefulSize({ conductance_S: 1e-5, segment_ohm: 1e6 }, 0.01).size).toBe(0);
    expect(usefulSize({ conductance_S: 1e-9, segment_ohm: 1 }, 0.5, 40)).toMatchObject({ size: 40 });
    expect(usefulSize({ conductance_S: 1e-6, segment_ohm: 0 }, 0.1, 16)).toEqual({
      size: 16,
      error: 0,
      ruleOfThumb: Number.POSITIVE_INFINITY,
    });
    expect(() => usefulSize({ conductance_S: 1e-6, segment_ohm: 1 }, 1)).toThrow("bound is 1");
  });
});
