import { quantity, strictObject } from "../../../document.ts";
import type { ReadWindow } from "../../../stimulus.ts";
import { durationOf, type Segment } from "../../../waveform.ts";
import { defineProtocol } from "../../defineProtocol.ts";
import { cellStep, lastTenth, restStep } from "../../makeSteps.ts";
import {
  bias,
  cells,
  count,
  currentRange_A,
  findCellMistake,
  listOf,
  notNegative,
  oneOf,
  positive,
  resolveCells,
} from "../../parameters.ts";

/** One piece of a sweep: its level and its duration in the first sweep, and what each next sweep adds to them. */
const epoch = strictObject({
  kind: oneOf(["step", "ramp"]).default("step"),
  first_V: quantity("V"),
  delta_V: quantity("V").default(0),
  duration_s: positive("s"),
  deltaDuration_s: quantity("s").default(0),
});

const schema = strictObject({
  cells,
  sweeps: count(1, 1_000_000).default(1),
  epochs: listOf(epoch, "epochs"),
  samplePeriod_s: positive("s"),
  /** At 0 V between two sweeps. */
  rest_s: notNegative("s").default(0),
  bias,
  currentRange_A,
}).superRefine(({ epochs, sweeps }, context) => {
  for (const [k, { duration_s, deltaDuration_s }] of epochs.entries())
    if (!(duration_s + (sweeps - 1) * deltaDuration_s > 0))
      context.addIssue({
        code: "custom",
        path: ["epochs", k, "deltaDuration_s"],
        message: `the epoch lasts ${duration_s + (sweeps - 1) * deltaDuration_s} s in sweep ${sweeps - 1}, allowed are values above 0`,
      });
});

type Epoch = ReturnType<typeof schema.parse>["epochs"][number];

/**
 * Sweeps of epochs, as patch-clampers write them: a step holds its level, a ramp leads to it from the level before (0 V
 * in front of the first). One step per cell and sweep; the windows "A", "B", ... are the last tenth of each epoch.
 */
export const epochs = defineProtocol({
  name: "epochs",
  title: "Epochs",
  summary:
    "Sweeps made of epochs, each with a first value and a delta per sweep for level and duration. " +
    "What they do to a junction is what their levels do.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps({ sweeps, samplePeriod_s, rest_s, ...parameters }, { grid }) {
    const list = Array.from({ length: sweeps }, (_, sweep) => makeSweep(parameters.epochs, sweep));
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (const [sweep, { waveform, windows }] of list.entries()) {
        if (!first && rest_s > 0) yield restStep(grid, rest_s);
        first = false;
        yield cellStep({
          grid,
          cell,
          waveform,
          bias: parameters.bias,
          role: "epochs",
          label: `sweep ${sweep}`,
          samplePeriod_s,
          currentRange_A: parameters.currentRange_A,
          windows,
          tags: { sweep, sweeps },
        });
      }
  },
});

function makeSweep(list: readonly Epoch[], sweep: number): { waveform: Segment[]; windows: ReadWindow[] } {
  const waveform: Segment[] = [];
  const windows: ReadWindow[] = [];
  let before_V = 0;
  for (const [k, { kind, first_V, delta_V, duration_s: shortest_s, deltaDuration_s }] of list.entries()) {
    const level_V = first_V + sweep * delta_V;
    const duration_s = shortest_s + sweep * deltaDuration_s;
    windows.push(lastTenth(durationOf(waveform), duration_s, nameOf(k)));
    waveform.push(
      kind === "step"
        ? { kind: "hold", voltage_V: level_V, duration_s }
        : { kind: "ramp", from_V: before_V, to_V: level_V, duration_s },
    );
    before_V = level_V;
  }
  return { waveform, windows };
}

/** A to Z, then AA, as columns of a sheet. */
function nameOf(k: number): string {
  const letter = String.fromCharCode(65 + (k % 26));
  return k < 26 ? letter : nameOf(Math.floor(k / 26) - 1) + letter;
}
