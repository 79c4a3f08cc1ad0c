import { describe, expect, it } from "vitest";
import blister from "../../../fixtures/physics/blisterSwitch.json" with { type: "json" };
import hard from "../../../fixtures/physics/hardDevices.json" with { type: "json" };
import { expectClose } from "../../../tests/close.ts";
import { sineOf, steadyLoop, triangleOf } from "../../../tests/steadyLoop.ts";
import { classifyLoop } from "../../analysis/loop.ts";
import { makeGrid } from "../grid.ts";
import type { JunctionKernel } from "../model.ts";
import { resolveJunction } from "./registry.ts";

const one = makeGrid(1, 1);

/** One rising quarter of a triangle from rest: voltage and charge where the blister first passes one half. */
function findSwitch(kernel: JunctionKernel, frequency_Hz: number, largest_V = 1, seed = 0) {
  const steps = 20_000;
  const state = kernel.allocate(one, seed);
  const voltage = new Float64Array(1);
  let before = state.field("blister")[0];
  for (let k = 1; k <= steps; k++) {
    voltage[0] = (largest_V * (k - 0.5)) / steps;
    kernel.step(state, voltage, 1 / (4 * frequency_Hz * steps));
    const now = state.field("blister")[0];
    if (before < 0.5 && now >= 0.5)
      return {
        voltage_V: (largest_V * (k - (now - 0.5) / (now - before))) / steps,
        charge_C: state.field("charge_C")[0],
      };
    before = now;
  }
  return undefined;
}

describe("acceptance 10: mechano-ionic blister switch", () => {
  const kernel = resolveJunction("hac");

  it("switches at the converged voltages, 0.3 %, and not at 0.2 Hz and above", () => {
    for (const [frequency, voltage_V] of Object.entries(blister.converged.Vsw))
      expectClose(findSwitch(kernel, Number(frequency))?.voltage_V as number, voltage_V, 3e-3);
    for (const frequency_Hz of [0.2, 0.5, 1]) expect(findSwitch(kernel, frequency_Hz)).toBeUndefined();
  });

  it("has a switching voltage that grows with the root of the frequency, and a charge threshold of 114 to 123 nC", () => {
    const points = Object.keys(blister.converged.Vsw).map((frequency) => {
      const { voltage_V = 0, charge_C = 0 } = findSwitch(kernel, Number(frequency)) ?? {};
      // charge that a closed channel would have let through: G_off v^2 / (8 f V_m)
      const passed_C = (50e-9 * voltage_V ** 2) / (8 * Number(frequency));
      expect(passed_C).toBeGreaterThan(114e-9 * 0.997);
      expect(passed_C).toBeLessThan(124e-9);
      expect(charge_C).toBeGreaterThan(110e-9 * 0.99);
      expect(charge_C).toBeLessThan(126e-9 * 1.01);
      return [Math.log(Number(frequency)), Math.log(voltage_V)] as const;
    });
    const mean = (index: 0 | 1) => points.reduce((sum, point) => sum + point[index], 0) / points.length;
    const [x, y] = [mean(0), mean(1)];
    const exponent =
      points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) /
      points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
    expectClose(exponent, blister.converged.fitted_exponent, 3e-3);
    expect(Math.abs(exponent - 0.5)).toBeLessThan(0.05);
  });

  it("follows sqrt(8 f V_m Q_th / G_off) without leak and delay", () => {
    const ideal = resolveJunction("hac", { leakTau_s: 1e9, onTau_s: 1e-3, thresholdWidth_C: 1e-12, ratio: 1 });
    expectClose(findSwitch(ideal, 0.01)?.voltage_V as number, Math.sqrt(8 * 0.01 * (1e-7 / 50e-9)), 1e-3);
  });

  it("changes its conductance by the ratio inside the published 9 to 60", () => {
    for (const row of blister.hac.rows.filter(({ f }) => f <= 0.05)) {
      const loop = steadyLoop(kernel, triangleOf(1), row.f, { cycles: 2 });
      const ratio = Math.max(...loop.conductance_S) / Math.min(...loop.conductance_S);
      expectClose(ratio, row.ratio, 2e-3);
      expect(ratio).toBeGreaterThan(9);
      expect(ratio).toBeLessThan(60);
    }
  });

  it("draws its threshold anew every cycle, 10 % around the mean", () => {
    const random = resolveJunction("hac", { stochastic: 1 });
    const switched = Array.from(
      { length: 200 },
      (_, seed) => findSwitch(random, 0.01, 1, seed)?.voltage_V ?? Number.NaN,
    );
    const mean = switched.reduce((sum, v) => sum + v, 0) / switched.length;
    const deviation = Math.sqrt(switched.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (switched.length - 1));
    // v ~ Q_th^0.5 at fixed frequency, a little less with delay and leak
    expect(Math.abs(mean / 0.4332 - 1)).toBeLessThan(0.02);
    expect(deviation / mean).toBeGreaterThan(0.035);
    expect(deviation / mean).toBeLessThan(0.065);
    const state = random.allocate(one, 1);
    const thresholds = new Set<number>();
    for (let cycle = 0; cycle < 5; cycle++)
      for (const v of [1, -1]) {
        random.step(state, Float64Array.of(v), 20);
        thresholds.add(state.field("threshold_C")[0]);
      }
    expect(thresholds.size).toBe(6);
  });

  it("fills with current of either sign where bidirectional", () => {
    const osmotic = resolveJunction("hac", { bidirectional: 1 });
    for (const [tested, opens] of [
      [kernel, false],
      [osmotic, true],
    ] as const) {
      const state = tested.allocate(one);
      tested.step(state, Float64Array.of(-1), 10);
      expect(state.field("blister")[0] > 0.5).toBe(opens);
    }
  });
});

describe("acceptance 12: ionic liquid piston", () => {
  const kernel = resolveJunction("il-piston");

  it("holds its state below the pinning voltage, exactly and for years", () => {
    const state = kernel.allocate(one);
    kernel.step(state, Float64Array.of(1), 0.31);
    const written = state.field("filled")[0];
    expect(written).not.toBe(0.5);
    for (const v of [0.3, -0.3, 0.1, 0]) kernel.step(state, Float64Array.of(v), 1e8);
    expect(state.field("filled")[0]).toBe(written);
  });

  it("has an on/off of at most the ratio of the conductivities", () => {
    const { R_x0, R_x1 } = hard.ionic_liquid;
    expectClose(kernel.steadyConductance(1), 1 / R_x1, 1e-9);
    expectClose(kernel.steadyConductance(-1), 1 / R_x0, 1e-9);
    expectClose(kernel.derived.largestRatio as number, 11.19 / 0.146, 1e-12);
  });

  it.each(hard.ionic_liquid.loop_1V.map((row) => [row.f, row] as const))("loop at %s Hz", (frequency_Hz, row) => {
    // the computation ran several periods from x = 0.5; where the stops are reached the start is forgotten
    const loop = steadyLoop(kernel, sineOf(1), frequency_Hz, { cycles: 3 });
    const ratio = Math.max(...loop.conductance_S) / Math.min(...loop.conductance_S);
    expectClose(ratio, row.ratio, 1e-3);
    expect(ratio).toBeLessThanOrEqual((11.19 / 0.146) * (1 + 1e-12));
    if (Math.abs(row.area_pos + row.area_neg) < 0.01 * Math.abs(row.area_pos)) {
      expectClose(loop.positive_W, row.area_pos, 0.01);
      expectClose(loop.negative_W, row.area_neg, 0.01);
    }
  });
});

describe("acceptance 14: precipitation oscillator", () => {
  const { mean_200s, rows } = hard.cho_telegraph;

  it("is open more often after negative conditioning: 0.553 against 0.447 in 200 s at 0 V, in the mean", () => {
    const kernel = resolveJunction("precip-osc");
    for (const [history, expected] of [
      [-1, mean_200s.from_neg],
      [1, mean_200s.from_pos],
    ] as const) {
      const state = kernel.allocate(one);
      state.field("history")[0] = history;
      let sum = 0;
      for (let k = 0; k < 20_000; k++) {
        kernel.step(state, new Float64Array(1), 0.01);
        sum += state.field("open")[0];
      }
      expect(Math.abs(sum / 20_000 - expected)).toBeLessThan(1e-3);
    }
  });

  it("differs by more than 0.05 in 200 s runs of single pores, p < 1e-3, around the computed means", () => {
    const kernel = resolveJunction("precip-osc", { stochastic: 1 });
    const runs = 60;
    const fractions = [-1, 1].map((history) => {
      const state = kernel.allocate({ rows: runs, columns: 1 }, 7);
      state.field("history").fill(history);
      const sums = new Float64Array(runs);
      const zero = new Float64Array(runs);
      for (let k = 0; k < 10_000; k++) {
        kernel.step(state, zero, 0.02);
        state.field("open").forEach((open, run) => {
          sums[run] += open;
        });
      }
      return [...sums].map((sum) => sum / 10_000);
    });
    const [negative, positive] = fractions.map((list) => {
      const mean = list.reduce((sum, p) => sum + p, 0) / runs;
      return { mean, deviation: Math.sqrt(list.reduce((sum, p) => sum + (p - mean) ** 2, 0) / (runs - 1)) };
    }) as [{ mean: number; deviation: number }, { mean: number; deviation: number }];
    const error = mean_200s.sd / Math.sqrt(runs);
    expect(Math.abs(negative.mean - mean_200s.from_neg)).toBeLessThan(3 * error);
    expect(Math.abs(positive.mean - mean_200s.from_pos)).toBeLessThan(3 * error);
    expect(negative.deviation).toBeGreaterThan(0.7 * mean_200s.sd);
    expect(negative.deviation).toBeLessThan(1.3 * mean_200s.sd);
    // one pair of runs: z = difference / (sd sqrt 2) beyond 3.29 is p < 1e-3
    expect(negative.mean - positive.mean).toBeGreaterThan(0.05);
    expect((negative.mean - positive.mean) / (mean_200s.sd * Math.SQRT2)).toBeGreaterThan(3.29);
  });

  it("has the computed stationary open probability and switching rate", () => {
    const kernel = resolveJunction("precip-osc", { closedConductance_S: 0, openConductance_S: 1 });
    const still = resolveJunction("precip-osc", { historyWeight_V: 0, closedConductance_S: 0, openConductance_S: 1 });
    expectClose(still.steadyConductance(0), 0.5, 1e-12);
    for (const { V, p_open_stationary } of rows) expectClose(kernel.steadyConductance(V), p_open_stationary, 1e-9);
  });
});

describe("in-pore precipitation (2.9a)", () => {
  it.each(hard.precipitation.loop_1V.map((row) => [row.f, row] as const))("loop at %s Hz", (frequency_Hz, row) => {
    const loop = steadyLoop(resolveJunction("precip"), sineOf(1), frequency_Hz, {
      cycles: Math.ceil(8 + 60 * frequency_Hz),
    });
    expectClose(Math.max(...loop.conductance_S), row.Gmax, 2e-3);
    expectClose(Math.min(...loop.conductance_S), row.Gmin, 2e-3);
    expect(classifyLoop(loop)).toBe("crossing-2");
    // the computation pairs the state at the end of a step with the voltage at its middle
    const paired = (from: number) => {
      let area = 0;
      const current = (k: number) => {
        const v = Math.sin((2 * Math.PI * (k - 0.5)) / 4000);
        return [v, (loop.conductance_S[k] as number) * v] as const;
      };
      for (let k = from + 2; k <= from + 2000; k++) {
        const [v0, i0] = current(k - 1);
        const [v1, i1] = current(k);
        area += 0.5 * (i0 + i1) * (v1 - v0);
      }
      return area;
    };
    expectClose(paired(0), row.area_pos, 0.01);
    expectClose(paired(2000), row.area_neg, 0.01);
  });
});

describe("acceptance 15: phosphate gate", () => {
  const kernel = resolveJunction("phosphate-gate");

  it("rectifies by at least 100 with less than 1 nW at 0.9 V", () => {
    const [open, closed] = [kernel.steadyConductance(-0.9), kernel.steadyConductance(0.9)];
    expect(open / closed).toBeGreaterThan(100);
    expect(open * 0.9 ** 2).toBeLessThan(1e-9);
    expect(closed * 0.9 ** 2).toBeLessThan(1e-9);
  });

  it("closes less in acid and faster when warm", () => {
    const acid = resolveJunction("phosphate-gate", {}, { pH: 6 });
    expect(acid.steadyConductance(0.5)).toBeGreaterThan(kernel.steadyConductance(0.5));
    // acceptance 36: Arrhenius, 50 kJ/mol from 25 to 37 degrees Celsius
    const warm = resolveJunction("phosphate-gate", {}, { temperature_K: 310.15 });
    const at = (tested: JunctionKernel) => tested.timescales(tested.allocate(one), Float64Array.of(-0.5)).min_s;
    expectClose(at(kernel) / at(warm), Math.exp((50e3 / 8.314462618) * (1 / 298.15 - 1 / 310.15)), 1e-9);
  });
});

describe("acceptance 40: pure ionic liquid in a slit", () => {
  it("gives a capacitive loop that is not pinched and encloses one area of one sign", () => {
    const kernel = resolveJunction("il-only");
    const steps = 2000;
    const frequency_Hz = 1;
    const state = kernel.allocate(one);
    const charge = new Float64Array(1);
    const current_A: number[] = [];
    for (let cycle = 0; cycle < 3; cycle++) {
      current_A.length = 0;
      for (let k = 1; k <= steps; k++) {
        const v = Float64Array.of(Math.sin((2 * Math.PI * (k - 0.5)) / steps));
        kernel.charge?.(state, v, charge);
        const before = charge[0];
        kernel.step(state, v, 1 / (frequency_Hz * steps));
        kernel.charge?.(state, v, charge);
        current_A.push((charge[0] - before) * frequency_Hz * steps);
      }
    }
    // series R C: i = w C / (1 + i w tau) times the voltage
    const omegaTau = 2 * Math.PI * frequency_Hz * 0.1;
    const amplitude = (2 * Math.PI * frequency_Hz * 1e-9) / Math.hypot(1, omegaTau);
    expectClose(Math.max(...current_A), amplitude, 1e-3);
    // at the rising zero of the voltage the current is the amplitude times cos of its lead's complement
    expectClose(current_A.at(-1) as number, amplitude * Math.sin(Math.PI / 2 - Math.atan(omegaTau)), 5e-3);
    expect((current_A.at(-1) as number) / Math.max(...current_A)).toBeGreaterThan(0.5);
    expect((current_A[steps / 2 - 1] as number) / Math.max(...current_A)).toBeLessThan(-0.5);
  });
});
