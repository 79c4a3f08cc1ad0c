import { describe, expect, it } from "vitest";
import oracle from "../../../fixtures/physics/neurons.json" with { type: "json" };
import { expectAllClose, expectClose } from "../../../tests/close.ts";
import { resolveJunction } from "../models/registry.ts";
import { makeCurrentClamp } from "./currentClamp.ts";
import { makeCurrentNoise, stepCurrentNoise } from "./currentNoise.ts";
import { makeNeurons, REST_V, stepNeurons } from "./hodgkinHuxley.ts";
import { stdpChange } from "./stdpWindow.ts";
import { arriveSpike, makeSynapses } from "./tsodyksMarkram.ts";

const DT_S = 1e-5;

describe("acceptance 23: Hodgkin and Huxley's axon", () => {
  it("fires at the computed rates: 500 ms steps, 10 us, upward crossings of 0 V, first three intervals dropped", () => {
    const steps_uA_cm2 = Object.keys(oracle.hh.fI_Hz).map(Number);
    const count = steps_uA_cm2.length;
    const neurons = makeNeurons(count);
    const current_A_m2 = Float64Array.from(steps_uA_cm2, (step) => 0.01 * step);
    const spikes: number[][] = steps_uA_cm2.map(() => []);
    let last_V = Float64Array.from(neurons.potential_V);
    for (let step = 0; step < 50_000; step++) {
      stepNeurons(neurons, current_A_m2, DT_S);
      for (let k = 0; k < count; k++) if (last_V[k] < 0 && neurons.potential_V[k] >= 0) spikes[k].push(step * DT_S);
      last_V = Float64Array.from(neurons.potential_V);
    }
    Object.values(oracle.hh.fI_Hz).forEach(({ n_spikes_500ms, rate }, k) => {
      const times = spikes[k];
      expect(times).toHaveLength(n_spikes_500ms);
      if (rate === 0) return;
      const late = times.slice(3);
      expectClose((late.length - 1) / ((late.at(-1) as number) - late[0]), rate, 1e-3);
    });
  });

  it("rests at -65 mV", () => {
    const neurons = makeNeurons(2);
    for (let step = 0; step < 10_000; step++) stepNeurons(neurons, new Float64Array(2), DT_S);
    expectAllClose(neurons.potential_V, [REST_V, REST_V], 1e-3);
  });

  it("refuses currents of another number of neurons", () => {
    expect(() => stepNeurons(makeNeurons(3), new Float64Array(2), DT_S)).toThrow(/2 currents for 3 neurons/);
    expect(() => makeNeurons(0)).toThrow(/count is 0/);
  });
});

describe("acceptance 23: Tsodyks and Markram's synapse", () => {
  it.each([
    ["depressing", { use: 0.5, recovery_s: 0.8, facilitation_s: 0 }],
    ["facilitating", { use: 0.05, recovery_s: 0.1, facilitation_s: 1 }],
  ] as const)("releases the computed sequence at 20 Hz, %s", (kind, parameters) => {
    const synapses = makeSynapses(1, parameters);
    const first = arriveSpike(synapses, 0, 0);
    const sequence = [1];
    for (let k = 1; k < 10; k++) sequence.push(arriveSpike(synapses, 0, k / 20) / first);
    expectAllClose(sequence, oracle.tsodyks_markram[kind].seq, 1e-9);
  });

  it("refuses spikes in the past and parameters that mean nothing", () => {
    const synapses = makeSynapses(1, { use: 0.5, recovery_s: 1, facilitation_s: 0 });
    arriveSpike(synapses, 0, 2);
    expect(() => arriveSpike(synapses, 0, 1)).toThrow(/before the last one at 2 s/);
    expect(() => makeSynapses(1, { use: 0, recovery_s: 1, facilitation_s: 0 })).toThrow(/use is 0/);
  });

  it("weighs pairs of spikes by e in 20 ms", () => {
    const window = { potentiation: 0.1, depression: 0.05 };
    expectClose(stdpChange(0.02, window), 0.1 / Math.E, 1e-12);
    expectClose(stdpChange(-0.04, window), -0.05 / Math.E ** 2, 1e-12);
    expect(stdpChange(0, window)).toBe(0);
  });
});

describe("current noise", () => {
  it("has its deviation and its memory for any step, within 4 sigma", () => {
    for (const dt_s of [0.3, 3]) {
      const noise = makeCurrentNoise(4000, 1, 2e-12, 7);
      const scratch = new Float64Array(4000);
      for (let step = 0; step < 40 / dt_s; step++) stepCurrentNoise(noise, dt_s, scratch);
      const before = Float64Array.from(noise.value);
      stepCurrentNoise(noise, dt_s, scratch);
      let [squares, products] = [0, 0];
      noise.value.forEach((value, k) => {
        squares += value * value;
        products += value * before[k];
      });
      expect(Math.abs(squares / 4000 / 4e-24 - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000));
      expect(Math.abs(products / 4000 / 4e-24 - Math.exp(-dt_s))).toBeLessThan(4 * Math.sqrt(2 / 4000));
    }
  });
});

describe("spiking bilayer under a direct current", () => {
  /** Mean period in seconds of the last spikes, or Infinity. FitzHugh's 0.08 is insertionTime_s / blockTime_s. */
  const period = (drive: number, blockTime_s: number, insertionTime_s = 0.02) => {
    const kernel = resolveJunction("dib-spiking", { blockTime_s, insertionTime_s });
    const state = kernel.allocate({ rows: 1, columns: 1 });
    const clamp = makeCurrentClamp(kernel, state);
    const current_A = Float64Array.of(drive * kernel.derived.scaleCurrent_A);
    const threshold_V = -kernel.derived.rest * 0.04; // x = 0
    const dt_s = insertionTime_s / 100;
    const spikes: number[] = [];
    for (let step = 1; step * dt_s < 24 * blockTime_s + 200 * insertionTime_s; step++) {
      const before = clamp.voltage_V[0];
      clamp.step(current_A, dt_s);
      const after = clamp.voltage_V[0];
      if (before < threshold_V && after >= threshold_V)
        spikes.push((step - 1 + (threshold_V - before) / (after - before)) * dt_s);
    }
    const late = spikes.slice(2);
    return late.length < 2 ? Infinity : ((late.at(-1) as number) - late[0]) / (late.length - 1);
  };

  it("has the computed periods of FitzHugh and Nagumo's equations", () => {
    for (const [drive, row] of Object.entries(oracle.fhn)) {
      const found = period(Number(drive), 0.25);
      if (row.period === null) expect(found).toBe(Infinity);
      else expectClose(found / 0.02, row.period, 1e-3);
    }
  });

  it("spikes fast or slowly with the time of the block", () => {
    const fast = period(0.5, 0.1);
    const slow = period(0.5, 2);
    expect(fast).toBeLessThan(0.6);
    expect(slow).toBeGreaterThan(5 * fast);
  });

  it("conserves charge on a film that changes its shape", () => {
    const kernel = resolveJunction("dib-memcap");
    const state = kernel.allocate({ rows: 1, columns: 1 });
    const clamp = makeCurrentClamp(kernel, state);
    const charge_C = new Float64Array(1);
    for (let step = 0; step < 1000; step++) {
      clamp.step(Float64Array.of(20e-12), 1e-3);
      kernel.charge?.(state, clamp.voltage_V, charge_C);
      expectClose(charge_C[0], 20e-12 * (step + 1) * 1e-3, 1e-9);
    }
    expect(clamp.voltage_V[0]).toBeLessThan(20e-12 / 194.7e-12);
  });

  it("refuses a junction without capacitance", () => {
    const kernel = resolveJunction("frac");
    expect(() => makeCurrentClamp(kernel, kernel.allocate({ rows: 1, columns: 1 }))).toThrow(/stores no charge/);
  });
});
