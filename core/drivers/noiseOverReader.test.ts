import { expect, it } from "vitest";
import { expectClose } from "../../tests/close.ts";
import { makeInstrumentArray } from "../../tests/emulatedLine.ts";
import { EmulatedArray } from "../emulated/emulatedArray.ts";
import { compareNoise, findNoiseRecords } from "../patchClamp/noiseBeside.ts";
import { QUIET } from "../patchClamp/noiseFormula.ts";
import { noise } from "../protocol/library/index.ts";
import { runInMemory } from "../runInMemory.ts";
import { enpr } from "./elementsEr4/index.ts";

/** 100 Mohm, 100 pF with a loss of 0.01 behind 3 nV/Hz^0.5: nothing of it is in the amplifier's own model. */
const PORE = {
  rows: 1,
  columns: 1,
  junction: { model: "ohmic", parameters: { conductance_S: 1e-8 } },
  effects: {
    noise: { capacitance_F: 100e-12, lossTangent: 0.01, voltage_V_rtHz: 3e-9, hooge: 1.1e-4, carriers: 2000 },
  },
};

it.each([
  // of the amplifier: every sample is one of its own
  [50_000, 5000],
  // not of the amplifier: means of five samples of 50 kHz, whole, or the density would be twice
  [10_000, 500],
])(
  "noise over an emulated nanopore reader at %d samples/s is that of the pore, to %d Hz",
  async (sampling_Hz, to_Hz) => {
    const free = { select: async () => {}, open: async () => {}, [Symbol.asyncDispose]: async () => {} };
    const selector = { grid: { rows: 1, columns: 1 }, unselectedLines: "floating" as const, ...free };
    await using array = await makeInstrumentArray(enpr, new EmulatedArray(PORE, { seed: 5 }), {
      selector: () => selector,
    });
    const run = await runInMemory(
      array,
      noise({ cells: [[0, 0]], biases_V: [0, 0.1], sampling_Hz, duration_s: 1.5, settle_s: 0.1, currentRange_A: 2e-9 }),
      { limits: { voltage_V: 0.2 } },
    );
    const records = findNoiseRecords(run);
    expect(records).toHaveLength(2);
    for (const record of records) {
      expect([record.lost, record.overloads]).toEqual([0, 0]);
      // 16 bits of 2 nA, means of five samples are finer
      expectClose(record.quantum_A, 2e-9 / 32_767 / (sampling_Hz === 50_000 ? 1 : 5), 0.01);
      const { measured_A, formula_A } = compareNoise(
        record,
        {
          ...QUIET,
          conductance_S: 1e-8,
          dissipation: 0.01,
          dielectric_F: 100e-12,
          voltageNoise_V_rtHz: 3e-9,
          capacitance_F: 100e-12,
          flicker_A2: (1.1e-4 / 2000) * record.current_A ** 2,
        },
        { from_Hz: 50, to_Hz },
      );
      expectClose(measured_A, formula_A.total, 0.08);
    }
  },
);
