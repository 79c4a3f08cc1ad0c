/**
 * RBD 9103 picoammeter: `&cmd` lines, 57600 8N1 (230400 for the high-speed model). Pure: no I/O.
 * Source: driver sources of third parties; no manual was at hand.
 */
export const RANGES: readonly { readonly code: number; readonly name: string; readonly full_A: number }[] = [
  { code: 1, name: "002nA", full_A: 2e-9 },
  { code: 2, name: "020nA", full_A: 20e-9 },
  { code: 3, name: "200nA", full_A: 200e-9 },
  { code: 4, name: "002uA", full_A: 2e-6 },
  { code: 5, name: "020uA", full_A: 20e-6 },
  { code: 6, name: "200uA", full_A: 200e-6 },
  { code: 7, name: "002mA", full_A: 2e-3 },
];

const UNITS: Readonly<Record<string, number>> = { mA: 1e-3, uA: 1e-6, nA: 1e-9, pA: 1e-12 };

export interface Sample {
  readonly quality: "stable" | "over" | "under" | "unstable";
  readonly range: string;
  readonly current_A: number;
}

/** `&S=,Range=002nA,+0.0008,nA`; undefined for any other line. */
export function decodeSample(line: string): Sample | undefined {
  const match = /^&S(.),\s*Range=(\w+),\s*([+-]?\d*\.?\d+),\s*(mA|uA|nA|pA)$/.exec(line.trim());
  if (!match) return undefined;
  const [, mark = "", range = "", number = "", unit = ""] = match;
  const quality = mark === "=" ? "stable" : mark === ">" ? "over" : mark === "<" ? "under" : "unstable";
  return { quality, range, current_A: Number(number) * (UNITS[unit] ?? Number.NaN) };
}

export function encodeSample({ quality, range, current_A }: Sample): string {
  const mark = { stable: "=", over: ">", under: "<", unstable: "*" }[quality];
  const unit = range.slice(-2);
  const value = current_A / (UNITS[unit] ?? 1);
  return `&S${mark},Range=${range},${value < 0 ? "-" : "+"}${digits(Math.abs(value))},${unit}`;
}

/** Five digits, as FormatLen=5 asks. */
function digits(value: number): string {
  return value.toFixed(value < 10 ? 4 : value < 100 ? 3 : 2);
}

/** `R, Range=AutoR` and so on of `&Q`: letters before the comma, then name and value. */
export function decodeStatus(line: string): readonly [name: string, value: string] | undefined {
  const match = /^&?(?:[A-Z]{1,2},\s*)?([\w .]+?)\s*[=:]\s*(.+)$/.exec(line.trim());
  return match ? [(match[1] ?? "").trim(), (match[2] ?? "").trim()] : undefined;
}
