import type { Datasheet, Metric } from "../datasheet/datasheet.ts";
import { chooseUnit } from "./axis.ts";
import { drawSheets, SHEET_LETTERS } from "./datasheetFigures.ts";
import { quantity } from "./format.ts";
import { figure, type Html, html, list, NOTHING, trusted } from "./html.ts";
import { REPORT_CSS } from "./reportCss.ts";

/** What a datasheet needs beside a report: a table that wraps its words, figures that fit a page of paper. */
const SHEET_CSS = `${REPORT_CSS}
.sheet td,.sheet th{vertical-align:top}.sheet td.words{font-family:var(--sans);text-align:left;white-space:normal;color:var(--mute)}
.sheet td.none{color:var(--mute);font-family:var(--sans)}.sheet th.words{text-align:left}
tr.emulated td.value{color:var(--emulated)}tr.measured td.value{color:var(--measured)}td.value.emulated{color:var(--emulated)}td.value.measured{color:var(--measured)}
.badge.big{font-size:15px;padding:3px 14px}
section dl.wide{max-width:none}section dl.wide dd{text-align:left;font-family:var(--sans)}section dl.wide div{justify-content:start}section dl.wide dt{flex:0 0 190px}
@media print{@page{size:A4;margin:14mm}.figures{gap:10px 12px}.figures figure{width:48%}.sheet{font-size:9.5px}section dl.wide dt{flex-basis:150px}}
`;

/** A datasheet as one self-contained page, drawn from its record alone. */
export function buildDatasheetPage(sheet: Datasheet): string {
  const rows = sheet.metrics.map((metric) => {
    const { label, conditions, n, value } = metric;
    return html`<tr class="${sheet.source}"><th scope="row">${label}</th>${valueCell(metric, sheet.source)}<td>${value === null ? "" : String(n)}</td><td class="words">${value === null ? metric.reason : signed(conditions)}</td></tr>`;
  });
  return page(
    `${sheet.name} · datasheet`,
    html`<header><p class="brand">Cross<i>pore</i> device datasheet</p><h1>${sheet.name}</h1><p class="badges">${sourceBadge(sheet)}</p></header>
${remarks(sheet.notes)}
<section><h2>Benchmark record</h2><div class="scroll"><table class="sheet"><caption>${sheet.source === "emulated" ? "Emulated: computed by a model, not measured on a device." : "Measured on a device."} Mean ± standard deviation of n values; > marks a lower bound.</caption><thead><tr><th scope="col">quantity</th><th scope="col">value</th><th scope="col">n</th><th scope="col" class="words">conditions, or why it is absent</th></tr></thead><tbody>${rows}</tbody></table></div></section>
<section><h2>Figures</h2><div class="figures">${drawSheets([sheet]).map(({ svg, caption }) => figure(svg, caption))}</div></section>
${sheet.device.length === 0 ? NOTHING : html`<section><h2>Device</h2>${wideList(sheet.device)}</section>`}
${definitions(sheet.metrics)}
${origins([sheet])}`,
  );
}

/** Two datasheets or more side by side: one column of figures each, curves on common axes. */
export function buildComparePage(sheets: readonly Datasheet[]): string {
  const names = [
    ...new Map(sheets.flatMap(({ metrics }) => metrics.map((metric) => [metric.name, metric] as const))).values(),
  ];
  const rows = names.map(({ name, label }) => {
    const cells = sheets.map((sheet) => {
      const metric = sheet.metrics.find((candidate) => candidate.name === name);
      return metric ? valueCell(metric, sheet.source, true) : html`<td class="none">–</td>`;
    });
    return html`<tr><th scope="row">${label}</th>${cells}</tr>`;
  });
  const heads = sheets.map(
    (sheet, k) => html`<th scope="col">${SHEET_LETTERS[k] ?? "?"} ${sheet.name}<br>${sourceBadge(sheet, false)}</th>`,
  );
  const mixed = new Set(sheets.map(({ source }) => source)).size > 1;
  return page(
    `${sheets.map(({ name }) => name).join(" and ")} · comparison`,
    html`<header><p class="brand">Cross<i>pore</i> comparison of datasheets</p><h1>${sheets.map(({ name }, k) => `${SHEET_LETTERS[k] ?? "?"}: ${name}`).join(", ")}</h1><p class="badges">${sheets.map((sheet) => sourceBadge(sheet))}</p></header>
${mixed ? html`<aside aria-label="Warnings"><ul><li>Emulated and measured figures stand side by side: columns in purple are computed by a model.</li></ul></aside>` : NOTHING}
<section><h2>Benchmark record</h2><div class="scroll"><table class="sheet"><caption>Mean ± standard deviation, with n and conditions; > marks a lower bound. Conditions differ between columns: compare what was measured alike.</caption><thead><tr><th scope="col">quantity</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div></section>
<section><h2>Figures</h2><div class="figures">${drawSheets(sheets).map(({ svg, caption }) => figure(svg, caption))}</div></section>
${sheets.map((sheet, k) => (sheet.device.length === 0 ? NOTHING : html`<section><h2>Device ${SHEET_LETTERS[k] ?? "?"} <small>${sheet.name}</small></h2>${wideList(sheet.device)}</section>`))}
${definitions(names)}
${origins(sheets)}`,
  );
}

function page(title: string, body: Html): string {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><style>${trusted(SHEET_CSS)}</style></head><body><main>
${body}
</main></body></html>
`.markup;
}

function sourceBadge({ source }: Datasheet, big = true): Html {
  return html`<span class="badge${big ? " big" : ""} ${source}">${source.toUpperCase()}</span>`;
}

/** A tenth of a thousandth of the smallest prefix (atto) is no figure to write with it. */
const SMALLEST = 1e-21;

/** "> 1.2 ± 0.1 fJ"; with its n and conditions where columns stand side by side. */
function valueCell(metric: Metric, source: string, withConditions = false): Html {
  const { value, deviation, unit, relation, n, conditions, reason } = metric;
  if (value === null)
    return html`<td class="${withConditions ? "none words" : "none"}">${withConditions ? reason : "not measured"}</td>`;
  // a percentage takes no prefix, nor does what is far below the smallest; value and deviation share one
  const plain = unit === "" || unit.startsWith("%") || (value !== 0 && Math.abs(value) < SMALLEST);
  const shown = plain ? { factor: 1, unit } : chooseUnit(Math.abs(value), unit);
  const scatters = deviation !== null && deviation > 1e-9 * Math.abs(value);
  const number = (x: number) => quantity(x / shown.factor, "");
  const words = [
    ...(relation === ">" ? [">"] : []),
    number(value),
    ...(scatters ? ["±", number(deviation)] : []),
    shown.unit.replace("ohm", "Ω"),
  ];
  const text = words.join(" ").trimEnd();
  if (!withConditions) return html`<td class="value">${text}</td>`;
  return html`<td class="value ${source}">${text}<br><small>n = ${n}; ${signed(conditions)}</small></td>`;
}

/** A true minus in front of figures. */
function signed(text: string): string {
  return text.replace(/(?<=^|[\s(])-(?=\d)/gu, "\u2212");
}

function remarks(notes: readonly string[]): Html {
  return notes.length === 0
    ? NOTHING
    : html`<section><h2>Remarks</h2>${notes.map((note) => html`<p class="note">${note}</p>`)}</section>`;
}

function wideList(pairs: readonly (readonly [string, string])[]): Html {
  return trusted(list(pairs).markup.replace("<dl>", '<dl class="wide">'));
}

function definitions(metrics: readonly Metric[]): Html {
  return html`<section><h2>Definitions</h2>${wideList(metrics.map(({ label, definition }) => [label, definition] as const))}</section>`;
}

function origins(sheets: readonly Datasheet[]): Html {
  const rows = sheets.flatMap((sheet, k) =>
    sheet.runs.map(
      (run) =>
        html`<tr><th scope="row">${sheets.length > 1 ? `${SHEET_LETTERS[k] ?? "?"} ` : ""}${run.name}</th><td class="words">${run.backend}</td><td class="words">${run.status}</td><td class="words">${run.created || "–"}</td><td>${run.sha256 === "" ? "–" : run.sha256.slice(0, 16)}</td></tr>`,
    ),
  );
  return html`<section><h2>Where the figures come from</h2><div class="scroll"><table class="sheet"><caption>Runs, with the first half of the SHA-256 of their experiment. Made by Crosspore ${[...new Set(sheets.map(({ crosspore }) => crosspore))].join(", ")}.</caption><thead><tr><th scope="col">run</th><th scope="col" class="words">array</th><th scope="col" class="words">ended</th><th scope="col" class="words">date</th><th scope="col">experiment</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}
