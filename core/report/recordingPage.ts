import { durationOf, isSimulated, type Recording, type Series } from "../recordings/recording.ts";
import { describeChannel } from "../recordings/describe.ts";
import { RECORDING_TITLES } from "../recordings/openRecording.ts";
import { quantity } from "./format.ts";
import { figure, type Html, html, list, NOTHING, table, trusted } from "./html.ts";
import { plotRecording } from "./recordingFigure.ts";
import { REPORT_CSS } from "./reportCss.ts";

/** A recording on one page: what it says of itself, and every series drawn. */
export function buildRecordingPage(recording: Recording): string {
  const { file, format, version, series, tags, notes } = recording;
  const name = file.split(/[\\/]/u).at(-1) ?? file;
  const page = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${name} · Crosspore recording</title><style>${trusted(REPORT_CSS)}</style></head><body><main>
<header><p class="brand">Cross<i>pore</i> recording</p><h1>${name}</h1><p class="badges">${isSimulated(recording) ? html`<span class="badge emulated">SIMULATED</span>` : html`<span class="badge measured">MEASURED</span>`}<span class="badge plain">${RECORDING_TITLES[format]} ${version}</span></p>${recording.comment === "" ? NOTHING : html`<p class="notes">${recording.comment}</p>`}</header>
${notes.length === 0 ? NOTHING : html`<aside aria-label="Notes"><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul></aside>`}
<section><h2>File</h2>${list([
    ["program", recording.program || "–"],
    ["started", recording.started || "–"],
    ["series", String(series.length)],
  ])}</section>
${series.map(describeSeries)}
${
  tags.length === 0
    ? NOTHING
    : html`<section><h2>Tags</h2>${table(
        ["time", "kind", "text"],
        tags.map((tag) => [quantity(tag.time_s, "s", 6), tag.kind, tag.text]),
        "Comments at their times.",
      )}</section>`
}
</main></body></html>
`;
  return page.markup;
}

function describeSeries(series: Series): Html {
  const caption = `Channels in teal, sweeps from dark to light; outputs in grey, as the protocol's epochs say. Time within a sweep; curves are drawn by their extremes.`;
  const epochs = series.commands.flatMap(({ name, unit, epochs }) =>
    epochs.map((epoch) => [
      `${name} ${epoch.letter}`,
      epoch.type,
      `${epoch.level} ${unit}`,
      String(epoch.levelStep),
      String(epoch.duration),
      String(epoch.durationStep),
      epoch.digital.toString(2).padStart(8, "0"),
    ]),
  );
  return html`<section><h2>${series.name || "Samples"}</h2>${list([
    ["protocol", series.protocol || "–"],
    ["mode", series.mode],
    ["sweeps", `${series.sweeps} of ${series.sweep(0).points} samples`],
    ["rate", quantity(1 / series.samplePeriod_s, "Hz", 6)],
    ["duration", quantity(durationOf(series), "s", 6)],
    ...series.channels.map((channel, k) => [`channel ${k}`, describeChannel(channel)] as const),
    ...series.commands
      .filter(({ source, holding }) => source !== "held" || holding !== 0)
      .map(
        ({ name, unit, holding, source, remark }) => [name, `holding ${holding} ${unit}, ${remark || source}`] as const,
      ),
  ])}<div class="figures">${figure(plotRecording(series, { standalone: false }), caption)}</div>${
    epochs.length === 0
      ? NOTHING
      : table(
          ["epoch", "type", "level", "per sweep", "samples", "per sweep", "digital"],
          epochs,
          "Epochs of the outputs.",
        )
  }</section>`;
}
