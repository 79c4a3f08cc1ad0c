import { fillUniform, streamOf } from "../../crossbar/random.ts";
import { quantity, strictObject } from "../../document.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, holds, restStep, secondHalf } from "../makeSteps.ts";
import {
  bias,
  cells,
  count,
  currentRange_A,
  findCellMistake,
  notNegative,
  positive,
  resolveCells,
} from "../parameters.ts";
import { readPulse } from "../probe.ts";

/**
 * Random inputs, one per slot, as pulse heights; the state is read in every slot. How well past inputs can be told from
 * states is the memory capacity, the sum over delays k of r^2(u(n - k), x(n)) (Jaeger 2001, GMD report 152).
 * A junction that relaxes linearly has a capacity of 1. The inputs, uniform in 0 to 1, stand in the mark "inputs".
 * Defaults suit the ncnm channel (tau 1.62 s, 10.1073/pnas.2320242121).
 *
 * Safety: a stream lasts slots x (width_s + read + gap_s), at the defaults 14 minutes per junction.
 */
const schema = strictObject({
  cells,
  slots: count(10, 1_000_000).default(500),
  /** Voltage of the inputs 0 and 1. */
  low_V: quantity("V").default(0),
  high_V: quantity("V").default(4),
  width_s: positive("s").default(0.75),
  /** At 0 V after the read. */
  gap_s: notNegative("s").default(0.75),
  read: readPulse(0.1, 0.05),
  /** At 0 V between two cells. */
  rest_s: notNegative("s").default(16.2),
  bias,
  currentRange_A,
}).refine(({ low_V, high_V }) => low_V !== high_V, {
  path: ["high_V"],
  error: "allowed is another voltage than low_V",
});

const SLOTS_PER_STEP = 100;

/** Per cell: steps of up to 100 slots with a window "slot n" each, n from 0 over all steps. */
export const memoryCapacity = defineProtocol({
  name: "memory-capacity",
  title: "Memory capacity of a reservoir",
  summary:
    "Drives each junction with a stream of random pulse heights and reads it in every slot. " +
    "What the states still know of past inputs is the memory that a trained readout can use.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid, seed }) {
    const { slots, low_V, high_V, width_s, gap_s, read, rest_s, bias, currentRange_A } = parameters;
    const inputs = new Float64Array(slots);
    fillUniform(inputs, seed, streamOf("memory-capacity inputs"), 0);
    yield { kind: "mark", label: "inputs", data: { low_V, high_V, inputs: [...inputs] } };
    const slot_s = width_s + read.settle_s + read.width_s + gap_s;
    const parts = Array.from({ length: Math.ceil(slots / SLOTS_PER_STEP) }, (_, k) => {
      const firstSlot = k * SLOTS_PER_STEP;
      const part = inputs.subarray(firstSlot, firstSlot + SLOTS_PER_STEP);
      const levels = [...part].flatMap((input) => [
        [low_V + input * (high_V - low_V), width_s] as const,
        [0, read.settle_s] as const,
        [read.voltage_V, read.width_s] as const,
        [0, gap_s] as const,
      ]);
      const windows = [...part].map((_input, n) =>
        secondHalf(n * slot_s + width_s + read.settle_s, read.width_s, `slot ${firstSlot + n}`),
      );
      return { firstSlot, count: part.length, waveform: holds(...levels), windows };
    });
    for (const [index, cell] of resolveCells(grid, parameters.cells).entries()) {
      if (index > 0 && rest_s > 0) yield restStep(grid, rest_s);
      for (const { firstSlot, count, waveform, windows } of parts)
        yield cellStep({
          grid,
          cell,
          waveform,
          bias,
          role: "stream",
          label: `slots ${firstSlot} to ${firstSlot + count - 1}`,
          samplePeriod_s: read.width_s / read.samples,
          currentRange_A,
          windows,
          tags: { firstSlot, slots: count, voltage_V: read.voltage_V },
        });
    }
  },
});
