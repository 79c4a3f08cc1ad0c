import type { Capabilities } from "../../arrayBackend.ts";
import { quantity, strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
import type { Waveform } from "../../waveform.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, holds, restStep } from "../makeSteps.ts";
import {
  bias,
  cells,
  count,
  currentRange_A,
  findCellMistake,
  listOf,
  notNegative,
  positive,
  resolveCells,
  series,
} from "../parameters.ts";

/**
 * Impedance of each junction: where the array measures impedances by itself (EmStat), it does; otherwise a small sine on a bias, one frequency after the other from high to low, `cycles` whole cycles of it
 * looked at after `settleCycles`. Lock-in is by analysis: the tag `measureStart_s` says where the whole cycles begin.
 * 10 mV keep to the linear part; the current at the same frequency over the voltage is the admittance. Expect an
 * inductive arc at low frequencies where the conductance follows the voltage (10.1021/jacs.5c04903).
 * Defaults: 0.1 Hz to 10 kHz around the conical channel's 1 / (2 pi tau) = 33 Hz.
 *
 * Safety: the junction is at the bias for the whole spectrum; the lowest frequency takes most of the time.
 */
const schema = strictObject({
  cells,
  biases_V: listOf(quantity("V"), "bias voltages").default([0]),
  amplitude_V: positive("V").default(0.01),
  frequency_Hz: series("Hz", "frequencies").prefault({ from: 10_000, to: 0.1, perDecade: 5 }),
  cycles: count(1, 100_000).default(3),
  settleCycles: count(0, 100_000).default(1),
  /** At the bias before every frequency. */
  settle_s: notNegative("s").default(0.1),
  samplesPerCycle: count(8, 100_000).default(32),
  /** At 0 V before the next bias. */
  rest_s: notNegative("s").default(0),
  bias,
  currentRange_A,
});

/** One step per cell, bias and frequency; window "measured": the whole cycles, whose mean is the direct current. */
export const eis = defineProtocol({
  name: "eis",
  title: "Impedance spectrum",
  summary:
    "Applies a small sine at frequencies of equal ratios on one or more biases and samples the current. " +
    "10 mV hardly move a junction; its bias may.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid, capabilities }) {
    const { biases_V, amplitude_V, cycles, settleCycles, settle_s, samplesPerCycle, rest_s, bias, currentRange_A } =
      parameters;
    const spectra = biases_V.map((bias_V) =>
      parameters.frequency_Hz.map((frequency_Hz) => {
        const byArray = canMeasure(capabilities, frequency_Hz, amplitude_V);
        const own_s = 1 / (frequency_Hz * samplesPerCycle);
        const samplePeriod_s = byArray ? Math.max(own_s, 1 / capabilities.fastestSampling_Hz) : own_s;
        // whole sample periods, so that every cycle begins on a sample
        const lead_s = Math.max(byArray ? 1 : 0, Math.ceil(settle_s / samplePeriod_s - 1e-9)) * samplePeriod_s;
        const start_s = lead_s + settleCycles / frequency_Hz;
        const duration_s = (settleCycles + cycles) / frequency_Hz;
        const sine = { kind: "sine", amplitude_V, offset_V: bias_V, frequency_Hz, phase_rad: 0, duration_s } as const;
        const waveform: Waveform = [...holds([bias_V, lead_s]), sine];
        const impedance = byArray ? { bias_V, amplitude_V, frequency_Hz } : undefined;
        return { bias_V, frequency_Hz, samplePeriod_s, start_s, end_s: lead_s + duration_s, waveform, impedance };
      }),
    );
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (const spectrum of spectra) {
        if (!first && rest_s > 0) yield restStep(grid, rest_s);
        first = false;
        for (const { bias_V, frequency_Hz, samplePeriod_s, start_s, end_s, waveform, impedance } of spectrum) {
          const step = cellStep({
            grid,
            cell,
            waveform,
            bias,
            role: "impedance",
            label: `${formatSI(frequency_Hz, "Hz")} at ${formatSI(bias_V, "V")}`,
            samplePeriod_s,
            currentRange_A,
            windows: impedance ? [] : [{ start_s, end_s, label: "measured" }],
            tags: { bias_V, frequency_Hz, amplitude_V, cycles, samplesPerCycle, measureStart_s: start_s },
          });
          yield impedance ? { ...step, readout: { ...step.readout, impedance } } : step;
        }
      }
  },
});

function canMeasure({ impedance }: Capabilities, frequency_Hz: number, amplitude_V: number): boolean {
  if (!impedance) return false;
  const [least_Hz, most_Hz] = impedance.frequency_Hz;
  return frequency_Hz >= least_Hz && frequency_Hz <= most_Hz && amplitude_V <= impedance.amplitude_V;
}
