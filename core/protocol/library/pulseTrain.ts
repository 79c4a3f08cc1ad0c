import type { z } from "zod";
import { quantity, strictObject } from "../../document.ts";
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
 * 0.75 s with 0.75 s gaps, reads of -1 V for 50 ms (10.1073/pnas.2320242121); the -1 V depression is ours. With `amplitudeStep_V` or `widthStep_s` the pulses of a
 * train grow (or shrink) evenly: the schemes "incremental amplitude" and "incremental width" of NeuroSim.
 *
 * Safety: a train of growing pulses ends at amplitude_V + (count - 1) amplitudeStep_V; the dry run shows and checks it.
 */
const train = (amplitude_V: number) => ({
  amplitude_V: notZero("V").default(amplitude_V),
  /** Added to the amplitude from pulse to pulse; identical pulses are 0. */
  amplitudeStep_V: quantity("V").default(0),
  width_s: positive("s").default(0.75),
  /** Added to the width from pulse to pulse. */
  widthStep_s: quantity("s").default(0),
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
  for (const phase of ["potentiation", "depression"] as const) {
    const { count, amplitude_V, amplitudeStep_V, width_s, widthStep_s } = parameters[phase];
    if (count === 0) continue;
    const last_V = amplitude_V + (count - 1) * amplitudeStep_V;
    if (!(last_V * amplitude_V > 0))
      context.addIssue({
        code: "custom",
        path: [phase, "amplitudeStep_V"],
        message: `pulse ${count} would be ${last_V} V, allowed are trains that keep the sign of ${amplitude_V} V`,
      });
    const last_s = width_s + (count - 1) * widthStep_s;
    if (!(last_s > 1e-9 * width_s))
      context.addIssue({
        code: "custom",
        path: [phase, "widthStep_s"],
        message: `pulse ${count} would last ${last_s} s, allowed are trains whose pulses last longer than 0 s`,
      });
  }
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
      const { amplitude_V, amplitudeStep_V, width_s, widthStep_s, gap_s, count } = parameters[phase];
      // identical pulses share one waveform, so that limits and doses are worked out once
      const pulses = Array.from({ length: amplitudeStep_V === 0 && widthStep_s === 0 ? 1 : count }, (_, k) => {
        const pulse = { voltage_V: amplitude_V + k * amplitudeStep_V, width_s: width_s + k * widthStep_s };
        return { ...pulse, waveform: holds([pulse.voltage_V, pulse.width_s]) };
      });
      // a gap that the read fills leaves the rounding of the subtraction, which is no segment
      const after_s = gap_s - read.settle_s - read.width_s;
      const gap = holds(...readLevels, [0, after_s > 1e-12 * gap_s ? after_s : 0]);
      return { phase, count, pulses, gap };
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
      for (const { phase, count, pulses, gap } of phases)
        for (let number = 1; number <= count; number++) {
          const pulse = pulses[number - 1] ?? pulses[0];
          if (!pulse) continue;
          const { voltage_V, width_s } = pulse;
          yield cellStep({
            grid,
            cell,
            waveform: pulse.waveform,
            bias,
            role: "pulse",
            label: `${phase} pulse ${number}`,
            samplePeriod_s: width_s / samplesPerPulse,
            currentRange_A,
            windows: [lastTenth(0, width_s, "pulse")],
            tags: { phase, pulse: number, voltage_V, width_s },
          });
          yield readStep(gap, phase, number);
        }
    }
  },
});

export type PulseTrainInput = z.input<typeof schema>;
