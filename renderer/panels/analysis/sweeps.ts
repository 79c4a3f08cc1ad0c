import type { LoopMetrics } from "../../../core/analysis/sections.ts";
import type { StepIntended } from "../../../core/runEvent.ts";

/** Where a sweep lies in the record, for reading one of its cycles. */
export interface Sweep {
  readonly step: number;
  readonly row: number;
  readonly column: number;
  readonly frequency_Hz: number;
  readonly cycles: number;
  readonly start_s: number;
  readonly samplesPerCycle: number;
}

export function sweepOf({ step, role, time_s, duration_s, tags, targets }: StepIntended): Sweep | undefined {
  if (role !== "sweep" || tags["times"] === "unknown") return undefined;
  const number = (name: string) => (typeof tags[name] === "number" ? tags[name] : undefined);
  const cycles = Math.max(1, Math.round(number("cycles") ?? 1));
  return {
    step,
    row: number("row") ?? targets[0]?.row ?? 0,
    column: number("column") ?? targets[0]?.column ?? 0,
    frequency_Hz: number("frequency_Hz") ?? cycles / duration_s,
    cycles,
    start_s: time_s,
    samplesPerCycle: number("samplesPerCycle") ?? 1000,
  };
}

export function sweepFor(sweeps: readonly Sweep[], loop: Pick<LoopMetrics, "step" | "column">): Sweep | undefined {
  return (
    sweeps.find(({ step, column }) => step === loop.step && column === loop.column) ??
    sweeps.find(({ step }) => step === loop.step)
  );
}
