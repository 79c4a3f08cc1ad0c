import { expect, it } from "vitest";
import { expectAllClose, expectClose } from "../tests/close.ts";
import { simulateJunction } from "./simulate.ts";
import { simulateWithEffects } from "./simulateEffects.ts";

const sine = { kind: "sine", amplitude_V: 1, frequency_Hz: 40, cycles: 2, samplesPerCycle: 500 } as const;
const bare = { parameters: {}, environment: {}, seed: 1, effects: {}, access_ohm: 0, series_ohm: 0 };

const points_s = Array.from({ length: 101 }, (_, k) => 0.5 + k * 2e-4);
/** A triangle of 1 V. */
const points = {
  kind: "samples",
  time_s: points_s,
  voltage_V: points_s.map((_, k) => (k < 25 ? k : k < 75 ? 50 - k : k - 100) / 25),
} as const;
/** The same with points left out where it is straight. */
const sparse = {
  kind: "samples",
  time_s: points_s.filter((_, k) => k < 2 || k % 5 === 0),
  voltage_V: points.voltage_V.filter((_, k) => k < 2 || k % 5 === 0),
} as const;

it.each([sine, points, sparse])(
  "one junction without effects is the junction simulator, 1e-4 of the largest value",
  async (waveform) => {
    const found = await simulateWithEffects({ ...bare, model: "conical-channel", waveform });
    const alone = simulateJunction({ model: "conical-channel", waveform });
    expectAllClose(found.time_s, alone.time_s, 1e-12);
    expectAllClose(found.voltage_V, alone.voltage_V, 0, 1e-12);
    const pairs = [[found.current_A, alone.current_A] as const];
    for (const [name, values] of Object.entries(alone.state))
      pairs.push([found.state[name] ?? values.slice(0, 0), values]);
    expect(pairs.length).toBeGreaterThan(1);
    for (const [ours, theirs] of pairs) expectAllClose(ours, theirs, 0, 1e-4 * Math.max(...theirs.map(Math.abs)));
  },
);

it("points of a samples waveform lie on one period", async () => {
  const waveform = { kind: "samples", time_s: [0, 1, 2.5], voltage_V: [0, 1, 0] } as const;
  await expect(simulateWithEffects({ ...bare, model: "conical-channel", waveform })).rejects.toThrow(
    /time_s\[2\] is 2\.5, .* the smallest interval, 1 s/,
  );
  const one = { kind: "samples", time_s: [3], voltage_V: [0.5] } as const;
  const found = await simulateWithEffects({ ...bare, model: "conical-channel", waveform: one });
  expect([...found.time_s]).toEqual([3]);
  expect([...found.voltage_V]).toEqual([0.5]);
});

it("noise does not care how the points are given: samples of a held voltage are those of a step", async () => {
  const effects = { noise: {} };
  const request = { ...bare, effects, model: "ohmic" };
  const time_s = Array.from({ length: 21 }, (_, k) => k * 1e-3);
  const held = { kind: "samples", time_s, voltage_V: time_s.map(() => 0.1) } as const;
  const step = { kind: "steps", steps: [{ voltage_V: 0.1, duration_s: 0.02 }], samplePeriod_s: 1e-3 } as const;
  const [byPoints, byStep] = [held, step].map((waveform) => simulateWithEffects({ ...request, waveform }));
  expect((await byPoints)?.current_A).toEqual((await byStep)?.current_A);
});

it("series and access resistance divide the voltage of a resistor", async () => {
  const found = await simulateWithEffects({
    ...bare,
    model: "ohmic",
    parameters: { conductance_S: 1e-6 },
    access_ohm: 5e5,
    series_ohm: 5e5,
    waveform: { kind: "steps", steps: [{ voltage_V: 1, duration_s: 1 }], samplePeriod_s: 0.5 },
  });
  expect(found.current_A).toHaveLength(3);
  for (const current of found.current_A) expectClose(current, 0.5e-6, 1e-9);
});
