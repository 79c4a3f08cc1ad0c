import { describe, expect, it } from "vitest";
import fixture from "../../fixtures/patchClamp/bessel.json" with { type: "json" };
import { expectClose } from "../../tests/close.ts";
import { bandVariance, measureSpectrum } from "../analysis/noise/welch.ts";
import { normal } from "../crossbar/index.ts";
import { type BesselOrder, designBessel, filterSections, gainAt } from "./bessel.ts";
import { subtractCapacitance, subtractLeak, testMembrane } from "./membraneTest.ts";
import { noiseDensity, noiseRms, QUIET } from "./noiseFormula.ts";

describe("the Bessel filter", () => {
  for (const { order, corner_Hz, rate_Hz, frequency_Hz, gain, step } of fixture.cases)
    it(`of ${order} poles at ${corner_Hz} Hz has scipy's response and step answer`, () => {
      const sections = designBessel(order as BesselOrder, corner_Hz, rate_Hz);
      frequency_Hz.forEach((frequency, k) => expectClose(gainAt(sections, frequency, rate_Hz), gain[k] ?? 0, 1e-9));
      // a sample of rest before the step
      const answer = filterSections(sections, [0, ...step.map(() => 1)]).subarray(1);
      step.forEach((value, k) => expectClose(answer[k] ?? 0, value, 1e-9, 1e-12));
    });

  it("does not ring: its step answer passes 1 by less than 1 %", () => {
    const answer = filterSections(designBessel(4, 1e3, 2e5), [0, ...Array.from({ length: 2000 }, () => 1)]);
    expect(Math.max(...answer)).toBeLessThan(1.01);
  });

  it("leaves lost samples where they are, and refuses a corner that is none", () => {
    const filtered = filterSections(designBessel(4, 1e3, 1e4), [1, 1, Number.NaN, 1]);
    expect([...filtered].map(Number.isNaN)).toEqual([false, false, true, false]);
    expect(() => designBessel(4, 6e3, 1e4)).toThrow(/less than half of 10000 Hz/);
  });
});

describe("the noise formula", () => {
  it("has the published thermal noise of a junction: 0.13 pA at 1 kHz for 1 Gohm, 1.8 pA at 10 kHz for 50 Mohm", () => {
    const rms = (conductance_S: number, to_Hz: number) =>
      noiseRms({ ...QUIET, temperature_K: 293, conductance_S }, 0, to_Hz).thermal;
    expectClose(rms(1e-9, 1e3), 0.13e-12, 0.03);
    expectClose(rms(1 / 50e6, 1e4), 1.8e-12, 0.01);
  });

  it("has the closed form of a charged capacitance, 2 pi / sqrt(3) e_n C B^1.5", () => {
    const parts = { ...QUIET, voltageNoise_V_rtHz: 3e-9, capacitance_F: 20e-12 };
    expectClose(noiseRms(parts, 0, 1e5).capacitive, ((2 * Math.PI) / Math.sqrt(3)) * 3e-9 * 20e-12 * 1e5 ** 1.5, 1e-12);
  });

  it("is the integral of its density, term by term", () => {
    const parts = {
      temperature_K: 298,
      feedback_ohm: 5e8,
      conductance_S: 1e-8,
      current_A: 1e-10,
      flicker_A2: 1e-25,
      dissipation: 1e-2,
      dielectric_F: 1e-11,
      voltageNoise_V_rtHz: 3e-9,
      capacitance_F: 2e-11,
    };
    const sums = { total: 0 } as Record<string, number>;
    const step = 0.5;
    for (let f = 10 + step / 2; f < 5000; f += step)
      for (const [term, density] of Object.entries(noiseDensity(parts, f))) {
        sums[term] = (sums[term] ?? 0) + density * step;
        sums.total! += density * step;
      }
    const rms = noiseRms(parts, 10, 5000);
    for (const [term, value] of Object.entries(rms)) expectClose(value, Math.sqrt(sums[term] ?? 0), 1e-3);
    expect(() => noiseRms(parts, 0, 1)).toThrow(/from above 0 where there is flicker/);
  });
});

describe("the membrane test", () => {
  const [ra, rs, c, step_V, period_s, plateau] = [10e6, 500e6, 30e-12, 5e-3, 2e-5, 500];
  const tau_s = (c * ra * rs) / (ra + rs);
  const train = (noise_A: number) =>
    Float64Array.from({ length: plateau * 11 }, (_, n) => {
      const [number, k] = [Math.floor(n / plateau), n % plateau];
      const steady = step_V / (ra + rs);
      const transient = number === 0 ? 0 : (step_V / ra - steady) * Math.exp((-k * period_s) / tau_s);
      const on = number % 2 === 1;
      return 2e-12 + (on ? steady + transient : -transient) + noise_A * normal(5, 1, n);
    });

  it("takes 500 Mohm, 10 Mohm and 30 pF apart, offset and all", () => {
    const found = testMembrane(train(0), period_s, step_V, plateau);
    if ("reason" in found) throw new Error(found.reason);
    expectClose(found.seal_ohm, rs, 1e-4);
    expectClose(found.access_ohm, ra, 1e-4);
    expectClose(found.capacitance_F, c, 1e-4);
    // C (1 - R_a / R)^2 is what the charge tells, a rectangle under an exponential of 15 samples
    expectClose(found.chargedCapacitance_F, c, 0.08);
  });

  it("does so within 3 % under 5 pA of noise, averaging ten edges", () => {
    const found = testMembrane(train(5e-12), period_s, step_V, plateau);
    if ("reason" in found) throw new Error(found.reason);
    expectClose(found.access_ohm, ra, 0.03);
    expectClose(found.capacitance_F, c, 0.03);
    expect(() => testMembrane([1, 2, 3], 1, 1, 2)).toThrow(/2 and more plateaus/);
  });
});

describe("subtraction", () => {
  it("P/N takes a linear leak away and leaves what is not linear", () => {
    const voltage = Array.from({ length: 50 }, (_, k) => (k < 10 ? 0 : 0.1));
    const leak = (v: number) => 1e-9 * v;
    const big = voltage.map((v) => 1e-12 + leak(v) + 1e-9 * v ** 3);
    const small = [-4, -4].map((divisor) => voltage.map((v) => 1e-12 + leak(v / divisor)));
    const left = subtractLeak(big, small, -4);
    left.forEach((current, k) => expectClose(current, 1e-12 + 1e-9 * (voltage[k] ?? 0) ** 3, 1e-9));
    expect(() => subtractLeak(big, [[1]], -4)).toThrow(/small record 0 has 1 samples, allowed are 50/);
  });

  it("C dV/dt comes off a ramp exactly", () => {
    const voltage = Array.from({ length: 20 }, (_, k) => 0.01 * k);
    const current = voltage.map((v) => 2e-9 * v + 1e-10 * 10);
    subtractCapacitance(current, voltage, 1e-3, 1e-10).forEach((value, k) =>
      expectClose(value, 2e-9 * (voltage[k] ?? 0), 1e-9, 1e-22),
    );
  });
});

describe("a noise spectrum beside the formula", () => {
  it("of white noise through the filter falls by half at the corner", () => {
    const [rate_Hz, corner_Hz] = [20_000, 2_000];
    const white = Float64Array.from({ length: 2 ** 17 }, (_, n) => normal(3, 2, n));
    const filtered = filterSections(designBessel(4, corner_Hz, rate_Hz), white);
    const band = (record: Float64Array, from_Hz: number, to_Hz: number) =>
      bandVariance(measureSpectrum(record, 1 / rate_Hz), from_Hz, to_Hz);
    expectClose(band(filtered, 1900, 2100) / band(white, 1900, 2100), 0.5, 0.05);
    expectClose(band(filtered, 50, 250) / band(white, 50, 250), 1, 0.02);
  });
});
