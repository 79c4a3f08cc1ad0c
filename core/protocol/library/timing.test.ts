import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { measure } from "../testing/measure.ts";
import { shortTermTrain, srdp, stdp } from "./index.ts";

/** dg/dt = (1 + s v - g) / tau in units of g_0, exact: the reference of every test here. */
const [tau_s, slope_perV] = [1.62, 0.7286671351558165];
const relax = (g: number, v: number, t: number) => 1 + slope_perV * v + (g - 1 - slope_perV * v) * Math.exp(-t / tau_s);
/** A read of no weight. */
const read = { voltage_V: 0.001, width_s: 1e-6, samples: 4 };

describe("short-term-train", () => {
  it("facilitates as the exact relaxation says, pulse by pulse, and recovers in its time", async () => {
    const [amplitude_V, width_s, gap_s] = [2, 0.1, 0.3];
    const { steps } = await measure(
      {},
      shortTermTrain({
        amplitude_V,
        width_s,
        gap_s,
        count: 6,
        test_s: [0.5, 2],
        recovery_s: 40,
        samplesPerPulse: 1000,
      }),
    );
    const bursts = steps.filter(({ role }) => role === "burst");
    expect(bursts.map(({ tags }) => tags["test_s"])).toEqual([0.5, 2]);
    for (const { current_A, tags } of bursts) {
      let g = 1;
      for (let pulse = 1; pulse <= 6; pulse++) {
        // the middle of the last tenth
        expectClose((current_A[`pulse ${pulse}`] ?? NaN) / (amplitude_V * 1e-7), relax(g, amplitude_V, 0.095), 2e-4);
        g = relax(g, amplitude_V, width_s);
        if (pulse < 6) g = relax(g, 0, gap_s);
      }
      g = relax(g, 0, Number(tags["test_s"]));
      expectClose((current_A["test"] ?? NaN) / (amplitude_V * 1e-7), relax(g, amplitude_V, 0.095), 2e-4);
    }
  });

  it("has an index of one on a resistor, whatever is held between pulses", async () => {
    const { steps } = await measure(
      { junction: { model: "ohmic" } },
      shortTermTrain({ hold_V: 0.5, prepare: { voltage_V: 2, width_s: 0.01, settle_s: 0.02 }, repeats: 2 }),
    );
    const bursts = steps.filter(({ role }) => role === "burst");
    expect(bursts).toHaveLength(2);
    for (const { current_A } of bursts) {
      expect(Object.keys(current_A)).toHaveLength(10);
      for (const current of Object.values(current_A)) expectClose(current, -1e-9, 1e-12);
    }
  });
});

describe("stdp", () => {
  /** Change of a linear relaxer under pre - post: (s / tau) times the integral of v exp(-(T - t) / tau). */
  function expectedChange(delay_s: number, end_s: number): number {
    const spike = (t: number) => (t < 0 ? 0 : t < 0.05 ? 0.5 : t < 1.05 ? -0.3 * (1 - (t - 0.05)) : 0);
    const [pre, post] = [Math.max(0, -delay_s), Math.max(0, delay_s)];
    const pieces = 400_000;
    let sum = 0;
    for (let k = 0; k < pieces; k++) {
      const t = ((k + 0.5) * end_s) / pieces;
      sum += (spike(t - pre) - spike(t - post)) * Math.exp(-(end_s - t) / tau_s) * (end_s / pieces);
    }
    return (slope_perV / tau_s) * sum;
  }

  it("changes a linear relaxer as the convolution of both spikes says, on one line or on two", async () => {
    const delays_s = [-0.4, 0.02, 0.4];
    const spike = { head_V: 0.5, tail_V: -0.3 };
    for (const lines of ["row", "row-and-column"] as const) {
      const { probes, steps } = await measure(
        {},
        stdp({ delays_s, pre: spike, post: spike, period_s: 2, lines, read, recovery_s: 60, samplesPerPair: 2000 }),
      );
      expect(steps.filter(({ role }) => role === "spikes")).toHaveLength(3);
      for (const [k, delay_s] of delays_s.entries()) {
        const [before, after] = probes.slice(2 * k, 2 * k + 2);
        expect([before?.tags, after?.tags]).toMatchObject([
          { delay_s, phase: "before" },
          { delay_s, phase: "after" },
        ]);
        expectClose(before?.conductance_S ?? NaN, 1e-7, 1e-5);
        expectClose((after?.conductance_S ?? NaN) / 1e-7 - 1, expectedChange(delay_s, 2), 2e-3, 1e-5);
      }
    }
  });

  it("refuses pairs that do not fit their period", () => {
    expect(() => stdp({ delays_s: [4.5] })).toThrow(
      "period_s: 5 s is shorter than a pair of spikes at the longest delay",
    );
  });
});

describe("srdp", () => {
  it("ends where the exact relaxation of as many pulses ends, for each rate", async () => {
    const { probes, steps } = await measure(
      {},
      srdp({ amplitude_V: 2, width_s: 0.1, rates_Hz: [0.5, 2, 10], count: 5, read, recovery_s: 60 }),
    );
    const rates = [0.5, 2, 10];
    for (const [k, rate_Hz] of rates.entries()) {
      let g = 1;
      for (let pulse = 0; pulse < 5; pulse++) {
        if (pulse > 0) g = relax(g, 0, 1 / rate_Hz - 0.1);
        g = relax(g, 2, 0.1);
      }
      expect(probes[2 * k + 1]?.tags).toMatchObject({ rate_Hz, phase: "after", pulses: 5 });
      expectClose((probes[2 * k + 1]?.conductance_S ?? NaN) / 1e-7, g, 1e-5);
    }
    // the rate that leaves no gap is one long pulse
    expect(steps.findLast(({ role }) => role === "rate-train")?.duration_s).toBeCloseTo(0.5, 12);
  });

  it("keeps the time of the trains where that is asked, and refuses pulses that overlap", async () => {
    const { steps } = await measure({}, srdp({ rates_Hz: [2, 10], width_s: 0.01, duration_s: 1, read }));
    expect(steps.filter(({ role }) => role === "rate-train").map(({ tags }) => tags["pulses"])).toEqual([2, 10]);
    expect(() => srdp({ rates_Hz: 1000 })).toThrow("pulses of 0.002 s do not fit 1000 Hz, allowed are up to 500 Hz");
    expect(() => srdp({ count: 3, duration_s: 1 })).toThrow("exclude each other");
  });
});
