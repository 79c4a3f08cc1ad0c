import { quantity, strictObject } from "../../../document.ts";
import { defineProtocol } from "../../defineProtocol.ts";
import { cellStep } from "../../makeSteps.ts";
import { bias, cells, count, currentRange_A, findCellMistake, positive, resolveCells } from "../../parameters.ts";

const schema = strictObject({
  cells,
  from_V: quantity("V").default(0),
  to_V: quantity("V"),
  duration_s: positive("s"),
  samples: count(4, 10_000_000).default(200),
  bias,
  currentRange_A,
});

/** A straight line from one voltage to another, sampled all along. */
export const ramp = defineProtocol({
  name: "ramp",
  title: "One ramp",
  summary: "A straight line from one voltage to another for each cell, the current sampled all along.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps({ from_V, to_V, duration_s, samples, ...parameters }, { grid }) {
    const waveform = [{ kind: "ramp", from_V, to_V, duration_s }] as const;
    for (const cell of resolveCells(grid, parameters.cells))
      yield cellStep({
        grid,
        cell,
        waveform,
        bias: parameters.bias,
        role: "ramp",
        label: "ramp",
        samplePeriod_s: duration_s / samples,
        currentRange_A: parameters.currentRange_A,
        windows: [],
        tags: { from_V, to_V, duration_s },
      });
  },
});
