import { describe, expect, it } from "vitest";
import { uniform } from "../crossbar/random.ts";
import { ClockFit } from "./clockFit.ts";

/** Questions every 100 ms for so long, answered with delays that are mostly short and sometimes very long; another distribution each way. */
function observe(fit: ClockFit, drift: number, duration_s: number, seed: number): void {
  const exponential = (stream: number, k: number) => -Math.log(uniform(seed, stream, k));
  for (let k = 0; k * 0.1 < duration_s; k++) {
    const sent_s = 1000 + k * 0.1;
    const there_s = 3e-4 + 2e-3 * exponential(1, k) + (uniform(seed, 2, k) < 0.05 ? 0.15 : 0);
    const back_s = 5e-4 + 4e-3 * exponential(3, k) + (uniform(seed, 4, k) < 0.02 ? 0.3 : 0);
    const at_s = sent_s + there_s;
    fit.add({ sent_s, received_s: at_s + back_s, device_s: 7 + (at_s - 1000) * (1 + drift) });
  }
}

describe("ClockFit", () => {
  it.each([-200e-6, 0, 200e-6, 5e-3])("finds a drift of %s within 5 ppm after 60 s, whatever the delays", (drift) => {
    for (let seed = 1; seed <= 20; seed++) {
      const fit = new ClockFit();
      observe(fit, drift, 60, seed);
      const found = fit.fit();
      expect(Math.abs((found?.drift ?? Infinity) - drift)).toBeLessThan(5e-6);
      expect(found?.observed_s).toBeGreaterThan(59);
    }
  });

  it("puts a moment of the device where it belongs, to half of what the quickest ways there and back differ by", () => {
    const fit = new ClockFit();
    observe(fit, 150e-6, 60, 3);
    for (const at_s of [0, 30, 60, 90]) {
      const host_s = fit.toHost_s(7 + at_s * (1 + 150e-6)) ?? Number.NaN;
      expect(Math.abs(host_s - 1000 - at_s)).toBeLessThan(5e-4);
    }
  });

  it("says nothing of a rate before a second has passed, but of a moment from the first answer on", () => {
    const fit = new ClockFit();
    expect(fit.toHost_s(1)).toBeUndefined();
    fit.add({ sent_s: 10, received_s: 10.2, device_s: 3 });
    expect(fit.fit()).toBeUndefined();
    expect(fit.toHost_s(3)).toBeCloseTo(10.1, 9);
    expect(fit.toHost_s(4)).toBeCloseTo(11.1, 9);
    fit.reset();
    expect(fit.toHost_s(3)).toBeUndefined();
  });

  it("forgets what is old: a clock that changed its rate is followed", () => {
    const fit = new ClockFit();
    for (let k = 0; k < 6000; k++) {
      const sent_s = k * 0.1;
      const device_s = sent_s < 200 ? sent_s : sent_s + (sent_s - 200) * 100e-6;
      fit.add({ sent_s: sent_s - 1e-3, received_s: sent_s + 1e-3, device_s });
    }
    expect(fit.fit()?.drift).toBeCloseTo(100e-6, 6);
  });

  it("takes nothing that cannot be", () => {
    const fit = new ClockFit();
    fit.add({ sent_s: 2, received_s: 1, device_s: 3 });
    fit.add({ sent_s: 1, received_s: 2, device_s: Number.NaN });
    expect(fit.toHost_s(3)).toBeUndefined();
  });
});
