import type { ExperimentCurve, ExperimentPanel, ExperimentResult } from "../analysis/experiments/experiment.ts";
import type { ExperimentSection } from "../analysis/sections.ts";
import { makeGrid } from "../crossbar/grid.ts";
import { plural, quantity } from "./format.ts";
import { heatMap } from "./heatMap.ts";
import { figure, type Html, html, NOTHING, table } from "./html.ts";
import { type Series, xyPlot } from "./panel.ts";
import { shade } from "./svg.ts";

/** Rows of a table that are read; the others are in the analysis as JSON. */
const ROWS = 60;
/** Results that still stand side by side on a page. */
const COLUMNS = 8;

type Source = "measured" | "emulated";

/** Figures and results of a protocol that `core/analysis/experiments` reads. */
export function renderExperiment(section: ExperimentSection, source: Source): Html {
  const figures = section.panels.map((panel) =>
    figure(plotExperiment(panel, source, { standalone: false }), `${panel.caption.replace(/\.$/u, "")}; ${source}.`),
  );
  return html`<div class="figures">${figures}</div>${renderResults(section.results)}`;
}

/** One line per junction where all have the same few results, one line per result otherwise. */
function renderResults(results: readonly ExperimentResult[]): Html {
  if (results.length === 0) return NOTHING;
  const show = ({ value, unit }: ExperimentResult) => {
    if (typeof value === "string") return value;
    return unit === "%" ? `${quantity(value, "")} %` : quantity(value, unit).replace("ohm", "Ω");
  };
  const places = [...new Set(results.map(({ where }) => where))];
  const labels = [...new Set(results.map(({ label }) => label))];
  const wide = places.length > 1 && labels.length <= COLUMNS && results.length <= places.length * labels.length;
  const rows = wide
    ? places.map((where) => [
        where,
        ...labels.map((label) => {
          const result = results.find((candidate) => candidate.where === where && candidate.label === label);
          return result ? show(result) : "–";
        }),
      ])
    : results.map((result) => [result.where, result.label, show(result)]);
  const more = rows.length - ROWS;
  return html`${table(["where", ...(wide ? labels : ["quantity", "value"])], rows.slice(0, ROWS), "Results per junction.")}${more > 0 ? html`<p class="note">${plural(more, "line")} more in the analysis (crosspore report --json).</p>` : NOTHING}`;
}

/** One figure of an experiment: curves with their fits, or a map. */
export function plotExperiment(
  panel: ExperimentPanel,
  source: Source,
  { standalone = true }: { readonly standalone?: boolean } = {},
): string {
  const options = { title: panel.title, description: panel.caption, standalone } as const;
  if (panel.kind === "map") {
    const rows = panel.values.length;
    const columns = panel.values[0]?.length ?? 0;
    return heatMap(Float64Array.from(panel.values.flat()), makeGrid(rows, columns), {
      ...options,
      quantity: panel.quantity,
      unit: panel.unit,
      colours: panel.colours === "sequential" ? "cividis" : "diverging",
    });
  }
  const names = [...new Set(panel.curves.filter(({ role }) => role === "data").map(({ label }) => label))];
  const shades = names.filter((name) => name !== "");
  // open and filled points tell states apart already
  const toneOf = ({ group, label, open }: ExperimentCurve) =>
    shade(source, group ?? Math.max(0, shades.indexOf(label)), open === undefined ? shades.length : 1);
  const series = panel.curves.map(
    (curve): Series => ({
      x: curve.x,
      y: curve.y,
      kind: curve.style,
      tone: curve.role === "data" ? toneOf(curve) : curve.role === "fit" ? "ink" : "mute",
      ...(curve.role === "floor" && { dashed: true }),
      ...(curve.label !== "" && { label: curve.label }),
      ...(curve.deviation && { error: curve.deviation }),
      ...(curve.open && { open: true }),
      ...(curve.style === "line" && { width: 1 }),
    }),
  );
  return xyPlot(
    { x: panel.x, y: panel.y, series, ...(panel.y.zero && { zeroLines: "both" as const }) },
    { ...options, height: 290 },
  );
}
