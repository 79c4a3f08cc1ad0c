import { describe, expect, it } from "vitest";
import ncnm from "../../fixtures/physics/ncnmChannel.json" with { type: "json" };
import oracle from "../../fixtures/physics/crossbar_transient.json" with { type: "json" };
import { expectAllClose, expectClose } from "../../tests/close.ts";
import type { SampleBlock } from "../arrayBackend.ts";
import { type BiasScheme, driveCell } from "../bias.ts";
import { AbortedError } from "../errors.ts";
import { simulateJunction } from "../simulate.ts";
import type { Readout, Stimulus } from "../stimulus.ts";
import { constant, durationOf, type Waveform } from "../waveform.ts";
import type { EmulatedArrayConfig } from "./config.ts";
import { EmulatedArray } from "./emulatedArray.ts";

const never = new AbortController().signal;
const silent: Readout = { samplePeriod_s: 1, columns: [], currentRange_A: "auto", windows: [] };

/** Applies one waveform to one cell under a scheme; samples of all columns if a period is given. */
async function drive(
  array: EmulatedArray,
  waveform: Waveform,
  scheme: BiasScheme,
  cell: { row: number; column: number },
  readout: Partial<Readout> = {},
) {
  const stimulus: Stimulus = {
    duration_s: durationOf(waveform),
    ...driveCell(array.grid, cell, waveform, scheme),
    targets: [cell],
    referenceRow: cell.row,
  };
  return array.apply(stimulus, { ...silent, ...readout }, never);
}

function hold(voltage_V: number, duration_s: number): Waveform {
  return [{ kind: "hold", voltage_V, duration_s }];
}

async function record(config: EmulatedArrayConfig, waveform: Waveform, samplePeriod_s: number): Promise<number[]> {
  const array = new EmulatedArray(config, { seed: 1 });
  const blocks: SampleBlock[] = [];
  array.samples.subscribe((block) => void blocks.push(block));
  await drive(array, waveform, "ground", { row: 0, column: 0 }, { samplePeriod_s, columns: [0] });
  return blocks.flatMap(({ current_A }) => [...current_A]);
}

describe("acceptance 32: 3 x 3 cones behind resistive lines (independent transient solution)", () => {
  const { params, cases } = oracle;
  const lines = {
    rowSegment_ohm: params.Rl,
    columnSegment_ohm: params.Rl,
    // terminal resistance in place of the end segment
    rowSource_ohm: params.Rt - params.Rl,
    columnSense_ohm: params.Rt - params.Rl,
  };

  function make(): EmulatedArray {
    const array = new EmulatedArray(
      { rows: 3, columns: 3, junction: { model: "conical-channel" }, lines },
      { seed: 1 },
    );
    for (const name of ["zeroConductance_S", "conductance_S"]) array.state.field(name).fill(params.g_scale_S);
    array.state.field("tau_s").fill(params.tau);
    return array;
  }

  const ratios = (array: EmulatedArray) => array.conductance_S().map((g) => g / params.g_scale_S);

  async function write(array: EmulatedArray, scheme: "V/2" | "V/3", samplePeriod_s = 1): Promise<void> {
    await drive(
      array,
      hold(params.Vw, params.T_write),
      scheme,
      { row: 1, column: 1 },
      { samplePeriod_s, columns: [1] },
    );
  }

  it.each(["V/2", "V/3"] as const)("follow the write and the rest under %s within 1e-4", async (scheme) => {
    const array = make();
    const expected = cases[`${scheme} dt=0.0002`];
    await write(array, scheme);
    expectAllClose(ratios(array), expected.write.g.flat(), 1e-4);
    await drive(array, hold(0, params.T_rest), "ground", { row: 1, column: 1 });
    expectAllClose(ratios(array), expected.rest.g.flat(), 1e-4);
  });

  it("reach the converged values of the selected cell", async () => {
    const array = make();
    await write(array, "V/2");
    expectClose(ratios(array)[4], oracle.converged_selected.write, 1e-6);
    await drive(array, hold(0, params.T_rest), "ground", { row: 1, column: 1 });
    expectClose(ratios(array)[4], oracle.converged_selected.rest, 1e-6);
  });

  it("converge with the square of the time step", async () => {
    // sampling sets the step where it is finer than 0.1 tau
    const values: number[] = [];
    for (const samplePeriod_s of [4e-4, 2e-4, 1e-4, 2.5e-5]) {
      const array = make();
      await write(array, "V/2", samplePeriod_s);
      values.push(ratios(array)[1]);
    }
    const [coarse, middle, fine] = values.slice(0, 3).map((value) => Math.abs(value - values[3]));
    expect(Math.log2(coarse / middle)).toBeGreaterThan(1.7);
    expect(Math.log2(middle / fine)).toBeGreaterThan(1.7);
  });

  it("see the junction voltages of the independent solver", async () => {
    const array = make();
    await write(array, "V/2");
    const { row_V, column_V } = array.nodes_V();
    const drops = row_V.map((w, k) => w - column_V[k]);
    expectAllClose(drops, cases["V/2 dt=0.0002"].write.Vj_last.flat(), 1e-3);
  });
});

describe("one junction on an ideal line", () => {
  const cone = { model: "conical-channel" } as const;

  it("answers steps as the single-junction simulator does, to the last bits", async () => {
    const steps = [0.5, -1, 0, 1.5].map((voltage_V, k) => ({ voltage_V, duration_s: 0.003 + 0.0011 * k }));
    const expected = simulateJunction({ ...cone, waveform: { kind: "steps", steps, samplePeriod_s: 5e-4 } });
    const waveform = steps.map((step) => ({ kind: "hold", ...step }) as const);
    const found = await record({ rows: 1, columns: 1, junction: cone }, waveform, 5e-4);
    expectAllClose(found, expected.current_A, 1e-13);
  });

  it("answers a sine as the single-junction simulator does, whatever the sampling", async () => {
    for (const samplesPerCycle of [2000, 16]) {
      const drive = { kind: "sine", amplitude_V: 1, frequency_Hz: 40, cycles: 3, samplesPerCycle } as const;
      const expected = simulateJunction({ ...cone, waveform: drive });
      const sine = {
        kind: "sine",
        amplitude_V: 1,
        offset_V: 0,
        frequency_Hz: 40,
        phase_rad: 0,
        duration_s: 3 / 40,
      } as const;
      const found = await record({ rows: 1, columns: 1, junction: cone }, [sine], 1 / 40 / samplesPerCycle);
      expectAllClose(found, expected.current_A, 1e-12, 1e-12 * 4e-12);
    }
  });

  it("in series with an access resistance is a divider at every instant", async () => {
    const [access_ohm, g] = [3e8, 1e-9];
    const config = { rows: 1, columns: 1, junction: { model: "ohmic", parameters: { conductance_S: g } }, access_ohm };
    expectAllClose(
      await record(config, hold(0.2, 2), 1),
      [0.2, 0.2, 0.2].map((v) => v / (1 / g + access_ohm)),
      1e-14,
    );
  });

  it("with an access resistance relaxes to the fixed point i = g_inf(v - i R) (v - i R)", async () => {
    const array = new EmulatedArray({ rows: 1, columns: 1, junction: cone, access_ohm: 5e10 }, { seed: 1 });
    const reading = await drive(
      array,
      hold(-1, 1),
      "ground",
      { row: 0, column: 0 },
      {
        samplePeriod_s: 0.5,
        columns: [0],
        windows: [{ start_s: 0.4, end_s: 0.6 }],
      },
    );
    const current = reading.windows[0].current_A[0];
    const inner_V = -1 - current * 5e10;
    expectClose(array.kernel.steadyConductance(inner_V) * inner_V, current, 1e-9);
  });
});

describe("tapered channels in an array", () => {
  const make = (rows = 1, columns = 1) =>
    new EmulatedArray({ rows, columns, junction: { model: "ncnm-channel" } }, { seed: 1 });
  const cell = { row: 0, column: 0 };
  const ratio = (array: EmulatedArray, k = 0) => array.conductance_S()[k] / array.kernel.steadyConductance(0);
  const { V_write, pulse_s, interval_s } = ncnm.params;

  it("reach the sixteen states of four-bit pulse trains, read at the end of the fourth slot", async () => {
    for (const [bits, { g_end }] of Object.entries(ncnm.states16)) {
      const array = make();
      const slots = [...bits].flatMap((bit, k): Waveform => {
        const slot = hold(bit === "1" ? V_write : 0, pulse_s);
        return k < 3 ? [...slot, ...hold(0, interval_s)] : slot;
      });
      await drive(array, slots, "ground", cell);
      expectClose(ratio(array), g_end, 1e-12);
    }
  });

  it("lose 2.2 % to one read of -1 V and 50 ms", async () => {
    const array = make();
    await drive(array, hold(-1, 0.05), "ground", cell);
    // (1 - 0.7287 - 1)(1 - e^(-0.05/1.62))
    expectClose(ratio(array) - 1, -ncnm.params.slope_per_V * -Math.expm1(-0.05 / ncnm.params.tau_s), 1e-12);
    expectClose(ratio(array) - 1, -0.022, 0.02);
  });

  it("lose as much to a product of the same voltage and time", async () => {
    const array = make();
    await array.multiply(
      Float64Array.of(-1),
      { integration_s: 0.05, rest_s: 0, columns: [0], currentRange_A: "auto" },
      never,
    );
    expectClose(ratio(array) - 1, -ncnm.params.slope_per_V * -Math.expm1(-0.05 / ncnm.params.tau_s), 1e-10);
  });

  // after 1 and after 20 writes of 5 V, 0.75 s on and 0.75 s off, read at the end of the pulse (independent derivation)
  it.each([
    ["V/2", 1.6750811, 2.1179882],
    ["V/3", 1.450054, 1.7453255],
  ] as const)("disturb their half-selected neighbours under %s as published", async (scheme, first, twentieth) => {
    const array = make(2, 2);
    for (let write = 1; write <= 20; write++) {
      await drive(array, hold(V_write, pulse_s), scheme, cell);
      if (write === 1) expectAllClose([ratio(array, 1), ratio(array, 2)], [first, first], 1e-7);
      if (write === 20) expectAllClose([ratio(array, 1), ratio(array, 2)], [twentieth, twentieth], 1e-7);
      await drive(array, hold(0, interval_s), "ground", cell);
    }
  });

  it("take the energy of their current: g v^2 over an exact relaxation", async () => {
    const array = make();
    const [v, duration_s] = [2, 1];
    const { current_A } = await array.multiply(
      Float64Array.of(v),
      { integration_s: duration_s, rest_s: 0, columns: [0], currentRange_A: "auto" },
      never,
    );
    const g0 = array.kernel.steadyConductance(0);
    const steady = array.kernel.steadyConductance(v);
    const tau = ncnm.params.tau_s;
    const charge = v * (steady * duration_s - (steady - g0) * tau * -Math.expm1(-duration_s / tau));
    // Simpson over steps of tau / 10
    expectClose(current_A[0] * duration_s, charge, 1e-7);
  });
});

it("a pulse that falls between two samples still moves the states", async () => {
  const array = new EmulatedArray({ rows: 1, columns: 1, junction: { model: "conical-channel" } }, { seed: 1 });
  const pulse: Waveform = [...hold(0, 0.0012), ...hold(-1, 0.0005), ...hold(0, 0.0003)];
  await drive(array, pulse, "ground", { row: 0, column: 0 }, { samplePeriod_s: 1e-3, columns: [0] });
  const { tau_s } = array.kernel.derived;
  const rise = array.kernel.steadyConductance(-1) / array.kernel.steadyConductance(0) - 1;
  const expected = 1 + rise * -Math.expm1(-0.0005 / tau_s) * Math.exp(-0.0003 / tau_s);
  expectClose(array.conductance_S()[0] / array.kernel.steadyConductance(0), expected, 1e-12);
});

it("an endless constant drive on resistive lines settles without more and more steps", async () => {
  const lines = { rowSegment_ohm: 1e9, columnSegment_ohm: 1e9 };
  const array = new EmulatedArray({ rows: 2, columns: 2, junction: { model: "conical-channel" }, lines }, { seed: 1 });
  const apply = (duration_s: number) =>
    array.apply(
      {
        duration_s,
        rows: [constant(1), constant(0)],
        columns: [constant(0), constant(0)],
        targets: [],
        referenceRow: 0,
      },
      silent,
      never,
    );
  await apply(10);
  // 10 s are 21000 steps of tau/10
  expect(array.solverFigures().sweeps).toBeLessThan(3000);
});

describe("an abort between two samples", () => {
  const sine = { kind: "sine", amplitude_V: 1, offset_V: 0, frequency_Hz: 1, phase_rad: 0, duration_s: 1000 } as const;
  const lines = { rowSegment_ohm: 1e9 };
  const config: EmulatedArrayConfig = { rows: 2, columns: 2, junction: { model: "conical-channel" }, lines };
  const stimulus = {
    duration_s: 1000,
    rows: [[sine], constant(0)],
    columns: [constant(0), constant(0)],
    targets: [],
    referenceRow: 0,
  };

  it.each([{}, { frontEnd: { bandwidth_Hz: 10 } }])(
    "is heard within the stretch and leaves the clock where the array stopped (%o)",
    async (more) => {
      const controller = new AbortController();
      const pause = async () => controller.abort();
      const array = new EmulatedArray({ ...config, ...more }, { seed: 1, pause });
      const blocks: SampleBlock[] = [];
      array.samples.subscribe((block) => void blocks.push(block));
      const readout = { samplePeriod_s: 1000, columns: [0, 1], currentRange_A: "auto", windows: [] } as const;
      await expect(array.apply(stimulus, readout, controller.signal)).rejects.toThrow(AbortedError);
      expect(array.time_s).toBeGreaterThan(0);
      expect(array.time_s).toBeLessThan(1000);
      expect(blocks.map(({ channel, current_A }) => [channel, current_A.length])).toEqual([
        [0, 1],
        [1, 1],
      ]);
      expect(array.nodes_V().row_V).toEqual(new Float64Array(4));
    },
  );

  it("ends a batch of products after the vector at hand", async () => {
    const controller = new AbortController();
    const pause = async () => controller.abort();
    const array = new EmulatedArray(
      { rows: 64, columns: 64, junction: { model: "conical-channel" } },
      { seed: 1, pause },
    );
    const readout = { integration_s: 1e-3, rest_s: 1e-3, columns: [0], currentRange_A: "auto" } as const;
    await expect(array.multiply(new Float64Array(64 * 1000), readout, controller.signal)).rejects.toThrow(
      /of 1000 vectors/,
    );
    expect(array.time_s).toBeGreaterThan(0);
    expect(array.time_s).toBeLessThan(2);
  });
});

describe("few columns of many, looked at while voltages are held", () => {
  const waveform: Waveform = [
    { kind: "hold", voltage_V: 0.8, duration_s: 0.05 },
    { kind: "ramp", from_V: 0.8, to_V: -0.4, duration_s: 0.02 },
    { kind: "hold", voltage_V: -0.4, duration_s: 0.03 },
    { kind: "hold", voltage_V: -0.4, duration_s: 0.02 },
    { kind: "hold", voltage_V: 0, duration_s: 0.04 },
  ];
  const config: EmulatedArrayConfig = { rows: 4, columns: 5, junction: { model: "conical-channel" } };
  const junctions = () => {
    const array = new EmulatedArray(config, { seed: 1 });
    // no two alike
    array.state.field("tau_s").forEach((tau_s, k, all) => {
      all[k] = tau_s * (1 + 0.1 * k);
    });
    return array;
  };

  it("have the currents of an array that is stepped for every column that is read", async () => {
    const [few, all] = [junctions(), junctions()];
    const currents = async (array: EmulatedArray, columns: number[]) => {
      const blocks: SampleBlock[] = [];
      array.samples.subscribe((block) => void blocks.push(block));
      await drive(array, waveform, "V/3", { row: 2, column: 3 }, { samplePeriod_s: 1e-3, columns });
      return blocks.flatMap(({ channel, current_A }) => (channel === 3 ? [...current_A] : []));
    };
    const ahead_A = await currents(few, [3]);
    expect(ahead_A.length).toBe(161);
    expectAllClose(ahead_A, await currents(all, [0, 1, 2, 3, 4]), 1e-12);
    expectAllClose([...few.conductance_S()], [...all.conductance_S()], 1e-12);
  });

  it("do not move the states by a bit, however often they are read", async () => {
    const [seldom, often] = [junctions(), junctions()];
    const held = hold(0.7, 0.1);
    await drive(seldom, held, "V/2", { row: 1, column: 2 }, { samplePeriod_s: 0.1, columns: [2] });
    await drive(often, held, "V/2", { row: 1, column: 2 }, { samplePeriod_s: 1e-4, columns: [2] });
    expect(often.conductance_S()).toEqual(seldom.conductance_S());
  });

  it("are up to date for whoever hears of a block of samples", async () => {
    const array = new EmulatedArray(config, { seed: 1, blockSamples: 10 });
    const [k, start_S] = [7, array.conductance_S()[7] ?? Number.NaN];
    const seen: number[] = [];
    array.samples.subscribe(() => void seen.push(array.conductance_S()[k] ?? Number.NaN));
    await drive(array, hold(0.7, 0.1), "ground", { row: 1, column: 2 }, { samplePeriod_s: 1e-3, columns: [2] });
    const steady_S = array.kernel.steadyConductance(0.7);
    const tau_s = array.state.field("tau_s")[k] ?? Number.NaN;
    // the tenth sample of each block, and the one at the end
    const expected = Array.from({ length: 11 }, (_, block) => {
      const time_s = Math.min(10 * block + 9, 100) * 1e-3;
      return steady_S + (start_S - steady_S) * Math.exp(-time_s / tau_s);
    });
    expectAllClose(seen, expected, 1e-9);
  });
});
