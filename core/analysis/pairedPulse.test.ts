import { describe, expect, it } from "vitest";
import { analysePairs } from "./pairedPulse.ts";

const gaps_s = [0.1, 0.2, 0.5, 1, 2, 4, 8];

describe("analysePairs", () => {
  it("finds the index of a linear relaxer, which is known in closed form", () => {
    // dg/dt = (g_inf - g)/tau, width w: g2/g1 = 1 + (g1 - g0)/g1 exp(-w/tau) exp(-gap/tau)
    const [tau, width, rest, target] = [1.62, 0.75, 1, 4.643];
    const first = target + (rest - target) * Math.exp(-width / tau);
    const pairs = gaps_s.map((gap_s) => {
      const before = rest + (first - rest) * Math.exp(-gap_s / tau);
      return { gap_s, first_A: 5 * first, second_A: 5 * (target + (before - target) * Math.exp(-width / tau)) };
    });
    const { fit, behaviour, indices } = analysePairs(pairs);
    expect(behaviour).toBe("facilitation");
    expect(indices.map((point) => point.gap_s)).toEqual(gaps_s);
    if (fit.kind === "none") throw new Error(fit.reason);
    expect(Math.abs(fit.tau / tau - 1)).toBeLessThan(1e-6);
    expect(Math.abs(fit.offset - 1)).toBeLessThan(1e-6);
    expect(Math.abs(fit.amplitude / (((first - rest) / first) * Math.exp(-width / tau)) - 1)).toBeLessThan(1e-6);
  });

  it("is 1 at every gap for a resistor, with nothing to fit", () => {
    const { fit, behaviour, indices } = analysePairs(gaps_s.map((gap_s) => ({ gap_s, first_A: 2e-9, second_A: 2e-9 })));
    expect(indices.every((point) => point.index === 1)).toBe(true);
    expect(behaviour).toBe("none");
    expect(fit.kind).toBe("none");
  });

  it("takes the recovery form for depression and the scatter of repeats", () => {
    const pairs = gaps_s.flatMap((gap_s) =>
      [0.99, 1.01].map((scatter) => ({
        gap_s,
        first_A: 1e-9,
        second_A: 1e-9 * scatter * (0.2 + 0.7 * (1 - Math.exp(-gap_s / 2))),
      })),
    );
    const { fit, behaviour, indices } = analysePairs(pairs);
    expect(behaviour).toBe("depression");
    expect(indices[0]?.n).toBe(2);
    expect((indices[0]?.deviation ?? 0) / (indices[0]?.index ?? 1)).toBeCloseTo(0.01 * Math.SQRT2, 6);
    expect(fit).toMatchObject({ kind: "fit", form: "recovery" });
    if (fit.kind === "fit") expect(fit.interval95.tau[0] < 2 && 2 < fit.interval95.tau[1]).toBe(true);
  });
});
