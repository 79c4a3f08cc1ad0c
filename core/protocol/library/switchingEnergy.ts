import { strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { restStep } from "../makeSteps.ts";
import {
  bias,
  cells,
  count,
  currentRange_A,
  findCellMistake,
  listOf,
  notNegative,
  notZero,
  resolveCells,
  series,
} from "../parameters.ts";
import { makeProbe, readPulse } from "../probe.ts";
import { makePulse } from "../pulse.ts";

/**
 * Energy of a pulse against what it changes: every amplitude with every width, each from rest, read before and after.
 * E is the integral of V I dt over the pulse, measured by its samples; V^2 G t is only an estimate. What a known series
 * resistance takes of it, the integral of I^2 R dt, is told apart by the tag `series_ohm`.
 * Defaults suit the ncnm channel, whose writes are published at 1 to 10 uJ (10.1073/pnas.2320242121).
 *
 * Safety: every combination is applied; the strongest is the largest amplitude at the largest width.
 */
const schema = strictObject({
  cells,
  amplitudes_V: listOf(notZero("V"), "amplitudes").default([1, 2, 5]),
  widths_s: series("s", "widths").default([0.1, 0.3, 0.75]),
  /** In series with every junction, known from a calibration. */
  series_ohm: notNegative("ohm").default(0),
  read: readPulse(0.1, 0.005),
  /** At 0 V before the next pulse: 10 tau. */
  recovery_s: notNegative("s").default(16.2),
  samplesPerPulse: count(10, 100_000).default(200),
  bias,
  currentRange_A,
});

/** Per cell, amplitude and width: probe "before", pulse with the window "whole", probe "after". */
export const switchingEnergy = defineProtocol({
  name: "switching-energy",
  title: "Switching energy",
  summary:
    "Applies pulses of several amplitudes and widths and samples their current: the energy that each change costs. " +
    "Each junction is read before and after, and recovers at 0 V in between.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { amplitudes_V, widths_s, series_ohm, recovery_s, samplesPerPulse } = parameters;
    const probe = makeProbe(grid, parameters);
    const readout = { ...parameters, samples: samplesPerPulse };
    const pulses = amplitudes_V.flatMap((amplitude_V) =>
      widths_s.map((width_s) => ({
        amplitude_V,
        width_s,
        apply: makePulse(grid, { voltage_V: amplitude_V, width_s }, readout),
      })),
    );
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (const { amplitude_V, width_s, apply } of pulses) {
        if (!first && recovery_s > 0) yield restStep(grid, recovery_s);
        first = false;
        const label = `${formatSI(amplitude_V, "V")}, ${formatSI(width_s, "s")}`;
        const tags = { amplitude_V, width_s };
        yield probe(cell, `${label}, before`, { ...tags, phase: "before" });
        yield apply(cell, label, { ...tags, phase: "energy", series_ohm });
        yield probe(cell, `${label}, after`, { ...tags, phase: "after" });
      }
  },
});
