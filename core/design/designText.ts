import { formatSI } from "../units.ts";
import type { Chip } from "./chip.ts";
import type { ChipDesign } from "./designChip.ts";

const [NAME, VALUE] = [42, 17];
const WIDTH = NAME + 2 * VALUE + 4;
const ALARM_K = 5;
/** Where the window of water ends. */
const ELECTROLYSIS_V = 1.23;

/** The answer of `crosspore design` for people: at most 80 columns. */
export function formatDesign(chip: Chip, d: ChipDesign): string {
  const { rows, columns } = chip;
  const percent = (value: number) =>
    value < 1e-4 ? `${(100 * value).toExponential(1)} %` : `${Number((100 * value).toPrecision(3))} %`;
  const plain = (value: number) =>
    Math.abs(value) < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
  const line = (name: string, rule: string, exact = "") =>
    `  ${name.padEnd(NAME)}${rule.padStart(VALUE)}${exact.padStart(VALUE)}`.trimEnd();
  const head = (title: string, ...titles: string[]) => [
    "",
    line("", titles[0] ?? "", titles[1] ?? "").replace(/^ +/u, (spaces) => title + spaces.slice(title.length)),
    "-".repeat(WIDTH),
  ];
  return [
    `${chip.chip}: ${rows} x ${columns} junctions, ${formatSI(chip.pitch_m, "m")} pitch, ${chip.electrolyte.salt_mM} mM KCl`,
    ...head("Junction", "value"),
    line("pore resistance", formatSI(d.pore_ohm, "ohm")),
    line("access resistance, both mouths", formatSI(d.access_ohm, "ohm")),
    line("conductance on", formatSI(d.on_S, "S")),
    line(`conductance off (on/off ${plain(chip.onOff)})`, formatSI(d.off_S, "S")),
    line("Debye length", formatSI(d.debyeLength_m, "m")),
    ...head("Lines", "value"),
    line("resistance of one segment", formatSI(d.segment_ohm, "ohm")),
    line("resistance of a row", formatSI(d.line_ohm, "ohm")),
    line("kappa = N^2 R_segment mean(G)", plain(d.kappa)),
    ...head("Array", "rule of thumb", "exact"),
    line("error of products (IR loss), rms", percent(d.error.rule), percent(d.error.exact)),
    line("on/off of one cell, lines floating", plain(d.floatingOnOff.rule), plain(d.floatingOnOff.exact)),
    line("on/off of one cell, lines grounded", plain(chip.onOff), plain(d.groundedOnOff)),
    line("RC time of a row", formatSI(d.lineRC_s.rule, "s"), formatSI(d.lineRC_s.exact, "s")),
    line(
      `largest array for ${percent(chip.allowedError)} error`,
      `${d.largest.rule} x ${d.largest.rule}`,
      d.largest.exact === 0
        ? "none"
        : `${d.largest.exact} x ${d.largest.exact}${d.largest.exact >= 256 ? " or more" : ""}`,
    ),
    ...head("Reading", "value"),
    line(`current of one junction at ${formatSI(chip.read.voltage_V, "V")}`, formatSI(d.readCurrent_A, "A")),
    line(`noise of a column in ${formatSI(chip.read.bandwidth_Hz, "Hz")}, rms`, formatSI(d.noise_A, "A")),
    line("warming of a pore", formatSI(d.poreHeating_K, "K")),
    line("salt coupling of neighbours, onset", formatSI(d.coupling_s, "s")),
    line("salt coupling of neighbours, at the end", `${plain(d.coupling_mM)} mM`),
    line("AgCl of a column electrode lasts", formatLife(d.electrodeLife_s)),
    "",
    ...advise(chip, d).flatMap((text) => wrap(text)),
    "",
  ].join("\n");
}

/** What the figures mean for this chip, one sentence each. */
export function advise(chip: Chip, d: ChipDesign): string[] {
  const notes: string[] = [];
  if (d.error.exact > chip.allowedError)
    notes.push(
      d.largest.exact === 0
        ? "Products are off by more than allowed, even for one junction: the terminals alone take too much. Lower their resistance, or smaller pores."
        : `Products are off by more than allowed. Larger channels, fewer junctions, or compensation in software; metal along the lines if ${d.largest.exact} x ${d.largest.exact} is too small.`,
    );
  if (d.floatingOnOff.exact < 0.5 * chip.onOff)
    notes.push("Ground every unselected row and column: with floating lines sneak paths hide the state of a cell.");
  if (d.coupling_mM > 0.1 * chip.electrolyte.salt_mM)
    notes.push(
      "Neighbours change each other's salt by more than a tenth: read faster than the onset, or space them out.",
    );
  if (d.poreHeating_K > ALARM_K) notes.push(`The pores warm by more than ${ALARM_K} K: read at a lower voltage.`);
  if (d.noise_A > 0.1 * d.readCurrent_A)
    notes.push("Noise is above a tenth of a junction's current: narrow the bandwidth.");
  if (chip.read.voltage_V > ELECTROLYSIS_V)
    notes.push(`Above ${ELECTROLYSIS_V} V water splits: read at a lower voltage.`);
  if (d.electrodeLife_s < 86_400) notes.push("The AgCl is used up within a day: alternate the sign, or thicker films.");
  return notes.length > 0 ? notes : ["Nothing here stands against this chip."];
}

function formatLife(seconds: number): string {
  if (seconds < 7200) return `${Number((seconds / 60).toPrecision(3))} min`;
  if (seconds < 172_800) return `${Number((seconds / 3600).toPrecision(3))} h`;
  const days = seconds / 86_400;
  return days < 1000 ? `${Number(days.toPrecision(3))} d` : `${Number((days / 365.25).toPrecision(2))} years`;
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "-";
  for (const word of text.split(" ")) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
