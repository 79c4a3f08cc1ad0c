import { strictObject } from "../../document.ts";
import { formatSI } from "../../units.ts";
import { defineProtocol } from "../defineProtocol.ts";
import { cellStep, holds, lastTenth, restStep } from "../makeSteps.ts";
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
  series,
} from "../parameters.ts";
import { makeProbe, readPulse } from "../probe.ts";

/**
 * Spike-rate dependent plasticity: equal pulses at one rate after another; the change of the conductance against the rate.
 * Defaults suit the conical channel (tau 4.8 ms, 10.1103/PhysRevLett.130.268401): 2 ms pulses at 10 to 400 Hz.
 *
 * Safety: the mean voltage of a train is rate x width x amplitude; at the highest rate the pulses nearly touch.
 */
const schema = strictObject({
  cells,
  amplitude_V: notZero("V").default(-1),
  width_s: positive("s").default(0.002),
  rates_Hz: series("Hz", "rates").default([10, 20, 50, 100, 200, 400]),
  /** Pulses of every train; or `duration_s`, the time of every train. */
  count: count(1, 100_000).optional(),
  duration_s: positive("s").optional(),
  read: readPulse(0.1, 0.0005),
  /** At 0 V before the next rate: 20 tau. */
  recovery_s: notNegative("s").default(0.1),
  samplesPerPulse: count(10, 100_000).default(20),
  bias,
  currentRange_A,
}).superRefine(({ rates_Hz, width_s, count, duration_s }, context) => {
  const fastest_Hz = Math.max(...rates_Hz);
  if (fastest_Hz * width_s > 1 + 1e-12)
    context.addIssue({
      code: "custom",
      path: ["rates_Hz"],
      message: `pulses of ${width_s} s do not fit ${fastest_Hz} Hz, allowed are up to ${1 / width_s} Hz`,
    });
  if (count !== undefined && duration_s !== undefined)
    context.addIssue({
      code: "custom",
      path: ["duration_s"],
      message: "count and duration_s exclude each other, write one of them",
    });
});

const PULSES = 10;

/** Per cell and rate: a probe "before", the train as one step with windows "first" and "last", a probe "after". */
export const srdp = defineProtocol({
  name: "srdp",
  title: "Spike-rate dependent plasticity",
  summary:
    "Applies trains of equal pulses at rising rates and reads the junction before and right after each. " +
    "Between two rates the junction recovers at 0 V.",
  schema,
  findMistake: (parameters, grid) => findCellMistake(grid, parameters.cells, parameters.bias),
  *steps(parameters, { grid }) {
    const { amplitude_V, width_s, rates_Hz, duration_s, recovery_s, samplesPerPulse, bias, currentRange_A } =
      parameters;
    const probe = makeProbe(grid, parameters);
    const trains = rates_Hz.map((rate_Hz) => {
      const pulses =
        duration_s === undefined ? (parameters.count ?? PULSES) : Math.max(1, Math.floor(duration_s * rate_Hz + 1e-9));
      const period_s = 1 / rate_Hz;
      // pulses that touch leave the rounding of the subtraction, which is no gap
      const gap_s = period_s - width_s > 1e-12 * period_s ? period_s - width_s : 0;
      const levels = Array.from({ length: pulses }, (_, k) => [
        [amplitude_V, width_s] as const,
        ...(k < pulses - 1 ? [[0, gap_s] as const] : []),
      ]).flat();
      return {
        rate_Hz,
        pulses,
        waveform: holds(...levels),
        windows: [lastTenth(0, width_s, "first"), lastTenth((pulses - 1) * (width_s + gap_s), width_s, "last")],
      };
    });
    let first = true;
    for (const cell of resolveCells(grid, parameters.cells))
      for (const { rate_Hz, pulses, waveform, windows } of trains) {
        if (!first && recovery_s > 0) yield restStep(grid, recovery_s);
        first = false;
        const label = formatSI(rate_Hz, "Hz");
        const tags = { rate_Hz, pulses };
        yield probe(cell, `${label}, before`, { ...tags, phase: "before" });
        yield cellStep({
          grid,
          cell,
          waveform,
          bias,
          role: "rate-train",
          label,
          samplePeriod_s: width_s / samplesPerPulse,
          currentRange_A,
          windows,
          tags: { ...tags, voltage_V: amplitude_V, width_s },
        });
        yield probe(cell, `${label}, after`, { ...tags, phase: "after" });
      }
  },
});
