import { latestMap } from "../analysis/sections.ts";
import { analyseRun, type RunAnalysis } from "../analysis/summary.ts";
import type { RecordedCalibration, RunData } from "../record/runData.ts";
import type { DisturbBooked, RunStarted } from "../runEvent.ts";
import { renderDisturb } from "./disturbReport.ts";
import { describeSetting, plural, quantity } from "./format.ts";
import { figure, type Html, html, list, NOTHING, trusted } from "./html.ts";
import { overviewTrace } from "./overview.ts";
import { REPORT_CSS } from "./reportCss.ts";
import { renderSection } from "./sectionReport.ts";
import { plotTrace } from "./traceFigure.ts";

const STATUS: Readonly<Record<RunAnalysis["status"], readonly [text: string, tone: string]>> = {
  success: ["complete", "ok"],
  abort: ["aborted", "warn"],
  fail: ["failed", "stop"],
  interrupted: ["interrupted", "stop"],
};

/**
 * The report of a run as one page: figures, captions, tables and the experiment itself. It loads nothing and runs
 * nothing; every text of the run is escaped. Any run has a report, finished or not, with samples or without.
 */
export function buildReport(run: RunData, options: { readonly analysis?: RunAnalysis } = {}): string {
  const analysis = options.analysis ?? analyseRun(run);
  const { manifest } = run;
  const started = run.events.find((event): event is RunStarted => event.kind === "run-started");
  // what is not known to be measured is not called measured
  const source = analysis.source === "measured" ? "measured" : "emulated";
  const [status, tone] = STATUS[analysis.status];
  const origin =
    analysis.source === "unknown" ? NOTHING : html`<span class="badge ${source}">${source.toUpperCase()}</span>`;
  const page = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${manifest.name} · Crosspore report</title><style>${trusted(REPORT_CSS)}</style></head><body><main>
<header><p class="brand">Cross<i>pore</i> run report</p><h1>${manifest.name}</h1><p class="badges"><span class="badge ${tone}">${status}</span>${origin}${analysis.backend === "" ? NOTHING : html`<span class="badge plain">${analysis.backend}</span>`}</p>${manifest.notes === "" ? NOTHING : html`<p class="notes">${manifest.notes}</p>`}</header>
${analysis.warnings.length === 0 ? NOTHING : html`<aside aria-label="Warnings"><ul>${analysis.warnings.map((warning) => html`<li>${warning}</li>`)}</ul></aside>`}
<div class="facts">${describeRun(run, analysis)}${describeArray(started, analysis)}${describeCalibration(manifest.calibration)}</div>
${analysis.sections.map((section, k) => renderSection(section, run, source, started && latestMap(analysis.sections.slice(0, k), started.grid)))}
${analysis.sections.length === 0 ? html`<section><h2>Results</h2><p class="note">The run holds no steps to analyse.</p></section>` : NOTHING}
${renderDisturb(
  run.events.find((event): event is DisturbBooked => event.kind === "disturb-booked"),
  started?.grid,
)}
${renderStates(run)}
${renderTraces(run, source)}
<section><h2>Experiment <small>${manifest.experiment.file}</small></h2><pre>${manifest.experiment.text}</pre><p class="note">SHA-256 ${manifest.experiment.sha256}</p></section>
</main></body></html>
`;
  return page.markup;
}

function describeRun(run: RunData, analysis: RunAnalysis): Html {
  const { manifest } = run;
  const taken = `${analysis.finishedSteps} of ${Math.max(analysis.plannedSteps, analysis.intendedSteps)}`;
  return html`<section><h2>Run</h2>${list([
    ["started", manifest.created],
    ["operator", manifest.operator || "–"],
    ["ended by", analysis.reason || STATUS[analysis.status][0]],
    ["array time", quantity(analysis.duration_s, "s", 4)],
    ["steps with an outcome", taken],
    ["samples", `${analysis.samples}, ${analysis.lost} lost, ${analysis.overloads} overloads`],
    ["seed", String(manifest.seed)],
    ["crosspore", manifest.crosspore],
    ["platform", manifest.platform],
    ["experiment hash", manifest.experiment.sha256.slice(0, 16)],
  ])}</section>`;
}

function describeArray(started: RunStarted | undefined, analysis: RunAnalysis): Html {
  if (!started) return NOTHING;
  const { capabilities, limits, grid } = started;
  const limit = (value: number, unit: string) => (value === Infinity ? "none" : quantity(value, unit));
  return html`<section><h2>Array and limits</h2>${list([
    ["rows × columns", `${grid.rows} × ${grid.columns}`],
    ["backend", `${capabilities.name}, ${analysis.source}`],
    [
      "command range",
      `${quantity(capabilities.voltageRange_V[0], "V")} to ${quantity(capabilities.voltageRange_V[1], "V")}`,
    ],
    ["unselected lines", capabilities.unselectedLines],
    ["products", capabilities.products],
    ["clock", capabilities.clock],
    ["|V| limit", limit(limits.voltage_V, "V")],
    ["|I| limit", limit(limits.current_A, "A")],
    ["slew limit", limit(limits.slew_V_s, "V/s")],
    [
      "dwell limit",
      limits.dwell_s === Infinity
        ? "none"
        : `${quantity(limits.dwell_s, "s")} above ${quantity(limits.dwellAbove_V, "V")}`,
    ],
  ])}</section>`;
}

function describeCalibration(calibration: RecordedCalibration | undefined): Html {
  if (!calibration) return NOTHING;
  const { file, sha256, content } = calibration;
  return html`<section><h2>Calibration <small>${file}</small></h2>${list([
    ["of", content.identity],
    ["made", `${content.date}${content.operator === "" ? "" : `, ${content.operator}`}`],
    ["cable", content.cable || "–"],
    ["polarity", content.polarity > 0 ? "+1" : "-1"],
    ["series resistance", `${quantity(content.series_ohm, "ohm")} ± ${quantity(content.seriesError_ohm, "ohm", 2)}`],
    ...content.channels.map(
      ({ column, gain, gainError, offset_A, offsetError_A }) =>
        [
          `column ${column}`,
          `gain ${gain.toPrecision(5)} ± ${gainError.toPrecision(2)}, offset ${quantity(offset_A, "A")} ± ${quantity(offsetError_A, "A", 2)}`,
        ] as const,
    ),
    ["calibration hash", sha256.slice(0, 16)],
  ])}</section>`;
}

/** More rows than anybody reads; the record has them all. */
const MOST_STATES = 40;

/** Range, filter, gain and mode as the instruments told them: what changed, and when. */
function renderStates({ events }: RunData): Html {
  const last = new Map<string, unknown>();
  const rows = events.flatMap((event) => {
    if (event.kind !== "instrument-state") return [];
    const changed = Object.entries(event.state).filter(([name, value]) => {
      const key = `${event.instrument} ${name}`;
      const isNew = last.get(key) !== value;
      last.set(key, value);
      return isNew;
    });
    if (changed.length === 0) return [];
    const settings = changed.map(([name, value]) => `${name} ${describeSetting(name, value)}`).join(", ");
    return [html`<tr><td>${quantity(event.time_s, "s", 4)}</td><td>${event.instrument}</td><td>${settings}</td></tr>`];
  });
  if (rows.length === 0) return NOTHING;
  const more = rows.length - MOST_STATES;
  return html`<section><h2>Instrument states</h2><table class="words"><thead><tr><th>from</th><th>instrument</th><th>what changed</th></tr></thead><tbody>${rows.slice(0, MOST_STATES)}</tbody></table><p class="note">Each holds until the next.${more > 0 ? ` ${more} more stand in the record.` : ""}</p></section>`;
}

function renderTraces(run: RunData, source: "measured" | "emulated"): Html {
  const overview = overviewTrace(run);
  if (!overview) return html`<section><h2>Samples</h2><p class="note">The run holds no samples.</p></section>`;
  const { trace, column, samples } = overview;
  const caption = `Column ${column} over the whole run: command voltage and current, ${plural(samples, "sample")}, drawn by their extremes; gaps between steps and lost samples are left open; ${source}.`;
  return html`<section><h2>Samples</h2><div class="figures">${figure(plotTrace(trace, source, { standalone: false, description: caption }), caption)}</div></section>`;
}
