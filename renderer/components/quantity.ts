import { formatSI } from "../../core/units.ts";

/** "3.42 nS" as people read it: true minus, Ω, a dash for what is not known. */
export function quantity(value: number | undefined, unit: string, digits = 3): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (unit === "") return pureNumber(value, digits);
  return formatSI(value, unit, digits).replace("-", "\u2212").replace("ohm", "Ω");
}

/** A figure without unit has no prefix either: "0.304", "1.2e−7". */
function pureNumber(value: number, digits: number): string {
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e6)
      ? value.toExponential(digits - 1)
      : String(Number(value.toPrecision(digits)));
  return text.replaceAll("-", "\u2212");
}

/** "+18.6 %". */
export function percent(share: number | undefined, digits = 3): string {
  if (share === undefined || !Number.isFinite(share)) return "–";
  const text = Number((share * 100).toPrecision(digits))
    .toString()
    .replace("-", "\u2212");
  return `${share > 0 ? "+" : ""}${text} %`;
}

/** "1:03", "2:04:10": durations as clocks show them. */
export function clock(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/**
 * Text that came from outside (instrument identities, labels, file names) without what could make it read as something
 * else: control characters, and the marks that turn the direction of writing. React already makes it mere text.
 */
export function plainText(text: string, longest = 200): string {
  const clean = text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu,
    "\u00b7",
  );
  return clean.length > longest ? `${clean.slice(0, longest - 1)}…` : clean;
}
