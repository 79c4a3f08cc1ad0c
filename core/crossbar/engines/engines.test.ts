import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/close.ts";
import { resolveJunction } from "../models/registry.ts";
import { binomial } from "./binomial.ts";
import { makeCubicTable } from "./cubicTable.ts";
import { Dice } from "./dice.ts";
import { expm1Pair } from "./linearPair.ts";
import { makeTwoState } from "./twoState.ts";

describe("binomial numbers", () => {
  it.each([
    [10, 0.3],
    [100, 0.02],
    [100, 0.5],
    [2000, 0.9],
    [100_000, 0.4],
  ])("of %i at %d follow the distribution: mean, variance, and a uniform grid of quantiles", (n, p) => {
    const draws = 20_000;
    let [sum, squares, last] = [0, 0, -1];
    const seen = new Map<number, number>();
    for (let k = 0; k < draws; k++) {
      const value = binomial(n, p, (k + 0.5) / draws);
      expect(Number.isInteger(value) && value >= 0 && value <= n).toBe(true);
      sum += value;
      squares += value * value;
      seen.set(value, (seen.get(value) ?? 0) + 1);
      last = value;
    }
    expect(last).toBeLessThanOrEqual(n);
    const mean = sum / draws;
    expectClose(mean, n * p, 1e-3);
    expectClose(squares / draws - mean * mean, n * p * (1 - p), 0.01);
    // probability of one value from its neighbours: P(k+1)/P(k) = (n-k)/(k+1) p/(1-p)
    const mode = Math.floor((n + 1) * p);
    expectClose(
      (seen.get(mode + 1) ?? 0) / (seen.get(mode) ?? 1),
      (((n - mode) / (mode + 1)) * p) / (1 - p),
      0,
      5 / Math.sqrt(seen.get(mode) ?? 1),
    );
  });

  it("meet their ends exactly", () => {
    expect([binomial(0, 0.5, 0.3), binomial(7, 0, 0.3), binomial(7, 1, 0.3)]).toEqual([0, 0, 7]);
  });
});

describe("dice", () => {
  it("depend on seed, junction and draw alone", () => {
    const a = new Dice();
    const b = new Dice();
    a.reseed(5);
    b.reseed(6);
    b.reseed(5);
    a.seat(3, 0);
    const first = [a.uniform(), a.uniform(), a.uniform()];
    b.seat(3, 2);
    expect(b.uniform()).toBe(first[2]);
    b.seat(4, 2);
    expect(b.uniform()).not.toBe(first[2]);
    expect(() => a.reseed(-1)).toThrow(/seed is -1/);
  });
});

describe("two-state channels", () => {
  it.each([0, 1])("move as one junction would, in an array of any make-up (stochastic %i)", (stochastic) => {
    const channels = makeTwoState({
      stochastic: stochastic === 1,
      channels: 0,
      history: { state: 1, tau: 1, target: Math.tanh },
      rates(v, [, history], [n], _environment, open, close) {
        for (let k = 0; k < v.length; k++) {
          open[k] = n[k] * Math.exp(v[k] + history[k]);
          close[k] = 40;
        }
      },
    });
    const column = (of: (k: number) => number) => Float64Array.from({ length: 5 }, (_, k) => of(k));
    const fields = {
      x: [column((k) => k / 5), column((k) => 0.1 * k)],
      c: [column((k) => 5 + 10 * k), column((k) => 0.4 + k)],
      junction: column((k) => k),
      draws: column(() => 0),
    };
    const voltage_V = column((k) => k - 2);
    const single = Array.from({ length: 5 }, (_, k) => ({
      x: Float64Array.from(fields.x, (field) => field[k]),
      c: Float64Array.from(fields.c, (field) => field[k]),
      draws: 0,
    }));
    const dice = new Dice();
    dice.reseed(3);
    for (let step = 0; step < 50; step++) {
      // short enough that every junction takes the step in one piece
      channels.sweep?.(fields, voltage_V, 0.01, {}, dice);
      single.forEach((junction, k) => {
        dice.seat(k, junction.draws);
        channels.advance(voltage_V[k], 0.01, junction.x, junction.c, {}, dice);
        junction.draws = dice.draws;
      });
      expect(single.map(({ x }) => [...x])).toEqual(single.map((_, k) => fields.x.map((field) => field[k])));
    }
    expect(fields.draws[4]).toBe(single[4].draws);
  });

  it("reach the exact mean and variance of flips from any start, within 4 sigma", () => {
    const [open_per_s, close_per_s, dt_s, n, count] = [3, 5, 0.1, 40, 20_000];
    const channels = makeTwoState({
      stochastic: true,
      channels: 0,
      rates(_v, _x, _c, _environment, open, close) {
        open.fill(open_per_s);
        close.fill(close_per_s);
      },
    });
    const fields = {
      x: [new Float64Array(count).fill(0.75)],
      c: [new Float64Array(count).fill(n)],
      junction: Float64Array.from({ length: count }, (_, k) => k),
      draws: new Float64Array(count),
    };
    channels.sweep?.(fields, new Float64Array(count), dt_s, {}, new Dice());
    const decay = Math.exp(-(open_per_s + close_per_s) * dt_s);
    const steady = open_per_s / (open_per_s + close_per_s);
    const stays = steady + (1 - steady) * decay;
    const joins = steady * (1 - decay);
    const mean = n * (0.75 * stays + 0.25 * joins);
    const variance = n * (0.75 * stays * (1 - stays) + 0.25 * joins * (1 - joins));
    const seen = fields.x[0].map((part) => n * part);
    const average = seen.reduce((sum, value) => sum + value, 0) / count;
    const spread = seen.reduce((sum, value) => sum + (value - average) ** 2, 0) / (count - 1);
    expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(variance / count));
    expect(Math.abs(spread / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
  });
});

describe("exponential of a 2 x 2 matrix", () => {
  it("composes over time, has the determinant exp(trace t) and the derivative A", () => {
    const entry = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(entry, entry, entry, entry, fc.double({ min: 1e-6, max: 1, noNaN: true }), (a, b, c, d, t) => {
        const whole = new Float64Array(4);
        const half = new Float64Array(4);
        const tiny = new Float64Array(4);
        expm1Pair(a, b, c, d, t, whole);
        expm1Pair(a, b, c, d, t / 2, half);
        expm1Pair(a, b, c, d, 1e-7, tiny);
        const [p, q, r, s] = [1 + half[0], half[1], half[2], 1 + half[3]];
        const scale = 1 + p * p + Math.abs(q * r) + s * s + Math.abs(q) + Math.abs(r);
        const squared = [p * p + q * r - 1, q * (p + s), r * (p + s), q * r + s * s - 1];
        squared.forEach((value, k) => {
          expect(Math.abs(whole[k] - value)).toBeLessThan(1e-11 * scale * scale);
        });
        [a, b, c, d].forEach((value, k) => {
          expect(Math.abs(tiny[k] / 1e-7 - value)).toBeLessThan(1e-5);
        });
      }),
    );
  });
});

describe("cubic tables", () => {
  it("meet smooth functions to the stated error and leave the rest to the function", () => {
    const table = makeCubicTable(Math.sin, -3, 3, 600);
    for (let x = -4; x < 4; x += 0.00713)
      expect(Math.abs(table(x) - Math.sin(x))).toBeLessThan((3 / 128) * 1e-8 * 1.01);
    expect(table(0)).toBe(0);
    expect(table(3.5)).toBe(Math.sin(3.5));
    expect(table(Number.NaN)).toBeNaN();
  });
});

describe("remembered decays", () => {
  it("follow a tau that is rewritten, a duration that changes and another array", () => {
    const kernel = resolveJunction("svm", { conductance_S: 1, tau_s: 1 });
    const [one, two] = [kernel.allocate({ rows: 1, columns: 2 }), kernel.allocate({ rows: 1, columns: 2 })];
    two.field("tau_s").fill(3);
    const v = Float64Array.of(1, 1);
    const decay = [1, 1];
    const own = [1, 1];
    const step = (state: typeof one, index: 0 | 1, dt_s: number) => {
      kernel.step(state, v, dt_s);
      decay[index] = (decay[index] as number) * Math.exp(-dt_s / (own[index] as number));
      // towards 0.7 from 1
      expectClose(state.field("conductance_S")[0], 0.7 + 0.3 * (decay[index] as number), 1e-14);
    };
    own[1] = 3;
    for (const dt_s of [0.1, 0.2, 0.1, 0.05]) {
      step(one, 0, dt_s);
      step(two, 1, dt_s);
    }
    one.field("tau_s").fill(0.5);
    own[0] = 0.5;
    step(one, 0, 0.05);
  });
});
