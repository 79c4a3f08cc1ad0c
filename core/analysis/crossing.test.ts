import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { findCrossings } from "./crossing.ts";

const n = 4000;
const dt = 1e-3;
const w = (2 * Math.PI) / (n * dt);
const voltage_V = Float64Array.from({ length: n + 1 }, (_, k) => Math.sin(w * k * dt));
const cycle = (current: (v: number, k: number) => number) => ({
  samplePeriod_s: dt,
  voltage_V,
  current_A: voltage_V.map(current),
});
/** Conductance that lags behind V: 1 + 0.5 sin(w t - phi). */
const lagged = (k: number, phi: number) => 1 + 0.5 * Math.sin(w * k * dt - phi);

describe("findCrossings", () => {
  it("finds a self-crossing loop pinched at the origin", () => {
    const found = findCrossings(cycle((v, k) => v * lagged(k, 0.8)));
    expect(found.points.length).toBe(1);
    expectClose(found.offset_V, 0, 0, 1e-6);
    expectClose(found.offset_A, 0, 0, 1e-6);
    expectClose(found.capacitance_F, 0, 0, 1e-6);
  });

  it("finds the offset of electrodes: I = g (V - 20 mV) crosses there", () => {
    const found = findCrossings(cycle((v, k) => (v - 0.02) * lagged(k, 0.8)));
    expectClose(found.offset_V, 0.02, 1e-4);
    expectClose(found.offset_A, 0, 0, 1e-6);
    expect(Math.abs(found.rising_A)).toBeGreaterThan(1e-3);
  });

  it("finds the capacitance that opens a resistor's loop, and no crossing in it", () => {
    const found = findCrossings(cycle((v, k) => v + 0.05 * w * Math.cos(w * k * dt)));
    expect(found.points).toEqual([]);
    expect(found.offset_V).toBe(Number.NaN);
    expectClose(found.capacitance_F, 0.05, 1e-3);
    expectClose(found.rising_A, 0.05 * w, 1e-4);
  });
});
