import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { analyseDisturb, analyseHalfSelect, voltageAtShift } from "./disturb.ts";

describe("analyseDisturb", () => {
  it("finds a change that grows by 2 % per decade of reads", () => {
    const events = [0, 1, 10, 100, 1000];
    const found = analyseDisturb(
      events,
      events.map((n) => 1e-9 * (1 + (n > 0 ? 0.001 + 0.02 * Math.log10(n) : 0))),
    );
    expectClose(found.perDecade, 0.02, 1e-9);
    expectClose(found.perEvent, 0.001, 1e-9);
    expectClose(found.worst, 0.061, 1e-9);
  });

  it("gives the published read disturb of the NCNM channel, -2.2 %, back per event", () => {
    expectClose(analyseDisturb([0, 1], [1, 0.978]).perEvent, -0.022, 1e-12);
  });

  it("wants the read before any event", () => {
    expect(() => analyseDisturb([1, 2], [1, 1])).toThrow(/first count is 1, it must be 0/);
    expect(() => analyseDisturb([0], [1, 1])).toThrow(/1 counts and 2 conductances/);
  });
});

describe("voltageAtShift", () => {
  it("interpolates an exponential dependence exactly", () => {
    const v = [0.1, 0.2, 0.3, 0.4];
    expectClose(
      voltageAtShift(
        v,
        v.map((x) => -1e-4 * Math.exp(x / 0.06)),
      ) ?? 0,
      0.06 * Math.log(100),
      1e-12,
    );
  });

  it("has none where every voltage is harmless", () => {
    expect(voltageAtShift([0.1, 0.2], [0, 1e-6])).toBe(null);
    expect(voltageAtShift([0.1, 0.2], [0, 1])).toBeCloseTo(0.15, 12);
    expect(() => voltageAtShift([1], [1], 0)).toThrow(/limit is 0/);
  });
});

describe("analyseHalfSelect", () => {
  const before = [1, 1, 1, 1, 1, 1];

  it("sorts victims by what they saw and names the worst", () => {
    const found = analyseHalfSelect(
      { rows: 2, columns: 3 },
      { row: 0, column: 1 },
      before,
      [1.01, 5, 1.03, 1, 0.95, 1],
    );
    expectClose(found.byClass["same row"].mean, 0.02, 1e-12);
    expect(found.byClass["same row"].n).toBe(2);
    expect(found.byClass["same column"]).toMatchObject({ n: 1 });
    expect(found.byClass.unselected).toEqual({ n: 2, mean: 0, worst: 0 });
    expect(found.worst).toMatchObject({ row: 1, column: 1 });
    expectClose(found.worst?.change ?? 0, -0.05, 1e-12);
  });

  it("finds exactly nothing where nothing changed", () => {
    const found = analyseHalfSelect({ rows: 2, columns: 3 }, { row: 1, column: 2 }, before, before);
    expect(found.worst?.change).toBe(0);
    expect(found.byClass["same row"].worst).toBe(0);
  });

  it("refuses maps and aggressors outside the grid", () => {
    expect(() => analyseHalfSelect({ rows: 2, columns: 2 }, { row: 0, column: 0 }, [1], [1])).toThrow(/2 x 2/);
    expect(() => analyseHalfSelect({ rows: 2, columns: 3 }, { row: 2, column: 0 }, before, before)).toThrow(
      /aggressor is row 2/,
    );
  });
});
