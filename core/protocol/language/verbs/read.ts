import { strictObject } from "../../../document.ts";
import { defineProtocol } from "../../defineProtocol.ts";
import { cellStep, holds, secondHalf } from "../../makeSteps.ts";
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
} from "../../parameters.ts";

const schema = strictObject({
  cells,
  voltage_V: notZero("V"),
  width_s: positive("s"),
  /** At 0 V before the read. */
  settle_s: notNegative("s").default(0),
  samples: count(4, 1_000_000).default(20),
  bias,
  currentRange_A,
});

/** One read per cell; `current` and `voltage` are then those of the second half of the last. */
export const read = defineProtocol({
  name: "read",
  title: "One read",
  summary:
    "One short pulse for each cell, whose current is averaged. Its voltage should be small enough to change nothing.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps({ voltage_V, width_s, settle_s, samples, ...parameters }, { grid }) {
    const waveform = holds([0, settle_s], [voltage_V, width_s]);
    for (const cell of resolveCells(grid, parameters.cells))
      yield cellStep({
        grid,
        cell,
        waveform,
        bias: parameters.bias,
        role: "read",
        label: "read",
        samplePeriod_s: width_s / samples,
        currentRange_A: parameters.currentRange_A,
        windows: [secondHalf(settle_s, width_s, "read")],
        tags: { voltage_V },
      });
  },
});
