import { ScpiError } from "./scpiError.ts";

/** What a numeric parameter may be. */
export interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly preset: number;
}

/** Codes of instruments for "no number" and "too large for the range". */
export const SCPI_NAN = 9.91e37;
export const SCPI_OVERFLOW = 9.9e37;

/** @throws ScpiError -104, -121, -123, -222 */
export function parseNumber(text: string, { least, most, preset }: NumberRange): number {
  if (/^MIN(?:IMUM)?$/i.test(text)) return least;
  if (/^MAX(?:IMUM)?$/i.test(text)) return most;
  if (/^DEF(?:AULT)?$/i.test(text)) return preset;
  const value = parsePlain(text);
  if (!(value >= least && value <= most)) throw new ScpiError(-222);
  return value;
}

/** @throws ScpiError -104, -121, -123 */
export function parsePlain(text: string): number {
  const match = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) throw new ScpiError(/^[+\-.\d]/.test(text) ? -121 : -104);
  if (Math.abs(Number(match[1] ?? 0)) > 99) throw new ScpiError(-123);
  return Number(text);
}

/** @throws ScpiError -104 | -224 */
export function parseBoolean(text: string): boolean {
  if (/^(?:1|ON)$/i.test(text)) return true;
  if (/^(?:0|OFF)$/i.test(text)) return false;
  if (/^[A-Za-z]/.test(text)) throw new ScpiError(-224);
  return Math.round(parsePlain(text)) !== 0;
}

/**
 * A word among those that manuals print ("IMMediate"), in short form.
 * @throws ScpiError -224, or -104 when it is no word
 */
export function parseWord<Word extends string>(text: string, words: readonly Word[]): string {
  if (!/^[A-Za-z]/.test(text)) throw new ScpiError(-104);
  const typed = text.toUpperCase();
  for (const word of words) {
    const short = word.replaceAll(/[a-z]/g, "");
    if (typed === short || typed === word.toUpperCase()) return short;
  }
  throw new ScpiError(-224);
}

/** Without its quotes. @throws ScpiError -151 */
export function parseString(text: string): string {
  const match = /^(["'])([\s\S]*)\1$/.exec(text);
  if (!match) throw new ScpiError(-151);
  return match[2] ?? "";
}

/** "+1.000000E+00" */
export function formatScpi(value: number, digits = 6): string {
  if (Number.isNaN(value)) return formatScpi(SCPI_NAN, digits);
  if (!Number.isFinite(value)) return formatScpi(Math.sign(value) * SCPI_OVERFLOW, digits);
  const [mantissa = "0", exponent = "+0"] = Math.abs(value).toExponential(digits).split("e");
  const sign = value < 0 ? "-" : "+";
  return `${sign}${mantissa}E${exponent.startsWith("-") ? "-" : "+"}${exponent.slice(1).padStart(2, "0")}`;
}
