import { strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, holds, lastTenth, restStep } from "../makeSteps.ts";
import {
  bias,
  cells,
  count,
  currentRange_A,
  findCellMistake,
  listOf,
  notNegative,
  notZero,
  positive,
  resolveCells,
} from "../parameters.ts";

/**
 * Two equal pulses, their gap varied: the index I2/I1 and its decay. Defaults suit the conical channel (tau 4.8 ms,
 * 10.1103/PhysRevLett.130.268401), whose conductance rises at negative voltages; recovery is 20 tau.
 */
const schema = strictObject({
  cells,
  amplitude_V: notZero("V").default(-1),
  width_s: positive("s").default(0.005),
  gaps_s: listOf(positive("s"), "gaps").default([0.001, 0.002, 0.005, 0.01, 0.02, 0.05]),
  /** At 0 V before the next pair. */
  recovery_s: notNegative("s").default(0.1),
  samplesPerPulse: count(10, 100_000).default(50),
  bias,
  currentRange_A,
});

/** One step per cell and gap, with windows over the last tenth of either pulse. */
export const pairedPulse = defineProtocol({
  name: "paired-pulse",
  title: "Paired-pulse facilitation",
  summary:
    "Applies pairs of equal pulses with growing gaps and compares the currents at the ends of both pulses. " +
    "A recovery at 0 V lets volatile junctions forget before the next pair.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { amplitude_V, width_s, gaps_s, recovery_s, samplesPerPulse, bias, currentRange_A } = parameters;
    const waveforms = gaps_s.map((gap_s) => holds([amplitude_V, width_s], [0, gap_s], [amplitude_V, width_s]));
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (const [k, gap_s] of gaps_s.entries()) {
        if (!first && recovery_s > 0) yield restStep(grid, recovery_s);
        first = false;
        yield cellStep({
          grid,
          cell,
          waveform: waveforms[k] ?? [],
          bias,
          role: "pair",
          label: `gap ${formatSI(gap_s, "s")}`,
          samplePeriod_s: width_s / samplesPerPulse,
          currentRange_A,
          windows: [lastTenth(0, width_s, "pulse 1"), lastTenth(width_s + gap_s, width_s, "pulse 2")],
          tags: { gap_s, voltage_V: amplitude_V, width_s },
        });
      }
  },
});
