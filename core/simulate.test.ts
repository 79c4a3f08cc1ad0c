import fc from "fast-check";
import { describe, expect, it } from "vitest";
import cone from "../fixtures/physics/conicalChannel.json" with { type: "json" };
import { expectAllClose, expectClose } from "../tests/close.ts";
import { resolveJunction } from "./crossbar/models/registry.ts";
import { conductanceOnly, type JunctionDrive, simulateJunction } from "./simulate.ts";

const svm = (waveform: JunctionDrive, tau_s = 1) =>
  simulateJunction({
    model: "svm",
    parameters: { conductance_S: 1, tau_s, activation: { kind: "linear", slope_perV: 0.5 } },
    waveform,
  });
const stateOf = (record: ReturnType<typeof svm>) => record.state.conductance_S as Float64Array;

describe("a sine", () => {
  it("is sampled from 0 to the end inclusive, with exact zeros", () => {
    const record = svm({ kind: "sine", amplitude_V: 1, frequency_Hz: 40, cycles: 3, samplesPerCycle: 2000 });
    expect(record.time_s).toHaveLength(6001);
    expect(record.time_s[6000]).toBe(3 / 40);
    expect(record.voltage_V[500]).toBe(1);
    for (let k = 0; k <= 6000; k += 1000) expect(record.voltage_V[k]).toBe(0);
  });

  it("reproduces the computed loop of the cone at 40 Hz once the start is forgotten", () => {
    const oracle = cone.loop.examples_Vm1["40.0"];
    const record = simulateJunction({
      model: "conical-channel",
      waveform: { kind: "sine", amplitude_V: 1, frequency_Hz: 40, cycles: 6, samplesPerCycle: 4000 },
    });
    const unit = resolveJunction("cone").derived.zeroConductance_S as number;
    expectClose(record.metrics.loopAreaPositive_W / unit, oracle.area_pos, 5e-6);
    expectClose(record.metrics.loopAreaNegative_W / unit, oracle.area_neg, 5e-6);
    expect(record.metrics.loopStyle).toBe("crossing-2");
    expectClose(((record.state.conductance_S as Float64Array)[20_000 + 1000] as number) / unit, oracle.g_quarter, 5e-6);
  });

  it("takes no sub-steps up to tau/4: one exponential step per sample with the mid-step voltage", () => {
    const record = simulateJunction({
      model: "cone",
      waveform: { kind: "sine", amplitude_V: 1, frequency_Hz: 0.4, cycles: 1, samplesPerCycle: 4000 },
    });
    const kernel = resolveJunction("cone");
    const decay = Math.exp(-1 / 1600 / (kernel.derived.tau_s as number));
    let g = kernel.steadyConductance(0);
    for (let k = 1; k <= 4000; k++) {
      const steady = kernel.steadyConductance(Math.sin((2 * Math.PI * (k - 0.5)) / 4000));
      g = steady + (g - steady) * decay;
      expectClose((record.state.conductance_S as Float64Array)[k] as number, g, 1e-12);
    }
  });

  it("is resolved by sub-steps where samples are coarser than tau, however slow the sine", () => {
    for (const frequency_Hz of [0.02, 1e-9]) {
      const g = stateOf(svm({ kind: "sine", amplitude_V: 1, frequency_Hz, cycles: 4, samplesPerCycle: 8 }));
      // periodic solution of dg/dt = (1 + 0.5 sin wt - g)/tau: amplitude 0.5/sqrt(1 + w2), phase lag atan w
      const omega = 2 * Math.PI * frequency_Hz;
      const lag = Math.atan(omega);
      for (let k = 24; k <= 32; k++)
        expectClose(g[k] as number, 1 + (0.5 / Math.hypot(1, omega)) * Math.sin((2 * Math.PI * k) / 8 - lag), 1e-4);
    }
  });
});

describe("steps", () => {
  it("give a sample on an edge to the next step and hold the last at the end", () => {
    const steps = [
      { voltage_V: 1, duration_s: 0.3 },
      { voltage_V: -1, duration_s: 0.3 },
    ];
    const record = svm({ kind: "steps", steps, samplePeriod_s: 0.1 });
    expect([...record.voltage_V]).toEqual([1, 1, 1, -1, -1, -1, -1]);
    expectClose(record.time_s[6] as number, 0.6, 1e-15);
    const g = stateOf(record);
    const top = 1.5 - 0.5 * Math.exp(-0.3);
    expectClose(g[3] as number, top, 1e-14);
    expectClose(g[6] as number, 0.5 + (top - 0.5) * Math.exp(-0.3), 1e-14);
    expectAllClose(
      record.current_A,
      [...g].map((value, k) => value * (k < 3 ? 1 : -1)),
      1e-15,
    );
  });

  it("are exact where edges fall between samples, several within one period too", () => {
    const duration = fc.double({ min: 1e-3, max: 2, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.record({ voltage_V: fc.double({ min: -1, max: 1, noNaN: true }), duration_s: duration }), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.double({ min: 0.01, max: 3, noNaN: true }),
        (steps, samplePeriod_s) => {
          const record = svm({ kind: "steps", steps, samplePeriod_s });
          const total = steps.reduce((sum, { duration_s }) => sum + duration_s, 0);
          const last = record.time_s.at(-1) as number;
          expect(last).toBeLessThanOrEqual(total * (1 + 1e-12));
          expect(last + samplePeriod_s).toBeGreaterThan(total * (1 - 1e-12));
          // the convolution integral of the relaxation, step by step, up to the last sample
          let g = 1;
          let left = last;
          for (const { voltage_V, duration_s } of steps) {
            const held = Math.min(left, duration_s);
            const steady = 1 + 0.5 * voltage_V;
            g = steady + (g - steady) * Math.exp(-held);
            left -= held;
          }
          expectClose(stateOf(record).at(-1) as number, g, 1e-11);
        },
      ),
    );
  });

  it("end with the last whole period", () => {
    const record = svm({ kind: "steps", steps: [{ voltage_V: 1, duration_s: 0.25 }], samplePeriod_s: 0.1 });
    expect(record.time_s).toHaveLength(3);
  });
});

describe("samples", () => {
  it("are joined linearly and answered at the given times, irregular ones too", () => {
    const time_s = [2, 2.001, 4, 10, 50];
    const voltage_V = [0, 1, 1, -1, -1];
    const record = svm({ kind: "samples", time_s, voltage_V });
    expect([...record.time_s]).toEqual(time_s);
    expect([...record.voltage_V]).toEqual(voltage_V);
    const g = stateOf(record);
    expectClose(g[4] as number, 0.5, 1e-12);
    // ramp from 1 V to -1 V in 6 s: u = g - steady obeys u' = -u + 1/6, with u(0) = g(4 s) - 1.5
    const start = (g[2] as number) - 1.5;
    expectClose(g[3] as number, 0.5 + 1 / 6 + (start - 1 / 6) * Math.exp(-6), 1e-4);
  });

  it("follow a curved g_inf on a steep ramp: -1 V to 2 V within 0.1 tau, closed form", () => {
    const record = simulateJunction({
      model: "svm",
      parameters: { conductance_S: 1, tau_s: 1, activation: { kind: "quadratic", coefficient_perV2: 1 } },
      waveform: { kind: "samples", time_s: [0, 1e-9, 0.1], voltage_V: [0, -1, 2] },
    });
    // g' = 1 + v^2 - g with v = a + r t: particular solution 1 + v^2 - 2 r v + 2 r^2
    const [r, T] = [30, 0.1];
    const particular = (v: number) => 1 + v * v - 2 * r * v + 2 * r * r;
    const exact = particular(2) + (1 - particular(-1)) * Math.exp(-T);
    expectClose((stateOf(record)[2] as number) - 1, exact - 1, 1e-3);
  });

  it("may be a single point", () => {
    const record = svm({ kind: "samples", time_s: [7], voltage_V: [0.5] });
    expect([...record.current_A]).toEqual([0.5]);
    expect(record.metrics).toEqual({ loopAreaPositive_W: 0, loopAreaNegative_W: 0, loopStyle: "none" });
  });
});

describe("what is refused", () => {
  it.each<[JunctionDrive, RegExp]>([
    [{ kind: "samples", time_s: [0, 1], voltage_V: [0] }, /2 times and 1 voltages/],
    [{ kind: "samples", time_s: [0, 1, 1], voltage_V: [0, 0, 0] }, /time_s\[2\] is 1, must be above 1/],
    [{ kind: "samples", time_s: [0, 1], voltage_V: [0, Number.NaN] }, /voltage_V\[1\] is NaN/],
    [{ kind: "samples", time_s: [], voltage_V: [] }, /empty/],
    [{ kind: "steps", steps: [], samplePeriod_s: 1 }, /steps is empty/],
    [{ kind: "steps", steps: [{ voltage_V: 1, duration_s: -1 }], samplePeriod_s: 1 }, /steps\[0\].duration_s is -1/],
    [
      { kind: "steps", steps: [{ voltage_V: 1, duration_s: 1 }], samplePeriod_s: 1e-8 },
      /1.00e\+8 samples, allowed are 1e\+7/,
    ],
    [{ kind: "sine", amplitude_V: 1, frequency_Hz: 0, cycles: 1, samplesPerCycle: 10 }, /frequency_Hz is 0/],
    [{ kind: "sine", amplitude_V: 1, frequency_Hz: 1, cycles: 1, samplesPerCycle: 10.5 }, /samplesPerCycle is 10.5/],
    [{ kind: "sine", amplitude_V: 1, frequency_Hz: 1, cycles: 1e9, samplesPerCycle: 10 }, /allowed are 1e\+7/],
  ])("%j", (waveform, message) => {
    expect(() => svm(waveform)).toThrow(message);
  });
});

it("conductanceOnly answers the steady state at each voltage", () => {
  const voltages_V = Object.keys(cone.ginf_over_g0).map(Number);
  const conductance_S = conductanceOnly({ model: "cone", voltages_V });
  expectAllClose(
    [...conductance_S].map((g) => g / cone.derived.g0_S),
    Object.values(cone.ginf_over_g0),
    1e-8,
  );
});
