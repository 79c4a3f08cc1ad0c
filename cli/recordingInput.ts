import { existsSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { ProtocolError } from "../core/errors.ts";
import type { ClampChoice } from "../core/recordings/clamp.ts";
import { type Feedback, feedbackOfState, withFeedback } from "../core/recordings/feedback.ts";
import { openRecording } from "../core/recordings/openRecording.ts";
import type { Recording } from "../core/recordings/recording.ts";
import { parseQuantity } from "../core/units.ts";
import { openFileSource } from "../runtime/fileSource.ts";
import { readText } from "./files.ts";

export interface OpenedRecording extends Disposable {
  readonly recording: Recording;
}

/** A recording of a file; its samples are read from there until it is disposed of. */
export function openRecordingFile(file: string, feedback?: Feedback): OpenedRecording {
  const source = openFileSource(file);
  try {
    const recording = openRecording(source);
    return {
      recording: feedback ? withFeedback(recording, feedback) : recording,
      [Symbol.dispose]: () => source[Symbol.dispose](),
    };
  } catch (error) {
    source[Symbol.dispose]();
    throw error;
  }
}

/** `--command`: "channel 1", "output 0", "40 mV" or a file with the waveform. */
export function parseCommand(text: string): NonNullable<ClampChoice["command"]> {
  if (/^(?:channel|output)\s+\S/u.test(text)) return text;
  if (existsSync(text)) return { recording: openRecordingFile(text).recording };
  try {
    return { voltage_V: parseQuantity(text, "V") };
  } catch {
    throw new InvalidArgumentError('expected "channel N", "output N", a voltage such as "40 mV", or a recording.');
  }
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
