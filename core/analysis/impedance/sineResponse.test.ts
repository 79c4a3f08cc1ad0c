import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { normal } from "../../crossbar/index.ts";
import { simulateJunction } from "../../simulate.ts";
import { measureSineResponse } from "./sineResponse.ts";

describe("measureSineResponse", () => {
  it("finds resistance, capacitance and inductance with their signs beside bias and drift", () => {
    const [f, dt, n] = [40, 1e-4, 1777];
    const w = 2 * Math.PI * f;
    for (const [re, im] of [
      [1e6, 0],
      [5e5, -3e5],
      [5e5, 3e5],
    ] as const) {
      // v = 10 mV sin(w t); i = v / Z: amplitude over |Z|, behind by arg Z
      const size = Math.hypot(re, im);
      const v = Array.from({ length: n }, (_, k) => 0.1 + 0.01 * Math.sin(w * k * dt));
      const i = v.map((_, k) => 1e-7 + 1e-8 * k * dt + (0.01 / size) * Math.sin(w * k * dt - Math.atan2(im, re)));
      const found = measureSineResponse(v, i, dt, f);
      expectClose(found.real_ohm, re, 1e-9);
      expectClose(found.imaginary_ohm, im, 1e-9, 1e-3);
      expectClose(found.amplitude_V, 0.01, 1e-9);
      expectClose(found.bias_V, 0.1, 1e-9);
      expect(found.distortion).toBeLessThan(1e-9);
    }
  });

  it("sees the closed-form admittance of a memristive junction at bias: an inductive arc", () => {
    // multipore membrane, 10.1021/jacs.5c04903: Y = G + (gH - gL) V x_inf' / (1 + i w tau), tau = tau0 / cosh(u/2) + tau_min
    const [gL, gH, bias] = [0.2e-6, 2e-6, 0.6];
    const u = (bias - 0.5) / 0.15;
    const x = 1 / (1 + Math.exp(-u));
    const tau = 0.1 / Math.cosh(u / 2) + 5e-3;
    const extra = ((gH - gL) * bias * x * (1 - x)) / 0.15;
    for (const frequency_Hz of [0.3, 2, 10]) {
      const perPeriod = 2000;
      const dt = 1 / (frequency_Hz * perPeriod);
      const periods = Math.ceil(2 * frequency_Hz) + 3;
      const time_s = Array.from({ length: periods * perPeriod + 1 }, (_, k) => k * dt);
      const voltage_V = time_s.map((t) => bias + 1e-3 * Math.sin(2 * Math.PI * frequency_Hz * t));
      const record = simulateJunction({
        model: "multipore-membrane",
        waveform: { kind: "samples", time_s, voltage_V },
      });
      // the last two periods: twenty time constants after the bias was switched on
      const last = -2 * perPeriod;
      const found = measureSineResponse(record.voltage_V.slice(last), record.current_A.slice(last), dt, frequency_Hz);
      const w = 2 * Math.PI * frequency_Hz * tau;
      const [re, im] = [gL + (gH - gL) * x + extra / (1 + w * w), (-extra * w) / (1 + w * w)];
      const square = re * re + im * im;
      expectClose(found.real_ohm, re / square, 1e-4);
      expectClose(found.imaginary_ohm, -im / square, 1e-3);
      expect(found.imaginary_ohm).toBeGreaterThan(0);
      expect(found.distortion).toBeLessThan(0.01);
    }
  });

  it("reports distortion and noise", () => {
    const [f, dt, n] = [10, 1e-3, 5000];
    const v = Array.from({ length: n }, (_, k) => Math.sin(2 * Math.PI * f * k * dt));
    const i = v.map((value, k) => value + 0.05 * Math.cos(4 * Math.PI * f * k * dt) + 0.01 * normal(1, 1, k));
    const found = measureSineResponse(v, i, dt, f);
    expectClose(found.distortion, 0.05, 0.02);
    expectClose(found.noise, 0.01 * Math.SQRT2, 0.05);
  });

  it("names what is not allowed", () => {
    const flat = new Float64Array(100);
    expect(() => measureSineResponse(flat, [1], 1e-3, 10)).toThrow(/100 voltages and 1 currents/);
    expect(() => measureSineResponse(flat, flat, 1e-3, 400)).toThrow(/8 samples per period/);
    expect(() => measureSineResponse(flat, flat, 1e-3, 5)).toThrow(/0.5 periods of 5 Hz/);
    expect(() => measureSineResponse(flat, flat, 1e-3, 20)).toThrow(/no sine of 20 Hz/);
  });
});
