import { describe, expect, it } from "vitest";
import oracle from "../../fixtures/physics/arrayEffects.json" with { type: "json" };
import coupled from "../../fixtures/physics/coupledPores.json" with { type: "json" };
import loops from "../../fixtures/physics/electrodeLoops.json" with { type: "json" };
import { expectClose } from "../../tests/close.ts";
import { loopArea } from "../analysis/loop.ts";
import type { SampleBlock } from "../arrayBackend.ts";
import { driveCell, groundAll } from "../bias.ts";
import type { EffectsConfig } from "../crossbar/effects/index.ts";
import type { Readout, Stimulus } from "../stimulus.ts";
import { durationOf, type Waveform } from "../waveform.ts";
import type { EmulatedArrayConfig } from "./config.ts";
import { EmulatedArray } from "./emulatedArray.ts";

const never = new AbortController().signal;

async function record(array: EmulatedArray, stimulus: Stimulus, readout: Partial<Readout>): Promise<Float64Array> {
  const current_A: number[] = [];
  const subscription = array.samples.subscribe((block: SampleBlock) => current_A.push(...block.current_A));
  const silent = { samplePeriod_s: 1, columns: [0], currentRange_A: "auto", windows: [] } as const;
  await array.apply(stimulus, { ...silent, ...readout }, never);
  subscription.unsubscribe();
  return Float64Array.from(current_A);
}

function cell(array: EmulatedArray, waveform: Waveform, row = 0, column = 0): Stimulus {
  const drives = driveCell(array.grid, { row, column }, waveform, "ground");
  return { ...drives, duration_s: durationOf(waveform), targets: [], referenceRow: row };
}

const hold = (voltage_V: number, duration_s: number): Waveform => [{ kind: "hold", voltage_V, duration_s }];
const resistor = (conductance_S: number) => ({ model: "ohmic", parameters: { conductance_S } });
const QUIET = { offsetSpread_V: 0, driftSpread_V_h: 0 };

describe("acceptance 33: electrode-only control, bulk electrolyte instead of a membrane", () => {
  async function loop(electrodes: EffectsConfig[string], frequency_Hz: number, amplitude_V: number) {
    const array = new EmulatedArray(
      { rows: 1, columns: 1, junction: resistor(1e-4), effects: { electrodes: { ...QUIET, ...electrodes } } },
      { seed: 1 },
    );
    const samples = 2000;
    const duration_s = 3 / frequency_Hz;
    const sine = { kind: "sine", amplitude_V, offset_V: 0, frequency_Hz, phase_rad: 0, duration_s } as const;
    const all = await record(array, cell(array, [sine]), { samplePeriod_s: 1 / (frequency_Hz * samples) });
    const current_A = all.slice(-samples - 1);
    const voltage_V = current_A.map((_, k) => amplitude_V * Math.sin((2 * Math.PI * k) / samples));
    const most_A = Math.max(...current_A.map(Math.abs));
    const area = loopArea(voltage_V, current_A, 0);
    const part = (value: number) => Math.abs(value) / (most_A * amplitude_V);
    return {
      current_A,
      most_A,
      atZero: Math.max(Math.abs(current_A[0] ?? 0), Math.abs(current_A[samples / 2] ?? 0)) / most_A,
      lobes: [part(area.positive_W), part(area.negative_W)] as const,
    };
  }

  it.each(loops)(
    "Ag/AgCl at $frequency_Hz Hz and $amplitude_V V gives the current of an independent integration, 1e-3 of the largest",
    async (expected) => {
      const { current_A } = await loop({ salt_mM: 10, film_m: 1e-4 }, expected.frequency_Hz, expected.amplitude_V);
      expected.part_of_last_cycle.forEach((part, k) => {
        const found = current_A[Math.round(part * (current_A.length - 1))] ?? Number.NaN;
        expect(Math.abs(found - (expected.current_A[k] ?? 0))).toBeLessThan(1e-3 * expected.largest_A);
      });
      // a peak between two samples of a current that breaks off at the diffusion limit
      expectClose(Math.max(...current_A.map(Math.abs)), expected.largest_A, 2e-3);
    },
  );

  it("the loop is pinched and its area depends on the frequency, as integrated independently", async () => {
    const found = [];
    for (const { frequency_Hz, amplitude_V, lobes_W, largest_A } of loops) {
      const { atZero, lobes } = await loop({ salt_mM: 10, film_m: 1e-4 }, frequency_Hz, amplitude_V);
      expect(atZero).toBeLessThan(0.05);
      // 2 % where first-order steps of 0.1 s meet a plateau; the three others 1e-3
      lobes_W.forEach((lobe, k) =>
        expectClose(lobes[k as 0 | 1], Math.abs(lobe) / (largest_A * amplitude_V), frequency_Hz < 0.01 ? 0.03 : 2.5e-3),
      );
      found.push(lobes[0]);
    }
    const [slow = 0, middle = 0, fast = 0] = found;
    expect(middle).toBeGreaterThan(4 * slow);
    expect(middle).toBeGreaterThan(5 * fast);
  });

  it("Pt is an open ellipse: two double layers and the bulk in series, in closed form", async () => {
    for (const frequency_Hz of [1, 1000]) {
      const { most_A, atZero, lobes } = await loop({ blocking: 1 }, frequency_Hz, 0.2);
      // two 20 nF in series with 10 kohm
      const reactance_ohm = 1 / (2 * Math.PI * frequency_Hz * 10e-9);
      expectClose(most_A, 0.2 / Math.hypot(1e4, reactance_ohm), 5e-3);
      expectClose(atZero, reactance_ohm / Math.hypot(1e4, reactance_ohm), 5e-3);
      expect(lobes[0]).toBeGreaterThan(1);
    }
  });

  it("small signals see bulk and two charge transfer resistances", async () => {
    const { most_A } = await loop({ salt_mM: 5000, layer_m: 1e-6 }, 1, 1e-3);
    expectClose(most_A, 1e-3 / (1e4 + 2 * 25692.6), 2e-3);
  });

  it("polarises when no AgCl is left", async () => {
    const array = new EmulatedArray(
      {
        rows: 1,
        columns: 1,
        junction: resistor(1e-6),
        effects: { electrodes: { ...QUIET, film_m: 1e-9, salt_mM: 1000 } },
      },
      { seed: 1 },
    );
    // 3743 C/m2/um x 1 nm x 1e-7 m2 = 0.374 uC: less than a second of 1 uA x 0.951 (10/51.4 ohm share)
    const current_A = await record(array, cell(array, hold(1, 2)), { samplePeriod_s: 0.01 });
    const life_s = (oracle.electrode.AgCl_C_per_m2_um * 1e-3 * 1e-7) / (current_A[5] ?? 0);
    expect(life_s).toBeLessThan(1);
    expectClose(current_A[Math.round(0.9 * 100 * life_s)] ?? 0, current_A[5] ?? 0, 0.02);
    // then its 20 nF charge through 1 Mohm
    expect(Math.abs(current_A[Math.round(100 * (life_s + 0.3))] ?? 1)).toBeLessThan(1e-3 * (current_A[5] ?? 0));
  });

  it("has Nernst's potential between two salts", async () => {
    const array = new EmulatedArray(
      {
        rows: 1,
        columns: 1,
        junction: resistor(1e-12),
        environment: { saltLeft_mM: 100, saltRight_mM: 10 },
        effects: { electrodes: QUIET },
      },
      { seed: 1 },
    );
    const [current_A] = await record(array, cell(array, hold(0, 1)), {});
    expectClose((current_A ?? 0) / 1e-12, 1e-3 * oracle.electrode.nernst_mV_per_decade, 1e-6);
  });
});

describe("capacitance", () => {
  const capacitance = { width_m: 1e-4, membrane_m: 50e-9, stray_F: 0 };
  const crossing_F = oracle.line_cap["SiN 50nm 100x100um"];

  it("of one crossing charges through the source, in closed form", async () => {
    const config: EmulatedArrayConfig = {
      rows: 1,
      columns: 1,
      junction: resistor(1e-9),
      lines: { rowSource_ohm: 1e8 },
      effects: { capacitance },
    };
    const array = new EmulatedArray(config, { seed: 1 });
    const period_s = 2e-6;
    const current_A = await record(array, cell(array, hold(1, 5e-3)), { samplePeriod_s: period_s });
    // column current = i_g + C u', u -> 1/(1 + g R) with tau = C R / (1 + g R)
    const tau_s = (crossing_F * 1e8) / 1.1;
    for (const time_s of [4e-4, 1e-3, 2e-3, 5e-3]) {
      const u = (1 - Math.exp(-time_s / tau_s)) / 1.1;
      expectClose(current_A[Math.round(time_s / period_s)] ?? 0, (1 - u) / 1e8, 3e-3);
    }
  });

  it("behind ideal wires follows a jump at once: no current but the conducted one", async () => {
    const config = { rows: 1, columns: 1, junction: resistor(1e-9), effects: { capacitance } };
    const array = new EmulatedArray(config, { seed: 1 });
    const current_A = await record(array, cell(array, hold(1, 1e-3)), { samplePeriod_s: 1e-4 });
    for (const current of current_A) expectClose(current, 1e-9, 1e-9);
  });

  it("a stray capacitance slows a row behind its source", async () => {
    const config: EmulatedArrayConfig = {
      rows: 1,
      columns: 1,
      junction: resistor(1e-9),
      lines: { rowSource_ohm: 1e7 },
      effects: { capacitance: { width_m: 1e-7, stray_F: 100e-12 } },
    };
    const array = new EmulatedArray(config, { seed: 1 });
    const current_A = await record(array, cell(array, hold(1, 1e-2)), { samplePeriod_s: 5e-6 });
    const tau_s = 1e-3 / 1.01;
    for (const time_s of [5e-4, 1e-3, 3e-3])
      expectClose(current_A[time_s / 5e-6] ?? 0, ((1 - Math.exp(-time_s / tau_s)) / 1.01) * 1e-9, 5e-3);
  });

  it("a floating row keeps its charge and leaks through its junction", async () => {
    const config: EmulatedArrayConfig = {
      rows: 1,
      columns: 1,
      junction: resistor(1e-9),
      effects: { capacitance: { width_m: 1e-7, stray_F: 100e-12 } },
    };
    const array = new EmulatedArray({ ...config, lines: { rowSource_ohm: 1e3 } }, { seed: 1 });
    await record(array, cell(array, hold(1, 1e-3)), {});
    const rest = {
      ...groundAll(array.grid),
      rows: ["floating" as const],
      duration_s: 0.2,
      targets: [],
      referenceRow: 0,
    };
    const current_A = await record(array, rest, { samplePeriod_s: 1e-3 });
    // 100 pF over 1 nS
    for (const k of [20, 100, 200]) expectClose(current_A[k] ?? 0, 1e-9 * Math.exp(-k * 1e-2), 0.02);
  });

  it("leaves a direct current alone, and wide arrays settle to the same", async () => {
    for (const side of [3, 30]) {
      const make = (effects?: EffectsConfig) => {
        const lines = { rowSegment_ohm: 7764, columnSegment_ohm: 7764, rowSource_ohm: 1e5, columnSense_ohm: 1e5 };
        const config = { rows: side, columns: side, junction: resistor(4e-9), lines };
        return new EmulatedArray({ ...config, ...(effects ? { effects } : {}) }, { seed: 1 });
      };
      const [plain, charged] = [make(), make({ capacitance })];
      const [without] = await record(plain, cell(plain, hold(0.5, 0.1)), { samplePeriod_s: 0.05 });
      const current_A = await record(charged, cell(charged, hold(0.5, 0.1)), { samplePeriod_s: 0.05 });
      expectClose(current_A.at(-1) ?? 0, without ?? 0, 2e-6);
    }
  });
});

describe("acceptance 34: pores that share their salt", () => {
  /** Long after the onset at 3 um, 1.2 ms. */
  const LONG_S = 100;

  async function meanCurrent(side: number, selectivityRow: number, selectivityColumn: number): Promise<number> {
    const coupling = { pitch_m: 1e-6, salt_mM: 10, selectivityRow, selectivityColumn, reach: 3 };
    const junction = resistor(3e-9);
    const array = new EmulatedArray(
      { rows: side, columns: side, junction, effects: { "salt-coupling": coupling } },
      { seed: 1 },
    );
    const stimulus = {
      rows: Array.from({ length: side }, () => hold(0.3, LONG_S)),
      columns: Array.from({ length: side }, () => hold(0, LONG_S)),
      duration_s: LONG_S,
      targets: [],
      referenceRow: 0,
    };
    const columns = Array.from({ length: side }, (_, j) => j);
    const all = await record(array, stimulus, { samplePeriod_s: 0.5, columns });
    // blocks come column by column
    const samples = all.length / side;
    return columns.reduce((sum, j) => sum + (all[(j + 1) * samples - 1] ?? 0), 0) / side ** 2;
  }

  const selectivity = (charge: number) => charge / Math.sqrt(charge * charge + 4);
  const { unipolar, ...charged } = coupled.mean_current_A;

  it.each(Object.entries(unipolar))(
    "the mean current of %s x %s unipolar pores is the computed one, falling with N",
    async (side, expected_A) => expectClose(await meanCurrent(Number(side), 1, 1), expected_A, 1e-3),
  );

  it("diode-type pores couple less than a tenth of unipolar ones, as computed from their charges", async () => {
    const alone_A = 3e-9 * 0.3;
    const unipolar_A = alone_A - (await meanCurrent(3, selectivity(10), selectivity(10)));
    const diode_A = alone_A - (await meanCurrent(3, selectivity(10), selectivity(-9.5)));
    expectClose(unipolar_A, alone_A - charged.charges_10_and_10["3"], 5e-3);
    expectClose(diode_A, alone_A - charged["charges_10_and_-9.5"]["3"], 5e-3);
    expect(diode_A).toBeLessThan(0.1 * unipolar_A);
  });
});

describe("effects of an array", () => {
  const cones: EmulatedArrayConfig = {
    rows: 3,
    columns: 3,
    junction: { model: "conical-channel" },
    lines: { rowSegment_ohm: 1e5, columnSegment_ohm: 1e5, rowSource_ohm: 1e6, columnSense_ohm: 1e6 },
  };
  const run = (effects: EffectsConfig | undefined, seed = 1) => {
    const array = new EmulatedArray({ ...cones, ...(effects ? { effects } : {}) }, { seed });
    const pulse: Waveform = [...hold(-1, 0.02), ...hold(0.1, 0.01)];
    return record(array, cell(array, pulse, 1, 1), { samplePeriod_s: 1e-3, columns: [1] });
  };

  it("that do nothing change nothing, 2e-5 by the other integrator", async () => {
    const without = await run(undefined);
    const nothing = await run({
      evaporation: { rate_perHour: 0 },
      heating: { rise_perK: 0, chip_K_W: 0 },
      variability: { conductanceSpread: 0, timeSpread: 0, thresholdSpread: 0, cycleSpread: 0, yield: 1 },
      endurance: { fatigue_pulses: 1e15, baselineDrift: 0, breakdown_perS: 0, clog_perHour: 0 },
    });
    without.forEach((current, k) => expectClose(nothing[k] ?? 0, current, 2e-5));
  });

  const all = {
    electrodes: {},
    capacitance: {},
    "salt-coupling": {},
    heating: {},
    evaporation: {},
    noise: {},
    variability: {},
    endurance: {},
  };

  it("are the same bits for the same seed, and others for another", async () => {
    const first = await run(all, 4);
    expect(first.every(Number.isFinite)).toBe(true);
    expect(await run(all, 4)).toEqual(first);
    expect(await run(all, 5)).not.toEqual(first);
  });

  it("stand in the description with the origin of every parameter", () => {
    const array = new EmulatedArray({ ...cones, effects: { heating: { chip_K_W: 20 } } }, { seed: 1 });
    const [heating] = array.describe().effects;
    expect(heating?.name).toBe("heating");
    expect(heating?.parameters.find(({ name }) => name === "chip_K_W")).toMatchObject({
      value: 20,
      provenance: "set by user",
    });
    expect(heating?.parameters.find(({ name }) => name === "rise_perK")?.provenance).toBe("published");
  });

  it("heating raises the current of a resistor by alpha dT", async () => {
    const effects = { heating: { poreRadius_m: 5e-9, chip_K_W: 0 } };
    const array = new EmulatedArray({ rows: 1, columns: 1, junction: resistor(1e-7), effects }, { seed: 1 });
    const current_A = await record(array, cell(array, hold(1, 1)), { samplePeriod_s: 0.1 });
    // 100 nA at 1 V from 5 nm: 2.65 K, then the warmer pore takes a little more
    const dT = oracle.thermal.pore_dT["100 nA 1 V a=5nm"];
    expectClose((current_A[1] ?? 0) / 1e-7 - 1, 0.02 * dT, 1e-9);
    expectClose((current_A[10] ?? 0) / 1e-7, 1 / (1 - 0.02 * dT), 1e-6);
  });

  it("thermal noise of products is 4kTG over the noise bandwidth", async () => {
    const noise = { hooge: 0, capacitance_F: 0 };
    const array = new EmulatedArray({ rows: 1, columns: 1, junction: resistor(1e-9), effects: { noise } }, { seed: 1 });
    const batch = 2000;
    const { current_A } = await array.multiply(
      new Float64Array(batch),
      { integration_s: 1e-3, rest_s: 0, columns: [0], currentRange_A: "auto" },
      never,
    );
    const rms = Math.sqrt(current_A.reduce((sum, i) => sum + i * i, 0) / batch);
    // 500 Hz of 4.058 fA/rtHz; 3 sigma of 2000
    const [johnson = 0] = oracle.noise.asd_A_per_rtHz.johnson;
    expectClose(rms, johnson * Math.sqrt(500), 3 / Math.sqrt(2 * batch));
  });

  it("fatigue takes the hysteresis and leaves the conductance at rest", async () => {
    const effects = { endurance: { fatigue_pulses: 1, baselineDrift: 0, breakdown_perS: 0, clog_perHour: 0 } };
    const array = new EmulatedArray({ ...cones, lines: {}, effects }, { seed: 1 });
    const fresh = new EmulatedArray({ ...cones, lines: {} }, { seed: 1 });
    const rest_S = array.conductance_S()[4] ?? 0;
    const pulse: Waveform = [...hold(-1, 0.02)];
    await record(array, cell(array, pulse, 1, 1), {});
    await record(fresh, cell(fresh, pulse, 1, 1), {});
    const [worn, full] = [array, fresh].map((one) => (one.conductance_S()[4] ?? 0) - rest_S);
    expectClose((worn ?? 0) / (full ?? 1), Math.exp(-1), 1e-6);
  });
});
