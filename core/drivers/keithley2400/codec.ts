/** What a Model 2400 is told and what it answers, as text. Pure: no I/O. */
import { decodeNumbers } from "../scpi/replies.ts";
import { STATUS } from "./statusWord.ts";

/** Elements that the driver asks for. */
export const READING_ELEMENTS = "CURR,STAT";
/** Bytes of one such reading, with its comma. */
export const READING_BYTES = 28;
const OVERLOADS = STATUS.overflow | STATUS.compliance | STATUS.rangeCompliance;

export interface CurrentReading {
  readonly current_A: number;
  /** The current is at a limit or beyond the range: it is not what the voltage alone would drive. */
  readonly overload: boolean;
}

/** Currents with their status words; total, half a reading is none. */
export function decodeReadings(line: string): readonly CurrentReading[] {
  const numbers = decodeNumbers(line);
  return Array.from({ length: numbers.length >> 1 }, (_, k) => {
    const status = numbers[2 * k + 1] ?? 0;
    const current_A = numbers[2 * k] ?? Number.NaN;
    return { current_A, overload: (status & OVERLOADS) !== 0 || Number.isNaN(current_A) };
  });
}

/** Numbers that one command takes. */
const LIST_AT_ONCE = 100;

/** Commands that load a source list, at most 100 numbers each. */
export function encodeList(levels_V: ArrayLike<number>): string[] {
  const commands: string[] = [];
  for (let from = 0; from < levels_V.length; from += LIST_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(LIST_AT_ONCE, levels_V.length - from) }, (_, k) =>
      encodeNumber(levels_V[from + k] ?? 0),
    );
    commands.push(`:SOUR:LIST:VOLT${from === 0 ? "" : ":APP"} ${numbers.join(",")}`);
  }
  return commands;
}

/** Seven digits, more than its converters have. */
export function encodeNumber(value: number): string {
  return String(Number(value.toPrecision(7)));
}
