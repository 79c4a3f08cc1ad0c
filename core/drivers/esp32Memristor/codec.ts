/**
 * ESP32_MEMRISTOR_CONTROLLER v1: text lines, 115200 8N1; every answer ends with the line END. Pure: no I/O.
 * Source: facts of KrishJeswal/Synaptic-biomemristor b26070e (no licence: nothing copied).
 */
export const BANNER = "ESP32_MEMRISTOR_CONTROLLER v1";
export const END = "END";
/** 8-bit output from 0 V. */
export const LARGEST_V = 3.3;
export const DAC_STEPS = 255;
export const SMALLEST_LIMIT_A = 1e-4;
/** One step of the current that is printed. */
export const CURRENT_STEP_A = 1e-9;

export type Line =
  | { readonly kind: "end" }
  | { readonly kind: "point"; readonly voltage_V: number; readonly current_A: number }
  | { readonly kind: "trip"; readonly voltage_V: number; readonly current_A: number }
  | { readonly kind: "limit"; readonly limit_A: number }
  | { readonly kind: "error"; readonly reason: string }
  | { readonly kind: "text"; readonly text: string };

const NUMBER = "(-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)";
const POINT = new RegExp(`^(TRIP )?${NUMBER} ${NUMBER}$`);
const LIMIT = new RegExp(`^OK ILIM_mA ${NUMBER}$`);

/** Total: every line is something. */
export function decodeLine(line: string): Line {
  const text = line.trim();
  if (text === END) return { kind: "end" };
  if (text.startsWith("ERR")) return { kind: "error", reason: text };
  const point = POINT.exec(text);
  if (point) return { kind: point[1] ? "trip" : "point", voltage_V: Number(point[2]), current_A: Number(point[3]) };
  const limit = LIMIT.exec(text);
  return limit ? { kind: "limit", limit_A: Number(limit[1]) / 1000 } : { kind: "text", text };
}
