import type { Command } from "commander";
import { ProtocolError } from "../../core/errors.ts";
import { describeChannel } from "../../core/recordings/describe.ts";
import type { Feedback } from "../../core/recordings/feedback.ts";
import { RECORDING_TITLES } from "../../core/recordings/openRecording.ts";
import { durationOf, type Recording, type Series } from "../../core/recordings/recording.ts";
import { drawSweeps, plotRecording } from "../../core/report/recordingFigure.ts";
import { buildRecordingPage } from "../../core/report/recordingPage.ts";
import { plotText } from "../../core/report/textPlot.ts";
import { formatSI } from "../../core/units.ts";
import { checkTarget, writeWhole } from "../files.ts";
import { chooseSeries, openRecordingFile, parseFeedback } from "../recordingInput.ts";
import { log, printJson, printText } from "../terminal.ts";
import { clean } from "../exit.ts";

interface ShowFlags {
  readonly out?: string;
  readonly series?: string;
  readonly feedback?: Feedback;
  readonly partial?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly plot: boolean;
}

/** `crosspore show FILE`: what a recording is, and how it looks. */
export function add(program: Command): void {
  program
    .command("show")
    .description("Say what a recording of a patch-clamp or nanopore program holds, and draw it.")
    .argument("<file>", `recording: ${Object.values(RECORDING_TITLES).join(", ")}`)
    .option("--series <n>", "draw this series of a bundle, from 1 (default: all)")
    .option(
      "--feedback <value>",
      "volts of an integrating amplifier as current: 9.1Gohm,1.07pF or its state file",
      parseFeedback,
    )
    .option("--out <file>", "write a figure (.svg) or a page (.html)")
    .option("--partial", "take what is whole of a file that was cut")
    .option("--force", "replace a file that exists")
    .option("--no-plot", "the summary alone")
    .option("--json", "summary as JSON on stdout")
    .action(showCommand);
}

async function showCommand(file: string, flags: ShowFlags): Promise<void> {
  using opened = openRecordingFile(file, flags.feedback, flags.partial);
  const { recording } = opened;
  const chosen = chooseSeries(recording, flags.series, file);
  if (flags.out !== undefined) {
    checkTarget(flags.out, flags.force ?? false);
    const isPage = /\.html?$/iu.test(flags.out);
    if (!isPage && !/\.svg$/iu.test(flags.out))
      throw new ProtocolError({ file: flags.out, line: 0, column: 0, path: "--out" }, "is neither .svg nor .html");
    const first = chosen[0];
    if (!isPage && chosen.length > 1)
      log(`crosspore: the figure shows series 1 of ${chosen.length}; --series chooses, a page (.html) holds all`);
    await writeWhole(
      flags.out,
      isPage ? buildRecordingPage({ ...recording, series: chosen }) : first ? plotRecording(first) : "",
    );
    log(`crosspore: drawn in ${flags.out}`);
  }
  if (flags.json) return printJson(summarise(recording, chosen));
  printText(clean(describeFile(recording)));
  for (const series of chosen) {
    printText(clean(describeSeries(series)));
    if (flags.plot) printText(clean(draw(series)));
  }
}

function describeFile({ format, version, program, started, comment, tags, notes }: Recording): string {
  const rows = [
    ["format", `${RECORDING_TITLES[format]} (${format}), version ${version}`],
    ...(program === "" ? [] : [["program", program]]),
    ...(started === "" ? [] : [["started", `${started.replace("T", " ")} (clock of the recorder)`]]),
    ...(comment === "" ? [] : [["comment", comment]]),
    ...tags.slice(0, 20).map(({ time_s, kind, text }) => ["tag", `${formatSI(time_s, "s", 6)}: ${text || kind}`]),
    ...(tags.length > 20 ? [["", `and ${tags.length - 20} more tags`]] : []),
    ...notes.map((note) => ["note", note]),
  ];
  return lines(rows);
}

function describeSeries(series: Series): string {
  const { points } = series.sweep(0);
  const active = series.commands.filter(({ source, holding }) => source !== "held" || holding !== 0);
  return lines([
    ...(series.name === ""
      ? []
      : [
          ["", ""],
          ["series", series.name],
        ]),
    ...(series.protocol === "" ? [] : [["protocol", series.protocol]]),
    [
      "sweeps",
      `${series.sweeps} x ${points} samples at ${formatSI(1 / series.samplePeriod_s, "Hz", 6)}, ${series.mode}`,
    ],
    ["duration", formatSI(durationOf(series), "s", 6)],
    ...series.channels.map((channel, k) => [`channel ${k}`, describeChannel(channel)]),
    ...active.map(({ name, unit, holding, epochs, remark, source }) => [
      `output ${series.commands.findIndex((other) => other.name === name)}`,
      `${name} (${unit}): holding ${holding}${epochs.length === 0 ? "" : `, epochs ${epochs.map(describeEpoch).join(" ")}`}${remark === "" ? "" : `; ${remark}`}${source === "elsewhere" && remark === "" ? ", waveform elsewhere" : ""}`,
    ]),
  ]);
}

/** "A step -80 (4000)": letter, type, level with its step, samples with their step. */
function describeEpoch(epoch: Series["commands"][number]["epochs"][number]): string {
  const { letter, type, level, levelStep, duration, durationStep, digital } = epoch;
  const by = (step: number) => (step === 0 ? "" : `${step > 0 ? "+" : ""}${step}/sweep`);
  return `${letter}:${type} ${level}${by(levelStep)} (${duration}${by(durationStep)} samples${digital === 0 ? "" : `, digital ${digital.toString(2).padStart(8, "0")}`})`;
}

function lines(rows: readonly (readonly string[])[]): string {
  return rows
    .map(([name = "", text = ""]) => `${name.padEnd(11)}${text}`.trimEnd())
    .join("\n")
    .concat("\n");
}

const WIDTH = 64;
/** More curves than these fill the cells of a terminal. */
const SWEEPS_IN_TEXT = 3;

function draw(series: Series): string {
  const { names, lines: curves, sweeps } = drawSweeps(series, 2 * WIDTH, SWEEPS_IN_TEXT);
  const most = series.sweeps > sweeps.length ? `, ${sweeps.length} of ${series.sweeps} sweeps` : "";
  return names
    .map(({ name, unit, kind }, k) => {
      const plot = plotText(curves[k] ?? [], {
        width: WIDTH,
        height: kind === "output" ? 3 : 6,
        format: (value) => formatSI(value, unit),
      });
      return `\n${name}${kind === "output" ? ", output" : ""} over ${formatSI(series.sweep(0).points * series.samplePeriod_s, "s")}${most}\n${plot.join("\n")}\n`;
    })
    .join("");
}

function summarise(
  { format, version, program, started, comment, tags, notes, file }: Recording,
  series: readonly Series[],
) {
  return {
    file,
    format,
    version,
    program,
    started,
    comment,
    series: series.map((one) => ({
      name: one.name,
      protocol: one.protocol,
      mode: one.mode,
      rate_Hz: 1 / one.samplePeriod_s,
      sweeps: one.sweeps,
      samplesPerSweep: one.sweep(0).points,
      duration_s: durationOf(one),
      channels: one.channels,
      outputs: one.commands,
    })),
    tags,
    notes,
  };
}
