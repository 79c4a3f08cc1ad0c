import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { normal } from "../crossbar/index.ts";
import { findNegativeResistance } from "./negativeResistance.ts";
import { simulateJunction } from "../simulate.ts";

const sine = Float64Array.from({ length: 2001 }, (_, k) => Math.sin((2 * Math.PI * k) / 2000));

describe("findNegativeResistance", () => {
  it("finds peak and valley of a cubic: I = 3 V - 8 V^2 + 5.5 V^3 for V > 0, nothing for V < 0", () => {
    const i = sine.map((v) => (v > 0 ? 3 * v - 8 * v * v + 5.5 * v ** 3 : v));
    // dI/dV = 0 at V = (16 -+ sqrt(256 - 198)) / 33
    const [peak, valley] = [(16 - Math.sqrt(58)) / 33, (16 + Math.sqrt(58)) / 33];
    const found = findNegativeResistance({ samplePeriod_s: 1, voltage_V: sine, current_A: i });
    expect(found.map(({ branch }) => branch).sort()).toEqual(["falling", "rising"]);
    for (const window of found) {
      expectClose(window.peak_V, peak, 0.01);
      expectClose(window.valley_V, valley, 0.01);
      expect(window.slope_S).toBeLessThan(0);
    }
  });

  it("finds the published windows of the MoSSe pore: peaks at +0.5 and -1.0 V/nm of the forward sweep", () => {
    const record = simulateJunction({
      model: "mosse-pore",
      waveform: { kind: "sine", amplitude_V: 1.2, frequency_Hz: 2e8, cycles: 2, samplesPerCycle: 8000 },
    });
    const cycle = {
      samplePeriod_s: 1,
      voltage_V: record.voltage_V.slice(8000),
      current_A: record.current_A.slice(8000),
    };
    const found = findNegativeResistance(cycle);
    expectClose(found.find(({ branch, peak_V }) => branch === "rising" && peak_V > 0)?.peak_V ?? 0, 0.5, 0.005);
    expectClose(found.find(({ branch, peak_V }) => branch === "falling" && peak_V < 0)?.peak_V ?? 0, -1, 0.005);
  });

  it("takes scatter for scatter, and a resistor for a resistor", () => {
    const i = sine.map((v, k) => v + 0.003 * normal(1, 1, k));
    expect(findNegativeResistance({ samplePeriod_s: 1, voltage_V: sine, current_A: i }, 0.03)).toEqual([]);
    expect(() => findNegativeResistance({ samplePeriod_s: 1, voltage_V: sine, current_A: i }, 0)).toThrow(/noise is 0/);
  });
});
