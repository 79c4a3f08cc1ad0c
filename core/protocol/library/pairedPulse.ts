import type { z } from "zod";
import { quantity, strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
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
 * Two equal pulses, their gap varied: the index I2/I1 and its decay. Defaults suit the conical channel (tau 4.8 ms,
 * 10.1103/PhysRevLett.130.268401), whose conductance rises at negative voltages; recovery is 20 tau.
 */
const schema = strictObject({
  cells,
  amplitude_V: notZero("V").default(-1),
  width_s: positive("s").default(0.005),
  /** A list, or a series {from, to, perDecade}. */
  gaps_s: series("s", "gaps").default([0.001, 0.002, 0.005, 0.01, 0.02, 0.05]),
  /** Between the two pulses and after the preparation. */
  hold_V: quantity("V").default(0),
  /** A preset before every pair, as in 10.1039/d5fd00130g: 2 V/nm for 20 ps. */
  prepare: preparation,
  /** At 0 V before the next pair. */
  recovery_s: notNegative("s").default(0.1),
  repeats: count(1, 100_000).default(1),
  samplesPerPulse: count(10, 100_000).default(50),
  bias,
  currentRange_A,
});

/** One step per cell, repeat and gap, with windows over the last tenth of either pulse. */
export const pairedPulse = defineProtocol({
  name: "paired-pulse",
  title: "Paired-pulse facilitation",
  summary:
    "Applies pairs of equal pulses with growing gaps and compares the currents at the ends of both pulses. " +
    "A recovery at 0 V lets volatile junctions forget before the next pair.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { amplitude_V, width_s, gaps_s, hold_V, recovery_s, repeats, samplesPerPulse, bias, currentRange_A } =
      parameters;
    const { levels, lead_s } = prepare(parameters.prepare, hold_V);
    const pairs = gaps_s.map((gap_s) => ({
      gap_s,
      waveform: holds(...levels, [amplitude_V, width_s], [hold_V, gap_s], [amplitude_V, width_s]),
      windows: [lastTenth(lead_s, width_s, "pulse 1"), lastTenth(lead_s + width_s + gap_s, width_s, "pulse 2")],
    }));
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (let repeat = 1; repeat <= repeats; repeat++)
        for (const { gap_s, waveform, windows } of pairs) {
          if (!first && recovery_s > 0) yield restStep(grid, recovery_s);
          first = false;
          yield cellStep({
            grid,
            cell,
            waveform,
            bias,
            role: "pair",
            label: `gap ${formatSI(gap_s, "s")}`,
            samplePeriod_s: width_s / samplesPerPulse,
            currentRange_A,
            windows,
            tags: { gap_s, voltage_V: amplitude_V, width_s, hold_V, repeat },
          });
        }
  },
});

export type PairedPulseInput = z.input<typeof schema>;
