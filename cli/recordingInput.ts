import { existsSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { ProtocolError } from "../core/errors.ts";
import type { ClampChoice } from "../core/recordings/clamp.ts";
import { type Feedback, feedbackOfState, withFeedback } from "../core/recordings/feedback.ts";
import { looksLikeText } from "../core/record/imports/importReader.ts";
import { readCommandTable } from "../core/recordings/commandTable.ts";
import { openRecording, recogniseRecording } from "../core/recordings/openRecording.ts";
import type { Recording, Series } from "../core/recordings/recording.ts";
import { parseQuantity } from "../core/units.ts";
import { openSource } from "../recorder/imports/openSource.ts";
import { openFileSource } from "../runtime/fileSource.ts";
import { readText } from "./files.ts";

export interface OpenedRecording extends Disposable {
  readonly recording: Recording;
}

/** A recording of a file; its samples are read from there until it is disposed of. */
export function openRecordingFile(file: string, feedback?: Feedback, partial = false): OpenedRecording {
  const source = openFileSource(file);
  try {
    const recording = openRecording(source, { partial });
    return {
      recording: feedback ? withFeedback(recording, feedback) : recording,
      [Symbol.dispose]: () => source[Symbol.dispose](),
    };
  } catch (error) {
    source[Symbol.dispose]();
    throw error;
  }
}

/** `--series`: all of them, or the one with this number, from 1. @throws ProtocolError saying how many there are */
export function chooseSeries(recording: Recording, asked: string | undefined, file: string): readonly Series[] {
  if (asked === undefined) return recording.series;
  const series = /^\d+$/u.test(asked) ? recording.series[Number(asked) - 1] : undefined;
  if (!series)
    throw new ProtocolError(
      { file, line: 0, column: 0, path: "--series" },
      `is ${asked}, allowed are 1 to ${recording.series.length}`,
    );
  return [series];
}

/** `--command`: "channel 1", "output 0", "40 mV" or a file with the waveform: a recording, or a table. */
export function parseCommand(text: string): NonNullable<ClampChoice["command"]> {
  if (/^(?:channel|output)\s+\S/u.test(text)) return text;
  if (existsSync(text)) return openCommandFile(text);
  try {
    return { voltage_V: parseQuantity(text, "V") };
  } catch {
    throw new InvalidArgumentError(
      'expected "channel N", "output N", a voltage such as "40 mV", a recording, or a table (csv).',
    );
  }
}

/** A recording stays open, since it is read sweep by sweep; a table is read at once. */
function openCommandFile(file: string): NonNullable<ClampChoice["command"]> {
  const source = openSource(file);
  if (recogniseRecording(source.head) === undefined && looksLikeText(source.head)) {
    using table = source;
    return { table: readCommandTable(file, () => table.lines()) };
  }
  source[Symbol.dispose]();
  return { recording: openRecordingFile(file).recording };
}

/** `--feedback`: "9.1Gohm,1.07pF", or the state file of the amplifier's program. */
export function parseFeedback(text: string): Feedback {
  const [first = "", second = ""] = text.split(",");
  if (second !== "" || !existsSync(text)) {
    try {
      const feedback = { resistance_ohm: parseQuantity(first, "ohm"), capacitance_F: parseQuantity(second, "F") };
      if (feedback.resistance_ohm > 0 && feedback.capacitance_F >= 0) return feedback;
    } catch {
      // said below
    }
    throw new InvalidArgumentError('expected "RESISTANCE,CAPACITANCE" such as "9.1Gohm,1.07pF", or a state file.');
  }
  const found = feedbackOfState(readText(text));
  if (!found)
    throw new ProtocolError(
      { file: text, line: 1, column: 1, path: "" },
      'no "FB Resistance = ..." and "FB Capacitance = ..." there',
    );
  return found;
}
