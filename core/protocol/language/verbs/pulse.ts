import { strictObject } from "../../../document.ts";
import { defineProtocol } from "../../defineProtocol.ts";
import { cellStep, holds, lastTenth } from "../../makeSteps.ts";
import {
  bias,
  cells,
  count,
  currentRange_A,
  findCellMistake,
  notZero,
  positive,
  resolveCells,
} from "../../parameters.ts";

const schema = strictObject({
  cells,
  amplitude_V: notZero("V"),
  width_s: positive("s"),
  samples: count(10, 1_000_000).default(50),
  bias,
  currentRange_A,
});

/** One pulse per cell; `current` and `voltage` are then those of its last tenth. */
export const pulse = defineProtocol({
  name: "pulse",
  title: "One pulse",
  summary: "One pulse of one voltage for each cell. It is meant to change the junction.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps({ amplitude_V, width_s, samples, ...parameters }, { grid }) {
    const waveform = holds([amplitude_V, width_s]);
    for (const cell of resolveCells(grid, parameters.cells))
      yield cellStep({
        grid,
        cell,
        waveform,
        bias: parameters.bias,
        role: "pulse",
        label: "pulse",
        samplePeriod_s: width_s / samples,
        currentRange_A: parameters.currentRange_A,
        windows: [lastTenth(0, width_s, "pulse")],
        tags: { voltage_V: amplitude_V, width_s },
      });
  },
});
