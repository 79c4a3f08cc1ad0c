import type { BiasScheme } from "../bias.ts";
import type { Grid } from "../crossbar/grid.ts";
import { strictObject } from "../document.ts";
import type { Address } from "../stimulus.ts";
import { cellStep, holds, secondHalf } from "./makeSteps.ts";
import { count, notNegative, notZero, positive } from "./parameters.ts";
import type { ApplyStep, StepResult } from "./protocol.ts";

/**
 * A probe is a read of one junction inside an experiment (role "probe"): it starts `settle_s` after whatever came before
 * and its window "read" is the second half of the pulse. A map of conductances has the role "read" instead.
 */
export interface ReadPulse {
  readonly voltage_V: number;
  readonly width_s: number;
  readonly samples: number;
  /** At 0 V in front of the read. */
  readonly settle_s: number;
}

/** The field `read` of protocols that look at conductances. */
export function readPulse(voltage_V: number, width_s: number) {
  return strictObject({
    voltage_V: notZero("V").default(voltage_V),
    width_s: positive("s").default(width_s),
    samples: count(4, 100_000).default(20),
    settle_s: notNegative("s").default(0),
  }).prefault({});
}

/**
 * One waveform for all reads of a protocol, so that limits and doses are worked out once. Whatever scheme the pulses
 * take, a read is with the other lines at 0 V (or floating): under V/2 and V/3 the column carries its other junctions too.
 */
export function makeProbe(
  grid: Grid,
  { read, bias, currentRange_A }: { read: ReadPulse; bias: BiasScheme; currentRange_A: number | "auto" },
): (cell: Address, label: string, tags: ApplyStep["tags"]) => ApplyStep {
  const waveform = holds([0, read.settle_s], [read.voltage_V, read.width_s]);
  const windows = [secondHalf(read.settle_s, read.width_s, "read")];
  return (cell, label, tags) =>
    cellStep({
      grid,
      cell,
      waveform,
      bias: bias === "float" ? "float" : "ground",
      role: "probe",
      label,
      samplePeriod_s: read.width_s / read.samples,
      currentRange_A,
      windows,
      tags: { voltage_V: read.voltage_V, ...tags },
    });
}

/**
 * Mean current of the window "read" over the commanded voltage.
 * @returns siemens; NaN when the reading was lost, 0 in a dry run, whose array does not conduct
 */
export function conductanceOf(result: StepResult, { voltage_V }: { readonly voltage_V: number }): number {
  const window = result && "windows" in result ? result.windows.find(({ label }) => label === "read") : undefined;
  return (window?.current_A[0] ?? Number.NaN) / voltage_V;
}
