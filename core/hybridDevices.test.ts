import { describe, expect, it } from "vitest";
import oracle from "../fixtures/physics/hybridDevices.json" with { type: "json" };
import { expectClose } from "../tests/close.ts";
import { loopArea } from "./analysis/loop.ts";
import type { Environment } from "./crossbar/environment.ts";
import { makeGrid } from "./crossbar/grid.ts";
import type { JunctionKernel, Parameters } from "./crossbar/model.ts";
import { resolveJunction } from "./crossbar/models/registry.ts";

/** Acceptance of the hybrid devices against published numbers and independent computations (fixtures/README.md). */

/** One junction that is stepped and read. */
function place(kernel: JunctionKernel, seed = 0) {
  const state = kernel.allocate(makeGrid(1, 1), seed);
  const voltage = new Float64Array(1);
  const out = new Float64Array(1);
  return {
    state,
    hold(voltage_V: number, dt_s: number, environment?: Environment) {
      voltage[0] = voltage_V;
      kernel.step(state, voltage, dt_s, environment);
    },
    conductance(voltage_V = 0, environment?: Environment) {
      voltage[0] = voltage_V;
      kernel.conductance(state, voltage, out, environment);
      return out[0] as number;
    },
  };
}

/** The last of `cycles` periods of a sine, g and V at step ends, g advanced with V at mid-step. */
function lastLoop(kernel: JunctionKernel, amplitude_V: number, frequency_Hz: number, cycles: number, steps = 4000) {
  const junction = place(kernel);
  const valueAt = (k: number) => ((2 * k) % steps === 0 ? 0 : amplitude_V * Math.sin((2 * Math.PI * k) / steps));
  const voltage_V = new Float64Array(steps + 1);
  const current_A = new Float64Array(steps + 1);
  const conductance_S = new Float64Array(steps + 1);
  for (let cycle = 0; cycle < cycles; cycle++)
    for (let k = 0; k <= steps; k++) {
      if (k > 0) junction.hold(amplitude_V * Math.sin((2 * Math.PI * (k - 0.5)) / steps), 1 / (frequency_Hz * steps));
      voltage_V[k] = valueAt(k);
      conductance_S[k] = junction.conductance();
      current_A[k] = (conductance_S[k] as number) * (voltage_V[k] as number);
    }
  return { conductance_S, ...loopArea(voltage_V, current_A) };
}

describe("acceptance 24: brush", () => {
  const kernel = resolveJunction("brush");
  const pairRatio = (voltage_V: number, gap_s: number) => {
    const junction = place(kernel);
    junction.hold(voltage_V, 0.01);
    const first = junction.conductance();
    junction.hold(0, gap_s);
    junction.hold(voltage_V, 0.01);
    return junction.conductance() / first;
  };

  it("facilitates pairs of positive pulses and depresses negative ones, both decaying to 1", () => {
    let above = Infinity;
    let below = 0;
    for (const [gap, ratio] of Object.entries(oracle.brush.ppf_0p1V_10ms)) {
      const facilitation = pairRatio(0.1, Number(gap));
      const depression = pairRatio(-0.1, Number(gap));
      expectClose(facilitation, ratio, 1e-6);
      expectClose(
        depression,
        oracle.brush.ppd_minus0p1V_10ms[gap as keyof typeof oracle.brush.ppd_minus0p1V_10ms],
        1e-6,
      );
      expect(facilitation).toBeGreaterThan(1);
      expect(facilitation).toBeLessThan(above);
      expect(depression).toBeLessThan(1);
      expect(depression).toBeGreaterThan(below);
      above = facilitation;
      below = depression;
    }
    expectClose(pairRatio(0.1, 10), 1, 1e-9);
    expectClose(pairRatio(-0.1, 10), 1, 1e-9);
  });

  it("has the loops of the independent computation under 0.3 V", () => {
    for (const row of oracle.brush.loop_0p3V.filter(({ f }) => f <= 1)) {
      const loop = lastLoop(kernel, 0.3, row.f, 12);
      // the oracle pairs end-of-step states with mid-step voltages: 1 % of areas at the largest loop, more of thin ones
      expectClose(loop.positive_W, row.area_pos, 0.01, 0.01 * 1.8593e-10);
      expectClose(loop.negative_W, row.area_neg, 0.01, 0.01 * 1.8593e-10);
      expectClose(Math.max(...loop.conductance_S), row.Gmax, 1e-3);
      expectClose(Math.min(...loop.conductance_S), row.Gmin, 1e-3);
    }
    expectClose(lastLoop(kernel, 0.3, 1, 12).positive_W, oracle.brush.periodic_1Hz_area_pos, 1e-3);
  });

  it("spends the energy class of a biological spike", () => {
    const energy_J = kernel.steadyConductance(0) * 0.1 ** 2 * 0.01;
    expectClose(energy_J, oracle.brush.energy_per_spike_J, 1e-12);
    expect(energy_J).toBeGreaterThan(1e-15);
    expect(energy_J).toBeLessThan(1e-11);
  });

  it("is weakened by a binder and slowed by a stronger anion", () => {
    const onOff = (parameters: Parameters) => {
      const other = resolveJunction("brush", parameters);
      return Math.log(other.steadyConductance(0.5) / other.steadyConductance(-0.5));
    };
    expectClose(onOff({ binder_mM: 1 }), onOff({}) / 2, 1e-12);
    expectClose(onOff({ anionFactor: 1.4 }), onOff({}) * 1.4, 1e-12);
    expectClose(resolveJunction("brush", { anionFactor: 2 }).timescales(place(kernel).state).min_s, 0.05, 1e-12);
    const slow = resolveJunction("brush", { anionFactor: 2 });
    expectClose(slow.timescales(place(slow).state).min_s, 0.1, 1e-12);
  });
});

describe("acceptance 25: gel", () => {
  it("remembers for a time that scales with the square of its thickness", () => {
    for (const [length_um, tau_s] of Object.entries(oracle.gel.tau_s_by_length_um)) {
      const kernel = resolveJunction("gel-stack", { length_m: Number(length_um) * 1e-6 });
      expectClose(kernel.derived.tau1_s as number, tau_s, 1e-9);
      // and it is what the junction does: ions fall to 1/e of a weak programming
      const junction = place(kernel);
      junction.hold(0.1, 20 * tau_s);
      const programmed = Math.log(junction.conductance() / kernel.steadyConductance(0));
      junction.hold(0, tau_s);
      expectClose(Math.log(junction.conductance() / kernel.steadyConductance(0)) / programmed, Math.exp(-1), 1e-6);
    }
  });

  it("keeps a part of strong programming, none of weak", () => {
    const kernel = resolveJunction("gel-stack");
    const retained = (voltage_V: number) => {
      const junction = place(kernel);
      junction.hold(voltage_V, 2000);
      junction.hold(0, 1e5);
      return junction.conductance() / kernel.steadyConductance(0);
    };
    expectClose(retained(0.2), 1, 1e-12);
    expect(retained(2)).toBeGreaterThan(1.1);
    expect(retained(-2)).toBeLessThan(0.9);
  });

  it("divides the voltage over gels in series by their resistances", () => {
    const twins = resolveJunction("gel-stack", { gels: 2, thicknessRatio: 1, alternation: 1 });
    const single = resolveJunction("gel-stack");
    for (const v of [-2, -0.3, 0.4, 2.5]) expectClose(twins.steadyConductance(v), single.steadyConductance(v), 1e-9);
    // opposite gels: one fills while the other empties, the emptied one decides
    const opposite = resolveJunction("gel-stack", { gels: 2, thicknessRatio: 1 });
    expectClose(opposite.steadyConductance(1), opposite.steadyConductance(-1), 1e-9);
    expect(opposite.steadyConductance(1)).toBeLessThan(opposite.steadyConductance(0));
  });

  it("rectifies in a cone as the open cone does, nine times as slowly", () => {
    const parameters = { length_m: 10e-6, surfaceCharge_C_m2: -0.0015 * 0.16022 };
    const open = resolveJunction("cone", parameters);
    const gel = resolveJunction("gel-cone", { ...parameters, swellingResistance: 0 });
    const rectification = (kernel: JunctionKernel) => kernel.steadyConductance(-1) / kernel.steadyConductance(1);
    expectClose(rectification(gel), rectification(open), 1e-9);
    expectClose((gel.derived.tau_s as number) / (open.derived.tau_s as number), 1.75e-9 / 2e-10, 1e-9);
  });
});

describe("acceptance 26: thermoplasmonic gate", () => {
  const kernel = resolveJunction("pnipam");
  const lit = { opticalPower_W: oracle.pnipam.params.P };
  const dt_s = 5e-6;
  const record = (environment: Environment, start = place(kernel)) => {
    const conductance_S: number[] = [start.conductance()];
    let hottest_K = 0;
    for (let k = 0; k < 5000; k++) {
      start.hold(0.1, dt_s, environment);
      conductance_S.push(start.conductance());
      hottest_K = Math.max(hottest_K, start.state.field("spot_K")[0] as number);
    }
    return { start, conductance_S, hottest_K };
  };
  const on = record(lit);
  const off = record({}, on.start);
  const low = on.conductance_S[0] as number;
  const high = on.conductance_S.at(-1) as number;
  /** Time between the first samples on the far side of 10 % and 90 % of [G(0), G(25 ms)]. */
  const between = (trace: readonly number[]) => {
    const past = (part: number) =>
      trace.findIndex((g) =>
        trace === on.conductance_S ? g >= low + part * (high - low) : g <= low + part * (high - low),
      );
    return Math.abs(past(0.9) - past(0.1)) * dt_s;
  };

  it("opens 60 +- 5 times, and 59.96 times as computed independently", () => {
    expect(Math.abs(high / low - 60)).toBeLessThan(5);
    expectClose(high / low, oracle.pnipam.on_off, 1e-6);
  });

  it("rises and falls within 1 to 10 ms, to 0.5 % as computed independently", () => {
    const [rise_s, fall_s] = [between(on.conductance_S), between(off.conductance_S)];
    for (const time_s of [rise_s, fall_s]) {
      expect(time_s).toBeGreaterThan(1e-3);
      expect(time_s).toBeLessThan(10e-3);
    }
    expectClose(rise_s * 1e3, oracle.pnipam.rise_10_90_ms, 0.005);
    expectClose(fall_s * 1e3, oracle.pnipam.fall_90_10_ms, 0.005);
  });

  it("heats by R_th P, and is opened by a warm chip too", () => {
    expectClose(on.hottest_K, oracle.pnipam.T_max, 1e-9);
    expect(kernel.steadyConductance(0.1, { temperature_K: 310 })).toBeGreaterThan(50 * kernel.steadyConductance(0.1));
  });
});

describe("acceptance 27: particle plugs", () => {
  const rigid = resolveJunction("np-plug");
  const soft = resolveJunction("liposome-plug");
  const closed = (kernel: JunctionKernel) => {
    const junction = place(kernel);
    junction.hold(0.2, 10);
    return junction;
  };

  it("captures at the computed rates", () => {
    for (const [voltage, rate] of Object.entries(oracle.plug.capture_rate_perS)) {
      // without release, the open part decays with the capture rate alone
      const junction = place(resolveJunction("np-plug", { release_per_s: 0, trappedRatio: 0 }));
      junction.state.field("trapped").fill(0);
      junction.hold(Number(voltage), 0.1);
      expectClose(-Math.log(junction.conductance() / 10e-9) / 0.1, rate, 1e-9);
    }
  });

  it("is volatile with rigid particles: open again at 0 V", () => {
    const junction = closed(rigid);
    const open = rigid.steadyConductance(0);
    expect(junction.conductance()).toBeLessThan(0.4 * open);
    junction.hold(0, 0.5);
    expectClose(junction.conductance(), open, 1e-6);
  });

  it("survives 0 V with soft ones, closed to 100 %, and pressure resets it", () => {
    const junction = closed(soft);
    const open = soft.steadyConductance(0);
    expect(junction.conductance()).toBeLessThan(1e-6 * open);
    junction.hold(0, 1e5);
    expect(junction.conductance()).toBeLessThan(1e-6 * open);
    junction.hold(-0.5, 1e5);
    expect(junction.conductance()).toBeLessThan(1e-6 * open);
    junction.hold(0, 1e-3, { pressure_Pa: -0.9 * 101325 });
    expect(junction.conductance()).toBeLessThan(1e-6 * open);
    junction.hold(0, 1e-3, { pressure_Pa: -1.1 * 101325 });
    expect(junction.state.field("wedged")[0]).toBe(0);
    expectClose(junction.conductance(0), 10e-9, 1e-12);
  });

  it("is plugged by one atmosphere as by 200 mV", () => {
    const pushed = place(rigid);
    const driven = place(rigid);
    pushed.hold(0, 0.3, { pressure_Pa: 101325 });
    driven.hold(0.2, 0.3);
    expectClose(pushed.conductance(), driven.conductance(), 1e-12);
    expect(pushed.conductance()).toBeLessThan(0.7 * rigid.steadyConductance(0));
  });

  it("responds within milliseconds to many particles", () => {
    const junction = place(resolveJunction("np-plug", { capture_per_s: 20 }));
    const open = junction.conductance();
    junction.hold(0.2, 2e-3);
    expect(junction.conductance()).toBeLessThan(0.3 * open);
  });

  it("has the mean of many whole particles, within 3 sigma", () => {
    for (const name of ["np-plug", "liposome-plug"]) {
      const pores = 1e5;
      const random = place(resolveJunction(name, { stochastic: 1, pores }), 7);
      const mean = place(resolveJunction(name));
      for (const [v, dt_s] of [
        [0.2, 0.2],
        [0.1, 0.5],
        [-0.1, 0.003],
        [0.15, 1],
      ] as const) {
        random.hold(v, dt_s);
        mean.hold(v, dt_s);
        for (const part of ["trapped", "wedged"]) {
          const p = mean.state.field(part)[0] as number;
          const sigma = Math.sqrt((p * (1 - p)) / pores);
          expect(Math.abs((random.state.field(part)[0] as number) - p)).toBeLessThanOrEqual(3 * sigma + 1e-12);
        }
      }
    }
  });

  it("opens as the field pulls an elastically held particle, with thermal spread k_B T / k", () => {
    const kernel = resolveJunction("sio2-elastic");
    expect(kernel.steadyConductance(0.5)).toBeGreaterThan(5 * kernel.steadyConductance(0));
    expectClose(kernel.steadyConductance(-0.5), kernel.steadyConductance(0.5), 1e-12);
    const random = resolveJunction("sio2-elastic", { stochastic: 1 });
    const state = random.allocate(makeGrid(100, 100), 3);
    random.step(state, new Float64Array(1e4), 1);
    const displacement = state.field("displacement_m");
    const variance = displacement.reduce((sum, x) => sum + x * x, 0) / displacement.length;
    // variance of 10^4 squares: relative sigma sqrt(2 / 10^4)
    expectClose(variance, (1.380649e-23 * 298.15) / 1e-6, 3 * Math.sqrt(2e-4));
  });
});
