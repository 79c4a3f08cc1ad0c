import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cycle, currentsAt, lastCycle, measureCycle } from "./iv.ts";

/** `cycles` of a sine with the closing sample, current by `law` of (phase, voltage). */
function drive(law: (phase: number, v: number) => number, cycles = 1, perCycle = 2000, frequency = 40): Cycle {
  const phases = Float64Array.from({ length: cycles * perCycle + 1 }, (_, k) => (2 * Math.PI * k) / perCycle);
  const voltage_V = phases.map((phase) => Math.sin(phase));
  return {
    samplePeriod_s: 1 / frequency / perCycle,
    voltage_V,
    current_A: phases.map((phase, k) => law(phase, voltage_V[k])),
  };
}

describe("measureCycle", () => {
  it("finds a resistor symmetric, pinched, with one branch and V^2 G / 2 per period", () => {
    const found = measureCycle(drive((_, v) => 2e-9 * v));
    expect(found.rectification).toBeCloseTo(1, 9);
    expect(found.onOffPositive).toBeCloseTo(1, 9);
    expect(found.pinchOffset_A).toBeLessThan(1e-20);
    expect(Math.abs(found.energy_J / ((2e-9 / 2) * (1 / 40)) - 1)).toBeLessThan(1e-9);
  });

  it("rectifies by the ratio of two conductances", () => {
    const found = measureCycle(drive((_, v) => (v > 0 ? 1e-9 : 4e-9) * v));
    expect(found.rectification).toBeCloseTo(0.25, 9);
    expect(found.rectification_V).toBeCloseTo(1, 9);
  });

  it("takes on/off from the two branches at the read voltage", () => {
    // conductance 3 on the way up, 1 on the way down
    const found = measureCycle(
      drive((phase, v) => (Math.cos(phase) > 0 ? 3e-9 : 1e-9) * v),
      0.4,
    );
    expect(found.onOffPositive).toBeCloseTo(3, 6);
    expect(found.onOffNegative).toBeCloseTo(3, 6);
    expect(found.read_V).toBe(0.4);
  });

  it("sees the offset of a loop that is not pinched: a capacitor carries C dV/dt at V = 0", () => {
    const found = measureCycle(drive((phase, v) => 1e-9 * v + 5e-12 * Math.cos(phase)));
    expect(Math.abs(found.pinchOffset_A / 5e-12 - 1)).toBeLessThan(1e-5);
  });

  it("leaves segments with lost samples out", () => {
    const cycle = drive((_, v) => 2e-9 * v);
    cycle.current_A[10] = Number.NaN;
    expect(measureCycle(cycle).rectification).toBeCloseTo(1, 9);
    expect(currentsAt(cycle, cycle.voltage_V[10])).toHaveLength(1);
  });
});

describe("lastCycle", () => {
  it("is the last whole period with its closing sample, however many cycles came before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 8, max: 200 }), (cycles, perCycle) => {
        const all = drive((phase) => phase, cycles, perCycle);
        const last = lastCycle(all, perCycle, cycles);
        expect(last.current_A.length).toBe(perCycle + 1);
        expect(last.current_A[0]).toBeCloseTo(2 * Math.PI * (cycles - 1), 9);
        expect(last.current_A.at(-1)).toBeCloseTo(2 * Math.PI * cycles, 9);
      }),
    );
  });

  it("takes the last complete cycle of a sweep that was cut short", () => {
    const all = drive((phase) => phase, 3, 100);
    const cut: Cycle = { ...all, voltage_V: all.voltage_V.subarray(0, 250), current_A: all.current_A.subarray(0, 250) };
    expect(lastCycle(cut, 100, 3).current_A[0]).toBeCloseTo(2 * Math.PI, 9);
    expect(() =>
      lastCycle({ ...all, voltage_V: all.voltage_V.subarray(0, 50), current_A: all.current_A.subarray(0, 50) }, 100),
    ).toThrow(/one cycle needs 100/);
  });
});
