/** What a 2600 is told and what it answers, as text. Pure: no I/O. */
import type { ChannelPlan } from "../instrument.ts";

/** Printed for a number that is none. */
const LARGEST_NUMBER = 9e37;
/** Bits of the measurement condition: voltage limit, current limit, overflow. */
const OVERLOADS = 1 | 2 | (1 << 7);
/** Characters of a point that is read, with its line end. */
export const POINT_BYTES = 28;

export interface PointReading {
  readonly current_A: number;
  readonly overload: boolean;
}

/** Values between tabs. */
export function splitValues(line: string): readonly string[] {
  return line.split("\t").map((part) => part.trim());
}

/** `1.000000e-06 TAB 0.000000e+00`; undefined when it is no such line. */
export function decodePoint(line: string): PointReading | undefined {
  const [current = "", condition = "", ...rest] = splitValues(line);
  if (rest.length > 0 || !isNumber(current) || !isNumber(condition)) return undefined;
  const value = Number(current);
  const current_A = Math.abs(value) < LARGEST_NUMBER ? value : Number.NaN;
  return { current_A, overload: (Number(condition) & OVERLOADS) !== 0 || Number.isNaN(current_A) };
}

/** What `errorqueue.next()` prints: code, message, severity, node; undefined when it is no such line. */
export function decodeError(line: string): { readonly tspCode: number; readonly meaning: string } | undefined {
  const [code = "", meaning = ""] = splitValues(line);
  return isNumber(code) && meaning !== "" ? { tspCode: Number(code), meaning } : undefined;
}

function isNumber(text: string): boolean {
  return /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text);
}

const CALLS_A_LINE = 8;

/** Printed behind the last point, with the number of errors. */
export const DONE = "done";
export const OUTPUT_OFF = "smua.source.levelv=0 smua.source.output=0";

/**
 * A plan as a script: every level at its time on the instrument's own timer, a reading late in it, 0 V and off at the end.
 * @param lead_s how long before the end of a point its conversion begins
 */
export function encodePlan({ voltage_V, duration_s, measured }: ChannelPlan, lead_s: number): readonly string[] {
  const lines = [
    "loadandrunscript",
    "v={} e={} m={} n=0",
    "function q(x,t,f) n=n+1 v[n]=x e[n]=t m[n]=f end",
    "function w(t) local d=t-timer.measure.t() if d>0 then delay(d) end end",
  ];
  let end_s = 0;
  let calls: string[] = [];
  voltage_V.forEach((voltage, point) => {
    end_s += duration_s[point] ?? 0;
    calls.push(`q(${encodeNumber(voltage)},${encodeNumber(end_s)},${measured[point] ?? 0})`);
    if (calls.length === CALLS_A_LINE) {
      lines.push(calls.join(" "));
      calls = [];
    }
  });
  if (calls.length > 0) lines.push(calls.join(" "));
  lines.push(
    "smua.source.levelv=0 smua.source.output=1",
    "timer.reset()",
    "for k=1,n do",
    "smua.source.levelv=v[k]",
    `if m[k]==1 then w(e[k]-${encodeNumber(lead_s)})`,
    "print(smua.measure.i(),status.measurement.instrument.smua.condition) end",
    "w(e[k])",
    "end",
    "endscript",
    // waits behind the script, and is done even when an error ends that
    `${OUTPUT_OFF} print("${DONE}",errorqueue.count)`,
  );
  return lines;
}

export function encodeNumber(value: number): string {
  return String(Number(value.toPrecision(9)));
}
