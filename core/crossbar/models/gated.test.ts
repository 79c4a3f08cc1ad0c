import fc from "fast-check";
import { describe, expect, it } from "vitest";
import electrolyte from "../../../fixtures/physics/electrolyte.json" with { type: "json" };
import { expectClose } from "../../../tests/close.ts";
import { fitExponential } from "../../../tests/fitExponential.ts";
import { sineOf, steadyLoop } from "../../../tests/steadyLoop.ts";
import { classifyLoop } from "../../analysis/loop.ts";
import type { Environment } from "../environment.ts";
import { makeGrid } from "../grid.ts";
import type { JunctionKernel } from "../model.ts";
import { resolveJunction } from "./registry.ts";

/** Cones and membranes under light, pressure, chemistry and temperature. */

const one = makeGrid(1, 1);
const zero = new Float64Array(1);

describe("acceptance 13: photo-junction", () => {
  const kernel = resolveJunction("photo-junction");
  const lit: Environment = { opticalPower_W: 20e-3 };

  /** Times at which the photovoltage passes 10 and 90 % of its change. */
  const riseTime = (tested: JunctionKernel, from: Environment, to: Environment): number => {
    const state = tested.allocate(one);
    tested.step(state, zero, 10, from);
    const start = state.field("photovoltage_V")[0];
    const dt_s = 1e-5;
    const trace: number[] = [];
    for (let k = 0; k < 20_000; k++) {
      tested.step(state, zero, dt_s, to);
      trace.push(state.field("photovoltage_V")[0] - start);
    }
    const end = trace.at(-1) as number;
    const when = (part: number) => trace.findIndex((value) => value / end >= part) * dt_s;
    return when(0.9) - when(0.1);
  };

  it("answers light within 50 ms from 10 to 90 %, on and off", () => {
    expectClose(riseTime(kernel, {}, lit), 0.05, 2e-3);
    expectClose(riseTime(kernel, lit, {}), 0.05, 2e-3);
  });

  it("makes tens of millivolts, and a current without voltage while lit", () => {
    const state = kernel.allocate(one);
    const current = new Float64Array(1);
    kernel.current(state, zero, current);
    expect(current[0]).toBe(0);
    kernel.step(state, zero, 1, lit);
    expectClose(state.field("photovoltage_V")[0], 0.01 * Math.log(21), 1e-12);
    expect(state.field("photovoltage_V")[0]).toBeGreaterThan(0.03);
    kernel.current(state, zero, current);
    expectClose(current[0], state.field("photovoltage_V")[0] * state.field("conductance_S")[0], 1e-12);
    expect(current[0]).toBeGreaterThan(0);
  });

  it("starts in the steady state of a constant light", () => {
    expectClose(
      resolveJunction("photo-junction", {}, lit).allocate(one).field("photovoltage_V")[0],
      0.01 * Math.log(21),
      1e-12,
    );
  });
});

describe("light-gated membranes", () => {
  it("mof: small doses fade with tau_1, large ones last longer, paired pulses facilitate and decay to 1", () => {
    const kernel = resolveJunction("mof");
    const dose = (seconds: number) => {
      const state = kernel.allocate(one);
      kernel.step(state, zero, seconds, { opticalPower_W: 1e-3 });
      const start = state.field("extraCations")[0];
      kernel.step(state, zero, 2);
      return state.field("extraCations")[0] / start;
    };
    expectClose(dose(0.01), Math.exp(-1), 1e-3);
    expect(dose(5)).toBeGreaterThan(0.6);
    const pair = (gap_s: number) => {
      const state = kernel.allocate(one);
      const pulse = () => {
        kernel.step(state, zero, 0.05, { opticalPower_W: 1e-3 });
        return state.field("extraCations")[0];
      };
      const first = pulse();
      kernel.step(state, zero, gap_s);
      return pulse() / first;
    };
    const gaps = [0.1, 0.3, 1, 2, 4, 8];
    const { offset, amplitude, tau } = fitExponential(gaps, gaps.map(pair));
    expectClose(offset, 1, 5e-3);
    expectClose(amplitude, 1, 0.05);
    expectClose(tau, 2, 0.02);
  });

  it("go-dendrite: two spots add to less than, exactly or more than their sum as p is above, at or below 1", () => {
    const reach = (exponent: number, spots: number) =>
      resolveJunction("go-dendrite", { exponent, spots, spacing_m: 0 }).derived.reach as number;
    expect(reach(2, 2)).toBeLessThan(2 * reach(2, 1));
    expectClose(reach(1, 2), 2 * reach(1, 1), 1e-12);
    expect(reach(0.5, 2)).toBeGreaterThan(2 * reach(0.5, 1));
    const spaced = resolveJunction("go-dendrite", { exponent: 1, spots: 2, spacing_m: 2e-3, decayLength_m: 2e-3 });
    expectClose(spaced.derived.reach as number, 1 + Math.exp(-1), 1e-12);
  });
});

describe("bipolar cone", () => {
  it("rectifies by 0.1 V what the unipolar cone needs 1 V for", () => {
    const bipolar = resolveJunction("cone-bipolar");
    const cone = resolveJunction("cone");
    const ratio = (kernel: JunctionKernel, v: number) => kernel.steadyConductance(-v) / kernel.steadyConductance(v);
    expect(ratio(bipolar, 0.1)).toBeGreaterThan(4);
    expect(ratio(cone, 0.1)).toBeLessThan(1.3);
    const frequency_Hz = 1 / (2 * Math.PI * (bipolar.derived.tau_s as number));
    expect(classifyLoop(steadyLoop(bipolar, sineOf(0.1), frequency_Hz))).toBe("crossing-2");
  });
});

describe("pressure cone", () => {
  const still = resolveJunction("cone");

  it("is the cone itself without pressure", () => {
    const kernel = resolveJunction("cone-pressure");
    for (const v of [-2, -0.3, 0, 0.5, 1.7]) expect(kernel.steadyConductance(v)).toBe(still.steadyConductance(v));
  });

  it("evaluates Pe / Pe_tot times the profile integral with the total flow", () => {
    const pressure_Pa = 2e4;
    const kernel = resolveJunction("cone-pressure", {}, { pressure_Pa });
    const { derived } = still;
    const [base, tip, length] = [200e-9, 50e-9, 10e-6];
    const flow =
      (3 * Math.PI * base ** 3 * tip ** 3 * pressure_Pa) / (8 * 1.01e-3 * length * (base ** 2 + base * tip + tip ** 2));
    const added = (flow * length) / (Math.PI * tip ** 2 * 1.75e-9);
    for (const v of [-1, -0.2, 0.3, 1]) {
      const peclet = 4 * (derived.exponent_perV as number) * v;
      const total = peclet + added;
      // integral of the file head of conicalChannel.ts by the midpoint rule
      let integral = 0;
      const n = 20_000;
      for (let k = 0; k < n; k++) {
        const x = (k + 0.5) / n;
        const radius = base - (base - tip) * x;
        integral +=
          ((x * tip) / radius -
            Math.expm1((total * x * tip ** 2) / (base * radius)) / Math.expm1((total * tip) / base)) /
          n;
      }
      const expected = 1 + (derived.polarization as number) * (peclet / total) * integral;
      expectClose(kernel.steadyConductance(v) / still.steadyConductance(0), expected, 1e-6);
    }
  });

  it("forgets under strong pressure of either sign, and takes pressure as it changes", () => {
    const kernel = resolveJunction("cone-pressure");
    for (const pressure_Pa of [-1e7, 1e7])
      expectClose(kernel.steadyConductance(-1, { pressure_Pa }), still.steadyConductance(0), 0.03);
    const state = kernel.allocate(one);
    kernel.step(state, Float64Array.of(-1), 1);
    const written = state.field("conductance_S")[0];
    kernel.step(state, Float64Array.of(-1), 0.1, { pressure_Pa: 1e7 });
    expect(written / still.steadyConductance(0)).toBeGreaterThan(1.9);
    expectClose(state.field("conductance_S")[0], still.steadyConductance(0), 0.03);
  });
});

describe("chemical cone", () => {
  it("is the cone itself without the binding ion, and the cone of the remaining charge with it", () => {
    const bare = resolveJunction("chemical");
    const cone = resolveJunction("cone");
    for (const v of [-1.5, 0.2, 1]) expectClose(bare.steadyConductance(v), cone.steadyConductance(v), 1e-6);
    // theta = k_on c / (k_on c + k_off) = 1/2 at 0.01 mM
    const half = resolveJunction("chemical", { agent_mM: 0.01 });
    const rest = resolveJunction("cone", { surfaceCharge_C_m2: -0.0015 * 0.16022 * 0.5 });
    for (const v of [-1.5, 0.2, 1]) expectClose(half.steadyConductance(v), rest.steadyConductance(v), 1e-6);
  });

  it("binds within minutes and keeps it when the ion is washed out: a long-term weight", () => {
    const kernel = resolveJunction("chemical");
    const state = kernel.allocate(one);
    kernel.step(state, zero, 10, { saltRight_mM: 1 });
    expectClose(state.field("theta")[0], (1 - Math.exp(-10 * 1.01)) / 1.01, 1e-9);
    const bound = state.field("theta")[0];
    kernel.step(state, zero, 10);
    expectClose(state.field("theta")[0], bound * Math.exp(-0.1), 1e-9);
  });
});

describe("membranes with voltage-dependent relaxation", () => {
  it("multipore: small-signal admittance agrees with Y = G + (g_H - g_L) v x_inf' / (1 + i w tau)", () => {
    const kernel = resolveJunction("multipore");
    const bias = 0.45;
    const small = 1e-4;
    const u = (bias - 0.5) / 0.15;
    const x = 1 / (1 + Math.exp(-u));
    const tau_s = 0.1 / Math.cosh(u / 2) + 5e-3;
    for (const frequency_Hz of [0.1, 1, 3, 20]) {
      const steps = 2000;
      const omega = 2 * Math.PI * frequency_Hz;
      const loop = steadyLoop(kernel, (turns) => bias + small * Math.sin(2 * Math.PI * turns), frequency_Hz, {
        steps,
        cycles: Math.ceil(20 * tau_s * frequency_Hz) + 2,
      });
      let [real, imaginary] = [0, 0];
      for (let k = 1; k <= steps; k++) {
        const phase = (2 * Math.PI * k) / steps;
        real += ((loop.current_A[k] as number) * Math.sin(phase) * 2) / (steps * small);
        imaginary += ((loop.current_A[k] as number) * Math.cos(phase) * 2) / (steps * small);
      }
      const gain = (1.8e-6 * bias * x * (1 - x)) / 0.15;
      const denominator = 1 + (omega * tau_s) ** 2;
      expectClose(real, 0.2e-6 + 1.8e-6 * x + gain / denominator, 2e-3);
      // negative: the loop is inductive
      expectClose(imaginary, (-gain * omega * tau_s) / denominator, 5e-3, 1e-9);
    }
  });

  it("conical-ndr: N-shaped steady I-V with one maximum and one minimum above it", () => {
    const kernel = resolveJunction("conical-NDR");
    const signs: number[] = [];
    for (let v = 0.01; v < 1.5; v += 0.01) {
      const sign = Math.sign(kernel.steadyConductance(v + 0.01) * (v + 0.01) - kernel.steadyConductance(v) * v);
      if (sign !== signs.at(-1)) signs.push(sign);
    }
    expect(signs).toEqual([1, -1, 1]);
  });

  it("large-membrane: the charge that passed is the salt that moved", () => {
    const kernel = resolveJunction("large-membrane", { sensitivity_permM: 0, mixingTau_s: 1e6 });
    const state = kernel.allocate(one);
    kernel.step(state, Float64Array.of(1e-3), 100);
    // 1 uA for 100 s, 0.3 of it as salt, into 1 uL
    expectClose(state.field("asymmetry_mM")[0], (0.3 * 1e-6 * 100) / 96485.33212 / 1e-9, 1e-3);
  });
});

describe("acceptance 36: temperature", () => {
  it.each(["cone", "cone-bipolar", "cone-pressure", "ncnm"])(
    "%s: a changing temperature acts like a constant one",
    (name) => {
      const kernel = resolveJunction(name);
      const warm = resolveJunction(name, {}, { temperature_K: 310.15 });
      const scale = electrolyte.temperature["310.15"].rel / electrolyte.temperature["293.15"].rel;
      const environment = { temperature_K: 310.15 };
      const times = (tested: JunctionKernel, now?: Environment) =>
        tested.timescales(tested.allocate(one), undefined, now).min_s;
      expectClose(times(kernel) / times(kernel, environment), scale, 1e-9);
      fc.assert(
        fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (v) => {
          expectClose(kernel.steadyConductance(v, environment), warm.steadyConductance(v), 1e-7);
          const [a, b] = [kernel.allocate(one), warm.allocate(one)];
          kernel.step(a, Float64Array.of(v), 1e3, environment);
          warm.step(b, Float64Array.of(v), 1e3);
          expectClose(a.field("conductance_S")[0], b.field("conductance_S")[0], 1e-7);
        }),
        { numRuns: 20 },
      );
    },
  );
});
