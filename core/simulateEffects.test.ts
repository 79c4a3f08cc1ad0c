import { expect, it } from "vitest";
import { expectAllClose, expectClose } from "../tests/close.ts";
import { simulateJunction } from "./simulate.ts";
import { simulateWithEffects } from "./simulateEffects.ts";

const sine = { kind: "sine", amplitude_V: 1, frequency_Hz: 40, cycles: 2, samplesPerCycle: 500 } as const;
const bare = { parameters: {}, environment: {}, seed: 1, effects: {}, access_ohm: 0, series_ohm: 0 };

it("one junction without effects is the junction simulator, 1e-4 of the largest current", async () => {
  const found = await simulateWithEffects({ ...bare, model: "conical-channel", waveform: sine });
  const { time_s, current_A } = simulateJunction({ model: "conical-channel", waveform: sine });
  const largest = Math.max(...current_A.map(Math.abs));
  expectAllClose(found.time_s, time_s, 1e-12);
  expectAllClose(found.current_A, current_A, 0, 1e-4 * largest);
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
