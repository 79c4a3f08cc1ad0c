import { describe, expect, it } from "vitest";
import cone from "../fixtures/physics/conicalChannel.json" with { type: "json" };
import electrolyte from "../fixtures/physics/electrolyte.json" with { type: "json" };
import fourLoops from "../fixtures/physics/fourLoops.json" with { type: "json" };
import ncnm from "../fixtures/physics/ncnmChannel.json" with { type: "json" };
import svmAreas from "../fixtures/physics/svmLoopArea.json" with { type: "json" };
import { expectClose } from "../tests/close.ts";
import { findMaximum, periodicLoop } from "../tests/periodicLoop.ts";
import { classifyLoop, loopArea } from "./analysis/loop.ts";
import type { JunctionKernel, Parameters } from "./crossbar/model.ts";
import { MODELS, resolveJunction } from "./crossbar/models/registry.ts";
import { simulateJunction } from "./simulate.ts";

/** Acceptance of the junction models against published numbers and independent computations (fixtures/README.md). */

describe("acceptance 1: time constant of the cone", () => {
  it("scales with the square of the length", () => {
    for (const length_m of [1e-6, 10e-6, 100e-6]) {
      const whole = resolveJunction("cone", { length_m }).derived.tau_s as number;
      const half = resolveJunction("cone", { length_m: length_m / 2 }).derived.tau_s as number;
      expectClose(whole / half, 4, 0, 1e-9);
    }
    for (const [length_um, tau_s] of Object.entries(electrolyte.tau_s_by_cone_length_um))
      expectClose(resolveJunction("cone", { length_m: Number(length_um) * 1e-6 }).derived.tau_s as number, tau_s, 1e-9);
  });

  it("is the published 4.8 ms at 10 um", () => {
    expectClose(resolveJunction("cone").derived.tau_s as number, 4.762e-3, 1e-4);
    expectClose(resolveJunction("cone").derived.tau_s as number, 4.8e-3, 0.01);
  });
});

describe("acceptance 2: steady conductance of the cone", () => {
  const kernel = resolveJunction("conical-channel");
  const rest = kernel.steadyConductance(0);

  it("agrees at all 17 voltages to 1e-8, required 2e-4", () => {
    expect(Object.keys(cone.ginf_over_g0)).toHaveLength(17);
    for (const [voltage, ratio] of Object.entries(cone.ginf_over_g0))
      expectClose(kernel.steadyConductance(Number(voltage)) / rest, ratio, 1e-8);
  });

  it("derives the constants of the published geometry", () => {
    const { derived } = kernel;
    expectClose(derived.zeroConductance_S as number, cone.derived.g0_S, 1e-9);
    expectClose(derived.wallPotential_V as number, cone.derived.psi0_V, 1e-9);
    expectClose(derived.dukhin as number, cone.derived.Du, 1e-9);
    expectClose(derived.polarization as number, cone.derived.dg, 1e-9);
    expectClose(derived.debyeLength_m as number, cone.derived.debye_m, 1e-9);
    // Pe at 1 V is the exponent at the tip times R_b / R_t
    expectClose((derived.exponent_perV as number) * 4, cone.derived.Pe_at_1V, 1e-9);
    expectClose(kernel.steadyConductance(-1) / kernel.steadyConductance(1), cone.rectification_at_1V, 1e-8);
  });

  it("mirrors with the orientation", () => {
    const turned = resolveJunction("cone", { orientation: -1 });
    for (const voltage of [-2.9, -0.7, 0.013, 1.9, 4])
      expect(turned.steadyConductance(-voltage)).toBe(kernel.steadyConductance(voltage));
  });
});

describe("acceptance 3: frequency of the largest loop", () => {
  it("is omega tau = 1.00 to 1.04 for the cone, 1 % of the computed maxima", () => {
    const kernel = resolveJunction("cone");
    const unit = kernel.derived.zeroConductance_S as number;
    for (const [amplitude, oracle] of Object.entries(cone.loop.max_area)) {
      const loopAt = (f: number) => periodicLoop(kernel, Number(amplitude), f, 1000).total_W;
      const frequency = findMaximum(loopAt, 10, 100);
      const omegaTau = 2 * Math.PI * frequency * (kernel.derived.tau_s as number);
      expect(omegaTau).toBeGreaterThan(0.995);
      expect(omegaTau).toBeLessThan(1.04);
      expectClose(frequency, oracle.f_Hz, 0.01);
      expectClose(periodicLoop(kernel, Number(amplitude), oracle.f_Hz).total_W / unit, oracle.area_total, 1e-5);
    }
  });

  const maximum = (activation: Parameters[string]) => {
    const kernel = resolveJunction("svm", { conductance_S: 1, tau_s: 1, activation });
    return 2 * Math.PI * findMaximum((f) => periodicLoop(kernel, 1, f, 1000).total_W, 0.01, 1);
  };

  it("is omega tau = 1/2 for a symmetric activation", () => {
    expectClose(maximum({ kind: "quadratic", coefficient_perV2: 0.3 }), 0.5, 0.002);
  });

  it("is omega tau = 1.112 for a step between two conductances, with the closed-form areas", () => {
    const activation = { kind: "table", voltage_V: [-1e-9, 1e-9], ratio: [1, 2] };
    expectClose(maximum(activation), 1.112, 0.003);
    const kernel = resolveJunction("svm", { conductance_S: 1, tau_s: 1, activation });
    for (const [omegaTau, { closed }] of Object.entries(svmAreas.step))
      expectClose(periodicLoop(kernel, 1, Number(omegaTau) / (2 * Math.PI)).total_W, closed, 5e-3);
  });
});

describe("acceptance 4: analytic lobe areas", () => {
  const cases = [
    ["asymmetric_linear", { kind: "linear", slope_perV: -0.3 }],
    ["symmetric_quadratic", { kind: "quadratic", coefficient_perV2: 0.3 }],
  ] as const;
  it.each(cases)("%s agrees at six frequencies to 3e-5, required 1e-3", (name, activation) => {
    const kernel = resolveJunction("svm", { conductance_S: 1, tau_s: 1, activation });
    for (const oracle of svmAreas.cases[name]) {
      const loop = periodicLoop(kernel, 1, oracle.omega_tau / (2 * Math.PI));
      expectClose(Math.abs(loop.positive_W), oracle.analytic_abs, 3e-5);
      expectClose(Math.abs(loop.negative_W), oracle.analytic_abs, 3e-5);
      expect(Math.sign(loop.positive_W)).toBe(Math.sign(oracle.area_pos));
      expect(Math.sign(loop.negative_W)).toBe(Math.sign(oracle.area_neg));
    }
  });
});

describe("acceptance 4b: loops of the cone at 0.4, 40 and 4000 Hz", () => {
  const kernel = resolveJunction("cone");
  const unit = kernel.derived.zeroConductance_S as number;

  const compare = (tested: JunctionKernel, frequency: string, tolerance: number) => {
    const oracle = cone.loop.examples_Vm1[frequency as keyof typeof cone.loop.examples_Vm1];
    const loop = periodicLoop(tested, 1, Number(frequency), cone.loop.n_per_period);
    const g = [...loop.conductance_S].map((value) => value / unit);
    expectClose(Math.max(...g), oracle.g_max, tolerance);
    expectClose(Math.min(...g), oracle.g_min, tolerance);
    expectClose(g[0] as number, oracle.g_at_V0_up, tolerance);
    expectClose(g[2000] as number, oracle.g_at_V0_down, tolerance);
    expectClose(loop.positive_W / unit, oracle.area_pos, tolerance);
    expectClose(loop.negative_W / unit, oracle.area_neg, tolerance);
  };

  it.each(Object.keys(cone.loop.examples_Vm1))("%s Hz agrees with the computed loop to 3e-6", (frequency) => {
    compare(kernel, frequency, 3e-6);
  });

  it.each(Object.keys(cone.loop.examples_Vm1))(
    "%s Hz agrees to 1e-9 with the coarse table that the computation used",
    (frequency) => {
      // the oracle joins 1201 points of g_inf over +-3 V by straight lines; that is where the 3e-6 comes from
      const voltage_V = Array.from({ length: 1201 }, (_, k) => (k - 600) * 0.005);
      const ratio = voltage_V.map((voltage) => kernel.steadyConductance(voltage) / unit);
      const tau_s = kernel.derived.tau_s as number;
      compare(
        resolveJunction("svm", { conductance_S: unit, tau_s, activation: { kind: "table", voltage_V, ratio } }),
        frequency,
        1e-9,
      );
    },
  );
});

describe("acceptance 5: pinched loops", () => {
  const pinched = MODELS.filter(({ claims, plug }) => claims.pinched && plug === "memristive");
  it.each(pinched.map(({ name }) => name))("%s carries no current at 0 V", (model) => {
    const kernel = resolveJunction(model);
    const [least, most] = kernel.model.validRange_V;
    const amplitude_V = Math.min(1, -least, most);
    const probe_V = Float64Array.of(0.5 * amplitude_V);
    const slowest = kernel.timescales(kernel.allocate({ rows: 1, columns: 1 }), probe_V).max_s;
    const tau_s = slowest === Infinity ? 1 : slowest;
    const record = simulateJunction({
      model,
      waveform: { kind: "sine", amplitude_V, frequency_Hz: 1 / (2 * Math.PI * tau_s), cycles: 2, samplesPerCycle: 400 },
    });
    const largest = record.current_A.reduce((most_A, current_A) => Math.max(most_A, Math.abs(current_A)), 0);
    record.voltage_V.forEach((voltage, k) => {
      if (voltage === 0) expect(Math.abs(record.current_A[k] as number)).toBeLessThan(1e-12 * largest);
    });
    expect(record.voltage_V.filter((voltage) => voltage === 0)).toHaveLength(5);
  });

  it.each(["svm", "conical-channel", "ncnm-channel", "four-loops"])("%s closes to a line far from 1/tau", (model) => {
    const kernel = resolveJunction(model);
    const tau_s = kernel.derived.tau_s as number;
    const largest = periodicLoop(kernel, 1, 1 / (2 * Math.PI * tau_s)).total_W;
    expect(periodicLoop(kernel, 1, 1e3 / tau_s).total_W).toBeLessThan(0.03 * largest);
    expect(periodicLoop(kernel, 1, 1e-3 / tau_s).total_W).toBeLessThan(0.03 * largest);
  });
});

describe("acceptance 6: ncnm channel", () => {
  it("has the published time constants 0.18, 0.72 and 1.62 s", () => {
    for (const [length_um, tau_s] of Object.entries(ncnm.tau_s_by_length_um))
      expectClose(resolveJunction("ncnm", { length_m: Number(length_um) * 1e-6 }).derived.tau_s as number, tau_s, 1e-9);
  });

  /** g/g0 at the end of every slot; a slot is 0.75 s of 5 V or 0 V, a gap of 0.75 s follows. */
  const train = (bits: string, write_V = 5): number[] => {
    const unit = resolveJunction("ncnm").derived.zeroConductance_S as number;
    const slots = [...bits].flatMap((bit) => [
      { voltage_V: bit === "1" ? write_V : 0, duration_s: 0.75 },
      { voltage_V: 0, duration_s: 0.75 },
    ]);
    const record = simulateJunction({ model: "ncnm", waveform: { kind: "steps", steps: slots, samplePeriod_s: 0.75 } });
    const g = record.state.conductance_S as Float64Array;
    return [...bits].map((_, k) => (g[2 * k + 1] as number) / unit);
  };

  it("reaches the 16 states of four bits in the computed order", () => {
    const reached = Object.entries(ncnm.states16).map(([bits, oracle]) => {
      const trace = train(bits);
      trace.forEach((value, k) => {
        expectClose(value, oracle.trace[k] as number, 1e-6);
      });
      return { bits, end: trace.at(-1) as number };
    });
    reached.sort((a, b) => a.end - b.end);
    expect(reached.map(({ bits }) => bits)).toEqual(ncnm.sorted);
    const gaps = reached.slice(1).map(({ end }, k) => end - (reached[k] as { end: number }).end);
    expectClose(Math.min(...gaps), ncnm.min_gap, 1e-5);
  });

  it("facilitates from 2.350 to 3.236 under repeated pulses", () => {
    train("1111111111").forEach((value, k) => {
      expectClose(value, ncnm.facilitation10[k] as number, 1e-6);
    });
    expectClose(train("1".repeat(30)).at(-1) as number, 3.236, 1e-4);
  });

  describe("acceptance 37: disturb", () => {
    it("loses 2.2 % in one read of -1 V, 50 ms", () => {
      const record = simulateJunction({
        model: "ncnm",
        waveform: { kind: "steps", steps: [{ voltage_V: -1, duration_s: 0.05 }], samplePeriod_s: 0.05 },
      });
      const g = record.state.conductance_S as Float64Array;
      expectClose((g[1] as number) / (g[0] as number) - 1, -0.022, 0.01);
    });

    it.each([
      ["V/2", 5 / 2],
      ["V/3", 5 / 3],
    ] as const)("half-selected at %s moves as tabulated", (scheme, write_V) => {
      const trace = train("1".repeat(20), write_V);
      expectClose(trace[0] as number, ncnm.half_select[scheme].g_after_1, 1e-7);
      expectClose(trace[19] as number, ncnm.half_select[scheme].g_after_20, 1e-7);
    });
  });
});

describe("acceptance 8: four loop styles", () => {
  it.each(Object.entries(fourLoops.four))("%s is classified and has its area", (label, oracle) => {
    const style = (label.split(" ")[0] as string).replace("noncrossing", "non-crossing").replace("_", "-");
    const parameters = {
      unipolarConductance_S: oracle.Gu,
      unipolarCoefficient_perV2: oracle.alpha,
      bipolarConductance_S: oracle.Gb,
      bipolarSlope_perV: oracle.beta,
      tau_s: fourLoops.tau,
    };
    const loop = periodicLoop(resolveJunction("four-loops", parameters), fourLoops.Vm, fourLoops.freq);
    expectClose(loop.positive_W, oracle.area_pos, 0, 1e-4);
    expectClose(loop.negative_W, oracle.area_neg, 0, 1e-4);
    expect(classifyLoop(loop)).toBe(style);
    const { metrics } = simulateJunction({
      model: "fourloop",
      parameters,
      waveform: { kind: "sine", amplitude_V: 1, frequency_Hz: 0.1, cycles: 4, samplesPerCycle: 1000 },
    });
    expect(metrics.loopStyle).toBe(style);
    expectClose(metrics.loopAreaPositive_W, oracle.area_pos, 0, 1e-4);
  });

  it("a resistor has no style", () => {
    const { voltage_V, current_A } = periodicLoop(
      resolveJunction("svm", { activation: { kind: "linear", slope_perV: 0 } }),
      1,
      1,
    );
    expect(classifyLoop(loopArea(voltage_V, current_A))).toBe("none");
  });
});
