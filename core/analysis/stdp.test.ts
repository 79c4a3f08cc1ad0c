import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { fillNormal } from "../crossbar/index.ts";
import { fitStdp } from "./stdp.ts";

const delays = [2, 5, 10, 15, 20, 30, 40, 60].flatMap((ms) => [ms * 1e-3, -ms * 1e-3]);
/** Bi & Poo's window as it is usually quoted: tau 16.8 ms after, 33.7 ms before. */
const window = (d: number) => (d > 0 ? 0.77 * Math.exp(-d / 16.8e-3) : -0.46 * Math.exp(d / 33.7e-3));

describe("fitStdp", () => {
  it("recovers both sides of an exponential window", () => {
    const found = fitStdp(delays.map((delay_s) => ({ delay_s, change: window(delay_s) })));
    if (found.after.kind === "none" || found.before.kind === "none") throw new Error("no fit");
    expect(found.kind).toBe("hebbian");
    expect([found.after.shape, found.before.shape]).toEqual(["exponential", "exponential"]);
    expectClose(found.after.amplitude.value, 0.77, 1e-8);
    expectClose(found.after.tau_s.value, 16.8e-3, 1e-8);
    expectClose(found.before.amplitude.value, -0.46, 1e-8);
    expectClose(found.before.tau_s.value, 33.7e-3, 1e-8);
    expectClose(found.area_s, 0.77 * 16.8e-3 - 0.46 * 33.7e-3, 1e-8);
  });

  it("recognises the triangular window of overlapping pulses: 25.6 % at 0+, zero at 40 s", () => {
    // values of the oracle of the flip-flop protocol of Robin et al. (8 repeats, t0 = 80 s): +-0.224 at 5 s, +-0.128 at 20 s, 0 from 40 s
    const points = [
      [5, 0.224],
      [20, 0.128],
      [40, 0],
      [60, 0],
      [80, 0],
    ].flatMap(([t, y]) => [
      { delay_s: t ?? 0, change: y ?? 0 },
      { delay_s: -(t ?? 0), change: -(y ?? 0) },
    ]);
    const { after } = fitStdp(points);
    if (after.kind === "none") throw new Error(after.reason);
    expect(after.shape).toBe("triangular");
    expectClose(after.amplitude.value, 0.256, 1e-6);
    expectClose(after.tau_s.value, 40, 1e-6);
  });

  it("covers the truth with its intervals in 95 % of noisy repeats", () => {
    const noise = new Float64Array(delays.length);
    let covered = 0;
    for (let repeat = 0; repeat < 300; repeat++) {
      fillNormal(noise, 4, 4, repeat * delays.length);
      const { before } = fitStdp(delays.map((delay_s, k) => ({ delay_s, change: window(delay_s) + 0.02 * noise[k]! })));
      if (before.kind === "none" || before.shape !== "exponential") continue;
      const [low, high] = before.tau_s.interval95;
      if (low <= 33.7e-3 && 33.7e-3 <= high) covered++;
    }
    // some repeats look triangular and are not counted as covering
    expect(covered / 300).toBeGreaterThan(0.88);
  });

  it("names the other windows and says what a side lacks", () => {
    const make = (f: (d: number) => number) => fitStdp(delays.map((delay_s) => ({ delay_s, change: f(delay_s) })));
    expect(make((d) => -window(d)).kind).toBe("anti-hebbian");
    expect(make((d) => Math.abs(window(d))).kind).toBe("symmetric-potentiating");
    expect(make((d) => -Math.abs(window(d))).kind).toBe("symmetric-depressing");
    expect(make(() => 0)).toMatchObject({ kind: "none", after: { kind: "none", reason: /no change/ } });
    expect(fitStdp([{ delay_s: 1, change: 1 }]).before).toMatchObject({
      reason: /needs 3 changes at 2 delays, there are 0/,
    });
  });
});
