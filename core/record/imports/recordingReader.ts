import { refuse } from "./importReader.ts";
import type { ImportedRun, ImportedStep } from "./importedRun.ts";
import type { ImportOptions, ImportReader, ImportSource } from "./importReader.ts";
import { clampSeries, type ClampedSeries } from "../../recordings/clamp.ts";
import { describeChannel } from "../../recordings/describe.ts";
import { isSimulated, type Recording, type RecordingFormat } from "../../recordings/recording.ts";
import { withFeedback } from "../../recordings/feedback.ts";
import { openRecording, RECORDING_TITLES, recogniseRecording } from "../../recordings/openRecording.ts";
import { findCycles } from "./findCycles.ts";

/** Recordings of patch-clamp and nanopore programs; one name each, so that run.json says which. */
export const RECORDING_READERS: readonly ImportReader[] = (
  Object.entries(RECORDING_TITLES) as readonly (readonly [RecordingFormat, string])[]
).map(([name, title]) => ({
  name,
  title,
  version: 1,
  recognise: ({ head }) => (recogniseRecording(head) === name ? "certain" : "no"),
  read: (source, options) => readRecording(source, options, name),
}));

/** More steps than this are no recording that anybody made. */
const MOST_STEPS = 1_000_000;
/** Longest sweep that is searched for cycles, in memory. */
const LONGEST_SWEEP = 1 << 24;

function readRecording(
  { file, source, head }: ImportSource,
  options: ImportOptions,
  name: RecordingFormat,
): ImportedRun {
  const found = recogniseRecording(head);
  if (found !== name)
    throw refuse(
      file,
      0,
      0,
      `byte 0: is ${found === undefined ? "no recording" : RECORDING_TITLES[found]}, expected ${RECORDING_TITLES[name]}`,
    );
  const plain = openRecording(source, { partial: options.partial });
  const recording = options.feedback ? withFeedback(plain, options.feedback) : plain;
  const notes = [...recording.notes];
  const steps: ImportedStep[] = [];
  const protocols: string[] = [];
  let columns = 1;
  for (const series of recording.series) {
    let clamped: ClampedSeries;
    try {
      clamped = clampSeries(series, options.clamp ?? {});
    } catch (error) {
      if (error instanceof RangeError) throw refuse(file, 0, 0, error.message);
      throw error;
    }
    const own = series.name === "" ? "" : `${series.name}: `;
    const names = clamped.currents.map(
      (channel, k) => `${options.column + k} from channel ${channel} (${series.channels[channel]?.name ?? ""})`,
    );
    notes.push(
      `${own}current of ${names.length === 1 ? "column" : "columns"} ${names.join(", ")}; voltage from ${clamped.voltageFrom || "nowhere: the file holds no command, --command says it"}`,
    );
    columns = Math.max(columns, options.column + clamped.currents.length);
    protocols.push(series.protocol === "" ? name : shortName(series.protocol));
    if (steps.length + series.sweeps > MOST_STEPS) throw refuse(file, 0, 0, `holds more than ${MOST_STEPS} sweeps`);
    for (let sweep = 0; sweep < series.sweeps; sweep++)
      if (series.sweep(sweep).points > 0) steps.push(makeStep(clamped, sweep, protocols.length - 1, options, file));
  }
  if (options.as === "auto")
    notes.push("every sweep of the program is a trace (--as sweep takes whole cycles of its voltage as a sweep)");
  if (steps.length === 0) throw refuse(file, 0, 0, "holds no samples");
  return {
    grid: { rows: options.row + 1, columns },
    instrument: recording.program || RECORDING_TITLES[name],
    protocols,
    facts: factsOf(recording),
    notes,
    cut: recording.cut ?? false,
    ...(isSimulated(recording) && { source: "emulated" as const }),
    steps,
    marks: recording.tags.map(({ time_s, text, kind }) => ({ time_s, label: text || `${kind} tag` })),
  };
}

function makeStep(
  clamped: ClampedSeries,
  sweep: number,
  protocol: number,
  { as, row, column }: ImportOptions,
  file: string,
): ImportedStep {
  const { series, currents } = clamped;
  const { startTime_s, points } = series.sweep(sweep);
  const { samplePeriod_s } = series;
  const isSweep = as === "sweep";
  const cycles = isSweep && points <= LONGEST_SWEEP ? cyclesOf(clamped, sweep, points) : undefined;
  if (isSweep && !cycles)
    throw refuse(
      file,
      0,
      0,
      `the voltage of sweep ${sweep + 1} does not run through whole cycles; --as trace takes the samples as they are`,
    );
  const from = cycles?.first ?? 0;
  return {
    protocol,
    role: cycles ? "sweep" : "trace",
    label: `sweep ${sweep + 1}`,
    row,
    column,
    startTime_s: startTime_s + from * samplePeriod_s,
    duration_s: (points - from) * samplePeriod_s,
    largest_V: largestVoltage(clamped, sweep, points),
    tags: {
      sweep: sweep + 1,
      ...(series.name !== "" && { series: series.name }),
      ...(cycles && {
        frequency_Hz: 1 / (cycles.length * samplePeriod_s),
        cycles: cycles.cycles,
        samplesPerCycle: cycles.length,
      }),
    },
    recorded: {
      samplePeriod_s,
      points: points - from,
      columns: currents.length,
      read: (k, at, { voltage_V, current_A, overload }) => {
        clamped.readCurrent(sweep, k, from + at, current_A, overload);
        clamped.readVoltage(sweep, k, from + at, voltage_V);
      },
    },
  };
}

function cyclesOf(clamped: ClampedSeries, sweep: number, points: number) {
  const voltage_V = new Float64Array(points);
  clamped.readVoltage(sweep, 0, 0, voltage_V);
  return findCycles(voltage_V);
}

const CHUNK = 1 << 15;

function largestVoltage(clamped: ClampedSeries, sweep: number, points: number): number {
  const chunk = new Float64Array(Math.min(CHUNK, points));
  let most = 0;
  for (let column = 0; column < clamped.currents.length; column++)
    for (let from = 0; from < points; from += CHUNK) {
      const part = chunk.subarray(0, Math.min(CHUNK, points - from));
      clamped.readVoltage(sweep, column, from, part);
      for (const v of part) if (Math.abs(v) > most) most = Math.abs(v);
    }
  return most;
}

/** The name of a protocol without the folders of the machine that recorded. */
function shortName(path: string): string {
  return path.split(/[\\/]/u).at(-1) ?? path;
}

function factsOf(recording: Recording): Record<string, string | number> {
  const [first] = recording.series;
  const facts: Record<string, string | number> = {
    format: RECORDING_TITLES[recording.format],
    version: recording.version,
  };
  if (recording.program !== "") facts.program = recording.program;
  if (recording.started !== "") facts.started = recording.started;
  if (recording.comment !== "") facts.comment = recording.comment;
  if (first && first.protocol !== "") facts.protocol = first.protocol;
  if (first) facts.channels = first.channels.map(describeChannel).join("; ");
  return facts;
}
