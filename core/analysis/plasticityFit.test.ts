import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { fillNormal } from "../crossbar/index.ts";
import {
  choosePlasticityLaw,
  evaluatePlasticityLaw,
  fitPlasticityLaw,
  type PlasticityLaw,
  type PlasticityLawFit,
} from "./plasticityFit.ts";

const mustFit = (g: readonly number[], law: PlasticityLaw): PlasticityLawFit => {
  const found = fitPlasticityLaw(g, law);
  if (found.kind === "none") throw new Error(found.reason);
  return found;
};

/** NeuroSim's device curve, up; A in units of the train. */
function neuroSim(a: number, pulses: number, smallest: number, largest: number): number[] {
  const b = (largest - smallest) / (1 - Math.exp(-1 / a));
  return Array.from({ length: pulses + 1 }, (_, n) => b * (1 - Math.exp(-n / (a * pulses))) + smallest);
}

/** Jang's law with exponent `alpha`, up. */
function jang(alpha: number, pulses: number, smallest: number, largest: number): number[] {
  return Array.from(
    { length: pulses + 1 },
    (_, n) => ((largest ** alpha - smallest ** alpha) * (n / pulses) + smallest ** alpha) ** (1 / alpha),
  );
}

describe("fitPlasticityLaw", () => {
  it("recovers the published pairs A = .499181, NL 2.40 and A = .200303, NL -4.88 with free ends", () => {
    const up = mustFit(neuroSim(0.499181, 97, 3.8e-9, 3.1e-8), "exponential");
    expectClose(up.a ?? 0, 0.499181, 1e-8);
    expect(Math.abs((up.nonlinearity?.value ?? 0) - 2.4)).toBeLessThan(1e-4);
    expectClose(up.first_S.value, 3.8e-9, 1e-9);
    expectClose(up.last_S.value, 3.1e-8, 1e-9);
    const down = mustFit(
      neuroSim(0.200303, 100, 3.8e-9, 3.1e-8).map((g) => 3.48e-8 - g),
      "exponential",
    );
    expect(down.direction).toBe("falls");
    expectClose(down.a ?? 0, -0.200303, 1e-8);
    expect(Math.abs((down.nonlinearity?.value ?? 0) + 4.88)).toBeLessThan(1e-4);
  });

  it.each([2.3, 1, 0.4, -1.2])("recovers alpha = %f of a rise and of a fall", (alpha) => {
    const rise = jang(alpha, 60, 1e-9, 8e-9);
    expectClose(mustFit(rise, "alpha").alpha?.value ?? 0, alpha, 1e-6);
    expectClose(mustFit(rise.toReversed(), "alpha").alpha?.value ?? 0, alpha, 1e-6);
  });

  it("finds alpha = 0 for the geometric law", () => {
    const g = Array.from({ length: 41 }, (_, n) => 1e-9 * 8 ** (n / 40));
    expect(Math.abs(mustFit(g, "alpha").alpha?.value ?? 1)).toBeLessThan(1e-6);
  });

  it("covers the true A and alpha with its 95 % intervals in 95 % of noisy repeats", () => {
    const curve = neuroSim(0.499181, 40, 1e-9, 3e-9);
    const bent = jang(1.8, 40, 1e-9, 3e-9);
    const noise = new Float64Array(41);
    let [nl, alpha] = [0, 0];
    for (let repeat = 0; repeat < 300; repeat++) {
      fillNormal(noise, 5, 2, repeat * 41);
      const [low, high] = mustFit(
        curve.map((g, n) => g + 4e-11 * noise[n]!),
        "exponential",
      ).nonlinearity?.interval95 ?? [0, 0];
      // A = .499181 rounds to the table's 2.40; its exact NL is 2.40000
      if (low <= 2.4 && 2.4 <= high) nl++;
      const other = mustFit(
        bent.map((g, n) => g + 4e-11 * noise[n]!),
        "alpha",
      ).alpha?.interval95 ?? [0, 0];
      if (other[0] <= 1.8 && 1.8 <= other[1]) alpha++;
    }
    // binomial, p = 0.95, n = 300: standard deviation 1.3 %
    for (const count of [nl, alpha]) {
      expect(count / 300).toBeGreaterThan(0.91);
      expect(count / 300).toBeLessThan(0.99);
    }
  });

  it("says why it does not fit", () => {
    expect(fitPlasticityLaw([1e-9, 1e-9, 1e-9, 1e-9], "linear")).toMatchObject({ reason: /does not change/ });
    expect(fitPlasticityLaw([1, 2, 3], "alpha")).toMatchObject({ reason: /needs 4 reads, there are 3/ });
    expect(fitPlasticityLaw([-1, 2, 3, 4, 5], "alpha")).toMatchObject({ reason: /conductances above 0/ });
  });
});

describe("choosePlasticityLaw", () => {
  const noise = new Float64Array(61);
  fillNormal(noise, 3, 3, 0);
  const scatter = (g: readonly number[]) => g.map((value, n) => value + 2e-11 * noise[n]!);

  it("chooses the law that made the data", () => {
    expect(choosePlasticityLaw(scatter(neuroSim(0.2, 60, 1e-9, 8e-9))).ranking[0]?.name).toBe("exponential");
    expect(choosePlasticityLaw(scatter(jang(3, 60, 1e-9, 8e-9))).ranking[0]?.name).toBe("alpha");
    expect(choosePlasticityLaw(scatter(jang(1, 60, 1e-9, 8e-9))).ranking[0]?.name).toBe("linear");
  });

  it("calls an exact staircase linear, and its chosen law runs through the data", () => {
    const g = Array.from({ length: 21 }, (_, n) => 1e-9 + 5e-11 * n);
    const { best } = choosePlasticityLaw(g);
    if (best.kind === "none") throw new Error(best.reason);
    expect(best.law).toBe("linear");
    g.forEach((value, n) => expectClose(evaluatePlasticityLaw(best, n / 20), value, 1e-9));
  });
});
