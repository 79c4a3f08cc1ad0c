import { ScpiError } from "../../scpi/language/scpiError.ts";
import { findRange, type Quantity } from "../ranges.ts";
import type { Settings } from "./settings.ts";
import type { SourceMemory } from "./sourceMemory.ts";

/** One level of a sweep and the source range for it, or a source memory location that holds both. */
export type SweepPoint = { readonly level: number; readonly range: number } | { readonly location: number };

/**
 * What the source does while the trigger model runs: nothing (fixed level), or one level after the other.
 * @throws ScpiError -222 for a level beyond the ranges, 801 for a memory sweep over an empty location
 */
export function sweepPoints(settings: Settings, memory: SourceMemory): readonly SweepPoint[] | undefined {
  const { source, sources, sweep } = settings;
  if (source === "MEM") return memory.sweep(settings).map((location) => ({ location }));
  const { mode, list, start, stop } = sources[source];
  if (mode === "FIX") return undefined;
  const levels = mode === "LIST" ? list : stairs(start, stop, sweep.points, sweep.spacing);
  if (mode === "SWE" && sweep.direction === "DOW") levels.reverse();
  return levels.map((level) => ({
    level,
    range: pickRange(source, level, levels, sources[source].range, sweep.ranging),
  }));
}

function stairs(start: number, stop: number, points: number, spacing: string): number[] {
  if (spacing === "LOG" && !(start * stop > 0)) throw new ScpiError(-221);
  return Array.from({ length: points }, (_, k) => {
    const fraction = points > 1 ? k / (points - 1) : 0;
    return spacing === "LOG" ? start * (stop / start) ** fraction : start + (stop - start) * fraction;
  });
}

/** BEST: one range for the whole sweep; AUTO: the best for each level; FIX: the one that is set. */
function pickRange(
  source: Quantity,
  level: number,
  levels: readonly number[],
  present: number,
  ranging: string,
): number {
  if (ranging === "FIX") return present;
  const largest = ranging === "BEST" ? levels.reduce((most, one) => Math.max(most, Math.abs(one)), 0) : level;
  const range = findRange(source, largest);
  if (range === undefined) throw new ScpiError(-222);
  return range;
}
