import { collectSteps } from "../analysis/runSteps.ts";
import { sweptLoops } from "../analysis/sections.ts";
import type { RunData } from "../record/runData.ts";
import { frequencyLabel, type LoopCurve } from "./loopFigure.ts";

/** The last cycle of every current-voltage sweep of a run, in order, ready for `plotLoop`. */
export function loopsOf(run: RunData): LoopCurve[] {
  const started = run.events.find((event) => event.kind === "run-started");
  const source = started?.kind === "run-started" ? started.capabilities.source : "emulated";
  return collectSteps(run)
    .flatMap(({ steps }) => steps)
    .filter(({ intended }) => intended.role === "sweep")
    .flatMap((step) => [...sweptLoops(run, [step])])
    .map(({ cycle, frequency_Hz }) => ({ ...cycle, source, label: frequencyLabel(frequency_Hz) }));
}
