import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { analyseEndurance } from "./endurance.ts";

/** Window 10 until `dies`, then both states at `meet`. */
function record(name: string, cycles: number, dies: number, meet: number) {
  const high_S = Float64Array.from({ length: cycles }, (_, k) => (k + 1 < dies ? 1e-8 : meet));
  const low_S = Float64Array.from({ length: cycles }, (_, k) => (k + 1 < dies ? 1e-9 : meet));
  return { name, high_S, low_S };
}

describe("analyseEndurance", () => {
  it("finds the cycle and the mode of each failure, and takes survivors as censored", () => {
    const found = analyseEndurance([
      record("a", 100, 41, 1e-8),
      record("b", 100, 61, 1e-9),
      record("c", 100, 81, 3e-9),
      record("d", 100, 999, 0),
    ]);
    expect(found.junctions.map(({ failedAt }) => failedAt)).toEqual([41, 61, 81, null]);
    expect(found.junctions.map(({ mode }) => mode)).toEqual(["stuck high", "stuck low", "window closed", "none"]);
    expect(found.weibull).toMatchObject({ kind: "fit", failed: 3, censored: 1 });
    // only cycles before failure: 40 + 60 + 80 + 100
    expect(found.high_S.values.length).toBe(280);
    expect(found.notes).toEqual(["1 of 4 junctions had not failed at their last cycle"]);
  });

  it("forgives single bad reads and lost ones, and starts the failing row at its first cycle", () => {
    const one = record("a", 60, 999, 0);
    one.high_S[9] = 1e-9;
    one.high_S[20] = Number.NaN;
    expect(analyseEndurance([one]).junctions[0]).toMatchObject({ failedAt: null, mode: "none" });
    for (const k of [30, 31, 33]) one.high_S[k] = 1e-9;
    one.high_S[32] = Number.NaN;
    expect(analyseEndurance([one]).junctions[0]?.failedAt).toBe(31);
  });

  it("counts cycles to 10 % loss of a window that fades as exp(-(N/N_f)^0.5)", () => {
    const nf = 1e4;
    const high_S = Float64Array.from({ length: 400 }, (_, k) => 1e-9 + 9e-9 * Math.exp(-Math.sqrt((k + 1) / nf)));
    const [junction] = analyseEndurance([{ name: "a", high_S, low_S: high_S.map(() => 1e-9) }]).junctions;
    // the start is the median of 40 cycles: cycle 20; 10 % less of it by the law itself
    const start = 1 + 9 * Math.exp(-Math.sqrt(20.5 / nf));
    const expected = nf * Math.log((0.9 * start - 1) / 9) ** 2;
    expectClose(junction?.lost10At ?? 0, expected, 0.02);
    expect(junction?.failedAt).toBe(null);
  });

  it("warns of few junctions and names what is not allowed", () => {
    expect(analyseEndurance([record("a", 5, 9, 0)]).notes[0]).toMatch(/1 junction\(s\) say little/);
    expect(() => analyseEndurance([{ name: "x", high_S: [1], low_S: [] }])).toThrow(
      /x has 1 high reads and 0 low ones/,
    );
    expect(() => analyseEndurance([], { window: 1 })).toThrow(/window is 1, allowed are numbers above 1/);
    expect(() => analyseEndurance([], { inARow: 0 })).toThrow(/inARow is 0/);
  });
});
