import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildNetwork } from "./buildNetwork.ts";
import { solveOnce } from "./solveNetwork.ts";
import { worstRelative } from "../../../tests/relativeError.ts";

/** Fluidic lines: 100 um pitch, square channels in KCl, 25 C (fixtures/README.md). */
interface Tables {
  readonly vmm: { readonly cases: Record<string, VmmCase> };
  readonly vmm_2x2: { G: number[][]; V: number[]; Rl: number; Rt: number; I: number[]; Vj: number[][] };
  readonly sneak: Record<string, Record<string, number>>;
}
interface VmmCase {
  readonly rel_err_rms: number;
  readonly max_rel: number;
  readonly I0: number;
  readonly ideal0: number;
  readonly sum_I: number;
}

const tables = JSON.parse(
  readFileSync(new URL("../../../fixtures/solver/line_resistance_tables.json", import.meta.url), "utf8"),
) as Tables;

/** Numerical Recipes' LCG, advanced before use; the table's matrices and inputs come from seeds 1 and 2. */
function makeLcg(seed: number): () => number {
  let s = seed >>> 0;
  return () => {
    s = (Math.imul(1664525, s) + 1013904223) >>> 0;
    return s / 2 ** 32;
  };
}

/** The table's terminal resistance stands in place of the end segment, so source = terminal - segment. */
const LINES: Record<string, { segment: number; terminal: number }> = {
  "100x100um 0.1M": { segment: 7760, terminal: 1e5 },
  "10x10um 0.1M": { segment: 776e3, terminal: 1e6 },
  "10x10um 1M": { segment: 89.4e3, terminal: 1e6 },
};

const relative = (found: number, expected: number): number => Math.abs(found / expected - 1);

describe("acceptance 32: vector products with fluidic lines", () => {
  const names = Object.keys(tables.vmm.cases);
  it("the table has 5 sizes x 3 lines", () => expect(names.length).toBe(15));

  it.each(names)("%s: error and currents agree to 1e-6", (name) => {
    const [size, , ...rest] = name.split(" ").filter((word) => word !== "pitch");
    const n = Number(size);
    const { segment, terminal } = LINES[rest.join(" ")];
    const nextG = makeLcg(1);
    const nextV = makeLcg(2);
    const conductance_S = Float64Array.from({ length: n * n }, () => (0.5 + 4.5 * nextG()) * 1e-9);
    const row_V = Float64Array.from({ length: n }, () => 0.1 * nextV());
    const network = buildNetwork({
      grid: { rows: n, columns: n },
      conductance_S,
      rowSegment_ohm: segment,
      columnSegment_ohm: segment,
      rowSource_ohm: terminal - segment,
      columnSense_ohm: terminal - segment,
    });
    const current = solveOnce(network, { row_V, column_V: new Float64Array(n) }).columnCurrent_A;
    const ideal = solveOnce(buildNetwork({ grid: network, conductance_S }), {
      row_V,
      column_V: new Float64Array(n),
    }).columnCurrent_A;
    const difference = Math.hypot(...current.map((value, j) => value - ideal[j]));
    const published = tables.vmm.cases[name];
    expect(relative(difference / Math.hypot(...ideal), published.rel_err_rms)).toBeLessThan(1e-6);
    expect(
      relative(Math.max(...current.map((value, j) => Math.abs(value / ideal[j] - 1))), published.max_rel),
    ).toBeLessThan(1e-6);
    expect(relative(current[0], published.I0)).toBeLessThan(1e-6);
    expect(relative(ideal[0], published.ideal0)).toBeLessThan(1e-6);
    expect(
      relative(
        current.reduce((a, b) => a + b),
        published.sum_I,
      ),
    ).toBeLessThan(1e-6);
  });

  it("2 x 2 with 1 Mohm lines gives 0.692691251 and 0.984043756 nA", () => {
    const { G, V, Rl, Rt, I } = tables.vmm_2x2;
    const network = buildNetwork({
      grid: { rows: 2, columns: 2 },
      conductance_S: G.flat(),
      rowSegment_ohm: Rl,
      columnSegment_ohm: Rl,
      rowSource_ohm: Rt - Rl,
      columnSense_ohm: Rt - Rl,
    });
    const solution = solveOnce(network, { row_V: Float64Array.from(V), column_V: new Float64Array(2) });
    expect(worstRelative(solution.columnCurrent_A, I)).toBeLessThan(1e-9);
    expect(worstRelative(solution.columnCurrent_A, [0.692691251e-9, 0.984043756e-9])).toBeLessThan(1e-9);
    const junction_V = solution.rowNode_V.map((v, k) => v - solution.columnNode_V[k]);
    expect(worstRelative(junction_V, tables.vmm_2x2.Vj.flat())).toBeLessThan(1e-9);
  });
});

describe("acceptance 32: reading one cell of an array that shares its electrolyte", () => {
  const ON = 5e-9;
  const OFF = 0.5e-9;
  const VOLT = 0.1;

  /** Cell (0,0) among ON cells; returns the current into column 0. */
  function read(n: number, cell_S: number, others: "float" | "ground", line_ohm: number): number {
    const conductance_S = new Float64Array(n * n).fill(ON);
    conductance_S[0] = cell_S;
    const network = buildNetwork({
      grid: { rows: n, columns: n },
      conductance_S,
      rowSegment_ohm: line_ohm,
      columnSegment_ohm: line_ohm,
    });
    const rest = others === "float" ? Number.NaN : 0;
    const row_V = new Float64Array(n).fill(rest);
    const column_V = new Float64Array(n).fill(rest);
    row_V[0] = VOLT;
    column_V[0] = 0;
    const solution = solveOnce(network, { row_V, column_V });
    if (others === "float") {
      expect(solution.rowCurrent_A.slice(1).every((current) => Object.is(current, 0))).toBe(true);
      expect(solution.columnCurrent_A.slice(1).every((current) => Object.is(current, 0))).toBe(true);
    }
    return solution.columnCurrent_A[0];
  }

  it.each(Object.keys(tables.sneak).map(Number))("n = %i: the apparent on/off ratio is that of the table", (n) => {
    const table = tables.sneak[String(n)];
    const off = read(n, OFF, "float", 10);
    const on = read(n, ON, "float", 10);
    // the table was made with a plain subtraction of diagonals at a wire-to-junction ratio of 2e7: 1e-8 is its own error
    expect(relative(off, table.I_float_off)).toBeLessThan(1e-7);
    expect(relative(on, table.I_float_on)).toBeLessThan(1e-7);
    expect(relative(on / off, table.on_off_float)).toBeLessThan(1e-7);
    expect(relative(off, table.analytic_off)).toBeLessThan(1e-4);
    const grounded = read(n, OFF, "ground", 10);
    expect(relative(grounded, table.I_grounded_off)).toBeLessThan(1e-7);
    expect(relative(read(n, ON, "ground", 10) / grounded, table.on_off_grounded)).toBeLessThan(1e-4);
  });

  // Gaussian elimination of the nodal equations in 60 digits of decimal arithmetic
  it.each([
    [2, 2.16666648694446e-10],
    [4, 6.928569095664078e-10],
    [8, 1.683331240419465e-9],
  ])("n = %i: 14 digits agree with 60-digit arithmetic", (n, exact_A) => {
    expect(relative(read(n, OFF, "float", 10), exact_A)).toBeLessThan(1e-14);
  });

  it.each([2, 4, 32])("n = %i with ideal wires: the current is the closed form of the sneak path", (n) => {
    const closed = VOLT * (OFF + 1 / (2 / ((n - 1) * ON) + 1 / ((n - 1) ** 2 * ON)));
    expect(relative(read(n, OFF, "float", 0), closed)).toBeLessThan(1e-12);
  });
});
