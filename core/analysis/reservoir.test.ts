import { describe, expect, it } from "vitest";
import { analyseReservoir } from "./reservoir.ts";

describe("analyseReservoir", () => {
  it("orders the 16 trains of the colloid-filled channel as published values do, smallest gap 0.0839", () => {
    // dg/dt = (g_inf - g)/tau, g_inf/g0 = 1 + 0.728667 V, +5 V for 0.75 s or rest, 0.75 s between; 10.1073/pnas.2320242121
    const [slope, tau, time] = [0.7286671351558165, 1.62, 0.75];
    const relax = (g: number, target: number) => target + (g - target) * Math.exp(-time / tau);
    const reads = Array.from({ length: 16 }, (_, code) => {
      const pattern = code.toString(2).padStart(4, "0");
      let g = 1;
      [...pattern].forEach((bit, k) => {
        if (k > 0) g = relax(g, 1);
        g = relax(g, bit === "1" ? 1 + 5 * slope : 1);
      });
      return { pattern, value: g };
    });
    const found = analyseReservoir(reads);
    expect(found.states.map((state) => state.pattern)).toEqual(
      "0000 1000 0100 1100 0010 1010 0110 1110 0001 1001 0101 1101 0011 1011 0111 1111".split(" "),
    );
    expect(Math.abs(found.smallestGap / 0.0839483870469877 - 1)).toBeLessThan(1e-9);
    expect(Math.abs((found.states.at(-1)?.value ?? 0) / 3.180899592575822 - 1)).toBeLessThan(1e-9);
  });

  it("measures separability in units of the scatter of repeats", () => {
    const found = analyseReservoir([
      { pattern: "0", value: 0.9 },
      { pattern: "0", value: 1.1 },
      { pattern: "1", value: 1.9 },
      { pattern: "1", value: 2.1 },
    ]);
    expect(found.separability).toBeCloseTo(1 / Math.sqrt(0.02), 9);
    expect(found.evenness).toBeCloseTo(1, 12);
  });

  it("answers a single state and none at all without a gap", () => {
    expect(analyseReservoir([{ pattern: "1", value: 2 }]).smallestGap).toBeNaN();
    expect(analyseReservoir([]).states).toEqual([]);
  });
});
