import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { normal, uniform } from "../../crossbar/index.ts";
import { fitSpectrum } from "./spectrumFit.ts";
import { findTelegraph, type Telegraph } from "./telegraph.ts";
import { measureSpectrum } from "./welch.ts";

/** A two-state process with exponential dwells in continuous time, sampled, plus Gaussian noise. */
function telegraph(
  samples: number,
  dt_s: number,
  dwell_s: readonly [number, number],
  step: number,
  noise: number,
  seed = 1,
) {
  const record = new Float64Array(samples);
  let state = 0;
  let event = 0;
  let next_s = -dwell_s[0] * Math.log(uniform(seed, 1, event++));
  for (let k = 0; k < samples; k++) {
    while (next_s <= k * dt_s) {
      state = 1 - state;
      next_s -= dwell_s[state as 0 | 1] * Math.log(uniform(seed, 1, event++));
    }
    record[k] = 10 + step * state + noise * normal(seed, 2, k);
  }
  return record;
}

const mustFind = (found: ReturnType<typeof findTelegraph>): Telegraph => {
  if (found.kind === "none") throw new Error(found.reason);
  return found;
};

describe("findTelegraph", () => {
  it("recovers levels and both dwell times of a process seen through noise as large as half a step", () => {
    const found = mustFind(findTelegraph(telegraph(60_000, 1e-3, [0.05, 0.02], 1, 0.5), 1e-3));
    expect(found.levels.length).toBe(2);
    const [low, high] = found.levels;
    expectClose(low?.level ?? 0, 10, 0.002);
    expectClose(high?.level ?? 0, 11, 0.002);
    expectClose(found.deviation, 0.5, 0.02);
    // some 860 dwells of each kind: 3.4 % of scatter
    expectClose(low?.dwell_s ?? 0, 0.05, 0.12);
    expectClose(high?.dwell_s ?? 0, 0.02, 0.12);
    expectClose(low?.occupancy ?? 0, 5 / 7, 0.06);
    expectClose(found.relativeStep, 1 / (10 + 2 / 7), 0.02);
    expect(found.evidence).toBeGreaterThan(1000);
  });

  it("corrects for dwells shorter than a sample: rates stay right at two samples per dwell, where counting them is not", () => {
    const found = mustFind(findTelegraph(telegraph(100_000, 1e-2, [0.02, 0.02], 1, 0.05), 1e-2));
    const [low] = found.levels;
    expectClose(low?.dwell_s ?? 0, 0.02, 0.05);
    const counted = (low?.dwells_s ?? []).reduce((sum, dwell) => sum + dwell, 0) / (low?.dwells_s.length ?? 1);
    expect(counted).toBeGreaterThan(0.028);
  });

  it("agrees with the spectrum: corner (1/tau_c + 1/tau_e) / (2 pi)", () => {
    const record = telegraph(2 ** 18, 1e-3, [0.05, 0.02], 1, 0.05, 4);
    const expected = (1 / 0.05 + 1 / 0.02) / (2 * Math.PI);
    expectClose(mustFind(findTelegraph(record, 1e-3)).corner_Hz, expected, 0.05);
    const fit = fitSpectrum(measureSpectrum(record, 1e-3, { segment: 4096 }), ["lorentzian", "white"], [0.3, 200]);
    if (fit.kind === "none") throw new Error(fit.reason);
    expectClose(fit.corner_Hz?.value ?? 0, expected, 0.06);
  });

  it("covers the true dwell time with its interval in about 95 % of records", () => {
    let covered = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const [low] = mustFind(
        findTelegraph(telegraph(6000, 1e-3, [0.05, 0.03], 1, 0.2, seed), 1e-3, { levels: 2 }),
      ).levels;
      const [from, to] = low?.interval95_s ?? [0, 0];
      if (from <= 0.05 && 0.05 <= to) covered++;
    }
    // binomial, p = 0.95, n = 60: standard deviation 2.8 %
    expect(covered / 60).toBeGreaterThan(0.86);
  });

  it("finds four levels where two independent traps of different steps add up", () => {
    const [a, b] = [telegraph(40_000, 1e-3, [0.1, 0.1], 1, 0.05, 7), telegraph(40_000, 1e-3, [0.3, 0.2], 0.4, 0, 8)];
    const found = mustFind(
      findTelegraph(
        a.map((value, k) => value + b[k]! - 10),
        1e-3,
      ),
    );
    expect(found.levels.map(({ level }) => Math.round(level * 10) / 10)).toEqual([10, 10.4, 11, 11.4]);
  });

  it("goes on over lost samples", () => {
    const record = telegraph(30_000, 1e-3, [0.05, 0.02], 1, 0.2, 3);
    for (let k = 0; k < record.length; k += 7) record[k] = Number.NaN;
    expectClose(mustFind(findTelegraph(record, 1e-3)).levels[0]?.dwell_s ?? 0, 0.05, 0.15);
  });

  it("finds no telegraph in white noise or in a constant, and names what is not allowed", () => {
    const noise = Float64Array.from({ length: 5000 }, (_, k) => normal(1, 5, k));
    expect(findTelegraph(noise, 1)).toMatchObject({ kind: "none", reason: /one level with noise/ });
    expect(findTelegraph(new Float64Array(200).fill(2), 1)).toMatchObject({ kind: "none", reason: /does not change/ });
    expect(() => findTelegraph(noise, 0)).toThrow(/samplePeriod_s is 0/);
    expect(() => findTelegraph([1, 2], 1)).toThrow(/2 samples, allowed are 100/);
    expect(() => findTelegraph(noise, 1, { levels: 9 })).toThrow(/levels is 9, allowed are 2, 3 and 4/);
  });
});
