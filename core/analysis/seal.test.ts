import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { normal } from "../crossbar/index.ts";
import { fitOhmic, measureSeal, poreDiameter_m } from "./seal.ts";

describe("fitOhmic", () => {
  it("covers a 10 GOhm seal in 95 % of noisy repeats and finds the electrode offset", () => {
    const v = Array.from({ length: 21 }, (_, k) => 0.01 * (k - 10));
    let covered = 0;
    for (let repeat = 0; repeat < 300; repeat++) {
      const { resistance_ohm } = fitOhmic(
        v,
        v.map((x, k) => 1e-10 * (x - 0.005) + 5e-13 * normal(4, 1, 21 * repeat + k)),
      );
      const [low, high] = resistance_ohm.interval95;
      if (low <= 1e10 && 1e10 <= high) covered++;
    }
    expect(covered / 300).toBeGreaterThan(0.91);
    expectClose(
      fitOhmic(
        v,
        v.map((x) => 1e-10 * (x - 0.005)),
      ).offset_V,
      0.005,
      1e-9,
    );
  });

  it("shows a contact that is not ohmic, and refuses a single voltage", () => {
    const v = Array.from({ length: 21 }, (_, k) => 0.1 * (k - 10));
    expect(
      fitOhmic(
        v,
        v.map((x) => Math.sinh(3 * x)),
      ).nonlinearity,
    ).toBeGreaterThan(0.1);
    expect(() => fitOhmic([1, 1, 1], [1, 2, 3])).toThrow(/3 points at different voltages/);
  });
});

describe("measureSeal", () => {
  it("takes access, seal and capacitance apart: 10 MOhm, 1 GOhm, 20 pF at 5 mV", () => {
    const [ra, rs, c, dv, dt] = [1e7, 1e9, 20e-12, 5e-3, 1e-5];
    const tau = (c * ra * rs) / (ra + rs);
    const steady = dv / (ra + rs);
    const i = Array.from({ length: 400 }, (_, k) => steady + (dv / ra - steady) * Math.exp((-k * dt) / tau));
    const found = measureSeal(i, dt, dv);
    if ("reason" in found) throw new Error(found.reason);
    expectClose(found.access_ohm, ra, 1e-5);
    expectClose(found.seal_ohm, rs, 1e-5);
    expectClose(found.capacitance_F, c, 1e-5);
  });

  it("gives the sum and the reason where there is no transient", () => {
    const found = measureSeal(new Float64Array(50).fill(5e-12), 1e-5, 5e-3);
    if (!("reason" in found)) throw new Error("a constant has no transient");
    expect(found.reason).toBe("no change to fit");
    expectClose(found.total_ohm, 1e9, 1e-12);
    expect(() => measureSeal([1], 1, 0)).toThrow(/step_V is 0/);
  });
});

describe("poreDiameter_m", () => {
  it("inverts the examples of the array physics: 10 nm x 20 nm, 197.7 + 77.6 MOhm in 0.1 M, 22.8 + 8.94 in 1 M", () => {
    // conductivities follow from the printed access resistance 1 / (sigma d)
    expectClose(poreDiameter_m(1 / 275.3e6, 1 / (77.6e6 * 10e-9), 20e-9), 10e-9, 2e-3);
    expectClose(poreDiameter_m(1 / 31.74e6, 1 / (8.94e6 * 10e-9), 20e-9), 10e-9, 2e-3);
    expect(() => poreDiameter_m(0, 1, 1)).toThrow(/conductance_S is 0/);
  });
});
