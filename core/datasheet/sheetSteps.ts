import { collectSteps, type RunStep } from "../analysis/runSteps.ts";
import type { RunData } from "../record/runData.ts";

/** A step with the run it is of. */
export interface SheetStep extends RunStep {
  readonly run: RunData;
}

/** All steps of some runs by their role. */
export function stepsByRole(runs: readonly RunData[]): (...roles: readonly string[]) => SheetStep[] {
  const all = runs.flatMap((run) => collectSteps(run).flatMap(({ steps }) => steps.map((step) => ({ ...step, run }))));
  return (...roles) => all.filter(({ intended }) => roles.includes(intended.role));
}
