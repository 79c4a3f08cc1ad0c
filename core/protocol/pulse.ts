import type { BiasScheme } from "../bias.ts";
import type { Grid } from "../crossbar/grid.ts";
import { strictObject } from "../document.ts";
import type { Address } from "../stimulus.ts";
import { cellStep, holds } from "./makeSteps.ts";
import { notZero, positive } from "./parameters.ts";
import type { ApplyStep, StepResult } from "./protocol.ts";

/** A rectangle of voltage that is meant to change a junction. */
export interface Pulse {
  readonly voltage_V: number;
  readonly width_s: number;
}

/** A field for a pulse with the protocol's own defaults. */
export function pulseField(voltage_V: number, width_s: number) {
  return strictObject({
    voltage_V: notZero("V").default(voltage_V),
    width_s: positive("s").default(width_s),
  }).prefault({});
}

/** Samples of a pulse whose energy counts: the mean over its window is then right to a few parts in a thousand. */
export const SAMPLES_PER_PULSE = 50;

/** A step of the role "pulse"; its window "whole" covers all of it, so that voltage times mean current times width is its energy. */
export function makePulse(
  grid: Grid,
  { voltage_V, width_s }: Pulse,
  { bias, currentRange_A, samples = SAMPLES_PER_PULSE }: PulseReadout,
): (cell: Address, label: string, tags: ApplyStep["tags"]) => ApplyStep {
  const waveform = holds([voltage_V, width_s]);
  const windows = [{ start_s: 0, end_s: width_s, label: "whole" }];
  return (cell, label, tags) =>
    cellStep({
      grid,
      cell,
      waveform,
      bias,
      role: "pulse",
      label,
      samplePeriod_s: width_s / samples,
      currentRange_A,
      windows,
      tags: { voltage_V, width_s, ...tags },
    });
}

export interface PulseReadout {
  readonly bias: BiasScheme;
  readonly currentRange_A: number | "auto";
  readonly samples?: number;
}

/** Energy that a pulse of `makePulse` took from the driver, joule; NaN when its reading was lost. */
export function energyOf(result: StepResult, { voltage_V, width_s }: Pulse): number {
  const window = result && "windows" in result ? result.windows.find(({ label }) => label === "whole") : undefined;
  return voltage_V * (window?.current_A[0] ?? Number.NaN) * width_s;
}
