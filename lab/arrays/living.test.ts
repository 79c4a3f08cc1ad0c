import { expect, it } from "vitest";
import { groundAll } from "../../core/bias.ts";
import { EmulatedArray } from "../../core/emulated/emulatedArray.ts";
import { Arming } from "../../core/limiter/arming.ts";
import { NO_LIMITS } from "../../core/limits.ts";
import { startLiving } from "./living.ts";

it("leaves an amplifier that has forgotten the last pulse", async () => {
  const grid = { rows: 2, columns: 2 };
  const frontEnd = { bandwidth_Hz: 1e3 };
  await using emulated = new EmulatedArray(
    { ...grid, junction: { model: "ohmic" }, voltageRange_V: 2, frontEnd },
    { seed: 1 },
  );
  let largest_A = 0;
  let pulsing = () => {};
  const pulsed = new Promise<void>((resolve) => (pulsing = resolve));
  const stop = startLiving({
    emulated,
    arming: new Arming(),
    limits: { ...NO_LIMITS, voltage_V: 2 },
    chip: {},
    // no pace: the pulse is under way when it is told to end
    wait: async () => {},
    follow: (event) => {
      if (event.kind === "step-finished")
        for (const { current_A } of event.reading.windows)
          for (const i of current_A) largest_A = Math.max(largest_A, Math.abs(i));
      if (event.kind === "step-intended" && event.role === "pulse") pulsing();
    },
  });
  await pulsed;
  await stop();
  await stop();
  const stimulus = { duration_s: 1e-3, ...groundAll(grid), targets: [], referenceRow: 0 };
  const window = { start_s: 0, end_s: 1e-3 };
  const readout = { samplePeriod_s: 1e-3, columns: [0, 1], currentRange_A: "auto" as const, windows: [window] };
  const { windows } = await emulated.apply(stimulus, readout, new AbortController().signal);
  expect(largest_A).toBeGreaterThan(0);
  for (const i of windows[0]?.current_A ?? [Number.NaN]) expect(Math.abs(i)).toBeLessThan(1e-9 * largest_A);
});
