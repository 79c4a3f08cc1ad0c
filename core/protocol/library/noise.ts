import { quantity, strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
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
} from "../parameters.ts";

/**
 * Current noise at constant voltages: holds that are long enough for the lowest frequency wanted, sampled evenly. The record
 * after `settle_s` is the window "noise"; spectra (Welch) and two-level jumps are found in its samples by analysis.
 * The amplifier's filter must lie below half the sampling rate: samples are not filtered afterwards, and noise above folds
 * back. 0 V among the biases shows the floor of amplifier and membrane (4 k T G and their capacitance).
 * Defaults: 10 s at 10 kS/s, 0.1 Hz to 5 kHz, 0.1 V as for the conical channel.
 *
 * Safety: the junction is held for settle_s + duration_s at every bias, which the dwell limit counts.
 */
const schema = strictObject({
  cells,
  biases_V: listOf(quantity("V"), "bias voltages").default([0, 0.1, -0.1]),
  sampling_Hz: positive("Hz").default(10_000),
  duration_s: positive("s").default(10),
  settle_s: notNegative("s").default(1),
  /** Records at every bias, to average spectra of. */
  repeats: count(1, 10_000).default(1),
  /** At 0 V between two records. */
  rest_s: notNegative("s").default(0),
  bias,
  currentRange_A,
}).superRefine(({ sampling_Hz, duration_s }, context) => {
  if (sampling_Hz * duration_s < 16)
    context.addIssue({
      code: "custom",
      path: ["duration_s"],
      message: `${sampling_Hz * duration_s} samples are no record, allowed are 16 and more`,
    });
});

/** One step per cell, bias and repeat. */
export const noise = defineProtocol({
  name: "noise",
  title: "Current noise",
  summary:
    "Holds each junction at several voltages and samples its current evenly: spectra and two-level jumps. " +
    "Slow junctions drift during a hold; settle_s lets them arrive first.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { biases_V, sampling_Hz, duration_s, settle_s, repeats, rest_s, bias, currentRange_A } = parameters;
    const records = biases_V.map((bias_V) => ({ bias_V, waveform: holds([bias_V, settle_s + duration_s]) }));
    const windows = [{ start_s: settle_s, end_s: settle_s + duration_s, label: "noise" }];
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (const { bias_V, waveform } of records)
        for (let repeat = 1; repeat <= repeats; repeat++) {
          if (!first && rest_s > 0) yield restStep(grid, rest_s);
          first = false;
          yield cellStep({
            grid,
            cell,
            waveform,
            bias,
            role: "noise",
            label: formatSI(bias_V, "V"),
            samplePeriod_s: 1 / sampling_Hz,
            currentRange_A,
            windows,
            tags: { voltage_V: bias_V, sampling_Hz, settle_s, repeat },
          });
        }
  },
});
