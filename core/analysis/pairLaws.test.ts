import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { fillNormal } from "../crossbar/index.ts";
import { choosePairLaw } from "./pairLaws.ts";

const gaps_s = [1, 2, 3, 5, 8, 12, 18, 27, 40, 60].map((ms) => ms * 1e-3);

/** End-of-pulse currents of tau dg/dt = g_inf - g in closed form: two pulses to `driven`, a gap to `rest`. */
function relaxerIndex(gap_s: number, tau_s: number, width_s: number, driven: number, rest: number): number {
  const pulse = (g: number) => driven + (g - driven) * Math.exp(-width_s / tau_s);
  const first = pulse(rest);
  return pulse(rest + (first - rest) * Math.exp(-gap_s / tau_s)) / first;
}

describe("choosePairLaw", () => {
  it("finds the time constant of a linear relaxer that returns to rest: index 1 after a long gap", () => {
    const index = gaps_s.map((gap) => relaxerIndex(gap, 4.8e-3, 2e-3, 3, 1));
    const { best } = choosePairLaw(gaps_s, index);
    if (best.kind === "none") throw new Error(best.reason);
    expect(best.law).toBe("single-to-one");
    expectClose(best.fit.parameters[1]?.value ?? 0, 4.8e-3, 1e-7);
    expectClose(best.fit.parameters[0]?.value ?? 0, relaxerIndex(0, 4.8e-3, 2e-3, 3, 1) - 1, 1e-7);
  });

  it("keeps the published offsets of the MoSSe pore: 1.2 + 1.9 exp(-dt / 8 ps), 0.9 - 0.7 exp(-dt / 7.5 ps)", () => {
    const ps = gaps_s.map((gap) => gap * 1e-9);
    const up = choosePairLaw(
      ps,
      ps.map((d) => 1.2 + 1.9 * Math.exp(-d / 8e-12)),
    ).best;
    const down = choosePairLaw(
      ps,
      ps.map((d) => 0.9 - 0.7 * Math.exp(-d / 7.5e-12)),
    ).best;
    for (const [best, expected] of [
      [up, [1.2, 1.9, 8e-12]],
      [down, [0.9, -0.7, 7.5e-12]],
    ] as const) {
      if (best.kind === "none") throw new Error(best.reason);
      expect(best.law).toBe("single");
      best.fit.parameters.forEach(({ value }, i) => expectClose(value, expected[i] ?? 0, 1e-6));
    }
  });

  it("tells two decays from one when the data carry them, noise included", () => {
    const noise = new Float64Array(40);
    fillNormal(noise, 1, 1, 0);
    const d = Array.from(noise, (_, k) => 1e-3 * 1.25 ** k);
    const y = d.map((t, k) => 1 + 0.8 * Math.exp(-t / 10e-3) + 0.5 * Math.exp(-t / 0.5) + 0.005 * noise[k]!);
    const { best } = choosePairLaw(d, y);
    if (best.kind === "none") throw new Error(best.reason);
    expect(best.law).toBe("double-to-one");
    [0.8, 10e-3, 0.5, 0.5].forEach((truth, i) => {
      const [low, high] = [...(best.fit.parameters[i]?.interval95 ?? [0, 0])];
      expect(low).toBeLessThan(truth);
      expect(high).toBeGreaterThan(truth);
    });
  });

  it("has nothing to say about a resistor, and refuses arrays of different lengths", () => {
    expect(
      choosePairLaw(
        gaps_s,
        gaps_s.map(() => 1),
      ).best,
    ).toMatchObject({ kind: "none" });
    expect(() => choosePairLaw([1, 2], [1])).toThrow(/2 gaps and 1 indices/);
  });
});
