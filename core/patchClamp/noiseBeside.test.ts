import { describe, expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { fillNormal } from "../crossbar/index.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { ivSweep, noise } from "../protocol/library/index.ts";
import { runInMemory } from "../runInMemory.ts";
import { measureSpectrum } from "../analysis/noise/welch.ts";
import { designBessel, filterSections } from "./bessel.ts";
import { compareNoise, conductanceOf, findNoiseRecords, type NoiseRecord } from "./noiseBeside.ts";
import { QUIET } from "./noiseFormula.ts";

const CHIP = { capacitance_F: 100e-12, lossTangent: 0.01, voltage_V_rtHz: 3e-9 };

function recordOf(current_A: Float64Array, samplePeriod_s: number, more: Partial<NoiseRecord> = {}): NoiseRecord {
  return {
    step: 0,
    row: 0,
    column: 0,
    voltage_V: 0.1,
    current_A: 1e-9,
    samplePeriod_s,
    samples: current_A.length,
    lost: 0,
    overloads: 0,
    quantum_A: 0,
    spectrum: measureSpectrum(current_A, samplePeriod_s),
    ...more,
  };
}

function white(n: number, rms: number, seed: number): Float64Array {
  const values = new Float64Array(n);
  fillNormal(values, seed, 1, 0);
  return values.map((value) => value * rms);
}

describe("noise beside the formula", () => {
  it("of an emulated pore on a lossy chip is the formula, term by term, at 0 V and at 100 mV", async () => {
    const array = new EmulatedArray(
      {
        rows: 1,
        columns: 1,
        junction: { model: "ohmic", parameters: { conductance_S: 1e-8 } },
        effects: { noise: { ...CHIP, hooge: 1.1e-4, carriers: 2000 } },
      },
      { seed: 3 },
    );
    const run = await runInMemory(
      array,
      noise({ cells: [[0, 0]], biases_V: [0, 0.1], sampling_Hz: 50_000, duration_s: 4, settle_s: 0.1 }),
    );
    const records = findNoiseRecords(run);
    expect(records.map(({ voltage_V, quantum_A }) => [voltage_V, quantum_A])).toEqual([
      [0, 0],
      [0.1, 0],
    ]);
    for (const record of records) {
      // at 0 V the current tells nothing, the other voltage does
      const conductance_S = conductanceOf(record, records);
      expectClose(conductance_S ?? 0, 1e-8, 1e-3);
      const parts = {
        ...QUIET,
        conductance_S: 1e-8,
        dissipation: CHIP.lossTangent,
        dielectric_F: CHIP.capacitance_F,
        voltageNoise_V_rtHz: CHIP.voltage_V_rtHz,
        capacitance_F: CHIP.capacitance_F,
        flicker_A2: (1.1e-4 / 2000) * record.current_A ** 2,
      };
      // the emulated amplifier's differences hold to a tenth of the sampling rate
      for (const [from_Hz, to_Hz] of [
        [20, 100],
        [100, 1000],
        [1000, 5000],
      ] as const) {
        const { measured_A, formula_A } = compareNoise(record, parts, { from_Hz, to_Hz });
        expectClose(measured_A, formula_A.total, from_Hz < 100 ? 0.12 : 0.05);
      }
    }
  });

  it("is filtered as the record was", () => {
    const dt_s = 1e-5;
    const plain = white(2 ** 17, 1e-12, 4);
    const filtered = Float64Array.from(filterSections(designBessel(4, 5e3, 1 / dt_s), plain));
    // 1 pA to 50 kHz is the thermal noise of 1/60.7 nS
    const conductance_S = 1e-24 / 50e3 / (4 * 1.380649e-23 * 298.15);
    const parts = { ...QUIET, conductance_S };
    const beside = compareNoise(recordOf(filtered, dt_s), parts, { filter: { corner_Hz: 5e3, order: 4 } });
    expectClose(beside.measured_A, beside.formula_A.total, 0.02);
    // without it the formula has the whole band
    expectClose(compareNoise(recordOf(filtered, dt_s), parts).formula_A.total, 1e-12, 0.01);
  });

  it("counts the steps of a converter, which a record shows", async () => {
    const range_A = 2e-9;
    const array = new EmulatedArray(
      {
        rows: 1,
        columns: 1,
        junction: { model: "ohmic", parameters: { conductance_S: 1e-8 } },
        frontEnd: { range_A, bits: 12, noise_A_rtHz: 2e-14 },
      },
      { seed: 3 },
    );
    const run = await runInMemory(
      array,
      noise({ cells: [[0, 0]], biases_V: [0.1], sampling_Hz: 10_000, duration_s: 2, settle_s: 0 }),
    );
    const [record] = findNoiseRecords(run);
    expectClose(record!.quantum_A, (2 * range_A) / 2 ** 12, 0.01);
    const { formula_A, measured_A } = compareNoise(record!, {
      ...QUIET,
      feedback_ohm: (4 * 1.380649e-23 * 298.15) / 4e-28,
    });
    // LSB / sqrt(12)
    expectClose(formula_A.converter, record!.quantum_A / Math.sqrt(12), 0.01);
    expectClose(measured_A, formula_A.total, 0.05);
  });

  it("is refused where a run has no stretch at one voltage, and for a band that it does not hold", async () => {
    const array = new EmulatedArray(
      { rows: 1, columns: 1, junction: { model: "ohmic", parameters: { conductance_S: 1e-8 } } },
      { seed: 0 },
    );
    const run = await runInMemory(array, ivSweep({ cells: [[0, 0]], frequency_Hz: 1 }));
    expect(() => findNoiseRecords(run)).toThrow(/^no step is held at one voltage for 64 and more samples/u);
    const record = recordOf(white(4096, 1, 1), 1e-3);
    expect(() => compareNoise(record, QUIET, { to_Hz: 600 })).toThrow(/allowed are bands from 3\.90\d+ to 500 Hz/u);
  });
});
