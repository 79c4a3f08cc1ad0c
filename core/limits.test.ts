import { describe, expect, it } from "vitest";
import { ProtocolError } from "./errors.ts";
import { type ChipLimits, type Limits, limitsInForce, NO_LIMITS, strictest } from "./limits.ts";
import { ideal } from "./protocol/testing/resistorArray.ts";

const grid = { rows: 1, columns: 1 };
const emulated = ideal(grid);
const measured: typeof emulated = { ...emulated, source: "measured" };

describe("strictest", () => {
  it("takes the least of each quantity, and of the declared conductances the largest", () => {
    const one = { voltage_V: 1, current_A: 2e-9, dwell_s: 1, dwellAbove_V: 0.5, largestConductance_S: 1e-9 };
    const other = {
      voltage_V: 2,
      current_A: 1e-9,
      duty: 0.2,
      dutyWindow_s: 1,
      dwellAbove_V: 0.3,
      largestConductance_S: 5e-9,
    };
    expect(strictest(one, other)).toEqual({
      ...NO_LIMITS,
      voltage_V: 1,
      current_A: 1e-9,
      dwell_s: 1,
      dwellAbove_V: 0.3,
      duty: 0.2,
      dutyWindow_s: 1,
      largestConductance_S: 5e-9,
    });
  });

  it("ignores the threshold of a set that limits nothing by it", () => {
    expect(strictest({ dwell_s: 1, dwellAbove_V: 0.5 }, NO_LIMITS).dwellAbove_V).toBe(0.5);
  });
});

describe("limitsInForce", () => {
  const voltage = (limits: Partial<Limits>, chip: ChipLimits, capabilities = measured) =>
    limitsInForce(limits, capabilities, chip).voltage_V;
  const membrane = { membraneThickness_m: 10e-9 };

  it("limits a measured membrane of 10 nm to 1 V, 0.1 V/nm, unless the user acknowledges more", () => {
    expect(voltage({}, membrane)).toBeCloseTo(1, 12);
    expect(voltage({ voltage_V: 5 }, membrane)).toBeCloseTo(1, 12);
    expect(voltage({ voltage_V: 0.5 }, membrane)).toBe(0.5);
    expect(voltage({ voltage_V: 5 }, { ...membrane, membraneAcknowledged: true })).toBe(5);
  });

  it("halves that where the outputs stay on when the host falls silent", () => {
    expect(voltage({}, membrane, { ...measured, safeOnSilence: false })).toBeCloseTo(0.5, 12);
  });

  it("leaves an emulated array its model's range: controlled breakdown may be emulated", () => {
    expect(voltage({}, membrane, emulated)).toBe(10);
    expect(voltage({ voltage_V: 5 }, membrane, emulated)).toBe(5);
  });

  it("takes the strictest of experiment, chip and instrument", () => {
    expect(voltage({ voltage_V: 3 }, { limits: { voltage_V: 2 } })).toBe(2);
    expect(voltage({ voltage_V: 3 }, { limits: { voltage_V: 4 } }, { ...measured, voltageRange_V: [-1, 1] })).toBe(1);
  });

  it.each<[Partial<Limits>, RegExp]>([
    [{ voltage_V: Number.NaN }, /limits: voltage_V: NaN is no limit, allowed are values from 0/],
    [{ dwell_s: -1 }, /dwell_s: -1 is no limit/],
    [{ duty: 2 }, /duty: 2 is no limit, allowed are values from 0 to 1/],
    [{ duty: 0.5 }, /duty: a duty needs dutyWindow_s/],
    [{ charge_C: 1e-9 }, /charge_C: foreseen with the largest conductance, which nobody gives/],
    [{ energy_J: 1e-9 }, /energy_J: .*write chip.largestConductance_S/],
  ])("refuses %o", (limits, message) => {
    expect(() => limitsInForce(limits, emulated)).toThrow(ProtocolError);
    expect(() => limitsInForce(limits, emulated)).toThrow(message);
  });
});
