import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import fixture from "../../../fixtures/analysis/retention.json" with { type: "json" };
import { analyseRetention, type RetentionLaw } from "./retention.ts";

const time_s = Array.from({ length: 30 }, (_, k) => 10 ** (k / 7));

describe("analyseRetention", () => {
  it.each(["stretched", "power", "logarithmic"] as const)(
    "reaches scipy's curve_fit of the %s law, and ranks it first or level with the first",
    (law) => {
      const { conductance_S, parameters, deviations, sumOfSquares } = fixture.cases[law];
      const found = analyseRetention(fixture.time_s, conductance_S);
      // a stretched exponential of small beta follows a logarithm within 0.4 % of noise
      expect(found.ranking.find(({ name }) => name === law)?.delta).toBeLessThan(4);
      const fit = found.fits.find((candidate) => candidate.law === law);
      Object.entries(fit?.parameters ?? {}).forEach(([name, { value, standardError }], i) => {
        const unit = name.startsWith("G") || name === "slope" ? fixture.unit_S : 1;
        expectClose(value, (parameters[i] ?? 0) * unit, 1e-5);
        expectClose(standardError, (deviations[i] ?? 0) * unit, 1e-3);
      });
      expectClose(fit?.fit.sumOfSquares ?? 0, sumOfSquares * fixture.unit_S ** 2, 1e-7);
    },
  );

  it("covers the exponential that scipy fitted, with its rest level near 0", () => {
    const found = analyseRetention(fixture.time_s, fixture.cases.exponential.conductance_S);
    const { tau, G_r } = found.fits.find(({ law }) => law === "exponential")?.parameters ?? {};
    const truth = fixture.cases.exponential.parameters[1] ?? 0;
    expect(tau?.interval95[0]).toBeLessThan(truth);
    expect(tau?.interval95[1]).toBeGreaterThan(truth);
    expect(G_r?.interval95[0]).toBeLessThan(0);
    expect(G_r?.interval95[1]).toBeGreaterThan(0);
  });

  it("finds the closed form of a volatile cell: g0 + (g - g0) exp(-t/tau), refresh after tau ln(...)", () => {
    // from 3 g0 to g0: 10 % of 3 is lost when 2 (1 - exp(-t/tau)) = 0.3
    const t = Array.from({ length: 200 }, (_, k) => 0.01 * k);
    const { best, loss10, lossE } = analyseRetention(
      t,
      t.map((at) => 1e-9 * (1 + 2 * Math.exp(-at / 0.72))),
    );
    if (best.kind === "none") throw new Error(best.reason);
    expect(best.law).toBe("exponential");
    expectClose(best.parameters.tau?.value ?? 0, 0.72, 1e-6);
    expectClose(best.parameters.G_r?.value ?? 0, 1e-9, 1e-6);
    // straight lines between reads 10 ms apart
    expectClose(loss10.time_s ?? 0, -0.72 * Math.log(1 - 0.15), 3e-4);
    expect(loss10.from).toBe("data");
    expectClose(lossE.time_s ?? 0, -0.72 * Math.log(1 - 1.5 * (1 - 1 / Math.E)), 1e-4);
  });

  it("finds the published drift of CMO-ReRAM, 0.089 uS per decade, and says that the loss follows from the fit alone", () => {
    const g = time_s.map((t) => 5e-6 - 0.089e-6 * Math.log10(t));
    const found = analyseRetention(time_s, g);
    if (found.best.kind === "none") throw new Error(found.best.reason);
    expect(found.best.law).toBe("logarithmic");
    expectClose(found.best.parameters.slope?.value ?? 0, 0.089e-6, 1e-9);
    // 10 % of 5 uS are 5.6 decades; the reads end after 4.1
    expect(found.loss10.from).toBe("fit");
    expectClose(found.loss10.time_s ?? 0, 10 ** (0.5 / 0.089) - 1, 1e-6);
    expect(found.lossE).toEqual({ time_s: null, from: "none" });
  });

  it("compares only the laws asked for, and takes another t_0", () => {
    const laws: RetentionLaw[] = ["power"];
    const found = analyseRetention(
      time_s,
      time_s.map((t) => 2e-9 * (t / 60) ** -0.05),
      { laws, t0_s: 60 },
    );
    expect(found.ranking.map(({ name }) => name)).toEqual(laws);
    expectClose(found.fits[0]?.parameters.G_0?.value ?? 0, 2e-9, 1e-9);
  });

  it("takes a long record", () => {
    const t = Float64Array.from({ length: 200_000 }, (_, k) => k + 1);
    const found = analyseRetention(
      t,
      t.map((at) => 1e-9 * at ** -0.05),
      { laws: ["power"] },
    );
    expectClose(found.fits[0]?.parameters.nu?.value ?? 0, 0.05, 1e-9);
  });

  it("names what is not allowed, and what is missing", () => {
    expect(() => analyseRetention([1, 2], [1])).toThrow(/2 times and 1 conductances/);
    expect(() => analyseRetention([1, 3, 2], [1, 1, 1])).toThrow(/time_s\[2\] is 2 after 3/);
    expect(() => analyseRetention([1], [1], { t0_s: 0 })).toThrow(/t0_s is 0, allowed are positive/);
    expect(analyseRetention([1, 2], [1, 1]).best).toMatchObject({ kind: "none", reason: /needs \d reads after t = 0/ });
  });
});
