import { latestMap } from "../../core/analysis/sections.ts";
import { analyseRun } from "../../core/analysis/summary.ts";
import type { Figure } from "../../core/labMessages/runs.ts";
import type { RunData } from "../../core/record/runData.ts";
import { takeFigures } from "../../core/report/html.ts";
import { overviewTrace } from "../../core/report/overview.ts";
import { renderSection } from "../../core/report/sectionReport.ts";
import { plotTrace } from "../../core/report/traceFigure.ts";
import type { RunStarted } from "../../core/runEvent.ts";

/** Every figure of the report of a run, one by one; the page shows them as images. */
export function drawFigures(run: RunData): Figure[] {
  const { sections, source: from } = analyseRun(run);
  const started = run.events.find((event): event is RunStarted => event.kind === "run-started");
  const source = from === "measured" ? "measured" : "emulated";
  const drawn = sections.flatMap((section, k) => {
    const map = started && latestMap(sections.slice(0, k), started.grid);
    const about = { protocol: section.protocol, name: section.name, kind: section.kind };
    return takeFigures(renderSection(section, run, source, map)).map((figure): Figure => ({ ...about, ...figure }));
  });
  const overview = overviewTrace(run);
  if (overview) {
    const caption = `Column ${overview.column} over the whole run, ${overview.samples} samples; ${source}.`;
    const svg = plotTrace(overview.trace, source, { title: "Samples", description: caption });
    drawn.push({ protocol: -1, name: "samples", kind: "overview", caption, svg });
  }
  return drawn;
}
