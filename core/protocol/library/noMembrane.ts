import { strictObject } from "../../document.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, holds, restStep } from "../makeSteps.ts";
import {
  cells,
  count,
  currentRange_A,
  findCellMistake,
  notNegative,
  positive,
  resolveCells,
  series,
} from "../parameters.ts";
import { ivSweep } from "./ivSweep.ts";

/**
 * The control that every memristor of ions needs: the same electrodes and electrolyte without membrane. On hardware the
 * chip is replaced by an open channel; on an emulated array the junction is `ohmic` and `effects:` has `electrodes`.
 * Whatever loop is left belongs to the electrodes. Defaults cover their diffusion time (0.6 to 10 s): 0.02 to 2 Hz.
 */
const schema = strictObject({
  cells,
  amplitude_V: positive("V").default(0.5),
  frequency_Hz: series("Hz", "frequencies").default([0.02, 0.2, 2]),
  cycles: count(1, 1_000_000).default(3),
  samplesPerCycle: count(8, 1_000_000).default(1000),
  /** At 0 V in front of the sweeps, where the offset of the electrodes is read. */
  offset_s: positive("s").default(1),
  /** At 0 V behind each junction: the chloride at the electrodes comes back. */
  rest_s: notNegative("s").default(20),
  currentRange_A,
});

/** Per junction: the current at 0 V (step "offset"), then sweeps as those of `iv-sweep`, so that loops compare directly. */
export const noMembrane = defineProtocol({
  name: "no-membrane",
  title: "Electrode-only control",
  summary:
    "Reads the current at 0 V and sweeps through slow to fast cycles, as on a chip with a membrane but without one. " +
    "A loop that is pinched here belongs to the electrodes and not to a pore.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells),
  *steps({ cells: asked, offset_s, ...parameters }, context) {
    const { grid } = context;
    yield { kind: "mark", label: "electrode-only control", data: { amplitude_V: parameters.amplitude_V } };
    const list = resolveCells(grid, asked);
    for (const [index, cell] of list.entries()) {
      if (index > 0 && parameters.rest_s > 0) yield restStep(grid, parameters.rest_s);
      yield cellStep({
        grid,
        cell,
        waveform: holds([0, offset_s]),
        bias: "ground",
        role: "offset",
        label: "offset",
        samplePeriod_s: offset_s / 100,
        currentRange_A: parameters.currentRange_A,
        windows: [{ start_s: offset_s / 2, end_s: offset_s, label: "offset" }],
        tags: {},
      });
      yield* ivSweep({
        ...parameters,
        frequency_Hz: [...parameters.frequency_Hz],
        cells: [[cell.row, cell.column]],
      }).steps(context);
    }
  },
});
