import type { StepIntended } from "../runEvent.ts";
import type { RunData } from "./runData.ts";

/** Header of the sample table; every number carries its unit in its name. */
export const CSV_COLUMNS = [
  "step",
  "time_s",
  "row",
  "column",
  "voltage_V",
  "current_A",
  "overload",
  "protocol",
  "role",
  "label",
] as const;

/**
 * The samples of a run as RFC 4180 records, header first, each ending in CRLF.
 * NaN is an empty cell. `row` is the row that the step was meant for, empty when it was meant for several.
 * Text cells that a spreadsheet would take for a formula get an apostrophe in front.
 */
export function* csvRows(run: RunData): Generator<string, void, undefined> {
  yield `${CSV_COLUMNS.join(",")}\r\n`;
  const intents = new Map<number, string[]>();
  for (const event of run.events) if (event.kind === "step-intended") intents.set(event.step, describeStep(event));
  for (const { step, block } of run.blocks()) {
    const [row = "", text = ",,"] = intents.get(step) ?? [];
    const { current_A, voltage_V, overload } = block;
    for (let n = 0; n < current_A.length; n++) {
      const time = numberCell(block.startTime_s + n * block.samplePeriod_s);
      const voltage = numberCell(voltage_V[n]);
      const current = numberCell(current_A[n]);
      yield `${step},${time},${row},${block.channel},${voltage},${current},${overload[n] ?? 0},${text}\r\n`;
    }
  }
}

/** The row cell and the three text cells of a step, written once per step. */
function describeStep(step: StepIntended): string[] {
  const row = step.targets[0]?.row;
  const shared = row !== undefined && step.targets.every((target) => target.row === row);
  return [shared ? String(row) : "", [step.protocolName, step.role, step.label].map(textCell).join(",")];
}

/** Shortest decimal that reads back to the same number; NaN is empty. */
export function numberCell(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "";
  return Object.is(value, -0) ? "-0" : String(value);
}

/**
 * Quoted where RFC 4180 asks for it. What a spreadsheet would take for a formula is defused with an apostrophe: a leading
 * = + - @, also in full width or behind white space, tab, return or newline (OWASP, CSV injection). Control characters
 * and marks that turn the direction of writing are left out: they could steer the terminal that shows the table.
 */
export function textCell(text: string): string {
  const shown = text.replace(STEERING, "");
  const safe = /^(?:\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/.test(shown) ? `'${shown}` : shown;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// oxlint-disable-next-line no-control-regex -- leaving them out is the purpose
const STEERING = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu;
