import { describe, expect, it } from "vitest";
import hard from "../../../fixtures/physics/hardDevices.json" with { type: "json" };
import mosse from "../../../fixtures/physics/mossePore.json" with { type: "json" };
import { expectClose } from "../../../tests/close.ts";
import { sineOf, steadyLoop } from "../../../tests/steadyLoop.ts";
import { fitExponential } from "../../../tests/fitExponential.ts";
import { classifyLoop } from "../../analysis/loop.ts";
import { AVOGADRO_PER_MOL, ELEMENTARY_CHARGE_C } from "../constants.ts";
import { makeGrid } from "../grid.ts";
import type { JunctionState } from "../state.ts";
import { enumerateConfigurations } from "./ionConfigurations.ts";
import { MOSSE_BARRIERS } from "./mossePore.ts";
import { resolveJunction } from "./registry.ts";

const one = makeGrid(1, 1);
/** The computation took e = 1.602e-19 C, 1.1e-4 from CODATA. */
const ROUNDED_CHARGE = 1.2e-4;

describe("acceptance 16: MoSSe pore, current-field loop at 200 MHz", () => {
  const kernel = resolveJunction("mosse");
  const unit = kernel.parameters.conductance_S as number;
  const steps = 10_000;
  const loop = steadyLoop(kernel, sineOf(1.2), 200e6, { steps, cycles: 2 });
  const current = [...loop.current_A].map((value) => value / unit);

  /** Extreme of the current on a rising quarter, by a parabola through three points. */
  const peak = (from: number, to: number, sign: 1 | -1): number => {
    let best = from;
    for (let k = from; k <= to; k++) if (sign * (current[k] as number) > sign * (current[best] as number)) best = k;
    const [a, b, c] = [current[best - 1] as number, current[best] as number, current[best + 1] as number];
    const part = best + (0.5 * (a - c)) / (a - 2 * b + c);
    return 1.2 * Math.sin((2 * Math.PI * part) / steps);
  };
  /** Current at a field, interpolated on one branch of the loop. */
  const at = (field: number, branch: "forward" | "reverse"): number => {
    const first = field > 0 ? 0 : steps / 2;
    const quarter = steps / 4;
    const start = branch === "forward" ? first : first + quarter;
    for (let k = start; k < start + quarter; k++) {
      const [a, b] = [loop.voltage_V[k] as number, loop.voltage_V[k + 1] as number];
      if ((a - field) * (b - field) <= 0 && a !== b)
        return (current[k] as number) + (((current[k + 1] as number) - (current[k] as number)) * (field - a)) / (b - a);
    }
    return Number.NaN;
  };

  it("turns to negative differential resistance at the published +0.5 and -1.0 V/nm", () => {
    expect(Math.abs(peak(1, steps / 4, 1) - mosse.published.NDR_threshold_pos)).toBeLessThan(0.005);
    expect(Math.abs(peak(steps / 2 + 1, (3 * steps) / 4, -1) - mosse.published.NDR_threshold_neg)).toBeLessThan(0.005);
  });

  it("agrees with the computed branches and areas, 1e-3", () => {
    const { converged, partA } = mosse;
    for (const [name, value] of Object.entries(converged)) {
      const [branch, field] = name.split("_");
      if (field === undefined) continue;
      expectClose(
        at(Number(field) * (field === "1.2" ? 1 - 1e-12 : 1), branch === "pf" ? "forward" : "reverse"),
        value,
        1e-3,
      );
    }
    expectClose(loop.positive_W / unit, partA.area_pos, 2e-3);
    expectClose(loop.negative_W / unit, partA.area_neg, 2e-3);
    expectClose(Math.min(...(loop.states.ordering as Float64Array)), partA.w_min, 1e-3);
    expectClose(Math.max(...(loop.states.ordering as Float64Array)), partA.w_max, 1e-3);
  });

  it("is unipolar: the way back lies below the way out for every E > 0 and for E <= -0.5 V/nm", () => {
    expect(classifyLoop(loop)).toBe("non-crossing-2");
    for (let field = 0.02; field < 1.19; field += 0.02) expect(at(field, "reverse")).toBeLessThan(at(field, "forward"));
    for (let field = -0.5; field > -1.19; field -= 0.02)
      expect(Math.abs(at(field, "reverse"))).toBeLessThan(Math.abs(at(field, "forward")));
  });

  it("keeps its NDR without the Janus field, symmetric (MoS2)", () => {
    const symmetric = resolveJunction("mosse", { intrinsicField_V_m: 0 });
    const i = (v: number) => symmetric.steadyConductance(v) * v;
    for (const v of [0.3, 0.9, 1.5]) expectClose(i(-v), -i(v), 1e-12);
    expect(i(1.2)).toBeLessThan(i(0.8));
  });

  it("serves the published barriers; the field's work explains total minus components with d of 0.06 to 0.09 nm", () => {
    for (const { field_V_nm, total_kJ_mol, components_kJ_mol } of MOSSE_BARRIERS) {
      expect(total_kJ_mol).toBe(mosse.published.barriers_kJmol[String(field_V_nm) as "0.2"]);
      const check = mosse.table1_check[String(field_V_nm) as "0.2"];
      expectClose(components_kJ_mol, check.sum_components, 1e-4);
      const d_nm = ((components_kJ_mol - total_kJ_mol) * 1e3) / (AVOGADRO_PER_MOL * ELEMENTARY_CHARGE_C * field_V_nm);
      expectClose(d_nm * 1e9 * 1e-9, check.implied_distance_nm, 1e-3);
      expect(d_nm).toBeGreaterThan(0.06);
      expect(d_nm).toBeLessThan(0.09);
    }
  });
});

describe("acceptance 16: MoSSe pore, pulses", () => {
  const kernel = resolveJunction("mosse");
  const ps = 1e-12;
  const WIDTH_S = 1e-9 * ps; // the published pulse width is unknown: as good as zero
  const multiplier = (state: JunctionState) =>
    state.field("scale")[0] * (1 + state.field("facilitation")[0]) * state.field("recovery")[0];
  const hold = (state: JunctionState, v: number, dt_s: number) => kernel.step(state, Float64Array.of(v), dt_s);
  /** Multiplier seen by every pulse of a train. */
  const train = (
    rest_V: number,
    pulse_V: number,
    gap_ps: number,
    count: number,
    prepare?: (state: JunctionState) => void,
  ) => {
    const state = kernel.allocate(one);
    prepare?.(state);
    hold(state, rest_V, 20 * ps);
    const seen: number[] = [];
    for (let k = 0; k < count; k++) {
      hold(state, pulse_V, WIDTH_S);
      seen.push(multiplier(state));
      hold(state, rest_V, gap_ps * ps);
    }
    return seen;
  };
  /** What is left of a first pulse when the second comes: 20 ps at 2 V/nm before facilitation, nothing before depression. */
  const pair = (rest_V: number, pulse_V: number, gap_ps: number) => {
    const seen = train(rest_V, pulse_V, gap_ps, 2, (state) => {
      if (rest_V > 0) hold(state, 2, 20 * ps);
    });
    return (seen[1] as number) / (seen[0] as number);
  };

  it.each([
    ["PPF", 0.5, 0.7, mosse.partB.PPF, [1.2, 1.9, 8]],
    ["PPD", 0, 0.5, mosse.partB.PPD, [0.9, -0.7, 7.5]],
  ] as const)(
    "%s against the interval: offset, amplitude and time constant within 1 %",
    (_name, rest, pulse, oracle, published) => {
      const delays = Object.keys(oracle)
        .map(Number)
        .filter((gap_ps) => gap_ps > 0);
      const ratios = delays.map((gap_ps) => pair(rest, pulse, gap_ps));
      delays.forEach((gap_ps, k) => {
        expectClose(ratios[k] as number, oracle[String(gap_ps) as "1"], 1e-4);
      });
      const { offset, amplitude, tau } = fitExponential(delays, ratios);
      expectClose(offset, published[0], 0.01);
      expectClose(amplitude, published[1], 0.01);
      expectClose(tau, published[2], 0.01);
    },
  );

  it("facilitates a train to 4 after ten pulses", () => {
    const seen = train(0.5, 0.7, 5, 15);
    mosse.partB.STF.forEach((value, k) => {
      expectClose(seen[k] as number, value, 1e-4);
    });
    expect(Math.abs((seen[9] as number) - mosse.published.STF10)).toBeLessThan(0.1);
  });

  it("depresses a train without turning back, below 0.05 by pulse 25", () => {
    const seen = train(0, 0.5, 5, 30);
    mosse.partB.STD.forEach((value, k) => {
      expectClose(seen[k] as number, value, 3e-4);
    });
    seen.forEach((value, k) => {
      if (k > 0) expect(value).toBeLessThan(seen[k - 1] as number);
    });
    expect(seen[24]).toBeLessThan(0.05);
  });

  it("scales every time by one factor", () => {
    const slow = resolveJunction("mosse", { timeScale: 1e9 });
    const [fast_s, slow_s] = [kernel, slow].map((tested) => tested.timescales(tested.allocate(one)).min_s);
    expectClose((slow_s as number) / (fast_s as number), 1e9, 1e-12);
  });
});

describe("acceptance 17: bicationic pores", () => {
  const kernel = resolveJunction("bication");
  const { table, converged } = hard.bicationic;
  const ns = 1e-9;

  it("has the computed occupancy, time constant and current at seven voltages, 1e-6", () => {
    for (const [voltage, row] of Object.entries(table)) {
      const state = kernel.allocate(one);
      const v = Float64Array.of(Number(voltage));
      expectClose(kernel.timescales(state, v).min_s, row.tau_ns * ns, 1e-6);
      for (let k = 0; k < 100; k++) kernel.step(state, v, row.tau_ns * ns);
      expectClose(state.field("blocked")[0], row.theta_inf, 1e-6);
      const current = new Float64Array(1);
      kernel.current(state, v, current);
      expectClose(current[0], 100 * (1 - row.theta_inf) * row.iK_pA * 1e-12, ROUNDED_CHARGE);
    }
  });

  it("spends 0.1 to 100 aJ per spike and potentiates by more than 1.5 in three; recovered after 5 tau(0)", () => {
    const state = kernel.allocate(one);
    const v = Float64Array.of(0.3);
    const zero = new Float64Array(1);
    const current = new Float64Array(1);
    /** Mean current of a 5 ns spike (Simpson over 200 exact steps). */
    const spike = (): number => {
      let sum = 0;
      const steps = 200;
      for (let k = 0; k <= steps; k++) {
        if (k > 0) kernel.step(state, v, (5 * ns) / steps);
        kernel.current(state, v, current);
        sum += current[0] * (k === 0 || k === steps ? 1 : k % 2 === 1 ? 4 : 2);
      }
      kernel.step(state, zero, 5 * ns);
      return sum / (3 * steps);
    };
    const means = Array.from({ length: 30 }, spike);
    for (const mean of means) {
      const energy_aJ = 0.3 * mean * 5 * ns * 1e18;
      expect(energy_aJ).toBeGreaterThan(0.1);
      expect(energy_aJ).toBeLessThan(100);
    }
    converged.ratio.forEach((ratio, k) => {
      expectClose((means[k] as number) / (means[0] as number), ratio, 1e-4);
    });
    expectClose((means[29] as number) / (means[0] as number), converged.limit, 1e-4);
    expect((means[2] as number) / (means[0] as number)).toBeGreaterThan(1.5);
    kernel.step(state, zero, 5 * hard.bicationic.recovery_tau_ns_V0 * ns);
    // "full": what is left of the potentiation is e^-5
    expectClose(spike() / (means[0] as number), 1, 0.02);
  });

  it("has the mean field as the mean of its random pores, 3 sigma", () => {
    const random = resolveJunction("bication", { stochastic: 1 });
    const runs = 400;
    const state = random.allocate({ rows: runs, columns: 1 }, 3);
    const mean = kernel.allocate(one);
    for (let k = 0; k < 20; k++) {
      const v = k % 2 === 0 ? 0.3 : 0;
      random.step(state, new Float64Array(runs).fill(v), 5 * ns);
      kernel.step(mean, Float64Array.of(v), 5 * ns);
      const blocked = [...state.field("blocked")];
      const average = blocked.reduce((sum, x) => sum + x, 0) / runs;
      const p = mean.field("blocked")[0];
      expect(Math.abs(average - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / (100 * runs)));
      for (const x of blocked) expect(Math.abs(x * 100 - Math.round(x * 100))).toBeLessThan(1e-9);
    }
  });
});

describe("acceptance 18: multi-ion pores", () => {
  const { activation_pA, inactivation_rel, pulse, converged } = hard.multi_ion;

  it("activates with the first site alone", () => {
    const kernel = resolveJunction("multi-ion", { inactivation: 0, pores: 1 });
    for (const [voltage, current_pA] of Object.entries(activation_pA))
      expectClose(kernel.steadyConductance(Number(voltage)) * Number(voltage), current_pA * 1e-12, ROUNDED_CHARGE);
  });

  it("inactivates with the second alone: dI/dV < 0 beyond 0.174 V", () => {
    const kernel = resolveJunction("multi-ion", { activation: 0, pores: 1, ohmicConductance_S: 1e-12 });
    const current = (v: number) => (kernel.steadyConductance(v) * v) / 1e-12;
    for (const [voltage, value] of Object.entries(inactivation_rel)) expectClose(current(Number(voltage)), value, 1e-4);
    let best = 0;
    for (let v = 0; v < 0.5; v += 1e-4) if (current(v) > current(best)) best = v;
    expectClose(best, converged.inactivation_V, 0.01);
    expectClose(current(best), converged.inactivation_maximum, 1e-3);
    expect(current(0.3)).toBeLessThan(current(0.2));
  });

  it.each(Object.entries(pulse))("answers a step to %s V with a pulse", (voltage, oracle) => {
    const kernel = resolveJunction("multi-ion", { pores: 1 });
    const state = kernel.allocate(one);
    const v = Float64Array.of(Number(voltage));
    const current = new Float64Array(1);
    let [largest, when] = [0, 0];
    for (let k = 1; k <= 8000; k++) {
      kernel.step(state, v, 0.05e-9);
      kernel.current(state, v, current);
      if (current[0] > largest) [largest, when] = [current[0], k * 0.05];
    }
    expectClose(largest, oracle.I_peak * 1e-12, 1e-3);
    expect(Math.abs(when - oracle.t_peak_ns)).toBeLessThan(0.0101 * oracle.t_peak_ns + 0.051);
    expectClose(current[0] / largest, oracle.ratio, 2e-3);
    if (voltage === "0.4") expect(current[0] / largest).toBeLessThan(0.2);
  });

  it("enumerates 2^N configurations, each ion blocking or permeating", () => {
    const ions = ["Na", "K", "Li", "Ca"].map((name, k) => ({
      name,
      capture_per_s: 0.02e9,
      attempt_per_s: 100e9,
      barrier_eV: 0.25 + 0.03 * k,
      lever: 0.25 + 0.1 * k,
    }));
    for (let count = 1; count <= 4; count++) {
      const list = enumerateConfigurations(ions.slice(0, count));
      expect(list).toHaveLength(2 ** count);
      expect(new Set(list.map(({ label }) => label)).size).toBe(2 ** count);
    }
    const all = enumerateConfigurations(ions);
    const blocked = all.find(({ blocks }) => blocks.every(Boolean));
    const free = all.find(({ blocks }) => !blocks.some(Boolean));
    expect(blocked?.steadyCurrent_A(0.3)).toBe(0);
    for (const configuration of all)
      expect(configuration.steadyCurrent_A(0.3)).toBeLessThanOrEqual(
        (free as (typeof all)[number]).steadyCurrent_A(0.3),
      );
    // sodium blocks, potassium permeates: the bicationic pore
    const bication = enumerateConfigurations([
      { name: "Na", capture_per_s: 0.02e9, attempt_per_s: 100e9, barrier_eV: 0.33, lever: 0.5 },
      { name: "K", capture_per_s: 0, attempt_per_s: 20e9, barrier_eV: 0.25, lever: 0.25 },
    ]).find(({ blocks }) => blocks[0] && !blocks[1]);
    for (const [voltage, current_pA] of Object.entries(activation_pA))
      expectClose(bication?.steadyCurrent_A(Number(voltage)) as number, current_pA * 1e-12, ROUNDED_CHARGE);
    expect(() => enumerateConfigurations([])).toThrow(/0 ions, allowed are 1 to 16/);
  });
});
