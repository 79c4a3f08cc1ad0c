import { strictObject } from "../../document.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { restStep } from "../makeSteps.ts";
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
} from "../parameters.ts";
import { conductanceOf, makeProbe, readPulse } from "../probe.ts";
import type { Step, StepResult } from "../protocol.ts";
import { makePulse, pulseField } from "../pulse.ts";

/**
 * Set and reset, cycle after cycle, both states read in every cycle of every junction: points that are left out hide
 * failures (Lanza et al. 2021, 10.1021/acsnano.1c06980). The window is the conductance after `set` over that after `reset`.
 * Defaults suit the ncnm channel (10.1073/pnas.2320242121 shows 50 cycles): 5 V and -1 V, 0.75 s each.
 *
 * Safety: this wears junctions out on purpose. The stop rule ends a junction whose window stays too small, so that a dead
 * one is not driven on; a read that was lost neither fails a junction nor saves it.
 */
const schema = strictObject({
  cells,
  set: pulseField(5, 0.75),
  reset: pulseField(-1, 0.75),
  cycles: count(1, 1_000_000).default(50),
  read: readPulse(0.1, 0.005),
  /** At 0 V after each read. */
  gap_s: notNegative("s").default(0),
  /** Ends a junction when its window was below `window` for so many cycles in a row; null drives all cycles. */
  stop: strictObject({ window: positive("").default(1.1), cycles: count(1, 1_000_000).default(3) })
    .nullable()
    .prefault({}),
  /** "cell": one junction after the other; "cycle": all junctions in every cycle. */
  order: oneOf(["cell", "cycle"]).default("cell"),
  bias,
  currentRange_A,
});

/** Per cell and cycle: pulse "set", probe "on", pulse "reset", probe "off"; a mark where a junction is given up, one at its end. */
export const endurance = defineProtocol({
  name: "endurance",
  title: "Endurance",
  summary:
    "Sets and resets each junction cycle after cycle and reads both states every time. " +
    "A junction whose window has closed is given up; the others go on.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { cycles, read, gap_s, stop, order } = parameters;
    const probe = makeProbe(grid, parameters);
    const [set, reset] = [makePulse(grid, parameters.set, parameters), makePulse(grid, parameters.reset, parameters)];
    const devices = resolveCells(grid, parameters.cells).map((cell) => ({ cell, low: 0, over: false, done: 0 }));

    function* cycleOnce(device: (typeof devices)[number], cycle: number): Generator<Step, void, StepResult> {
      const { cell } = device;
      const tags = { cycle };
      yield set(cell, `set ${cycle}`, { ...tags, phase: "set" });
      const on_S = conductanceOf(yield probe(cell, `on ${cycle}`, { ...tags, phase: "on" }), read);
      if (gap_s > 0) yield restStep(grid, gap_s);
      yield reset(cell, `reset ${cycle}`, { ...tags, phase: "reset" });
      const off_S = conductanceOf(yield probe(cell, `off ${cycle}`, { ...tags, phase: "off" }), read);
      if (gap_s > 0) yield restStep(grid, gap_s);
      device.done = cycle;
      const window = on_S / off_S;
      // NaN (a lost read, or 0 / 0 in a dry run) says nothing; a junction that no longer conducts at all has no window
      if (!stop || Number.isNaN(window)) return;
      device.low = window < stop.window ? device.low + 1 : 0;
      if (device.low < stop.cycles) return;
      device.over = true;
      yield {
        kind: "mark",
        label: "window closed",
        data: { row: cell.row, column: cell.column, cycle, window, firstFailure: cycle - stop.cycles + 1 },
      };
    }

    if (order === "cell")
      for (const device of devices)
        for (let cycle = 1; cycle <= cycles && !device.over; cycle++) yield* cycleOnce(device, cycle);
    else
      for (let cycle = 1; cycle <= cycles; cycle++)
        for (const device of devices) if (!device.over) yield* cycleOnce(device, cycle);
    for (const { cell, done, over } of devices)
      yield {
        kind: "mark",
        label: "endurance",
        data: { row: cell.row, column: cell.column, cycles: done, status: over ? "window closed" : "alive" },
      };
  },
});
