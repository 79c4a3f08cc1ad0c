import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { EmulatedArray } from "../../emulated/emulatedArray.ts";
import { JumpingTimer, type Timer } from "../timer.ts";
import { Bench } from "./bench.ts";
import { DeviceTime } from "./deviceTime.ts";

/** A clock that a test moves; what is waited for passes at once and is noted. */
function makeTimer() {
  let now_s = 100;
  const waits: number[] = [];
  const timer: Timer = {
    now_s: () => now_s,
    after(delay_s, act) {
      waits.push(delay_s);
      now_s += delay_s;
      queueMicrotask(act);
      return () => {};
    },
  };
  return { timer, waits, idle: (duration_s: number) => (now_s += duration_s) };
}

const step = (duration_s: number) => ({ voltage_V: 1, duration_s, aperture_s: 1e-3 });

describe("DeviceTime", () => {
  it("paces every play by the instrument's clock, however long it idled before", async () => {
    const device = new EmulatedArray({ rows: 1, columns: 1, junction: { model: "ohmic" } }, { seed: 1 });
    const { timer, waits, idle } = makeTimer();
    const time = new DeviceTime(new Bench(device), timer);
    idle(5);
    await time.play([step(0.5)]);
    idle(0.3);
    await time.rest();
    await time.play([step(0.25), step(0.25)]);
    expect(waits.length).toBe(2);
    for (const wait of waits) expectClose(wait, 0.5, 1e-9);
    expectClose(device.time_s, 6.3, 1e-9);
    expectClose(time.now_s(), 106.3, 1e-9);
  });

  it("a little delay of the machine is caught up, the device under test does not rest in the middle of a sweep", async () => {
    const device = new EmulatedArray({ rows: 1, columns: 1, junction: { model: "ohmic" } }, { seed: 1 });
    const { timer, waits, idle } = makeTimer();
    const time = new DeviceTime(new Bench(device), timer);
    await time.play([step(0.1)]);
    idle(0.02);
    await time.play([step(0.1)]);
    expectClose(waits[1] ?? 0, 0.08, 1e-9);
    expectClose(device.time_s, 0.2, 1e-9);
  });

  it("the junctions rest while the instrument idles", async () => {
    const device = new EmulatedArray(
      { rows: 1, columns: 1, junction: { model: "svm", parameters: { tau_s: 1 } } },
      { seed: 1 },
    );
    const { timer, idle } = makeTimer();
    const time = new DeviceTime(new Bench(device), timer);
    const fresh = (await time.play([step(1e-3)]))[0] ?? 0;
    await time.play([step(3)]);
    const driven = (await time.play([step(1e-3)]))[0] ?? 0;
    idle(30);
    const rested = (await time.play([step(1e-3)]))[0] ?? 0;
    expect(Math.abs(driven - fresh)).toBeGreaterThan(0.1 * Math.abs(fresh));
    expectClose(rested, fresh, 1e-3);
  });

  it("what is ended after a while has lasted that long, and the next begins at once", async () => {
    const device = new EmulatedArray({ rows: 1, columns: 1, junction: { model: "ohmic" } }, { seed: 1 });
    const timer = new JumpingTimer();
    const time = new DeviceTime(new Bench(device), timer);
    const stop = new AbortController();
    timer.after(0.7, () => stop.abort());
    const current_A = await time.play([step(0.5), step(3), step(1)], stop.signal);
    expectClose(time.now_s(), 0.7, 1e-9);
    expectClose(device.time_s, 0.7, 1e-9);
    expect([...current_A].map(Number.isNaN)).toEqual([false, false, true]);
    await time.play([step(0.1)], new AbortController().signal);
    expectClose(timer.now_s(), 0.8, 1e-9);
  });
});
