import { formatSI } from "../../units.ts";
import { quantity, strictObject } from "../../document.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, holds, lastTenth, restStep } from "../makeSteps.ts";
import {
  bias,
  cells,
  count,
  currentRange_A,
  findCellMistake,
  notNegative,
  notZero,
  positive,
  resolveCells,
  series,
} from "../parameters.ts";
import { prepare, preparation } from "../preparation.ts";

/**
 * Short-term facilitation and depression: a train of equal pulses, every current looked at. Ten pulses as in
 * 10.1039/d5fd00130g; widths and gaps suit the conical channel (tau 4.8 ms, 10.1103/PhysRevLett.130.268401).
 *
 * Safety: junctions stay above 0 V for count (width_s + gap_s) where `hold_V` is not 0, which the dwell limit counts.
 */
const schema = strictObject({
  cells,
  amplitude_V: notZero("V").default(-1),
  width_s: positive("s").default(0.005),
  /** From the end of a pulse to the start of the next. A list or a series gives one train for each. */
  gap_s: series("s", "gaps").default([0.005]),
  count: count(2, 10_000).default(10),
  /** Between pulses and after the preparation. */
  hold_V: quantity("V").default(0),
  prepare: preparation,
  /** One train for each, followed by a test pulse after this time: how the junction recovers. */
  test_s: series("s", "times from the last pulse to a test pulse").optional(),
  /** At 0 V between two trains. */
  recovery_s: notNegative("s").default(0.1),
  repeats: count(1, 100_000).default(1),
  samplesPerPulse: count(10, 100_000).default(50),
  bias,
  currentRange_A,
});

/** One step per cell, repeat, gap and test; windows "pulse 1" to "pulse n" over last tenths, and "test". */
export const shortTermTrain = defineProtocol({
  name: "short-term-train",
  title: "Short-term facilitation and depression",
  summary:
    "Applies a train of equal pulses and looks at the current at the end of each: it rises, saturates or fades. " +
    "A recovery at 0 V follows each train; a test pulse, where asked for, shows how fast the junction forgets.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { amplitude_V, width_s, hold_V, recovery_s, repeats, samplesPerPulse, bias, currentRange_A } = parameters;
    const { levels, lead_s } = prepare(parameters.prepare, hold_V);
    const tests_s: readonly (number | undefined)[] = parameters.test_s ?? [undefined];
    const trains = parameters.gap_s.flatMap((gap_s) =>
      tests_s.map((test_s) => {
        const pulses = Array.from({ length: parameters.count }, (_, k) => [
          ...(k === 0 ? [] : [[hold_V, gap_s] as const]),
          [amplitude_V, width_s] as const,
        ]).flat();
        const end_s = lead_s + parameters.count * width_s + (parameters.count - 1) * gap_s;
        const test = test_s === undefined ? [] : [[hold_V, test_s] as const, [amplitude_V, width_s] as const];
        return {
          waveform: holds(...levels, ...pulses, ...test),
          windows: [
            ...Array.from({ length: parameters.count }, (_, k) =>
              lastTenth(lead_s + k * (width_s + gap_s), width_s, `pulse ${k + 1}`),
            ),
            ...(test_s === undefined ? [] : [lastTenth(end_s + test_s, width_s, "test")]),
          ],
          label: `gap ${formatSI(gap_s, "s")}${test_s === undefined ? "" : `, test after ${formatSI(test_s, "s")}`}`,
          tags: { gap_s, ...(test_s === undefined ? {} : { test_s }) },
        };
      }),
    );
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (let repeat = 1; repeat <= repeats; repeat++)
        for (const { waveform, windows, label, tags } of trains) {
          if (!first && recovery_s > 0) yield restStep(grid, recovery_s);
          first = false;
          yield cellStep({
            grid,
            cell,
            waveform,
            bias,
            role: "burst",
            label,
            samplePeriod_s: width_s / samplesPerPulse,
            currentRange_A,
            windows,
            tags: { ...tags, voltage_V: amplitude_V, width_s, hold_V, pulses: parameters.count, repeat },
          });
        }
  },
});
