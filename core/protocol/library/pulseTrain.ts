import type { z } from "zod";
import { strictObject } from "../../document.ts";
import type { Waveform } from "../../waveform.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, holds, lastTenth, restStep, secondHalf } from "../makeSteps.ts";
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
} from "../parameters.ts";

/**
 * Potentiation and depression, a read in the gap after every pulse. Defaults suit the ncnm channel: 5 V pulses of
 * 0.75 s with 0.75 s gaps, reads of -1 V for 50 ms (10.1073/pnas.2320242121); the -1 V depression is ours.
 */
const train = (amplitude_V: number) => ({
  amplitude_V: notZero("V").default(amplitude_V),
  width_s: positive("s").default(0.75),
  /** From the end of a pulse to the start of the next; the read takes place in it. */
  gap_s: notNegative("s").default(0.75),
  count: count(0, 10_000_000).default(10),
});
const potentiation = strictObject(train(5));
const depression = strictObject(train(-1));
const read = strictObject({
  voltage_V: notZero("V").default(-1),
  width_s: positive("s").default(0.05),
  /** At 0 V between the pulse and its read. */
  settle_s: notNegative("s").default(0),
  samples: count(4, 100_000).default(20),
});

const schema = strictObject({
  cells,
  potentiation: potentiation.prefault({}),
  depression: depression.prefault({}),
  read: read.prefault({}),
  samplesPerPulse: count(10, 100_000).default(50),
  bias,
  /** At 0 V, between two cells. */
  rest_s: notNegative("s").default(0),
  currentRange_A,
}).superRefine((parameters, context) => {
  const needed_s = parameters.read.settle_s + parameters.read.width_s;
  for (const phase of ["potentiation", "depression"] as const)
    if (parameters[phase].count > 0 && parameters[phase].gap_s < needed_s * (1 - 1e-12))
      context.addIssue({
        code: "custom",
        path: [phase, "gap_s"],
        message: `${parameters[phase].gap_s} s is too short for the read, allowed are ${needed_s} s (settle and read) and more`,
      });
});

/** Per cell: a first read, then every pulse as one step and the gap with its read as another. */
export const pulseTrain = defineProtocol({
  name: "pulse-train",
  title: "Potentiation and depression",
  summary:
    "Applies trains of equal pulses to each junction and reads it after every pulse: the conductance staircase. " +
    "The reads disturb volatile junctions a little; the pulses are meant to.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { read, samplesPerPulse, currentRange_A, bias, rest_s } = parameters;
    const readTags = { voltage_V: read.voltage_V };
    const readLevels = [
      [0, read.settle_s],
      [read.voltage_V, read.width_s],
    ] as const;
    const readWindow = secondHalf(read.settle_s, read.width_s, "read");
    const phases = (["potentiation", "depression"] as const).map((phase) => {
      const { amplitude_V, width_s, gap_s, count } = parameters[phase];
      const pulse = holds([amplitude_V, width_s]);
      // a gap that the read fills leaves the rounding of the subtraction, which is no segment
      const after_s = gap_s - read.settle_s - read.width_s;
      const gap = holds(...readLevels, [0, after_s > 1e-12 * gap_s ? after_s : 0]);
      return { phase, amplitude_V, width_s, count, pulse, gap };
    });
    const initialRead = holds(...readLevels);
    for (const [index, cell] of resolveCells(grid, parameters.cells).entries()) {
      if (index > 0 && rest_s > 0) yield restStep(grid, rest_s);
      const readStep = (waveform: Waveform, phase: string, pulse: number) =>
        cellStep({
          grid,
          cell,
          waveform,
          bias,
          role: "read",
          label: pulse === 0 ? "first read" : `read after ${phase} pulse ${pulse}`,
          samplePeriod_s: read.width_s / read.samples,
          currentRange_A,
          windows: [readWindow],
          tags: { phase, pulse, ...readTags },
        });
      yield readStep(initialRead, "initial", 0);
      for (const { phase, amplitude_V, width_s, count, pulse, gap } of phases)
        for (let number = 1; number <= count; number++) {
          yield cellStep({
            grid,
            cell,
            waveform: pulse,
            bias,
            role: "pulse",
            label: `${phase} pulse ${number}`,
            samplePeriod_s: width_s / samplesPerPulse,
            currentRange_A,
            windows: [lastTenth(0, width_s, "pulse")],
            tags: { phase, pulse: number, voltage_V: amplitude_V, width_s },
          });
          yield readStep(gap, phase, number);
        }
    }
  },
});

export type PulseTrainInput = z.input<typeof schema>;
