import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import {
  EVENT_DEFAULTS,
  type EventClassifier,
  EventDetector,
  type EventOptions,
  type PoreEvent,
} from "../../core/analysis/events/detectEvents.ts";
import { eventRows, type FoundEvent, summariseEvents } from "../../core/analysis/events/eventTable.ts";
import { junctionClassifier } from "../../core/analysis/events/junctionClassifier.ts";
import { findModel } from "../../core/crossbar/models/registry.ts";
import { errorAt, quantity, readDocument, strictObject } from "../../core/document.ts";
import { ProtocolError } from "../../core/errors.ts";
import { readParameters } from "../../core/junctionParameters.ts";
import { type ClampedSeries, clampSeries } from "../../core/recordings/clamp.ts";
import { envelopeOf, lineOf } from "../../core/recordings/envelope.ts";
import { isSimulated, type Recording, type Series } from "../../core/recordings/recording.ts";
import type { Feedback } from "../../core/recordings/feedback.ts";
import { plotEvents } from "../../core/report/eventsFigure.ts";
import { plotText } from "../../core/report/textPlot.ts";
import { formatSI, parseQuantity } from "../../core/units.ts";
import { MANIFEST_FILE } from "../../recorder/folderLayout.ts";
import { checkTarget, readText, writeWhole } from "../files.ts";
import { openRecorded } from "../openRecorded.ts";
import { clean } from "../exit.ts";
import { chooseSeries, openRecordingFile, parseFeedback } from "../recordingInput.ts";
import { log, printJson, printText } from "../terminal.ts";

interface EventsFlags {
  readonly threshold: EventOptions["threshold"];
  readonly baseline: number;
  readonly shortest: number;
  readonly longest: number;
  readonly open?: number;
  readonly current?: string;
  readonly series?: string;
  readonly feedback?: Feedback;
  readonly classifier?: string;
  readonly out?: string;
  readonly partial?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

const time = (text: string) => readFlag(text, "s", (value) => value > 0);

/** `crosspore events FILE|RUN`: blockades in the current of a pore, recorded or emulated. */
export function add(program: Command): void {
  program
    .command("events")
    .description("Find blockades in the current of a pore: when, how long, how deep.")
    .argument("<source>", "recording or run folder")
    .option(
      "--threshold <value>",
      "below the open-pore current: 5sigma, or a current such as 20pA",
      parseThreshold,
      EVENT_DEFAULTS.threshold,
    )
    .option(
      "--baseline <time>",
      "time constant with which the open-pore current is followed (default: 50ms)",
      time,
      EVENT_DEFAULTS.baseline_s,
    )
    .option(
      "--shortest <time>",
      "shorter ones are noise (default: 0)",
      (text) => readFlag(text, "s", (v) => v >= 0),
      EVENT_DEFAULTS.shortest_s,
    )
    .option("--longest <time>", "longer ones are a closed pore (default: 1s)", time, EVENT_DEFAULTS.longest_s)
    .option("--open <current>", "open-pore current to start from (default: found)", (text) =>
      readFlag(text, "A", (v) => v !== 0),
    )
    .option("--current <channel>", "name or number of the channel of a recording (default: every current)")
    .option("--series <n>", "this series of a bundle alone, from 1 (default: all)")
    .option(
      "--feedback <value>",
      "volts of an integrating amplifier as current: 9.1Gohm,1.07pF or its state file",
      parseFeedback,
    )
    .option("--classifier <file>", "YAML: model, parameters, full_V, boundaries, labels of a junction that classifies")
    .option("--out <file>", "write the events (.csv, .json) or a figure (.svg)")
    .option("--partial", "take what is whole of a file that was cut")
    .option("--force", "replace a file that exists")
    .option("--json", "summary and events as JSON on stdout")
    .action(eventsCommand);
}

function readFlag(text: string, unit: string, allowed: (value: number) => boolean): number {
  try {
    const value = parseQuantity(text, unit);
    if (allowed(value)) return value;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  throw new InvalidArgumentError(`allowed are values above 0 ${unit}.`);
}

function parseThreshold(text: string): EventOptions["threshold"] {
  const sigma = /^\s*(\d+(?:\.\d+)?)\s*sigma\s*$/u.exec(text)?.[1];
  if (sigma !== undefined && Number(sigma) > 0) return { sigma: Number(sigma) };
  if (sigma === undefined) return { current_A: readFlag(text, "A", (value) => value > 0) };
  throw new InvalidArgumentError("allowed are numbers above 0.");
}

/** A record of one column: current at even times. */
interface CurrentRecord {
  /** Name of the series, where a recording has several. */
  readonly series?: string;
  readonly sweep: number;
  readonly column: number;
  readonly samplePeriod_s: number;
  readonly points: number;
  pieces(): Iterable<Float64Array>;
}

async function eventsCommand(file: string, flags: EventsFlags): Promise<void> {
  if (flags.out !== undefined) {
    checkTarget(flags.out, flags.force ?? false);
    if (!/\.(?:csv|json|svg)$/iu.test(flags.out))
      throw new ProtocolError(
        { file: flags.out, line: 0, column: 0, path: "--out" },
        "is neither .csv, .json nor .svg",
      );
  }
  const classify = flags.classifier === undefined ? undefined : readClassifier(flags.classifier);
  const isRun = existsSync(file) && statSync(file).isDirectory() && existsSync(join(file, MANIFEST_FILE));
  if (isRun) {
    const run = openRecorded(file, false);
    const source = run.events.find((event) => event.kind === "run-started")?.capabilities.source;
    return await search(runRecords(run), flags, classify, source === "measured" ? "measured" : "emulated", file);
  }
  using opened = openRecordingFile(file, flags.feedback, flags.partial);
  const { recording } = opened;
  if (recording.cut) for (const note of recording.notes) log(`crosspore: ${clean(note)}`);
  try {
    const records = recordingRecords(recording, chooseSeries(recording, flags.series, file), flags.current);
    await search(records, flags, classify, isSimulated(recording) ? "emulated" : "measured", file);
  } catch (error) {
    if (error instanceof RangeError) throw new ProtocolError({ file, line: 0, column: 0, path: "" }, error.message);
    throw error;
  }
}

const PIECE = 1 << 15;

/**
 * Every sweep of every series and current. A series without a current (of a bundle that holds others) is left out and said.
 * @throws RangeError when none of them has one
 */
function recordingRecords(
  recording: Recording,
  chosen: readonly Series[],
  current: string | undefined,
): CurrentRecord[] {
  const records: CurrentRecord[] = [];
  let without: RangeError | undefined;
  for (const series of chosen) {
    let clamped: ClampedSeries;
    try {
      clamped = clampSeries(series, current === undefined ? {} : { current });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      without = error;
      if (chosen.length > 1) log(`crosspore: ${clean(series.name)} is left out: ${clean(error.message)}`);
      continue;
    }
    for (let sweep = 0; sweep < series.sweeps; sweep++)
      clamped.currents.forEach((_channel, column) => {
        records.push({
          ...(recording.series.length > 1 && { series: series.name }),
          sweep,
          column,
          samplePeriod_s: series.samplePeriod_s,
          points: series.sweep(sweep).points,
          pieces: () => piecesOf(clamped, sweep, column),
        });
      });
  }
  if (records.length === 0 && without) throw without;
  return records;
}

function* piecesOf(clamped: ClampedSeries, sweep: number, column: number): Generator<Float64Array, void, undefined> {
  const { points } = clamped.series.sweep(sweep);
  for (let from = 0; from < points; from += PIECE) {
    const part = new Float64Array(Math.min(PIECE, points - from));
    clamped.readCurrent(sweep, column, from, part);
    yield part;
  }
}

function runRecords(run: ReturnType<typeof openRecorded>): CurrentRecord[] {
  const found = new Map<string, { sweep: number; column: number; samplePeriod_s: number; points: number }>();
  for (const { step, block } of run.blocks()) {
    const key = `${step} ${block.channel}`;
    const record = found.get(key) ?? {
      sweep: step,
      column: block.channel,
      samplePeriod_s: block.samplePeriod_s,
      points: 0,
    };
    record.points += block.current_A.length;
    found.set(key, record);
  }
  return [...found.values()].map((record) => ({
    ...record,
    *pieces() {
      for (const { block } of run.blocks(record.sweep)) if (block.channel === record.column) yield block.current_A;
    },
  }));
}

function placeOf({ series, sweep, column }: CurrentRecord): Pick<FoundEvent, "series" | "sweep" | "column"> {
  return { ...(series !== undefined && { series }), sweep, column };
}

async function search(
  records: readonly CurrentRecord[],
  flags: EventsFlags,
  classify: EventClassifier | undefined,
  source: "measured" | "emulated",
  file: string,
): Promise<void> {
  const events: FoundEvent[] = [];
  let [duration_s, openSum, noiseSum, points] = [0, 0, 0, 0];
  for (const record of records) {
    const detector = new EventDetector({
      samplePeriod_s: record.samplePeriod_s,
      threshold: flags.threshold,
      baseline_s: flags.baseline,
      shortest_s: flags.shortest,
      longest_s: flags.longest,
      ...(flags.open !== undefined && { open_A: flags.open }),
      ...(classify && { classify }),
    });
    const take = (list: readonly PoreEvent[]): void => {
      for (const event of list) events.push({ ...event, ...placeOf(record) });
    };
    for (const piece of record.pieces()) take(detector.push(piece));
    take(detector.finish());
    if (!Number.isFinite(detector.open_A)) continue;
    duration_s += record.points * record.samplePeriod_s;
    openSum += detector.open_A * record.points;
    noiseSum += detector.noise_A * record.points;
    points += record.points;
  }
  if (points === 0) throw new ProtocolError({ file, line: 0, column: 0, path: "" }, "holds no samples of a current");
  const summary = summariseEvents(events, { duration_s, open_A: openSum / points, noise_A: noiseSum / points });
  if (flags.out !== undefined) {
    await writeWhole(flags.out, contentOf(flags.out, summary, events, records[0], source));
    log(`crosspore: ${events.length} events in ${flags.out}`);
  }
  if (flags.json) return printJson({ summary, events });
  const rows = [
    ["record", `${formatSI(duration_s, "s")}, ${points} samples, ${source}`],
    ["open pore", `${formatSI(summary.open_A, "A", 4)}, noise ${formatSI(summary.noise_A, "A")} rms`],
    ["events", `${summary.events} (${summary.cut} cut), ${formatSI(summary.rate_Hz, "Hz")}`],
    ["dwell", `median ${formatSI(summary.medianDwell_s, "s")}, mean ${formatSI(summary.meanDwell_s, "s")}`],
    [
      "depth",
      `median ${summary.medianDepth.toFixed(3)}, mean ${summary.meanDepth.toFixed(3)} of the open-pore current`,
    ],
    ...Object.entries(summary.labels).map(([label, count]) => ["class", `${label}: ${count}`]),
  ];
  printText(rows.map(([name = "", text = ""]) => `${name.padEnd(11)}${text}\n`).join(""));
  const whole = events.filter(({ cut, dwell_s }) => !cut && dwell_s > 0);
  if (whole.length > 0) printText(`\n${histogram(whole.map(({ depth }) => depth))}\n`);
}

function contentOf(
  out: string,
  summary: object,
  events: readonly FoundEvent[],
  first: CurrentRecord | undefined,
  source: "measured" | "emulated",
): string {
  if (/\.csv$/iu.test(out)) return [...eventRows(events)].join("");
  if (/\.json$/iu.test(out)) return `${JSON.stringify({ summary, events }, null, 2)}\n`;
  return plotEvents(
    events,
    first ? beginning(first, events) : { x: new Float64Array(), y: new Float64Array() },
    source,
  );
}

/** The stretch of a record that holds its first events. */
function beginning(record: CurrentRecord, events: readonly FoundEvent[]): { x: Float64Array; y: Float64Array } {
  const own = events.filter(
    ({ series, sweep, column }) => series === record.series && sweep === record.sweep && column === record.column,
  );
  const until_s = (own[Math.min(19, own.length - 1)]?.start_s ?? 0) * 1.1;
  const points = Math.min(record.points, Math.max(2000, Math.ceil(until_s / record.samplePeriod_s)), 1 << 22);
  const samples = new Float64Array(points);
  let at = 0;
  for (const piece of record.pieces()) {
    samples.set(piece.subarray(0, points - at), at);
    at += Math.min(piece.length, points - at);
    if (at >= points) break;
  }
  const line = envelopeOf(points, 1000, (from, into) => into.set(samples.subarray(from, from + into.length)));
  return lineOf(line, 0, points * record.samplePeriod_s);
}

const BINS = 40;

function histogram(depths: readonly number[]): string {
  const counts = new Float64Array(BINS);
  for (const depth of depths) {
    const k = Math.min(BINS - 1, Math.max(0, Math.floor(depth * BINS)));
    counts[k] = (counts[k] ?? 0) + 1;
  }
  const x = Array.from({ length: 2 * BINS }, (_, k) => Math.ceil(k / 2) / BINS);
  const y = Array.from({ length: 2 * BINS }, (_, k) => counts[k >> 1] ?? 0);
  const plot = plotText([{ x, y }], { width: 60, height: 6, format: (value) => String(Math.round(value)) });
  return `events over the blocked part of the current, 0 to 1\n${plot.join("\n")}`;
}

const classifierSchema = strictObject({
  model: z.string(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  full_V: quantity("V"),
  boundaries: z.array(z.number()).min(1, "needs at least one boundary"),
  labels: z.array(z.string()),
});

function readClassifier(file: string): EventClassifier {
  const text = readText(file);
  const { model, parameters, ...rest } = readDocument(text, file, classifierSchema);
  const attempt = <T>(path: readonly PropertyKey[], work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw error instanceof RangeError ? errorAt(text, file, path, error.message) : error;
    }
  };
  const found = attempt(["model"], () => findModel(model));
  const filled = attempt(["parameters"], () => readParameters(found, parameters));
  return attempt(["labels"], () => junctionClassifier({ model: found.name, parameters: filled, ...rest }));
}
