import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { pulseEnergy, switchingTime } from "./switching.ts";

describe("pulseEnergy", () => {
  it("is V^2 t / R for a resistor, with the series part apart: 1 V, 3 MOhm behind 1 MOhm, 1 ms", () => {
    const v = new Float64Array(101).fill(1);
    const found = pulseEnergy(
      v,
      v.map(() => 1 / 4e6),
      1e-5,
      1e6,
    );
    expectClose(found.total_J, 1e-3 / 4e6, 1e-12);
    expectClose(found.series_J / found.total_J, 0.25, 1e-12);
    expectClose(found.junction_J / found.total_J, 0.75, 1e-12);
    expectClose(found.estimate_J, found.total_J, 1e-12);
    expectClose(found.charge_C, 1e-3 / 4e6, 1e-12);
  });

  it("is the closed form for a relaxing conductance, where the estimate is not", () => {
    // g = 3 - 2 exp(-t/tau), V = 2: integral 4 (3 T - 2 tau (1 - exp(-T/tau)))
    const [tau, T, n] = [1e-3, 4e-3, 4000];
    const v = new Float64Array(n + 1).fill(2);
    const i = v.map((_, k) => 2 * (3 - 2 * Math.exp((-k * T) / n / tau)));
    const found = pulseEnergy(v, i, T / n);
    expectClose(found.total_J, 4 * (3 * T - 2 * tau * (1 - Math.exp(-T / tau))), 1e-6);
    expect(Math.abs(found.estimate_J / found.total_J - 1)).toBeGreaterThan(0.05);
  });

  it("does not count lost samples, and says how long they were", () => {
    const v = new Float64Array(11).fill(1);
    const i = v.map((_, k) => (k === 5 ? Number.NaN : 1));
    const found = pulseEnergy(v, i, 1);
    expectClose(found.total_J, 8, 1e-12);
    expect(found.lost_s).toBe(2);
    expect(() => pulseEnergy(v, i, 1, -1)).toThrow(/series_ohm is -1/);
    expect(() => pulseEnergy([1], [1], 1)).toThrow(/1 samples, allowed are 2/);
    expect(() => pulseEnergy(v, [1], 1)).toThrow(/11 voltages and 1 currents/);
  });
});

describe("switchingTime", () => {
  it("is tau ln 9 for an exponential, rising or falling", () => {
    for (const sign of [1, -1]) {
      const g = Float64Array.from({ length: 10_001 }, (_, k) => 5 - sign * 2 * Math.exp(-k / 1000));
      const found = switchingTime(g, 1e-6, { from_S: 5 - sign * 2, to_S: 5 });
      expectClose(found.time_s ?? 0, 1e-3 * Math.log(9), 1e-6);
      expectClose(found.delay_s ?? 0, 1e-3 * Math.log(2), 1e-6);
    }
  });

  it("takes the ends of the record for levels, and has no time where 90 % are not reached", () => {
    const g = Float64Array.from({ length: 1000 }, (_, k) => (k < 500 ? 1 : 2));
    expect(switchingTime(g, 1)).toMatchObject({ from_S: 1, to_S: 2 });
    expectClose(switchingTime(g, 1).time_s ?? 0, 0.8, 1e-9);
    expect(switchingTime(g, 1, { to_S: 9 }).time_s).toBe(null);
  });
});
