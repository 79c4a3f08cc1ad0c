import { strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
import { concat, type Segment, type Waveform } from "../../waveform.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, restStep } from "../makeSteps.ts";
import {
  bias,
  cells,
  count,
  currentRange_A,
  findCellMistake,
  notNegative,
  oneOf,
  positive,
  resolveCells,
  series,
} from "../parameters.ts";

/**
 * Periodic sweeps through zero and back. Defaults suit the conical channel: 1 V at 40 Hz, where its loop is largest
 * (2 pi f tau = 1.2; 10.1103/PhysRevLett.130.268401).
 */
const schema = strictObject({
  cells,
  /** Peak of both lobes; `positive_V` and `negative_V` (a magnitude) override one side each. */
  amplitude_V: positive("V").default(1),
  positive_V: notNegative("V").optional(),
  negative_V: notNegative("V").optional(),
  /** One, a list, or a series {from, to, perDecade}. */
  frequency_Hz: series("Hz", "frequencies").default([40]),
  wave: oneOf(["sine", "triangle"]).default("sine"),
  cycles: count(1, 1_000_000).default(3),
  samplesPerCycle: count(8, 1_000_000).default(1000),
  /** "up" starts with the positive lobe. */
  direction: oneOf(["up", "down"]).default("up"),
  bias,
  /** At 0 V, between two sweeps. */
  rest_s: notNegative("s").default(0),
  currentRange_A,
})
  .refine(({ positive_V, negative_V }) => positive_V !== 0 || negative_V !== 0, {
    path: ["positive_V"],
    error: "positive_V and negative_V are both 0, allowed is one of them",
  })
  .transform(({ amplitude_V, positive_V, negative_V, ...rest }) => ({
    ...rest,
    positive_V: positive_V ?? amplitude_V,
    negative_V: negative_V ?? amplitude_V,
  }));

/** One step per cell and frequency; the current of the cell's column is sampled `samplesPerCycle` times a cycle. */
export const ivSweep = defineProtocol({
  name: "iv-sweep",
  title: "Current-voltage sweep",
  summary:
    "Sweeps the voltage of each junction through full cycles and samples the current: the pinched loop. " +
    "Volatile junctions end where the last cycle left them.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { cycles, samplesPerCycle, rest_s } = parameters;
    const waveforms = parameters.frequency_Hz.map((frequency_Hz) => sweep(parameters, frequency_Hz));
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (const [k, frequency_Hz] of parameters.frequency_Hz.entries()) {
        if (!first && rest_s > 0) yield restStep(grid, rest_s);
        first = false;
        yield cellStep({
          grid,
          cell,
          waveform: waveforms[k] ?? [],
          bias: parameters.bias,
          role: "sweep",
          label: formatSI(frequency_Hz, "Hz"),
          samplePeriod_s: 1 / (frequency_Hz * samplesPerCycle),
          currentRange_A: parameters.currentRange_A,
          windows: [],
          tags: { frequency_Hz, cycles, samplesPerCycle },
        });
      }
  },
});

interface SweepShape {
  readonly positive_V: number;
  readonly negative_V: number;
  readonly wave: "sine" | "triangle";
  readonly cycles: number;
  readonly direction: "up" | "down";
}

function sweep({ positive_V, negative_V, wave, cycles, direction }: SweepShape, frequency_Hz: number): Waveform {
  const period_s = 1 / frequency_Hz;
  const [first_V, second_V] = direction === "up" ? [positive_V, -negative_V] : [-negative_V, positive_V];
  if (wave === "sine" && positive_V === negative_V) return [sine(first_V, frequency_Hz, cycles * period_s)];
  const cycle = wave === "sine" ? sineLobes(first_V, second_V, frequency_Hz) : triangle(first_V, second_V, period_s);
  return concat(...Array.from({ length: cycles }, () => cycle));
}

function sine(amplitude_V: number, frequency_Hz: number, duration_s: number): Segment {
  return { kind: "sine", amplitude_V, offset_V: 0, frequency_Hz, phase_rad: 0, duration_s };
}

/** Two half sines of their own heights, each half a period long; both start at phase 0 and the second is negative. */
function sineLobes(first_V: number, second_V: number, frequency_Hz: number): Segment[] {
  return [sine(first_V, frequency_Hz, 0.5 / frequency_Hz), sine(second_V, frequency_Hz, 0.5 / frequency_Hz)];
}

/** 0 -> first -> second -> 0 at one scan rate, as in cyclic voltammetry. */
function triangle(first_V: number, second_V: number, period_s: number): Segment[] {
  const rate_V_s = (2 * Math.abs(first_V - second_V)) / period_s;
  const corners = [0, first_V, second_V, 0];
  return corners.slice(1).flatMap((to_V, k): Segment[] => {
    const from_V = corners[k] ?? 0;
    return from_V === to_V ? [] : [{ kind: "ramp", from_V, to_V, duration_s: Math.abs(to_V - from_V) / rate_V_s }];
  });
}
